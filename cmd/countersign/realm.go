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

// realm is what callers with the same accounts and rules share. The principal is
// part of each call, not of the realm.
type realm struct {
	guard *guard.Guard
	// tools are all tools that the accounts and the rules allow; served are those
	// of the enabled toolsets.
	tools, served []*tool.Definition
	prompts       *prompts.Set
}

// newRealm returns the realm of some accounts under some rules. Calls are decided under
// the rules that hold then; the tools are those of the rules that hold now. Caps still add
// up the machines on all accounts of the server.
func (a *app) newRealm(accounts cloud.Accounts, missing []tools.Unconfigured, now func() *policy.Rules) (*realm, error) {
	options, rules := a.guardOptions, now()
	options.Rules, options.RulesNow, options.Accounts = rules, now, accountNames(a.accounts)
	if len(accounts) < len(a.accounts) {
		options.Shown = append([]cloud.AccountName{}, accountNames(accounts)...)
	}
	r, toolsets := &realm{guard: guard.New(options)}, a.toolsets(rules)
	r.tools = tools.All(tools.Env{
		Accounts: accounts, Unconfigured: missing, Operations: r.guard, Grants: r.guard, CallersConfirm: rules.CanBeConfirmedByCaller(), Allows: rules.Allows,
		Now: options.Now, Toolsets: toolsets, Files: a.files, Unmarked: !a.cfg.Marks,
	})
	r.guard.Use(r.tools...) // all of them: an operation can outlive the setting that enabled its toolset
	var err error
	if r.served, err = chosen(r.tools, toolsets); err != nil {
		return nil, err
	}
	if r.prompts, err = prompts.New(prompts.Env{Accounts: accounts, Operations: r.guard, Tools: r.served, Log: a.log, Now: options.Now}); err != nil {
		return nil, err
	}
	return r, nil
}

// toolsets returns the enabled toolsets. The one for confirming is added if the
// rules let callers confirm calls.
func (a *app) toolsets(rules *policy.Rules) []string {
	if rules.CanBeConfirmedByCaller() {
		return append(slices.Clone(a.cfg.Toolsets), tools.ConfirmToolset)
	}
	return a.cfg.Toolsets
}
