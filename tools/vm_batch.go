package tools

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"countersign/internal/cloud"
	"countersign/internal/tool"
)

type vmBatchInput struct {
	Account cloud.AccountName `json:"account" jsonschema_description:"Their account."`
	VMIDs   []cloud.VMID      `json:"vm_ids" jsonschema:"minItems=1,maxItems=50" jsonschema_description:"Exact IDs of GPU VMs from list_vms, each once."`
}

func (in vmBatchInput) account() cloud.AccountName { return in.Account }

// vmKind is the kind of a machine in results and plans.
const vmKind = "vm"

func stopGPCNGPUs(env Env) *tool.Definition {
	return write[cloud.VMBatcher, vmBatchInput]{kind: vmKind, plan: planStopBatch, settle: settleStopBatch,
		execute: func(ctx context.Context, c cloud.VMBatcher, in vmBatchInput, run tool.Run) (tool.Made, error) {
			parts, err := c.StopVMs(ctx, in.VMIDs)
			return stoppedBatch(run.Plan, parts), err
		},
	}.on(env.Accounts, tool.Spec{
		Name:        "stop_gpcn_gpus",
		Title:       "Stop GPCN GPU VMs",
		Description: "Stop 1 to 50 GPU VMs at once, approved as one. Nothing that GPCN documents starts one again. get_operation has what became of each.",
		Toolset:     gpcnExtraSet,
		Effect:      tool.Bill,
		Least:       tool.Change,
		Idempotent:  true,
	})
}

func deleteGPCNGPUs(env Env) *tool.Definition {
	return write[cloud.VMBatcher, vmBatchInput]{kind: vmKind, plan: planDeleteBatch, settle: settleDeleteBatch,
		execute: func(ctx context.Context, c cloud.VMBatcher, in vmBatchInput, run tool.Run) (tool.Made, error) {
			accepted, err := c.DeleteVMs(ctx, in.VMIDs)
			return tool.Made{
				Summary: fmt.Sprintf("The deletion of %s on %s is accepted; get_operation has what becomes of each.", count(len(run.Plan.Targets), "GPU VM"), in.Account),
				Jobs:    accepted.Jobs, Parts: accepted.Parts,
			}, err
		},
	}.on(env.Accounts, tool.Spec{
		Name:        "delete_gpcn_gpus",
		Title:       "Delete GPCN GPU VMs",
		Description: "Delete 1 to 50 GPU VMs and their disks for ever, approved as one by a person who types how many. get_operation has what became of each.",
		Toolset:     gpcnExtraSet,
		Effect:      tool.Destroy,
		Idempotent:  true,
	})
}

// earnBatch reads machines by their exact IDs. It rejects duplicates and machines
// of another kind.
func earnBatch(ctx context.Context, c cloud.VMBatcher, in vmBatchInput) ([]cloud.VM, error) {
	var batch []cloud.VM
	for i, id := range in.VMIDs {
		if slices.Contains(in.VMIDs[:i], id) {
			return nil, tool.Errorf(tool.CodeInvalidArguments, "Give each ID once.", "vm_ids: %s stands there twice; nothing was sent.", id)
		}
		vm, err := earnVM(ctx, c, id)
		if err != nil {
			return nil, err
		}
		if vm.Kind != c.BatchKind() {
			return nil, tool.Errorf(tool.CodeUnsupported, "Leave it out; power_vm and delete_vm are for machines of other kinds.", "VM %s is no GPU VM; nothing was sent.", id)
		}
		batch = append(batch, vm)
	}
	return batch, nil
}

// batchPlan returns the common part of the plans for several machines.
func batchPlan(account cloud.AccountName, verb string, batch []cloud.VM) tool.Plan {
	plan := tool.Plan{Account: account, Summary: fmt.Sprintf("%s %s on %s.", verb, count(len(batch), "GPU VM"), account)}
	for _, vm := range batch {
		plan.Targets = append(plan.Targets, vmTarget(vm))
	}
	return plan
}

func planStopBatch(ctx context.Context, c cloud.VMBatcher, in vmBatchInput) (tool.Plan, error) {
	batch, err := earnBatch(ctx, c, in)
	if err != nil {
		return tool.Plan{}, err
	}
	plan := batchPlan(in.Account, "Stop", batch)
	plan.Action = string(cloud.PowerStop)
	var before, after []cloud.Price
	for _, vm := range batch {
		info, err := actionInfo(c.PowerActions(vm), powerVMInput{vmRef{in.Account, vm.ID}, cloud.PowerStop})
		if err != nil {
			return tool.Plan{}, err
		}
		more, err := c.PlanPower(ctx, vm, cloud.PowerStop)
		if err != nil {
			return tool.Plan{}, err
		}
		plan.Final = plan.Final || forGood(c.PowerActions(vm), info)
		stopped := priceIn(vm, info.Result)
		before, after = append(before, vm.Price), append(after, stopped)
		plan.Effects = addOnce(plan.Effects, powerEffects(info, vm.Price, stopped)...)
		plan.Changes = append(plan.Changes, tool.FieldChange{Field: "power of " + string(vm.ID), Before: string(vm.Power), After: string(info.Result)})
		plan.Consequences = addOnce(plan.Consequences, append(append([]string{info.Billing}, info.Consequences...), more...)...)
	}
	now := sumPrices(before)
	plan.Cost = &tool.Cost{Before: &now, After: sumPrices(after)}
	if !slices.ContainsFunc(plan.Changes, func(change tool.FieldChange) bool { return change.Before != change.After }) {
		plan.Nothing = "All of these machines are stopped already; nothing was sent."
	}
	return plan, nil
}

