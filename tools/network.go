package tools

import (
	"context"

	"countersign/internal/cloud"
	"countersign/internal/tool"
)

type listNetworksInput struct {
	Account cloud.AccountName `json:"account,omitempty" jsonschema_description:"Only this account."`
	tool.Page
}

type listNetworksOutput struct {
	Networks   []cloud.Network `json:"networks" jsonschema_description:"Networks."`
	NextCursor string          `json:"next_cursor,omitempty" jsonschema_description:"cursor of the next page."`
	Failures   []tool.Failure  `json:"failures,omitempty" jsonschema_description:"Accounts that could not be read."`
}

func listNetworks(env Env) *tool.Definition {
	accounts := cloud.Having[cloud.NetworkLister](env.Accounts)
	if len(accounts) == 0 {
		return nil
	}
	return tool.NewRead(tool.Spec{
		Name:        "list_networks",
		Title:       "List networks",
		Description: "List the private networks that create_vm can put a machine on, with exact IDs.",
		Schema:      anyAccount(accounts),
	}, func(ctx context.Context, in listNetworksInput) (listNetworksOutput, error) {
		got, err := gather(ctx, accounts, in.Account, in.Page,
			func(ctx context.Context, a cloud.Capable[cloud.NetworkLister], page cloud.PageRequest) (cloud.Page[cloud.Network], []string, error) {
				p, err := a.Cloud.ListNetworks(ctx, page)
				return p, nil, err
			})
		return listNetworksOutput{got.rows, got.next, got.failures}, err
	})
}
