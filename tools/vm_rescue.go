package tools

import (
	"context"
	"fmt"

	"countersign/internal/cloud"
	"countersign/internal/tool"
)

type rescueVMInput struct {
	vmRef
	Source  cloud.RescueSource `json:"source" jsonschema_description:"Whose image it is: of the cloud's catalog, or a custom one of the account."`
	ImageID cloud.ImageID      `json:"image_id" jsonschema_description:"Exact ID from list_images of the machine's location."`
}

func (in rescueVMInput) image() cloud.RescueImage {
	return cloud.RescueImage{Source: in.Source, ID: in.ImageID}
}

func rescueVM(env Env) *tool.Definition {
	return write[cloud.VMRescuer, rescueVMInput]{kind: vmKind, plan: planRescue,
		settle: func(ctx context.Context, c cloud.VMRescuer, intent tool.Intent) (tool.Settlement, error) {
			return settleRescue(ctx, c, intent, true)
		},
		execute: func(ctx context.Context, c cloud.VMRescuer, in rescueVMInput, run tool.Run) (tool.Made, error) {
			accepted, err := c.RescueVM(ctx, in.VMID, in.image())
			return withJobs(rescuedVM(run.Plan), accepted), err
		},
	}.on(env.Accounts, tool.Spec{
		Name:        "rescue_vm",
		Title:       "Rescue VM",
		Description: "Reboot a machine from another image, to repair its disk. A person approves it; then repeat the same call. end_rescue boots its own disk again.",
		Toolset:     gpcnExtraSet,
		Effect:      tool.Disrupt,
		Idempotent:  true,
	})
}

func planRescue(ctx context.Context, c cloud.VMRescuer, in rescueVMInput) (tool.Plan, error) {
	vm, err := earnVM(ctx, c, in.VMID)
	if err != nil {
		return tool.Plan{}, err
	}
	plan := tool.Plan{
		Account: in.Account,
		Summary: fmt.Sprintf("Reboot VM %s on %s into rescue.", vm.ID, in.Account),
		Effects: []tool.Effect{tool.Change, tool.Disrupt},
		Targets: []tool.Target{vmTarget(vm)},
		Changes: []tool.FieldChange{{Field: "boots from", Before: "its own disk", After: "image " + string(in.ImageID)}},
	}
	if c.InRescue(vm) {
		plan.Nothing = fmt.Sprintf("VM %s is in rescue already, or on its way there; nothing was sent.", vm.ID)
		return plan, nil
	}
	plan.Facts, plan.Consequences, err = c.PlanRescue(ctx, vm, in.image())
	return plan, err
}

func endRescue(env Env) *tool.Definition {
	return write[cloud.VMRescuer, vmRef]{kind: vmKind, plan: planEndRescue,
		settle: func(ctx context.Context, c cloud.VMRescuer, intent tool.Intent) (tool.Settlement, error) {
			return settleRescue(ctx, c, intent, false)
		},
		execute: func(ctx context.Context, c cloud.VMRescuer, in vmRef, run tool.Run) (tool.Made, error) {
			accepted, err := c.EndRescue(ctx, in.VMID)
			return withJobs(rescuedVM(run.Plan), accepted), err
		},
	}.on(env.Accounts, tool.Spec{
		Name:        "end_rescue",
		Title:       "End rescue",
		Description: "Reboot a machine in rescue from its own disk again. A person approves it; then repeat the same call.",
		Toolset:     gpcnExtraSet,
		Effect:      tool.Disrupt,
		Idempotent:  true,
	})
}

func planEndRescue(ctx context.Context, c cloud.VMRescuer, in vmRef) (tool.Plan, error) {
	vm, err := earnVM(ctx, c, in.VMID)
	if err != nil {
		return tool.Plan{}, err
	}
	plan := tool.Plan{
		Account: in.Account,
		Summary: fmt.Sprintf("End the rescue of VM %s on %s: reboot it from its own disk.", vm.ID, in.Account),
		Effects: []tool.Effect{tool.Change, tool.Disrupt},
		Targets: []tool.Target{vmTarget(vm)},
		Changes: []tool.FieldChange{{Field: "boots from", Before: "a rescue image", After: "its own disk"}},
	}
	if !c.InRescue(vm) {
		plan.Nothing = fmt.Sprintf("VM %s is not in rescue; nothing was sent.", vm.ID)
		return plan, nil
	}
	plan.Consequences, err = c.PlanEndRescue(ctx, vm)
	return plan, err
}

func rescuedVM(p tool.Plan) tool.Made {
	return tool.Made{
		Summary: fmt.Sprintf("The reboot of VM %s on %s is accepted; it is to boot from %s.", planned(p), p.Account, p.Changes[0].After),
		IDs:     madeVM(planned(p)),
	}
}

// settleRescue compares whether a machine is in rescue mode with what was wanted.
func settleRescue(ctx context.Context, c cloud.VMRescuer, intent tool.Intent, wanted bool) (tool.Settlement, error) {
	vm, err := c.GetVM(ctx, planned(intent.Plan))
	if err != nil {
		return tool.Settlement{}, err
	}
	if c.InRescue(vm) == wanted {
		return tool.Settlement{Finding: tool.FoundDone, Made: rescuedVM(intent.Plan)}, nil
	}
	return tool.Settlement{Finding: tool.FoundNothing}, nil
}
