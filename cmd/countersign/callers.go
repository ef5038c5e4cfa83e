package main

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"

	"countersign/internal/auth"
	"countersign/internal/cloud"
	"countersign/internal/config"
	"countersign/internal/mcpserver"
	"countersign/internal/policy"
	"countersign/internal/refresh"
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

// ownRealm is the realm of some accounts, or of rules in a file, made again when the
// file changes.
type ownRealm struct {
	accounts, policy string
	*refresh.Value[*realm]
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
	policies, err := authenticator.Policies()
	if err != nil {
		return door{}, exit{exitUsage, err}
	}
	for _, own := range policies {
		// As at run time, it locks out those that it is about and nobody else.
		if err := checkOwnRules(own.Path); err != nil {
			a.log.Error().Err(err).Str("of", own.Of).Msg("a policy that the file of tokens names cannot be used: whoever it is for is refused until it is right, and everybody else is served")
		}
	}
	catalogue, err := a.catalogue()
	if err != nil {
		return door{}, err
	}
	d := door{auth: &callers{app: a, auth: authenticator}, ready: authenticator.Ready, tools: catalogue, public: map[string]http.Handler{}}
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
	if err != nil {
		return nil, c.app.refused(r, err)
	}
	realm, err := c.realm(id)
	if err != nil {
		c.app.log.Error().Err(err).Str("principal", id.Principal).Msg("the rules of a caller cannot be read, so nothing is let through")
		return nil, &mcpserver.Refusal{Status: http.StatusServiceUnavailable, Reason: "The rules for this login cannot be read; the log of the server says why."}
	}
	return c.caller(id, realm), nil
}

// refused logs why somebody is not let in, and says how to answer.
func (a *app) refused(r *http.Request, err error) error {
	refusal, ok := errors.AsType[*auth.Refusal](err)
	if !ok {
		return err
	}
	if refusal.Cause != nil {
		a.log.Warn().Err(refusal.Cause).Str("remote", r.RemoteAddr).Msg("a login could not be checked, or is over")
	}
	return &mcpserver.Refusal{Status: refusal.Status, Challenge: refusal.Challenge, Reason: refusal.Reason, Attempt: refusal.Attempt}
}

// oneCaller lets in the user of this machine, by one token.
type oneCaller struct {
	app    *app
	auth   *auth.Authenticator
	caller *mcpserver.Caller
}

// Authenticate implements mcpserver.Authenticator.
func (o oneCaller) Authenticate(r *http.Request) (*mcpserver.Caller, error) {
	if _, err := o.auth.Identify(r); err != nil {
		return nil, o.app.refused(r, err)
	}
	return o.caller, nil
}

// caller is what a caller may do in their realm.
func (c *callers) caller(id auth.Identity, r *realm) *mcpserver.Caller {
	caller := &mcpserver.Caller{Principal: id.Principal, Guard: r.guard, Scopes: &id.Scopes}
	caller.Serves = func(name string) bool {
		d := tool.Find(r.served, name)
		return d != nil && id.Scopes.Has(d.Needs())
	}
	caller.Knows = func(name string) bool { return tool.Find(r.served, name) != nil } // the guard says which scope is missing
	caller.StepUp = func(name string) string {
		d := tool.Find(r.served, name)
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
	// Making a realm takes long, so only callers of the same realm wait for it.
	return c.own(id).Get()
}

// own returns the entry for the accounts and rules of an identity, and adds one where
// there is none.
func (c *callers) own(id auth.Identity) *refresh.Value[*realm] {
	own := ownRealm{accounts: "all", policy: id.Policy}
	if id.Accounts != nil {
		own.accounts = fmt.Sprintf("only %q", slices.Sorted(slices.Values(id.Accounts)))
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, there := range c.realms {
		if there.accounts == own.accounts && there.policy == own.policy {
			return there.Value
		}
	}
	own.Value = &refresh.Value[*realm]{Parse: func(texts [][]byte) (*realm, error) { return c.newRealm(id, texts) }}
	if id.Policy != "" {
		own.Paths = []string{id.Policy}
	}
	if len(c.realms) >= maxRealms {
		c.realms = c.realms[1:]
	}
	c.realms = append(c.realms, own)
	return own.Value
}

// newRealm makes the realm of an identity. The text of its policy file is the only one
// of texts, where it has such a file.
func (c *callers) newRealm(id auth.Identity, texts [][]byte) (*realm, error) {
	a := c.app
	accounts, now := a.accounts, a.rulesNow
	if id.Accounts != nil {
		accounts = slices.DeleteFunc(slices.Clone(accounts), func(account cloud.Account) bool { return !slices.Contains(id.Accounts, account.Name) })
	}
	if id.Policy != "" {
		file, err := checkedPolicy(policy.Parse(id.Policy, texts[0]))
		if err != nil {
			return nil, err
		}
		rules, err := ownRules(id.Policy, file)
		if err != nil {
			return nil, err
		}
		// What the server protects and caps holds for everybody, and that it only reads.
		now = func() *policy.Rules { return rules.Under(a.rulesNow(), accountNames(accounts)) }
	}
	return a.newRealm(accounts, nil, now)
}

// realmNamed returns the realm of the token of a name, as a server with the same file of
// tokens would; that of the operator where there is no such token.
func (a *app) realmNamed(name string) (*realm, error) {
	if a.cfg.Tokens == "" {
		return &a.realm, nil
	}
	file, err := auth.ReadFile(a.cfg.Tokens, accountWords())
	if err != nil {
		return nil, err
	}
	for _, t := range file.Tokens {
		if t.Name == name {
			c := &callers{app: a}
			return c.realm(auth.Identity{Principal: t.Name, Accounts: t.Accounts, Policy: t.Policy})
		}
	}
	return &a.realm, nil
}

// checkOwnRules returns an error for a policy file that no caller can use.
func checkOwnRules(path string) error {
	file, err := policyFile(path)
	if err != nil {
		return err
	}
	_, err = ownRules(path, file)
	return err
}

// ownRules are the rules in the policy file of a caller. Prices have no place in it:
// they are those of an account, whoever calls.
func ownRules(path string, file *policy.File) (*policy.Rules, error) {
	if file.Prices != nil {
		return nil, fmt.Errorf("%s: prices stand in the server's --policy or --prices; take them out here", path)
	}
	return file.Rules, nil
}
