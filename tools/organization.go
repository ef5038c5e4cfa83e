package tools

import (
	"context"

	"countersign/internal/cloud"
	"countersign/internal/schema"
	"countersign/internal/tool"
)

type getOrganizationInput struct {
	Account cloud.AccountName `json:"account" jsonschema_description:"The account to ask about."`
}

func getOrganization(env Env) *tool.Definition {
	accounts := cloud.Having[cloud.OrganizationReader](env.Accounts)
	if len(accounts) == 0 {
		return nil
	}
	return tool.NewRead(tool.Spec{
		Name:        "get_organization",
		Title:       "Get organization",
		Toolset:     voltageparkExtra,
		Description: "Read to which organization the key of an account belongs, and who is told of its bill.",
		Schema:      []schema.Option{schema.Enum("account", names(accounts)...)},
	}, func(ctx context.Context, in getOrganizationInput) (cloud.Organization, error) {
		c, err := find(accounts, in.Account)
		if err != nil {
			return cloud.Organization{}, err
		}
		return c.Organization(ctx)
	})
}
