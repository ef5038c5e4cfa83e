package tools

import (
	"context"
	"fmt"

	"countersign/internal/cloud"
	"countersign/internal/tool"
)

type powerRentalInput struct {
	rentalRef
	Action cloud.RentalPower `json:"action" jsonschema_description:"For all servers of the rental at once."`
}

func powerRental(env Env) *tool.Definition {
	return write[cloud.RentalPowerer, powerRentalInput]{kind: "rental", plan: planRentalPower, settle: settleRentalPower,
		execute: func(ctx context.Context, c cloud.RentalPowerer, in powerRentalInput, run tool.Run) (tool.Made, error) {
			return poweredRental(run.Plan), c.PowerRental(ctx, in.RentalID, cloud.PowerAction(in.Action))
		},
	}.on(env.Accounts, tool.Spec{
		Name:    "power_rental",
		Title:   "Start or stop bare-metal rental",
		Toolset: bareMetal,
		Description: "Switch all servers of a bare-metal rental on or off. What it costs while it is off is not documented: expect the full rate. " +
			"A person approves it; then repeat the same call.",
		Effect:     tool.Bill,
		Least:      tool.Change,
		Idempotent: true,
	})
}

func planRentalPower(ctx context.Context, c cloud.RentalPowerer, in powerRentalInput) (tool.Plan, error) {
	rental, err := earnRental(ctx, c, in.RentalID)
	if err != nil {
		return tool.Plan{}, err
	}
	vm := powerVMInput{vmRef: vmRef{Account: in.Account}, Action: cloud.PowerAction(in.Action)}
	info, err := actionInfo(c.RentalPowerActions(), vm)
	if err != nil {
		return tool.Plan{}, err
	}
	if rental.Power == cloud.PowerOther {
		return tool.Plan{}, busyRental(in.Account, "power rental", rental)
	}
	before, after := rental.Price, rental.Rates[info.Result]
	plan := tool.Plan{
		Account:      in.Account,
		Summary:      fmt.Sprintf("Power action %q for all servers of rental %s on %s.", in.Action, rental.ID, in.Account),
		Action:       string(in.Action),
		Effects:      powerEffects(info, before, after),
		Targets:      []tool.Target{rentalTarget(rental)},
		Changes:      []tool.FieldChange{{Field: "power", Before: string(rental.Power), After: string(info.Result)}},
		Cost:         &tool.Cost{Before: &before, After: after},
		Consequences: append([]string{info.Billing}, info.Consequences...),
	}
	if rental.Power == info.Result {
		plan.Nothing = fmt.Sprintf("Rental %s is %s already; nothing was sent.", rental.ID, rental.Power)
	}
	return plan, nil
}

// busyRental rejects a write that the state of a rental does not permit.
func busyRental(account cloud.AccountName, operation string, rental cloud.Rental) error {
	return &cloud.Error{
		Kind: cloud.ErrBlocked, Account: account, Operation: operation,
		Message: "the rental is neither running nor stopped, and its cloud tells too little of it now; nothing was sent",
		Issues:  []cloud.Issue{{Field: "status", Message: rental.Status}},
		Hint:    "get_rental shows its status; call again once it is Running.",
	}
}

func poweredRental(p tool.Plan) tool.Made {
	return changedRental(p, fmt.Sprintf("Power action of rental %s on %s is accepted; it is to be %s.", plannedRental(p), p.Account, p.Changes[0].After))
}

func settleRentalPower(ctx context.Context, c cloud.RentalPowerer, intent tool.Intent) (tool.Settlement, error) {
	rental, err := c.GetRental(ctx, plannedRental(intent.Plan))
	if err != nil {
		return tool.Settlement{}, err
	}
	if string(rental.Power) == intent.Plan.Changes[0].After {
		return tool.Settlement{Finding: tool.FoundDone, Made: poweredRental(intent.Plan)}, nil
	}
	return tool.Settlement{Finding: tool.FoundNothing}, nil
}
