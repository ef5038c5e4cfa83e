package tools

import (
	"context"
	"fmt"

	"countersign/internal/cloud"
	"countersign/internal/tool"
)

type deleteVMInput struct {
	vmRef
	CancelType cloud.DeletionTime `json:"cancel_type,omitempty" jsonschema_description:"When it ends, for clouds that have the choice (HostUp needs it)."`
}

func deleteVM(env Env) *tool.Definition {
	return write[cloud.VMDeleter, deleteVMInput]{kind: "vm", plan: planDelete, settle: settleDelete,
		execute: func(ctx context.Context, c cloud.VMDeleter, in deleteVMInput, run tool.Run) (tool.Made, error) {
			accepted, err := c.DeleteVM(ctx, in.VMID, cloud.Deletion{When: in.CancelType})
			return withJobs(deletedVM(run.Plan), accepted), err
		},
	}.on(env.Accounts, tool.Spec{
		Name:        "delete_vm",
		Title:       "Delete VM",
		Description: "Delete a machine and its local disk for ever. A person approves it by typing its name; then repeat the same call.",
		Effect:      tool.Destroy,
		Idempotent:  true,
	})
}

func planDelete(ctx context.Context, c cloud.VMDeleter, in deleteVMInput) (tool.Plan, error) {
	vm, err := earnVM(ctx, c, in.VMID)
	if err != nil {
		return tool.Plan{}, err
	}
	target := vmTarget(vm)
	if target.NameShared, err = nameShared(ctx, c.ListVMs, vmSighting, target); err != nil {
		return tool.Plan{}, err
	}
	consequences, err := c.PlanDeletion(ctx, vm, cloud.Deletion{When: in.CancelType})
	if err != nil {
		return tool.Plan{}, err
	}
	before := vm.Price
	return tool.Plan{
		Account:      in.Account,
		Summary:      fmt.Sprintf("Delete VM %s on %s for ever%s.", vm.ID, in.Account, atPeriodEnd(in.CancelType)),
		Effects:      []tool.Effect{tool.Destroy},
		Targets:      []tool.Target{target},
		Facts:        deletionFacts(in.CancelType),
		Cost:         &tool.Cost{Before: &before, After: endedPrice(before, in.CancelType)},
		Consequences: consequences,
	}, nil
}

func atPeriodEnd(when cloud.DeletionTime) string {
	if when == cloud.DeleteAtPeriodEnd {
		return ", at the end of its paid period"
	}
	return ""
}

func deletionFacts(when cloud.DeletionTime) []cloud.Fact {
	if when == "" {
		return nil
	}
	return []cloud.Fact{{Label: cancelTypeFact, Value: string(when)}}
}

// cancelTypeFact is the label of the fact that says when a machine ends, for clouds
// that offer a choice.
const cancelTypeFact = "cancel_type"

// plannedEnd reads back what deletionFacts wrote.
func plannedEnd(p tool.Plan) cloud.DeletionTime {
	for _, f := range p.Facts {
		if f.Label == cancelTypeFact {
			return cloud.DeletionTime(f.Value)
		}
	}
	return ""
}

// endedPrice returns the price after a deletion: zero in the same currency if the
// cloud deletes the machine. A cloud that offers a choice of time ends a contract
// instead, and its charge after that is not documented.
func endedPrice(before cloud.Price, when cloud.DeletionTime) cloud.Price {
	switch {
	case when == cloud.DeleteAtPeriodEnd:
		return cloud.UnknownPrice("it is paid until the end of its period, and nothing after that as far as documented")
	case when == cloud.DeleteNow:
		return cloud.UnknownPrice("that nothing more is charged is likely, not documented")
	case !before.Known():
		return cloud.UnknownPrice("what it costs now is not known, nor what its end saves")
	}
	return cloud.HourlyPrice(before.PerHour.Times(0), "billing ends with the machine", before.Assumed...)
}

func deletedVM(p tool.Plan) tool.Made {
	return tool.Made{
		Summary: fmt.Sprintf("The deletion of VM %s on %s is accepted.", planned(p), p.Account),
		IDs:     madeVM(planned(p)),
	}
}

func settleDelete(ctx context.Context, c cloud.VMDeleter, intent tool.Intent) (tool.Settlement, error) {
	deleting, err := c.Deleting(ctx, planned(intent.Plan), cloud.Deletion{When: plannedEnd(intent.Plan)})
	switch {
	case err != nil:
		return tool.Settlement{}, err
	case deleting:
		return tool.Settlement{Finding: tool.FoundDone, Made: deletedVM(intent.Plan)}, nil
	}
	return tool.Settlement{Finding: tool.FoundNothing}, nil
}
