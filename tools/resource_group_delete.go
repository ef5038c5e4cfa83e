package tools

import (
	"context"
	"fmt"

	"countersign/internal/cloud"
	"countersign/internal/tool"
)

func deleteResourceGroup(env Env) *tool.Definition {
	return write[cloud.ResourceGroupManager, groupRef]{kind: groupKind, plan: planDeleteGroup, settle: settleDeleteGroup,
		execute: func(ctx context.Context, c cloud.ResourceGroupManager, in groupRef, run tool.Run) (tool.Made, error) {
			return deletedGroup(run.Plan), c.DeleteResourceGroup(ctx, in.GroupID)
		},
	}.on(env.Accounts, tool.Spec{
		Name:        "delete_resource_group",
		Title:       "Delete resource group",
		Description: "Delete a resource group for ever. A person approves it by typing its name; then repeat the same call.",
		Toolset:     gpcnExtraSet,
		Effect:      tool.Destroy,
		Idempotent:  true,
	})
}

func planDeleteGroup(ctx context.Context, c cloud.ResourceGroupManager, in groupRef) (tool.Plan, error) {
	group, err := earnGroup(ctx, c, in.GroupID)
	if err != nil {
		return tool.Plan{}, err
	}
	target := groupTarget(group)
	if target.NameShared, err = nameShared(ctx, c.ListResourceGroups, groupSighting, target); err != nil {
		return tool.Plan{}, err
	}
	return tool.Plan{
		Account: in.Account,
		Summary: fmt.Sprintf("Delete resource group %s on %s for ever.", group.ID, in.Account),
		Effects: []tool.Effect{tool.Destroy},
		Targets: []tool.Target{target},
		Consequences: []string{
			"What becomes of the machines and other things in the group is not documented: that they stay and are in no group is likely, not sure.",
			"Whoever may manage them by way of this group may lose that, and people by way of others.",
		},
	}, nil
}

func deletedGroup(p tool.Plan) tool.Made {
	id := p.Targets[0].ID
	return tool.Made{Summary: fmt.Sprintf("Deleted resource group %s on %s.", id, p.Account), IDs: madeGroup(id)}
}

func settleDeleteGroup(ctx context.Context, c cloud.ResourceGroupManager, intent tool.Intent) (tool.Settlement, error) {
	_, err := c.GetResourceGroup(ctx, cloud.ResourceGroupID(intent.Plan.Targets[0].ID))
	return settleGone(err, deletedGroup(intent.Plan))
}
