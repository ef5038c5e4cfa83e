package main

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"slices"
	"sync"
	"time"

	"countersign/internal/auth"
	"countersign/internal/cloud"
	"countersign/internal/config"
	"countersign/internal/mcpserver"
	"countersign/internal/policy"
	"countersign/internal/tool"
	"countersign/tools"
)

// callers finds the realm of each caller.
type callers struct {
	app  *app
	auth *auth.Authenticator

	mu     sync.Mutex
	realms []ownRealm
}

// ownRealm is one that was made for some accounts, or for rules as they stood in a
// file.
type ownRealm struct {
	accounts, policy string
	size             int64
	changed          time.Time
	*realm
}

// maxRealms bounds those that are kept. They hold nothing that could be lost.
const maxRealms = 64

func authOptions(cfg *config.Config) auth.Options {
	return auth.Options{
		Tokens: cfg.Tokens, Accounts: accountWords(),
		OAuth: auth.OAuth{Issuer: cfg.OAuthIssuer, Audiences: cfg.OAuthAudience, Groups: cfg.OAuthGroups},
	}
}

// callersDoor lets in those of the file of tokens and of the issuer.
func (a *app) callersDoor() (door, error) {
	authenticator, err := auth.New(authOptions(a.cfg))
	if err != nil {
		return door{}, exit{exitUsage, err}
	}
	paths, err := authenticator.Policies()
	if err != nil {
		return door{}, exit{exitUsage, err}
	}
	for _, path := range paths {
		if _, err := ownRules(path); err != nil {
			return door{}, exit{exitUsage, err}
		}
	}
	catalogue, err := a.catalogue()
	if err != nil {
		return door{}, err
	}
	d := door{auth: &callers{app: a, auth: authenticator}, tools: catalogue, public: map[string]http.Handler{}}
	about, at := authenticator.Metadata()
	for _, path := range at {
		d.public[path] = about
	}
	return d, nil
}

// catalogue is every tool that any caller may be let to, whatever their rules.
func (a *app) catalogue() ([]*tool.Definition, error) {
	everything := tools.Env{
		Accounts: a.accounts, Operations: a.guard, Grants: a.guard, CallersConfirm: true, Now: time.Now, Files: a.files, Unmarked: !a.cfg.Marks,
		Toolsets: append(slices.Clone(a.cfg.Toolsets), tools.ConfirmToolset),
		Allows:   a.rules.Allows, // no rules of a caller's own change anything at a server that only reads
	}
	return chosen(tools.All(everything), everything.Toolsets)
}

// Authenticate implements mcpserver.Authenticator.
func (c *callers) Authenticate(r *http.Request) (*mcpserver.Caller, error) {
	id, err := c.auth.Identify(r)
	if refusal, ok := errors.AsType[*auth.Refusal](err); ok {
		if refusal.Cause != nil {
			c.app.log.Warn().Err(refusal.Cause).Str("remote", r.RemoteAddr).Msg("a login could not be checked, or is over")
		}
		return nil, &mcpserver.Refusal{Status: refusal.Status, Challenge: refusal.Challenge, Reason: refusal.Reason, Attempt: refusal.Attempt}
	}
	if err != nil {
		return nil, err
	}
	realm, err := c.realm(id)
	if err != nil {
		c.app.log.Error().Err(err).Str("principal", id.Principal).Msg("the rules of a caller cannot be read, so nothing is let through")
		return nil, &mcpserver.Refusal{Status: http.StatusServiceUnavailable, Reason: "The rules for this login cannot be read; the log of the server says why."}
	}
	return c.caller(id, realm), nil
}

// caller is what a caller may do in their realm.
func (c *callers) caller(id auth.Identity, r *realm) *mcpserver.Caller {
	caller := &mcpserver.Caller{Principal: id.Principal, Guard: r.guard, Scopes: &id.Scopes}
	find := func(name string) *tool.Definition {
		if i := slices.IndexFunc(r.served, func(d *tool.Definition) bool { return d.Name == name }); i >= 0 {
			return r.served[i]
		}
		return nil
	}
	caller.Serves = func(name string) bool {
		d := find(name)
		return d != nil && id.Scopes.Has(d.Needs())
	}
	caller.StepUp = func(name string) string {
		d := find(name)
		if d == nil || id.Scopes.Has(d.Needs()) {
			return ""
		}
		return c.auth.StepUp(id, []tool.Scope{d.Needs()})
	}
	if id.Accounts != nil {
		caller.Tools = r.served
	}
	if id.Scopes.Has(tool.ScopeRead) { // prompts and completions read
		caller.Prompts = r.prompts
	}
	return caller
}

// realm is that of an identity: the operator's, unless it has accounts or rules of its
// own. Rules are read again when their file changed.
func (c *callers) realm(id auth.Identity) (*realm, error) {
	if id.Accounts == nil && id.Policy == "" {
		return &c.app.realm, nil
	}
	own := ownRealm{accounts: "all", policy: id.Policy}
	if id.Accounts != nil {
		own.accounts = fmt.Sprintf("only %q", slices.Sorted(slices.Values(id.Accounts)))
	}
	if id.Policy != "" {
		info, err := os.Stat(id.Policy)
		if err != nil {
			return nil, err
		}
		own.size, own.changed = info.Size(), info.ModTime()
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, there := range c.realms {
		if there.accounts == own.accounts && there.policy == own.policy && there.size == own.size && there.changed.Equal(own.changed) {
			return there.realm, nil
		}
	}
	var err error
	if own.realm, err = c.newRealm(id); err != nil {
		return nil, err
	}
	c.realms = slices.DeleteFunc(c.realms, func(there ownRealm) bool { return there.accounts == own.accounts && there.policy == own.policy })
	if len(c.realms) >= maxRealms {
		c.realms = c.realms[1:]
	}
	c.realms = append(c.realms, own)
	return own.realm, nil
}

func (c *callers) newRealm(id auth.Identity) (*realm, error) {
	a := c.app
	accounts, rules := a.accounts, a.rules
	if id.Accounts != nil {
		accounts = slices.DeleteFunc(slices.Clone(accounts), func(account cloud.Account) bool { return !slices.Contains(id.Accounts, account.Name) })
	}
	if id.Policy != "" {
		var err error
		if rules, err = ownRules(id.Policy); err != nil {
			return nil, err
		}
		// What the server protects and caps holds for everybody, and that it only reads.
		rules = rules.Under(a.rules, accountNames(accounts))
	}
	return a.newRealm(accounts, nil, rules)
}

// ownRules reads the policy file of a caller. Prices have no place in it: they are
// those of an account, whoever calls.
func ownRules(path string) (*policy.Rules, error) {
	file, err := policyFile(path)
	if err != nil {
		return nil, err
	}
	if file.Prices != nil {
		return nil, fmt.Errorf("%s: prices stand in the server's --policy or --prices; take them out here", path)
	}
	return file.Rules, nil
}
