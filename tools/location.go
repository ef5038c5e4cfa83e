package tools

import (
	"context"

	"countersign/internal/cloud"
	"countersign/internal/tool"
)

type listLocationsInput struct {
	Account    cloud.AccountName `json:"account,omitempty" jsonschema_description:"Only this account."`
	LocationID cloud.LocationID  `json:"location_id,omitempty" jsonschema_description:"Only this location, in full. Needs account."`
	tool.Page
}

type listLocationsOutput struct {
	Locations  []cloud.Location `json:"locations" jsonschema_description:"Locations."`
	NextCursor string           `json:"next_cursor,omitempty" jsonschema_description:"cursor of the next page."`
	Failures   []tool.Failure   `json:"failures,omitempty" jsonschema_description:"Accounts or lists that could not be read."`
}

func listLocations(env Env) *tool.Definition {
	accounts := cloud.Having[cloud.LocationLister](env.Accounts)
	if len(accounts) == 0 {
		return nil
	}
	return tool.NewRead(tool.Spec{
		Name:        "list_locations",
		Title:       "List locations",
		Description: "List the places where machines can be had, with their exact IDs, what is free there, and hosts and bare-metal prices where the cloud tells.",
		Schema:      anyAccount(accounts),
	}, func(ctx context.Context, in listLocationsInput) (listLocationsOutput, error) {
		if in.LocationID != "" {
			return oneLocation(ctx, accounts, in)
		}
		got, err := gather(ctx, accounts, in.Account, in.Page,
			func(ctx context.Context, a cloud.Capable[cloud.LocationLister], page cloud.PageRequest) (cloud.Page[cloud.Location], []string, error) {
				p, err := a.Cloud.ListLocations(ctx, page)
				return p.Page, p.Partial, err
			})
		return listLocationsOutput{got.rows, got.next, got.failures}, err
	})
}

func oneLocation(ctx context.Context, accounts []cloud.Capable[cloud.LocationLister], in listLocationsInput) (listLocationsOutput, error) {
	c, err := oneAccount(accounts, in.Account, "location_id")
	if err != nil {
		return listLocationsOutput{}, err
	}
	location, err := c.GetLocation(ctx, in.LocationID)
	return listLocationsOutput{Locations: []cloud.Location{location}}, err
}

// oneAccount returns the cloud that an exact ID belongs to: the named account, or
// the only one there is.
func oneAccount[C any](accounts []cloud.Capable[C], name cloud.AccountName, because string) (C, error) {
	if name == "" && len(accounts) == 1 {
		return accounts[0].Cloud, nil
	}
	if name == "" {
		var none C
		return none, tool.Errorf(tool.CodeInvalidArguments, "Give account too.", "%s belongs to one account, and several are configured.", because)
	}
	return find(accounts, name)
}
