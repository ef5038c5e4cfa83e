package tools

import (
	"context"
	"fmt"

	"countersign/internal/cloud"
	"countersign/internal/schema"
	"countersign/internal/tool"
)

// gpcnExtraSet is the toolset of what only one cloud has.
const gpcnExtraSet = "gpcn_extra"

// groupKind is how results and plans call a resource group.
const groupKind = "resource_group"

// groupRef names one resource group exactly.
type groupRef struct {
	Account cloud.AccountName     `json:"account" jsonschema_description:"Its account."`
	GroupID cloud.ResourceGroupID `json:"resource_group_id" jsonschema_description:"Exact ID from list_resource_groups, never a name."`
}

func (r groupRef) account() cloud.AccountName { return r.Account }

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

// earnGroup reads a group by its exact ID. An ID of nothing is refused with the IDs
// of what may have been meant; a name is never resolved.
func earnGroup(ctx context.Context, c cloud.ResourceGroupReader, id cloud.ResourceGroupID) (cloud.ResourceGroupDetail, error) {
	get := watchedOne(c.GetResourceGroup, func(g cloud.ResourceGroupDetail) tool.Sighting { return groupSighting(g.ResourceGroup) })
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

// groupsNamed are the groups of a name, but one.
func groupsNamed(ctx context.Context, c cloud.ResourceGroupLister, name string, but cloud.ResourceGroupID) ([]string, error) {
	var ids []string
	for other, err := range cloud.All(ctx, wholePage, watched(c.ListResourceGroups, groupSighting)) {
		if err != nil {
			return nil, err
		}
		if other.Name == name && other.ID != but {
			ids = append(ids, string(other.ID))
		}
	}
	return ids, nil
}

type createResourceGroupInput struct {
	Account     cloud.AccountName `json:"account" jsonschema_description:"The account to create it in."`
	Name        string            `json:"name" jsonschema:"minLength=1,maxLength=64" jsonschema_description:"Its name."`
	Description string            `json:"description,omitempty" jsonschema:"minLength=1,maxLength=255" jsonschema_description:"What it is for."`
}

func (in createResourceGroupInput) account() cloud.AccountName { return in.Account }

func createResourceGroup(env Env) *tool.Definition {
	return write[cloud.ResourceGroupManager, createResourceGroupInput]{kind: groupKind, plan: planCreateGroup, settle: settleCreateGroup,
		execute: func(ctx context.Context, c cloud.ResourceGroupManager, in createResourceGroupInput, _ tool.Run) (tool.Made, error) {
			id, err := c.CreateResourceGroup(ctx, in.Name, in.Description)
			return createdGroup(in.Account, string(id)), err
		},
	}.on(env.Accounts, tool.Spec{
		Name:        "create_resource_group",
		Title:       "Create resource group",
		Description: "Create a group that machines can be put in with update_vm. A name that another group has is refused.",
		Toolset:     gpcnExtraSet,
		Effect:      tool.Change,
	})
}

func planCreateGroup(ctx context.Context, c cloud.ResourceGroupManager, in createResourceGroupInput) (tool.Plan, error) {
	if err := c.CheckResourceGroup(cloud.ResourceGroupUpdate{Name: &in.Name, Description: &in.Description}); err != nil {
		return tool.Plan{}, err
	}
	if err := groupNameFree(ctx, c, in.Account, in.Name, ""); err != nil {
		return tool.Plan{}, err
	}
	facts := nameFacts([]string{in.Name})
	if in.Description != "" {
		facts = append(facts, cloud.Fact{Label: "description", Value: in.Description})
	}
	return tool.Plan{
		Account: in.Account,
		Summary: fmt.Sprintf("Create a resource group on %s.", in.Account),
		Effects: []tool.Effect{tool.Change},
		Facts:   facts,
		Equal:   groupKind + ":" + in.Description,

		MadeKind: groupKind, MadeNames: []string{in.Name},
	}, nil
}

// groupNameFree refuses a name that another group has: names are what people know
// groups by.
func groupNameFree(ctx context.Context, c cloud.ResourceGroupLister, account cloud.AccountName, name string, but cloud.ResourceGroupID) error {
	ids, err := groupsNamed(ctx, c, name, but)
	if err != nil || len(ids) == 0 {
		return err
	}
	e := &cloud.Error{
		Kind: cloud.ErrBlocked, Account: account, Operation: "name resource group",
		Message: "another resource group of this account has this name; nothing was sent", Hint: "Take that group, or choose another name.",
	}
	for _, id := range ids {
		e.Candidates = append(e.Candidates, cloud.Candidate{ID: id, Name: name})
	}
	return e
}

func createdGroup(account cloud.AccountName, id string) tool.Made {
	return tool.Made{Summary: fmt.Sprintf("Created resource group %s on %s.", id, account), IDs: madeGroup(id)}
}

func settleCreateGroup(ctx context.Context, c cloud.ResourceGroupManager, intent tool.Intent) (tool.Settlement, error) {
	found, err := c.FindResourceGroup(ctx, cloud.NameSearch{Name: intent.Plan.MadeNames[0], Since: intent.SentAt})
	return settleNamed(found, createdGroup(intent.Plan.Account, found.ID), "resource groups"), err
}
