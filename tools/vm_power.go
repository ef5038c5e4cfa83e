package tools

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"countersign/internal/cloud"
	"countersign/internal/tool"
)

type powerVMInput struct {
	vmRef
	Action cloud.PowerAction `json:"action" jsonschema_description:"stop: the gentlest there is; force_stop: like pulling the plug; release: stop and give the hardware back, disk kept. What a cloud lacks is refused with what it has."`
}

func powerVM(env Env) *tool.Definition {
	return write[cloud.VMPowerer, powerVMInput]{kind: "vm", plan: planPower, settle: settlePower,
		execute: func(ctx context.Context, c cloud.VMPowerer, in powerVMInput, run tool.Run) (tool.Made, error) {
			accepted, err := c.PowerVM(ctx, in.VMID, in.Action)
			return withJobs(poweredVM(run.Plan), accepted), err
		},
	}.on(env.Accounts, tool.Spec{
		Name:  "power_vm",
		Title: "Start, stop or release VM",
		Description: "Switch a machine on or off. The plan says what it still costs: a stopped machine is often billed like a running one. " +
			"A person approves what interrupts or costs; then repeat the same call.",
		Effect:     tool.Bill,
		Least:      tool.Change,
		Idempotent: true,
	})
}

func planPower(ctx context.Context, c cloud.VMPowerer, in powerVMInput) (tool.Plan, error) {
	vm, err := earnVM(ctx, c, in.VMID)
	if err != nil {
		return tool.Plan{}, err
	}
	info, err := actionInfo(c.PowerActions(vm), in)
	if err != nil {
		return tool.Plan{}, err
	}
	before, after := vm.Price, priceIn(vm, info.Result)
	plan := tool.Plan{
		Account:      in.Account,
		Summary:      fmt.Sprintf("Power action %q for VM %s on %s.", in.Action, vm.ID, in.Account),
		Action:       string(in.Action),
		Final:        forGood(c.PowerActions(vm), info),
		Effects:      powerEffects(info, before, after),
		Targets:      []tool.Target{vmTarget(vm)},
		Changes:      []tool.FieldChange{{Field: "power", Before: string(vm.Power), After: string(info.Result)}},
		Cost:         &tool.Cost{Before: &before, After: after},
		Consequences: append([]string{info.Billing}, info.Consequences...),
		// A stopped machine still counts as one. Only GPUs that were released are
		// taken again by a start.
		Adds: vm.Load().More(vm.LoadIn(info.Result)),
	}
	if settles(in.Action) && vm.Power == info.Result {
		plan.Nothing = fmt.Sprintf("VM %s is %s already; nothing was sent.", vm.ID, vm.Power)
		return plan, nil
	}
	more, err := c.PlanPower(ctx, vm, in.Action)
	plan.Consequences = append(plan.Consequences, more...)
	return plan, err
}

// settles reports whether an action is done when the machine is in the resulting
// state. A restart is not, because it ends in the state that it began in.
func settles(a cloud.PowerAction) bool {
	return a != cloud.PowerRestart && a != cloud.PowerForceRestart
}

// forGood reports whether the cloud has no action that starts a machine again after
// this one.
func forGood(table []cloud.PowerActionInfo, info cloud.PowerActionInfo) bool {
	return info.Result != cloud.PowerRunning && !slices.ContainsFunc(table, func(other cloud.PowerActionInfo) bool { return other.Result == cloud.PowerRunning })
}

// actionInfo returns the cloud's row for an action. If the cloud lacks it, the
// error lists the actions that it has.
func actionInfo(table []cloud.PowerActionInfo, in powerVMInput) (cloud.PowerActionInfo, error) {
	var has []string
	for _, info := range table {
		if info.Action == in.Action {
			return info, nil
		}
		has = append(has, string(info.Action))
	}
	return cloud.PowerActionInfo{}, tool.Errorf(tool.CodeUnsupported, "This kind of machine has: "+strings.Join(has, ", ")+".",
		"The cloud of account %s has no power action %s for this machine; nothing was sent.", in.Account, in.Action)
}

func priceIn(vm cloud.VM, state cloud.PowerState) cloud.Price {
	if price, ok := vm.Rates[state]; ok {
		return price
	}
	return cloud.UnknownPrice("the cloud does not say what the machine costs when it is " + string(state))
}

// powerEffects returns the effects of an action on this machine now: it disrupts a
// running machine, and it bills if the rate rises or is unknown.
func powerEffects(info cloud.PowerActionInfo, before, after cloud.Price) []tool.Effect {
	effects := []tool.Effect{tool.Change}
	if info.Interrupts {
		effects = append(effects, tool.Disrupt)
	}
	unknown := !before.Known() || !after.Known() || before.PerHour.Currency != after.PerHour.Currency
	if unknown && info.Result == cloud.PowerRunning || !unknown && after.PerHour.Amount.GreaterThan(before.PerHour.Amount) {
		effects = append(effects, tool.Bill)
	}
	return effects
}

func poweredVM(p tool.Plan) tool.Made {
	return tool.Made{
		Summary: fmt.Sprintf("Power action of VM %s on %s is accepted; it is to be %s.", planned(p), p.Account, p.Changes[0].After),
		IDs:     madeVM(planned(p)),
	}
}

func settlePower(ctx context.Context, c cloud.VMPowerer, intent tool.Intent) (tool.Settlement, error) {
	vm, err := c.GetVM(ctx, planned(intent.Plan))
	if err != nil {
		return tool.Settlement{}, err
	}
	change := intent.Plan.Changes[0]
	if vm.Power == cloud.PowerOther {
		// In transition, perhaps because of this action.
		return tool.Settlement{Finding: tool.FoundUnclear, Why: "the machine is neither running nor stopped now"}, nil
	}
	if string(vm.Power) == change.After && change.Before == change.After {
		made := poweredVM(intent.Plan)
		made.Summary = fmt.Sprintf("VM %s on %s is %s; whether it restarted cannot be told.", vm.ID, intent.Plan.Account, vm.Power)
		return tool.Settlement{Finding: tool.FoundDone, Made: made}, nil
	}
	if string(vm.Power) == change.After {
		return tool.Settlement{Finding: tool.FoundDone, Made: poweredVM(intent.Plan)}, nil
	}
	return tool.Settlement{Finding: tool.FoundNothing}, nil
}
