package tools

import (
	"context"
	"fmt"
	"slices"

	"countersign/internal/cloud"
	"countersign/internal/tool"
)

// nodesInput identifies servers of one rental by their exact addresses.
type nodesInput struct {
	rentalRef
	PublicIPs []cloud.NodeAddress `json:"public_ips" jsonschema:"minItems=1,maxItems=256" jsonschema_description:"Exact public addresses of the servers, from get_rental."`
}

func rebootRentalNodes(env Env) *tool.Definition {
	return write[cloud.NodeRebooter, nodesInput]{kind: "rental", plan: planNodeReboot, settle: settleNodeReboot,
		execute: func(ctx context.Context, c cloud.NodeRebooter, in nodesInput, run tool.Run) (tool.Made, error) {
			return rebootedNodes(run.Plan), c.RebootNodes(ctx, in.RentalID, in.PublicIPs)
		},
	}.on(env.Accounts, tool.Spec{
		Name:    "reboot_rental_nodes",
		Title:   "Reboot servers of a rental",
		Toolset: bareMetal,
		Description: "Reboot single servers of a bare-metal rental, by their public addresses. The whole rental is Pending until they are back. " +
			"A person approves it; then repeat the same call.",
		Effect: tool.Disrupt,
	})
}

func removeRentalNodes(env Env) *tool.Definition {
	return write[cloud.NodeRemover, nodesInput]{kind: "rental", plan: planNodeRemoval, settle: settleNodeRemoval,
		execute: func(ctx context.Context, c cloud.NodeRemover, in nodesInput, run tool.Run) (tool.Made, error) {
			return removedNodes(run.Plan), c.RemoveNodes(ctx, in.RentalID, in.PublicIPs)
		},
	}.on(env.Accounts, tool.Spec{
		Name:    "remove_rental_nodes",
		Title:   "Remove servers from a rental",
		Toolset: bareMetal,
		Description: "Take single servers out of a bare-metal rental for ever, with all that is on their disks, by their public addresses. " +
			"A person approves it; then repeat the same call.",
		Effect:     tool.Destroy,
		Idempotent: true,
	})
}

// planNodes confirms the rental and every address, and returns the common part of
// the plan.
func planNodes(ctx context.Context, c cloud.RentalReader, operation, verb string, in nodesInput) (tool.Plan, cloud.Rental, []cloud.Node, error) {
	rental, err := earnRental(ctx, c, in.RentalID)
	if err != nil {
		return tool.Plan{}, rental, nil, err
	}
	if len(rental.Nodes) == 0 {
		return tool.Plan{}, rental, nil, busyRental(in.Account, operation, rental)
	}
	plan := tool.Plan{
		Account: in.Account,
		Summary: fmt.Sprintf("%s %s of rental %s on %s.", verb, count(len(in.PublicIPs), "server"), rental.ID, in.Account),
		Targets: []tool.Target{rentalTarget(rental)},
	}
	var nodes []cloud.Node
	for i, address := range in.PublicIPs {
		if slices.Contains(in.PublicIPs[:i], address) {
			return tool.Plan{}, rental, nil, tool.Errorf(tool.CodeInvalidArguments, "Give every address once.", "public_ips: %s stands there twice; nothing was sent.", address)
		}
		n := slices.IndexFunc(rental.Nodes, func(n cloud.Node) bool { return n.PublicIP == address })
		if n < 0 {
			return tool.Plan{}, rental, nil, unknownNode(in.Account, operation, address, rental)
		}
		nodes = append(nodes, rental.Nodes[n])
		plan.Facts = append(plan.Facts, cloud.Fact{Label: "server", Value: fmt.Sprintf("%s (private %s)", address, rental.Nodes[n].PrivateIP)})
	}
	return plan, rental, nodes, nil
}

