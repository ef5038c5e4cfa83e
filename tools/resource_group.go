package tools

import (
	"context"

	"countersign/internal/cloud"
	"countersign/internal/tool"
)

type listResourceGroupsInput struct {
	Account cloud.AccountName `json:"account,omitempty" jsonschema_description:"Only this account."`
	tool.Page
}

type listResourceGroupsOutput struct {
	ResourceGroups []cloud.ResourceGroup `json:"resource_groups" jsonschema_description:"Resource groups."`
	NextCursor     string                `json:"next_cursor,omitempty" jsonschema_description:"cursor of the next page."`
	Failures       []tool.Failure        `json:"failures,omitempty" jsonschema_description:"Accounts that could not be read."`
}

func listResourceGroups(env Env) *tool.Definition {
	accounts := cloud.Having[cloud.ResourceGroupLister](env.Accounts)
	if len(accounts) == 0 {
		return nil
	}
	return tool.NewRead(tool.Spec{
		Name:        "list_resource_groups",
		Title:       "List resource groups",
		Description: "List the groups that machines can be put in, with exact IDs.",
		Schema:      anyAccount(accounts),
	}, func(ctx context.Context, in listResourceGroupsInput) (listResourceGroupsOutput, error) {
		got, err := gather(ctx, accounts, in.Account, in.Page,
			func(ctx context.Context, a cloud.Capable[cloud.ResourceGroupLister], page cloud.PageRequest) (cloud.Page[cloud.ResourceGroup], []string, error) {
				p, err := watched(a.Cloud.ListResourceGroups, groupSighting)(ctx, page)
				return p, nil, err
			})
		return listResourceGroupsOutput{got.rows, got.next, got.failures}, err
	})
}
