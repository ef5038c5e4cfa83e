package tools

import (
	"context"
	"fmt"

	"countersign/internal/cloud"
	"countersign/internal/tool"
)

func cancelVMDeletion(env Env) *tool.Definition {
	return write[cloud.VMDeletionCanceller, vmRef]{kind: "vm", plan: planCancelDeletion, settle: settleCancelDeletion,
		execute: func(ctx context.Context, c cloud.VMDeletionCanceller, in vmRef, run tool.Run) (tool.Made, error) {
			return keptVM(run.Plan), c.CancelDeletion(ctx, in.VMID)
		},
	}.on(env.Accounts, tool.Spec{
		Name:        "cancel_vm_deletion",
		Title:       "Take back VM deletion",
		Description: "Take back a deletion that is scheduled and has not happened yet. The machine goes on, and so does its bill; a person approves that.",
		Effect:      tool.Bill,
		Idempotent:  true,
	})
}

func planCancelDeletion(ctx context.Context, c cloud.VMDeletionCanceller, in vmRef) (tool.Plan, error) {
	vm, err := earnVM(ctx, c, in.VMID)
	if err != nil {
		return tool.Plan{}, err
	}
	consequences, err := c.PlanCancelDeletion(ctx, vm)
	before := vm.Price // the machine is charged until its deletion and, if that is cancelled, as before
	return tool.Plan{
		Account:      in.Account,
		Summary:      fmt.Sprintf("Take back the deletion of VM %s on %s.", vm.ID, in.Account),
		Effects:      []tool.Effect{tool.Bill},
		Targets:      []tool.Target{vmTarget(vm)},
		Cost:         &tool.Cost{Before: &before, After: vm.Price},
		Consequences: consequences,
	}, err
}

func keptVM(p tool.Plan) tool.Made {
	return tool.Made{
		Summary: fmt.Sprintf("The deletion of VM %s on %s is taken back; it goes on and costs.", planned(p), p.Account),
		IDs:     madeVM(planned(p)),
	}
}

// settleCancelDeletion checks whether a deletion is still scheduled. If not, it was
// cancelled.
func settleCancelDeletion(ctx context.Context, c cloud.VMDeletionCanceller, intent tool.Intent) (tool.Settlement, error) {
	vm, err := c.GetVM(ctx, planned(intent.Plan))
	if err != nil {
		return tool.Settlement{}, err
	}
	_, err = c.PlanCancelDeletion(ctx, vm)
	switch {
	case err == nil:
		return tool.Settlement{Finding: tool.FoundNothing}, nil
	case cloud.IsKind(err, cloud.ErrBlocked):
		return tool.Settlement{Finding: tool.FoundDone, Made: keptVM(intent.Plan)}, nil
	}
	return tool.Settlement{}, err
}