func planDeleteBatch(ctx context.Context, c cloud.VMBatcher, in vmBatchInput) (tool.Plan, error) {
	batch, err := earnBatch(ctx, c, in)
	if err != nil {
		return tool.Plan{}, err
	}
	plan := batchPlan(in.Account, "Delete for ever", batch)
	plan.Effects = []tool.Effect{tool.Destroy}
	var before []cloud.Price
	for i, vm := range batch {
		says, err := c.PlanDeletion(ctx, vm, cloud.Deletion{})
		if err != nil {
			return tool.Plan{}, err
		}
		plan.Consequences = addOnce(plan.Consequences, says...)
		before = append(before, vm.Price)
		if len(batch) > 1 {
			continue // the person types their number, not a name
		}
		if plan.Targets[i].NameShared, err = nameShared(ctx, c.ListVMs, vmSighting, plan.Targets[i]); err != nil {
			return tool.Plan{}, err
		}
	}
	now := sumPrices(before)
	plan.Cost = &tool.Cost{Before: &now, After: endedPrice(now, "")}
	return plan, nil
}

// sumPrices adds the prices of several machines. The sum is known only if every
// price is.
func sumPrices(prices []cloud.Price) cloud.Price {
	unknown := 0
	for _, p := range prices {
		if !p.Known() {
			unknown++
		}
	}
	if unknown > 0 {
		return cloud.UnknownPrice(fmt.Sprintf("the price of %d of %s is not known", unknown, count(len(prices), "machine")))
	}
	total, assumed, sources := *prices[0].PerHour, prices[0].Assumed, []string{prices[0].Source}
	for _, p := range prices[1:] {
		sum, ok := total.Plus(*p.PerHour)
		if !ok {
			return cloud.UnknownPrice("the machines are charged in several currencies")
		}
		total, assumed, sources = sum, addOnce(assumed, p.Assumed...), addOnce(sources, p.Source)
	}
	return cloud.HourlyPrice(total, strings.Join(sources, "; "), assumed...)
}

// stoppedBatch reports how many machines were stopped, and which were not.
func stoppedBatch(p tool.Plan, parts []cloud.Job) tool.Made {
	made := tool.Made{Parts: parts}
	var not []string
	for _, part := range parts {
		if part.State == cloud.JobDone {
			made.IDs = append(made.IDs, madeVM(cloud.VMID(part.MadeID))...)
			continue
		}
		not = append(not, part.MadeID)
	}
	made.Summary = fmt.Sprintf("%s on %s stopped, or about to be.", count(len(made.IDs), "GPU VM"), p.Account)
	if len(not) > 0 {
		made.Summary = fmt.Sprintf("Only %d of %s on %s stopped, or about to be; get_operation has why not: %s.",
			len(made.IDs), count(len(parts), "GPU VM"), p.Account, strings.Join(not, ", "))
	}
	return made
}

// settleBatch checks each machine of a call without a response. If only some are as
// planned, it reports each one.
func settleBatch(p tool.Plan, look func(cloud.VMID) (cloud.Job, error), made func([]cloud.Job) tool.Made) (tool.Settlement, error) {
	var parts []cloud.Job
	states := map[cloud.JobState]int{}
	for _, target := range p.Targets {
		part, err := look(cloud.VMID(target.ID))
		if err != nil {
			return tool.Settlement{}, err
		}
		part.ID, part.MadeID = cloud.JobID(target.ID), target.ID
		states[part.State]++
		parts = append(parts, part)
	}
	switch {
	case states[cloud.JobRunning] > 0:
		return tool.Settlement{Finding: tool.FoundUnclear, Why: "some of the machines are between two states now"}, nil
	case states[cloud.JobDone] == 0:
		return tool.Settlement{Finding: tool.FoundNothing}, nil
	}
	return tool.Settlement{Finding: tool.FoundDone, Made: made(parts)}, nil
}

func settleStopBatch(ctx context.Context, c cloud.VMBatcher, intent tool.Intent) (tool.Settlement, error) {
	return settleBatch(intent.Plan, func(id cloud.VMID) (cloud.Job, error) {
		vm, err := c.GetVM(ctx, id)
		switch {
		case cloud.IsKind(err, cloud.ErrUnknownID):
			return cloud.Job{State: cloud.JobVanished, Message: "the machine is gone"}, nil
		case err != nil:
			return cloud.Job{}, err
		case vm.Power == cloud.PowerStopped:
			return cloud.Job{State: cloud.JobDone}, nil
		case vm.Power == cloud.PowerOther:
			return cloud.Job{State: cloud.JobRunning}, nil
		}
		return cloud.Job{State: cloud.JobFailed, Message: "the machine is " + string(vm.Power)}, nil
	}, func(parts []cloud.Job) tool.Made { return stoppedBatch(intent.Plan, parts) })
}

func settleDeleteBatch(ctx context.Context, c cloud.VMBatcher, intent tool.Intent) (tool.Settlement, error) {
	return settleBatch(intent.Plan, func(id cloud.VMID) (cloud.Job, error) {
		deleting, err := c.Deleting(ctx, id, cloud.Deletion{})
		if err != nil || !deleting {
			return cloud.Job{State: cloud.JobFailed, Message: "the machine is there and is not being deleted"}, err
		}
		return cloud.Job{State: cloud.JobDone}, nil
	}, func(parts []cloud.Job) tool.Made {
		made := stoppedBatch(intent.Plan, parts)
		made.Summary = fmt.Sprintf("The deletion of %d of %s on %s is accepted; get_operation has each.", len(made.IDs), count(len(parts), "GPU VM"), intent.Plan.Account)
		return made
	})
}
