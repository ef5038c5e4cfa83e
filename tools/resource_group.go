package tools

import (
	"context"

	"countersign/internal/cloud"
	"countersign/internal/schema"
	"countersign/internal/tool"
)

// groupKind is the kind of a resource group in results and plans.
const groupKind = "resource_group"

// groupRef identifies one resource group by its exact ID.
type groupRef struct {
	Account cloud.AccountName     `json:"account" jsonschema_description:"Its account."`
	GroupID cloud.ResourceGroupID `json:"resource_group_id" jsonschema_description:"Exact ID from list_resource_groups, never a name."`
}

func (r groupRef) account() cloud.AccountName { return r.Account }

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
				p, err := sighted(a.Cloud.ListResourceGroups, groupSighting)(ctx, page)
				return p, nil, err
			})
		return listResourceGroupsOutput{got.rows, got.next, got.failures}, err
	})
}

func getResourceGroup(env Env) *tool.Definition {
	accounts := cloud.Having[cloud.ResourceGroupReader](env.Accounts)
	if len(accounts) == 0 {
		return nil
	}
	return tool.NewRead(tool.Spec{
		Name:        "get_resource_group",
		Title:       "Get resource group",
		Description: "Read one resource group. What is in it is told by get_vm of each machine.",
		Toolset:     gpcnExtraSet,
		Schema:      []schema.Option{schema.Enum("account", names(accounts)...)},
	}, func(ctx context.Context, in groupRef) (cloud.ResourceGroupDetail, error) {
		c, err := find(accounts, in.Account)
		if err != nil {
			return cloud.ResourceGroupDetail{}, err
		}
		return earnGroup(ctx, c, in.GroupID)
	})
}

// earnGroup reads a group by its exact ID. An unknown ID is an error that names
// likely candidates; a name is never resolved.
func earnGroup(ctx context.Context, c cloud.ResourceGroupReader, id cloud.ResourceGroupID) (cloud.ResourceGroupDetail, error) {
	get := sightedOne(c.GetResourceGroup, func(g cloud.ResourceGroupDetail) tool.Sighting { return groupSighting(g.ResourceGroup) })
	return earn(ctx, id, get, c.ListResourceGroups, groupSighting, "resource group", "list_resource_groups")
}

func groupTarget(g cloud.ResourceGroupDetail) tool.Target {
	t := tool.Target{Kind: groupKind, ID: string(g.ID), Name: g.Name, NameAltered: g.NameAltered}
	if g.Description != "" {
		t.Facts = []cloud.Fact{{Label: "description", Value: g.Description}}
	}
	return t
}

func madeGroup(id string) []tool.MadeID { return []tool.MadeID{{Kind: groupKind, ID: id}} }

// groupNameFree rejects a name that another group has, because people know groups
// by their names.
func groupNameFree(ctx context.Context, c cloud.ResourceGroupLister, account cloud.AccountName, name string, but cloud.ResourceGroupID) error {
	var same []cloud.Candidate
	for other, err := range cloud.All(ctx, wholePage, sighted(c.ListResourceGroups, groupSighting)) {
		if err != nil {
			return err
		}
		if other.Name == name && other.ID != but {
			same = append(same, candidate(groupSighting(other)))
		}
	}
	if len(same) == 0 {
		return nil
	}
	return &cloud.Error{
		Kind: cloud.ErrBlocked, Account: account, Operation: "name resource group", Candidates: same,
		Message: "another resource group of this account has this name; nothing was sent", Hint: "Take that group, or choose another name.",
	}
}
