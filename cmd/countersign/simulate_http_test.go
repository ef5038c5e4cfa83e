package main

import (
	"crypto/sha256"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"countersign/internal/auth"
	"countersign/internal/tool"
)

// publicHost is the host name of the servers over HTTP.
const publicHost = "countersign.example.com"

// member is an HTTP principal with its token and its limits.
type member struct {
	// token is a secret that neither a cloud nor anybody else may see.
	token  string
	scopes tool.Scopes
	// accounts are the permitted accounts; nil for all.
	accounts []string
	// ruleSet are the own rules; nil for those of the server.
	ruleSet *ruleSet
	// sessions are the session IDs of the legacy protocol, with forms (true) and
	// without (false).
	sessions map[bool]string
}

// enroll draws the members of a story over HTTP and writes the file of tokens.
func (s *simulation) enroll() {
	s.members = map[string]*member{}
	var file strings.Builder
	file.WriteString("tokens:\n")
	for i, name := range principals() {
		m := &member{token: "cs_" + planted("token-"+name), scopes: tool.NewScopes(tool.AllScopes()...), sessions: map[bool]string{}}
		switch { // the first one is unrestricted
		case i == 1 && s.chance(2):
			m.ruleSet = s.ownRuleSet()
		case i == 2 && s.chance(3):
			m.scopes = tool.NewScopes(tool.ScopeRead, tool.ScopeWrite, pick(s, []tool.Scope{tool.ScopeSpend, tool.ScopeDestroy, tool.ScopeWrite}))
		case i == 2 && s.chance(3):
			m.accounts = []string{pick(s, []string{"gpcn", "hostup", "voltagepark"})}
		}
		s.members[name] = m
		fmt.Fprintf(&file, "  - {name: %s, hash: %x, scopes: %s", name, sha256.Sum256([]byte(m.token)), words(m.scopes.List()))
		if m.accounts != nil {
			fmt.Fprintf(&file, ", accounts: %s", words(m.accounts))
		}
		if m.ruleSet != nil {
			s.write(name+".yaml", m.ruleSet.policy)
			fmt.Fprintf(&file, ", policy: %s.yaml", name)
		}
		file.WriteString("}\n")
	}
	s.cfg.Tokens, s.cfg.AllowedHosts = s.write("tokens.yaml", file.String()), []string{publicHost}
	s.tally.event("over HTTP")
}

// words returns a list in the syntax of the file.
func words[T any](all []T) string { return strings.ReplaceAll(fmt.Sprint(all), " ", ", ") }

// ownRuleSet returns own rules for a member; nil if the server has caps or
// protected names, which would apply in addition, or if the drawn rule set has no
// file.
func (s *simulation) ownRuleSet() *ruleSet {
	for _, h := range s.ruleSets {
		if h.protected != nil || h.caps.machines > 0 {
			return nil
		}
	}
	h := pick(s, s.common.ruleSets)
	if h.policy == "" || h.caps.machines > 0 {
		return nil
	}
	s.tally.event("own rules: " + h.name)
	return h
}

// write writes a file with mode 0600 and returns its path.
func (s *simulation) write(name, text string) string {
	path := filepath.Join(s.cfg.State, name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		s.t.Fatal(err)
	}
	return path
}

// openHTTP gives a server its HTTP handler.
func (s *simulation) openHTTP(p *server) {
	door, err := p.door()
	if err != nil {
		s.t.Fatal(err)
	}
	for _, d := range door.tools {
		d.Input, d.Output = s.common.compiled("shown "+d.Name, d.Input), s.common.compiled("shown result of "+d.Name, d.Output)
	}
	callers, ok := door.auth.(*callers)
	if !ok {
		s.t.Fatalf("those who come are let in by %T", door.auth)
	}
	for _, name := range principals() {
		m := s.members[name]
		r, err := http.NewRequest(http.MethodPost, "/mcp", nil)
		if err != nil {
			s.t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer "+m.token)
		id, err := callers.auth.Identify(r)
		if err != nil {
			s.t.Fatal(err)
		}
		s.shareSchemas(callers, id, m)
	}
	if p.httpHandler, err = p.handler(s.t.Context(), door); err != nil {
		s.t.Fatal(err)
	}
}

// shareSchemas makes a member's tools use the schemas that are already compiled.
func (s *simulation) shareSchemas(c *callers, id auth.Identity, m *member) {
	realm, err := c.realm(id)
	if err != nil {
		s.t.Fatal(err)
	}
	for _, d := range realm.tools {
		key := d.Name
		if m.accounts != nil {
			key = fmt.Sprint(m.accounts, " ", d.Name)
		}
		d.Input = s.common.compiled(key, d.Input)
	}
}

// ruleSet returns the rules for a call: those of its principal, or of its server.
func (c *simulatedCall) ruleSet() *ruleSet {
	if m := c.members[c.principal]; m != nil && m.ruleSet != nil {
		return m.ruleSet
	}
	return c.server.ruleSet
}

// judgeMember checks that a write is within the scopes and the accounts of its
// principal.
func (s *simulation) judgeMember(c *simulatedCall, d outboundRequest) {
	m := s.members[c.principal]
	if m == nil {
		return
	}
	needed := tool.ScopeWrite
	switch {
	case c.task.destroys:
		needed = tool.ScopeDestroy
	case c.task.tool == "create_vm" || c.task.tool == "request_grant":
		needed = tool.ScopeSpend
	}
	s.invariant("scopes", m.scopes.Has(needed), "%s has %s and acts by %s", c.principal, m.scopes, c.key())
	s.invariant("own accounts", m.accounts == nil || slices.Contains(m.accounts, string(d.vendor)), "%s has %q and acts on %s", c.principal, m.accounts, d)
}

// judgeHeaders checks that no token of a caller is sent to a cloud.
func (s *simulation) judgeHeaders(d outboundRequest) {
	if s.members == nil {
		return
	}
	carried := fmt.Sprint(d.header) + string(d.body)
	s.invariant("no token passed on", !strings.Contains(carried, planted("token")), "%s carries a token", d)
}
