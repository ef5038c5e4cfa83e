package tools

import (
	"context"

	"countersign/internal/cloud"
	"countersign/internal/schema"
	"countersign/internal/tool"
)

type listAccountsInput struct {
	Account  cloud.AccountName `json:"account,omitempty" jsonschema_description:"Only this account; all unless given."`
	CheckKey bool              `json:"check_key,omitempty" jsonschema_description:"Also ask each cloud whether it accepts the key."`
}

type listAccountsOutput struct {
	Accounts     []accountRow   `json:"accounts" jsonschema_description:"Configured accounts."`
	Unconfigured []Unconfigured `json:"unconfigured,omitempty" jsonschema_description:"Clouds without a key; an operator sets one of the variables."`
	Scopes       []tool.Scope   `json:"scopes,omitempty" jsonschema_description:"What this login may do, whatever can lists."`
	Off          []string       `json:"switched_off,omitempty" jsonschema_description:"Toolsets that an operator could switch on with --toolsets, and their tools."`
}

type accountRow struct {
	Account cloud.AccountName `json:"account" jsonschema_description:"Name to give as account."`
	Cloud   cloud.Vendor      `json:"cloud" jsonschema_description:"The cloud it belongs to."`
	Title   string            `json:"title" jsonschema_description:"The cloud's full name."`
	BaseURL string            `json:"base_url" jsonschema_description:"Where requests go."`
	Can     []string          `json:"can" jsonschema_description:"Tools that serve this account."`
	Cannot  []cloud.Gap       `json:"cannot,omitempty" jsonschema_description:"What this cloud does not offer, and why."`
	Key     *keyCheck         `json:"key,omitempty" jsonschema_description:"What the cloud said of the key."`
}

type keyCheck struct {
	Accepted bool   `json:"accepted" jsonschema_description:"Whether the cloud accepted the key just now."`
	Message  string `json:"message,omitempty" jsonschema_description:"Why not, or why it could not be asked."`
	Hint     string `json:"hint,omitempty" jsonschema_description:"The next right step."`
}

func listAccounts(env Env) *tool.Definition {
	spec := tool.Spec{
		Name:  "list_accounts",
		Title: "List accounts",
		Description: "List the configured cloud accounts: what each can and cannot do and why, on request whether its key is accepted. " +
			"Start here when an account or a tool seems to be missing.",
	}
	if all := cloud.Having[cloud.Provider](env.Accounts); len(all) > 0 {
		spec.Schema = []schema.Option{schema.Enum("account", names(all)...)}
	}
	return tool.NewRead(spec, func(ctx context.Context, in listAccountsInput) (listAccountsOutput, error) {
		out := listAccountsOutput{Accounts: []accountRow{}, Unconfigured: env.Unconfigured}
		if scopes, ok := tool.ScopesOf(ctx); ok {
			out.Scopes = scopes.List()
		}
		for _, a := range env.Accounts {
			if in.Account != "" && a.Name != in.Account {
				continue
			}
			out.Accounts = append(out.Accounts, describe(ctx, a, env, in.CheckKey))
		}
		out.Off = switchedOff(All(Env{Accounts: env.Accounts, Allows: env.Allows, Files: env.Files}), env.Toolsets)
		return out, nil
	})
}

func describe(ctx context.Context, a cloud.Account, env Env, checkKey bool) accountRow {
	d := a.Provider.Describe()
	row := accountRow{Account: a.Name, Cloud: a.Provider.Vendor(), Title: d.Title, BaseURL: d.BaseURL, Can: served(a, env), Cannot: d.Gaps}
	if checkKey {
		row.Key = &keyCheck{Accepted: true}
		if err := a.Provider.CheckKey(ctx); err != nil {
			failure := tool.AsError(err)
			row.Key = &keyCheck{Message: failure.Message, Hint: failure.Hint}
		}
	}
	return row
}

// served returns the names of the enabled tools that this account alone could
// serve.
func served(a cloud.Account, env Env) []string {
	can := []string{}
	chosen, err := Choose(All(Env{Accounts: cloud.Accounts{a}, Allows: env.Allows, Files: env.Files}), env.Toolsets)
	if err != nil {
		return can
	}
	for _, d := range chosen {
		can = append(can, d.Name)
	}
	return can
}
