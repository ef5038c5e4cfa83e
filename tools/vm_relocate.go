package tools

import (
	"context"
	"fmt"

	"countersign/internal/cloud"
	"countersign/internal/tool"
)

func relocateVM(env Env) *tool.Definition {
	return write[cloud.VMRelocator, vmRef]{kind: "vm", plan: planRelocation, settle: settleRelocation,
		execute: func(ctx context.Context, c cloud.VMRelocator, in vmRef, run tool.Run) (tool.Made, error) {
			return relocatedVM(run.Plan), c.RelocateVM(ctx, in.VMID)
		},
	}.on(env.Accounts, tool.Spec{
		Name:    "relocate_vm",
		Title:   "Move VM to another host",
		Toolset: voltageparkExtra,
		Description: "Move a released machine to another host, with its disk, so that it can start where its own host has no room. " +
			"A person approves it; then repeat the same call.",
		Effect: tool.Disrupt,
	})
}

func planRelocation(ctx context.Context, c cloud.VMRelocator, in vmRef) (tool.Plan, error) {
	vm, err := earnVM(ctx, c, in.VMID)
	if err != nil {
		return tool.Plan{}, err
	}
	consequences, err := c.PlanRelocation(ctx, vm)
	if err != nil {
		return tool.Plan{}, err
	}
	before := vm.Price
	return tool.Plan{
		Account:      in.Account,
		Summary:      fmt.Sprintf("Move VM %s on %s to another host.", vm.ID, in.Account),
		Effects:      []tool.Effect{tool.Disrupt},
		Targets:      []tool.Target{vmTarget(vm)},
		Changes:      []tool.FieldChange{{Field: "host_node_id", Before: string(vm.HostNodeID), After: "chosen by the cloud"}},
		Cost:         &tool.Cost{Before: &before, After: cloud.UnknownPrice("what a machine costs while it moves is not documented")},
		Consequences: consequences,
	}, nil
}

func relocatedVM(p tool.Plan) tool.Made {
	return tool.Made{
		Summary: fmt.Sprintf("The move of VM %s on %s is accepted; get_vm shows its state and host.", planned(p), p.Account),
		IDs:     madeVM(planned(p)),
	}
}

func settleRelocation(ctx context.Context, c cloud.VMRelocator, intent tool.Intent) (tool.Settlement, error) {
	moved, err := c.Relocated(ctx, planned(intent.Plan), cloud.HostNodeID(intent.Plan.Changes[0].Before))
	switch {
	case err != nil:
		return tool.Settlement{}, err
	case moved:
		return tool.Settlement{Finding: tool.FoundDone, Made: relocatedVM(intent.Plan)}, nil
	}
	return tool.Settlement{Finding: tool.FoundNothing}, nil
}
