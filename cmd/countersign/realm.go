package main

import (
	"slices"

	"countersign/internal/cloud"
	"countersign/internal/guard"
	"countersign/internal/policy"
	"countersign/internal/tool"
	"countersign/prompts"
	"countersign/tools"
)

// realm is what stands behind the calls of all who have the same accounts and rules.
// Whose call it is stands in the call.
type realm struct {
	guard *guard.Guard
	// tools are all that the accounts and the rules allow; served are those of the
	// toolsets that are switched on.
	tools, served []*tool.Definition
	prompts       *prompts.Set
}

// newRealm makes the realm of some accounts under some rules. What caps count may run
// on any account of the server.
func (a *app) newRealm(accounts cloud.Accounts, missing []tools.Unconfigured, rules *policy.Rules) (*realm, error) {
	options := a.guards
	options.Rules, options.Accounts = rules, accountNames(a.accounts)
	if len(accounts) < len(a.accounts) {
		options.Shown = append([]cloud.AccountName{}, accountNames(accounts)...)
	}
	r, toolsets := &realm{guard: guard.New(options)}, a.toolsets(rules)
	r.tools = tools.All(tools.Env{
		Accounts: accounts, Unconfigured: missing, Operations: r.guard, Grants: r.guard, CallersConfirm: rules.CanBeConfirmedByCaller(), Allows: rules.Allows,
		Now: options.Now, Toolsets: toolsets, Files: a.files, Unmarked: !a.cfg.Marks,
	})
	r.guard.Use(r.tools...) // all of them: an operation outlives the toolset that it came from
	var err error
	if r.served, err = chosen(r.tools, toolsets); err != nil {
		return nil, err
	}
	r.prompts, err = prompts.New(prompts.Env{Accounts: accounts, Operations: r.guard, Tools: r.served, Log: a.log, Now: options.Now})
	return r, err
}

// toolsets are those that are switched on: what the rules leave to callers can be
// confirmed by them without a setting.
func (a *app) toolsets(rules *policy.Rules) []string {
	if rules.CanBeConfirmedByCaller() {
		return append(slices.Clone(a.cfg.Toolsets), tools.ConfirmToolset)
	}
	return a.cfg.Toolsets
}
