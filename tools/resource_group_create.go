package tools

import (
	"context"
	"fmt"

	"countersign/internal/cloud"
	"countersign/internal/tool"
)

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

func createdGroup(account cloud.AccountName, id string) tool.Made {
	return tool.Made{Summary: fmt.Sprintf("Created resource group %s on %s.", id, account), IDs: madeGroup(id)}
}

func settleCreateGroup(ctx context.Context, c cloud.ResourceGroupManager, intent tool.Intent) (tool.Settlement, error) {
	found, err := c.FindResourceGroup(ctx, cloud.NameSearch{Name: intent.Plan.MadeNames[0], Since: intent.SentAt})
	return settleNamed(found, createdGroup(intent.Plan.Account, found.ID), "resource groups"), err
}
