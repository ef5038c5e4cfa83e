package tools

import (
	"context"
	"fmt"

	"countersign/internal/cloud"
	"countersign/internal/tool"
)

type updateResourceGroupInput struct {
	groupRef
	Name             string `json:"name,omitempty" jsonschema:"minLength=1,maxLength=64" jsonschema_description:"New name."`
	Description      string `json:"description,omitempty" jsonschema:"minLength=1,maxLength=255" jsonschema_description:"New description."`
	ClearDescription bool   `json:"clear_description,omitempty" jsonschema_description:"Remove the description."`
}

func (in updateResourceGroupInput) update() cloud.ResourceGroupUpdate {
	var u cloud.ResourceGroupUpdate
	given(&u.Name, in.Name)
	givenOrCleared(&u.Description, in.Description, in.ClearDescription)
	return u
}

// check rejects an input that changes nothing or contradicts itself.
func (in updateResourceGroupInput) check() error {
	if in.update() == (cloud.ResourceGroupUpdate{}) {
		return nothingToChange("Give at least one of the fields beside account and resource_group_id.")
	}
	return notBoth("description", in.Description != "", in.ClearDescription)
}

func updateResourceGroup(env Env) *tool.Definition {
	return write[cloud.ResourceGroupManager, updateResourceGroupInput]{kind: groupKind, plan: planUpdateGroup, settle: settleUpdateGroup,
		execute: func(ctx context.Context, c cloud.ResourceGroupManager, in updateResourceGroupInput, run tool.Run) (tool.Made, error) {
			return updatedGroup(run.Plan), c.UpdateResourceGroup(ctx, in.GroupID, in.update())
		},
	}.on(env.Accounts, tool.Spec{
		Name:        "update_resource_group",
		Title:       "Update resource group",
		Description: "Change the name or the description of a resource group. What is not given stays as it is.",
		Toolset:     gpcnExtraSet,
		Effect:      tool.Change,
		Idempotent:  true,
	})
}

func planUpdateGroup(ctx context.Context, c cloud.ResourceGroupManager, in updateResourceGroupInput) (tool.Plan, error) {
	if err := in.check(); err != nil {
		return tool.Plan{}, err
	}
	if err := c.CheckResourceGroup(in.update()); err != nil {
		return tool.Plan{}, err
	}
	group, err := earnGroup(ctx, c, in.GroupID)
	if err != nil {
		return tool.Plan{}, err
	}
	if in.Name != "" && in.Name != group.Name {
		if err := groupNameFree(ctx, c, in.Account, in.Name, group.ID); err != nil {
			return tool.Plan{}, err
		}
	}
	plan := tool.Plan{
		Account: in.Account,
		Summary: fmt.Sprintf("Change resource group %s on %s.", group.ID, in.Account),
		Effects: []tool.Effect{tool.Change},
		Targets: []tool.Target{groupTarget(group)},
		Changes: groupRecord(group, in.update()).changes(),
	}
	if len(plan.Changes) == 0 {
		plan.Nothing = fmt.Sprintf("Resource group %s is as this call wants it already; nothing was sent.", group.ID)
	}
	return plan, nil
}

func groupRecord(g cloud.ResourceGroupDetail, u cloud.ResourceGroupUpdate) record {
	return record{
		{name: "name", now: g.Name, want: u.Name, altered: g.NameAltered},
		{name: "description", now: g.Description, want: u.Description},
	}
}

func updatedGroup(p tool.Plan) tool.Made {
	id := p.Targets[0].ID
	return tool.Made{Summary: fmt.Sprintf("Changed resource group %s on %s.", id, p.Account), IDs: madeGroup(id)}
}

func settleUpdateGroup(ctx context.Context, c cloud.ResourceGroupManager, intent tool.Intent) (tool.Settlement, error) {
	group, err := c.GetResourceGroup(ctx, cloud.ResourceGroupID(intent.Plan.Targets[0].ID))
	if err != nil {
		return tool.Settlement{}, err
	}
	return groupRecord(group, cloud.ResourceGroupUpdate{}).settle(intent, updatedGroup), nil
}
