package tools

import (
	"context"
	"fmt"

	"countersign/internal/cloud"
	"countersign/internal/tool"
)

func deleteNetwork(env Env) *tool.Definition {
	return write[cloud.NetworkDeleter, networkRef]{kind: networkKind, plan: planDeleteNetwork, settle: settleDeleteNetwork,
		execute: func(ctx context.Context, c cloud.NetworkDeleter, in networkRef, run tool.Run) (tool.Made, error) {
			accepted, err := c.DeleteNetwork(ctx, in.NetworkID)
			return withJobs(deletedNetwork(run.Plan), accepted), err
		},
	}.on(env.Accounts, tool.Spec{
		Name:        "delete_network",
		Title:       "Delete network",
		Description: "Delete a network that no machine is on. A person approves it by typing its name; then repeat the same call.",
		Toolset:     networkSet,
		Effect:      tool.Destroy,
		Idempotent:  true,
	})
}

func planDeleteNetwork(ctx context.Context, c cloud.NetworkDeleter, in networkRef) (tool.Plan, error) {
	network, err := earnNetwork(ctx, c, in.NetworkID)
	if err != nil {
		return tool.Plan{}, err
	}
	consequences, err := c.PlanNetworkDeletion(ctx, network)
	if err != nil {
		return tool.Plan{}, err
	}
	target := networkTarget(network)
	if target.NameShared, err = nameShared(ctx, c.ListNetworks, networkSighting, target); err != nil {
		return tool.Plan{}, err
	}
	return tool.Plan{
		Account:      in.Account,
		Summary:      fmt.Sprintf("Delete network %s on %s for ever.", network.ID, in.Account),
		Effects:      []tool.Effect{tool.Destroy},
		Targets:      []tool.Target{target},
		Consequences: consequences,
	}, nil
}

func deletedNetwork(p tool.Plan) tool.Made {
	id := p.Targets[0].ID
	return tool.Made{Summary: fmt.Sprintf("The deletion of network %s on %s is accepted.", id, p.Account), IDs: madeNetwork(id)}
}

func settleDeleteNetwork(ctx context.Context, c cloud.NetworkDeleter, intent tool.Intent) (tool.Settlement, error) {
	_, err := c.GetNetwork(ctx, cloud.NetworkID(intent.Plan.Targets[0].ID))
	return settleGone(err, deletedNetwork(intent.Plan))
}