// unknownNode returns the error for an address that no server of the rental has.
func unknownNode(account cloud.AccountName, operation string, address cloud.NodeAddress, rental cloud.Rental) error {
	e := &cloud.Error{
		Kind: cloud.ErrUnknownID, Account: account, Operation: operation,
		Message: fmt.Sprintf("no server of this rental has the public address %s; nothing was sent", address),
		Hint:    "Take the exact public addresses from get_rental; ask the user which servers are meant.",
	}
	for _, n := range rental.Nodes {
		e.Candidates = append(e.Candidates, cloud.Candidate{ID: string(n.PublicIP), Name: n.PrivateIP})
	}
	return e
}

func planNodeReboot(ctx context.Context, c cloud.NodeRebooter, in nodesInput) (tool.Plan, error) {
	plan, rental, nodes, err := planNodes(ctx, c, "reboot nodes", "Reboot", in)
	if err != nil {
		return tool.Plan{}, err
	}
	plan.Effects = []tool.Effect{tool.Disrupt}
	plan.Consequences, err = c.PlanNodeReboot(ctx, rental, nodes)
	return plan, err
}

func rebootedNodes(p tool.Plan) tool.Made {
	return changedRental(p, fmt.Sprintf("The reboot of %s of rental %s on %s is accepted.", count(len(p.Facts), "server"), plannedRental(p), p.Account))
}

// settleNodeReboot finds a reboot only while the rental is restarting. Once the
// rental runs again, nothing shows whether it was rebooted, and the settlement is
// unclear.
func settleNodeReboot(ctx context.Context, c cloud.NodeRebooter, intent tool.Intent) (tool.Settlement, error) {
	rental, err := c.GetRental(ctx, plannedRental(intent.Plan))
	if err != nil {
		return tool.Settlement{}, err
	}
	made := rebootedNodes(intent.Plan)
	if rental.Status == intent.Plan.Targets[0].Status {
		made.Summary = fmt.Sprintf("Rental %s on %s is as it was; whether its servers were rebooted cannot be told.", rental.ID, intent.Plan.Account)
	}
	return tool.Settlement{Finding: tool.FoundDone, Made: made}, nil
}

func planNodeRemoval(ctx context.Context, c cloud.NodeRemover, in nodesInput) (tool.Plan, error) {
	plan, rental, nodes, err := planNodes(ctx, c, "remove nodes", "Remove", in)
	if err != nil {
		return tool.Plan{}, err
	}
	plan.Effects = []tool.Effect{tool.Destroy}
	plan.Changes = []tool.FieldChange{{Field: "servers", Before: fmt.Sprint(len(rental.Nodes)), After: fmt.Sprint(len(rental.Nodes) - len(nodes))}}
	before := rental.Price
	plan.Cost = &tool.Cost{Before: &before, After: cloud.UnknownPrice("what the servers that remain cost is not documented; a rate that falls with their number is likely")}
	if plan.Targets[0].NameShared, err = nameShared(ctx, c.ListRentals, rentalSighting, plan.Targets[0]); err != nil {
		return tool.Plan{}, err
	}
	plan.Consequences, err = c.PlanNodeRemoval(ctx, rental, nodes)
	return plan, err
}

func removedNodes(p tool.Plan) tool.Made {
	return changedRental(p, fmt.Sprintf("The removal of %s from rental %s on %s is accepted.", count(len(p.Facts), "server"), plannedRental(p), p.Account))
}

// settleNodeRemoval checks which servers are still there.
func settleNodeRemoval(ctx context.Context, c cloud.NodeRemover, intent tool.Intent) (tool.Settlement, error) {
	rental, err := c.GetRental(ctx, plannedRental(intent.Plan))
	if err != nil {
		return tool.Settlement{}, err
	}
	switch servers := intent.Plan.Changes[0]; fmt.Sprint(len(rental.Nodes)) {
	case servers.After:
		return tool.Settlement{Finding: tool.FoundDone, Made: removedNodes(intent.Plan)}, nil
	case servers.Before:
		return tool.Settlement{Finding: tool.FoundNothing}, nil
	}
	return tool.Settlement{Finding: tool.FoundUnclear, Why: "the rental shows neither its old servers nor those that should remain; a person should look"}, nil
}
