package tools

import (
	"context"
	"fmt"
	"strconv"

	"countersign/internal/cloud"
	"countersign/internal/tool"
)

// vmExtraTools is the toolset for rarely needed operations on machines.
const vmExtraTools = "vm_extra"

type resizeVMInput struct {
	vmRef
	OfferID cloud.OfferID `json:"offer_id,omitempty" jsonschema_description:"Where a cloud sells sizes (GPCN): exact ID from list_offers of its location, larger ones only."`
	VCPUs   int           `json:"vcpus,omitempty" jsonschema:"minimum=1,maximum=1024" jsonschema_description:"Where a cloud sells by the unit (HostUp), with ram_gb: cores."`
	RAMGB   int           `json:"ram_gb,omitempty" jsonschema:"minimum=1,maximum=16384" jsonschema_description:"With vcpus: memory in GB."`
}

func (in resizeVMInput) size() cloud.Resize {
	return cloud.Resize{OfferID: in.OfferID, VCPUs: in.VCPUs, RAMGB: in.RAMGB}
}

func resizeVM(env Env) *tool.Definition {
	return write[cloud.VMResizer, resizeVMInput]{kind: "vm", plan: planResize, settle: settleResize,
		execute: func(ctx context.Context, c cloud.VMResizer, in resizeVMInput, run tool.Run) (tool.Made, error) {
			accepted, err := c.ResizeVM(ctx, in.VMID, in.size())
			return withJobs(resizedVM(run.Plan), accepted), err
		},
	}.on(env.Accounts, tool.Spec{
		Name:  "resize_vm",
		Title: "Resize VM",
		Description: "Give a machine more or fewer cores and memory, and with them another price. The plan shows both sizes and prices; what runs on it may stop. " +
			"A person approves it; then repeat the same call.",
		Toolset:    vmExtraTools,
		Effect:     tool.Bill,
		Least:      tool.Disrupt,
		Idempotent: true,
	})
}

func planResize(ctx context.Context, c cloud.VMResizer, in resizeVMInput) (tool.Plan, error) {
	vm, err := earnVM(ctx, c, in.VMID)
	if err != nil {
		return tool.Plan{}, err
	}
	resize, err := c.PlanResize(ctx, vm, in.size())
	if err != nil {
		return tool.Plan{}, err
	}
	plan := tool.Plan{
		Account:      in.Account,
		Summary:      fmt.Sprintf("Resize VM %s on %s.", vm.ID, in.Account),
		Effects:      resizeEffects(resize),
		Targets:      []tool.Target{vmTarget(vm)},
		Facts:        resizeFacts(in.size()),
		Changes:      sizeChanges(resize.Now, resize.Then),
		Cost:         &tool.Cost{Before: &resize.Before, After: resize.After},
		Consequences: resize.Consequences,
		Notes:        resize.Notes,
		Offer:        string(in.OfferID),
		// Nothing is added: the machine exists already, and no cloud resizes
		// GPUs.
	}
	if resize.Same {
		plan.Cost = nil
		plan.Nothing = fmt.Sprintf("VM %s has this size already; nothing was sent.", vm.ID)
	}
	return plan, nil
}

// resizeEffects returns the effects of a resize: it counts as disrupting, and it
// bills unless the new price is known not to be higher.
func resizeEffects(r cloud.ResizePlan) []tool.Effect {
	if r.Before.Known() && r.After.Known() && r.Before.PerHour.Currency == r.After.PerHour.Currency &&
		!r.After.PerHour.Amount.GreaterThan(r.Before.PerHour.Amount) {
		return []tool.Effect{tool.Disrupt}
	}
	return []tool.Effect{tool.Disrupt, tool.Bill}
}

// Labels of facts in the plan of a resize: the requested size.
const (
	offerFact = "offer_id"
	vcpusFact = "vcpus wanted"
	ramFact   = "ram_gb wanted"
)

func resizeFacts(to cloud.Resize) []cloud.Fact {
	if to.OfferID != "" {
		return []cloud.Fact{{Label: offerFact, Value: string(to.OfferID)}}
	}
	return []cloud.Fact{{Label: vcpusFact, Value: strconv.Itoa(to.VCPUs)}, {Label: ramFact, Value: strconv.Itoa(to.RAMGB)}}
}

// plannedSize reads back what resizeFacts wrote.
func plannedSize(p tool.Plan) (cloud.Resize, error) {
	if id := plannedFact(p, offerFact); id != "" {
		return cloud.Resize{OfferID: cloud.OfferID(id)}, nil
	}
	vcpus, err := strconv.Atoi(plannedFact(p, vcpusFact))
	if err != nil {
		return cloud.Resize{}, fmt.Errorf("planned cores: %w", err)
	}
	ram, err := strconv.Atoi(plannedFact(p, ramFact))
	if err != nil {
		return cloud.Resize{}, fmt.Errorf("planned memory: %w", err)
	}
	return cloud.Resize{VCPUs: vcpus, RAMGB: ram}, nil
}

// sizeChanges returns the parts of a size that differ and are known.
func sizeChanges(now, then cloud.MachineSize) []tool.FieldChange {
	var changes []tool.FieldChange
	for _, part := range []struct {
		field     string
		now, then int
	}{{"vcpus", now.VCPUs, then.VCPUs}, {"ram_gb", now.RAMGB, then.RAMGB}, {"storage_gb", now.StorageGB, then.StorageGB}} {
		if part.now != part.then {
			changes = append(changes, tool.FieldChange{Field: part.field, Before: sizeText(part.now), After: sizeText(part.then)})
		}
	}
	return changes
}

func sizeText(n int) string {
	if n == 0 {
		return "not told"
	}
	return strconv.Itoa(n)
}

func resizedVM(p tool.Plan) tool.Made {
	return tool.Made{
		Summary: fmt.Sprintf("The resize of VM %s on %s is accepted; get_vm shows its size.", planned(p), p.Account),
		IDs:     madeVM(planned(p)),
	}
}

func settleResize(ctx context.Context, c cloud.VMResizer, intent tool.Intent) (tool.Settlement, error) {
	size, err := plannedSize(intent.Plan)
	if err != nil {
		return tool.Settlement{}, err
	}
	done, err := c.Resized(ctx, planned(intent.Plan), size)
	if err != nil {
		return tool.Settlement{}, err
	}
	vm, err := c.GetVM(ctx, planned(intent.Plan))
	switch {
	case err != nil:
		return tool.Settlement{}, err
	case vm.Power == cloud.PowerOther:
		// In transition, perhaps because of this resize, which can still fail.
		return tool.Settlement{Finding: tool.FoundUnclear, Why: "the machine is neither running nor stopped now"}, nil
	case done:
		return tool.Settlement{Finding: tool.FoundDone, Made: resizedVM(intent.Plan)}, nil
	}
	return tool.Settlement{Finding: tool.FoundNothing}, nil
}
