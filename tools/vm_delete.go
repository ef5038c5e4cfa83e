package tools

import (
	"context"
	"fmt"

	"countersign/internal/cloud"
	"countersign/internal/schema"
	"countersign/internal/tool"
)

func deleteVM(env Env) *tool.Definition {
	accounts := cloud.Having[cloud.VMDeleter](env.Accounts)
	if len(accounts) == 0 {
		return nil
	}
	return tool.NewWrite(tool.Spec{
		Name:        "delete_vm",
		Title:       "Delete VM",
		Description: "Delete a machine and its local disk for ever. A person approves it by typing its name; then repeat the same call.",
		Effect:      tool.Destroy,
		Idempotent:  true,
		Schema:      []schema.Option{schema.Enum("account", names(accounts)...)},
	}, tool.Writer[vmRef]{
		Account: func(in vmRef) cloud.AccountName { return in.Account },
		Plan: func(ctx context.Context, in vmRef) (tool.Plan, error) {
			return planDelete(ctx, accounts, in)
		},
		Execute: func(ctx context.Context, in vmRef, run tool.Run) (tool.Made, error) {
			c, err := find(accounts, in.Account)
			if err != nil {
				return tool.Made{}, err
			}
			if err := c.DeleteVM(ctx, in.VMID); err != nil {
				return tool.Made{}, err
			}
			return deletedVM(run.Plan), nil
		},
		Settle: func(ctx context.Context, intent tool.Intent) (tool.Settlement, error) {
			return settleDelete(ctx, accounts, intent)
		},
	})
}

func planDelete(ctx context.Context, accounts []cloud.Capable[cloud.VMDeleter], in vmRef) (tool.Plan, error) {
	c, err := find(accounts, in.Account)
	if err != nil {
		return tool.Plan{}, err
	}
	vm, err := earnVM(ctx, c, in.VMID)
	if err != nil {
		return tool.Plan{}, err
	}
	target := vmTarget(vm)
	if target.NameShared, err = nameShared(ctx, c, vm); err != nil {
		return tool.Plan{}, err
	}
	before := vm.Price
	return tool.Plan{
		Account:      in.Account,
		Summary:      fmt.Sprintf("Delete VM %s on %s for ever.", vm.ID, in.Account),
		Effects:      []tool.Effect{tool.Destroy},
		Targets:      []tool.Target{target},
		Cost:         &tool.Cost{Before: &before, After: endedPrice(before)},
		Consequences: c.DeletionConsequences(vm),
	}, nil
}

// endedPrice is the price of something that is gone: nothing, in the currency
// that it had.
func endedPrice(before cloud.Price) cloud.Price {
	if !before.Known() {
		return cloud.UnknownPrice("what it costs now is not known; after the deletion nothing more is charged, as far as documented")
	}
	return cloud.HourlyPrice(before.PerHour.Times(0), "billing ends with the machine", before.Assumed...)
}

// nameShared reports whether another machine has the same name, so that typing
// it would not say which one is meant.
func nameShared(ctx context.Context, c cloud.VMReader, vm cloud.VM) (bool, error) {
	for other, err := range cloud.All(ctx, vmPage, c.ListVMs) {
		if err != nil {
			return false, err
		}
		if other.Name == vm.Name && other.ID != vm.ID {
			return true, nil
		}
	}
	return false, nil
}

func deletedVM(p tool.Plan) tool.Made {
	return tool.Made{
		Summary: fmt.Sprintf("Deleted VM %s on %s.", planned(p), p.Account),
		IDs:     madeVM(planned(p)),
	}
}

func settleDelete(ctx context.Context, accounts []cloud.Capable[cloud.VMDeleter], intent tool.Intent) (tool.Settlement, error) {
	c, err := find(accounts, intent.Plan.Account)
	if err != nil {
		return tool.Settlement{}, err
	}
	_, err = c.GetVM(ctx, planned(intent.Plan))
	switch {
	case cloud.IsKind(err, cloud.ErrUnknownID):
		return tool.Settlement{Finding: tool.FoundDone, Made: deletedVM(intent.Plan)}, nil
	case err != nil:
		return tool.Settlement{}, err
	}
	return tool.Settlement{Finding: tool.FoundNothing}, nil
}
