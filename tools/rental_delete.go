package tools

import (
	"context"
	"fmt"

	"countersign/internal/cloud"
	"countersign/internal/tool"
)

func deleteRental(env Env) *tool.Definition {
	return write[cloud.RentalDeleter, rentalRef]{kind: "rental", plan: planRentalDelete, settle: settleRentalDelete,
		execute: func(ctx context.Context, c cloud.RentalDeleter, in rentalRef, run tool.Run) (tool.Made, error) {
			return deletedRental(run.Plan), c.DeleteRental(ctx, in.RentalID)
		},
	}.on(env.Accounts, tool.Spec{
		Name:    "delete_rental",
		Title:   "End bare-metal rental",
		Toolset: bareMetal,
		Description: "End a bare-metal rental for ever: its servers, their disks and addresses, its cluster. " +
			"A person approves it by typing its name; then repeat the same call.",
		Effect:     tool.Destroy,
		Idempotent: true,
	})
}

func planRentalDelete(ctx context.Context, c cloud.RentalDeleter, in rentalRef) (tool.Plan, error) {
	rental, err := earnRental(ctx, c, in.RentalID)
	if err != nil {
		return tool.Plan{}, err
	}
	target := rentalTarget(rental)
	if target.NameShared, err = nameShared(ctx, c.ListRentals, rentalSighting, target); err != nil {
		return tool.Plan{}, err
	}
	consequences, err := c.PlanRentalDeletion(ctx, rental)
	if err != nil {
		return tool.Plan{}, err
	}
	before := rental.Price
	return tool.Plan{
		Account:      in.Account,
		Summary:      fmt.Sprintf("End rental %s on %s for ever.", rental.ID, in.Account),
		Effects:      []tool.Effect{tool.Destroy},
		Targets:      []tool.Target{target},
		Cost:         &tool.Cost{Before: &before, After: endedPrice(before, "")},
		Consequences: consequences,
	}, nil
}

func deletedRental(p tool.Plan) tool.Made {
	return changedRental(p, fmt.Sprintf("The end of rental %s on %s is accepted.", plannedRental(p), p.Account))
}

func settleRentalDelete(ctx context.Context, c cloud.RentalDeleter, intent tool.Intent) (tool.Settlement, error) {
	ending, err := c.RentalEnding(ctx, plannedRental(intent.Plan))
	switch {
	case err != nil:
		return tool.Settlement{}, err
	case ending:
		return tool.Settlement{Finding: tool.FoundDone, Made: deletedRental(intent.Plan)}, nil
	}
	return tool.Settlement{Finding: tool.FoundNothing}, nil
}
