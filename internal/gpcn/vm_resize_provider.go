package gpcn

import (
	"context"

	"countersign/internal/cloud"
)

var _ cloud.VMResizer = (*Provider)(nil)

// PlanResize checks a resize. The size is the exact ID of one that GPCN offers for the
// upgrade of this VM. GPU VMs have no such operation.
func (p *Provider) PlanResize(ctx context.Context, vm cloud.VM, to cloud.Resize) (cloud.ResizePlan, error) {
	if err := p.checkResize(vm.Kind, to); err != nil {
		return cloud.ResizePlan{}, err
	}
	now, err := p.client.GetVM(ctx, vm.ID)
	if err != nil {
		return cloud.ResizePlan{}, err
	}
	plan := cloud.ResizePlan{Now: now.Configuration.size()}
	if now.Configuration.SKUID == to.OfferID {
		plan.Same, plan.Then = true, plan.Now
		return plan, nil
	}
	size, err := p.confirmUpgrade(ctx, vm, to.OfferID)
	if err != nil {
		return cloud.ResizePlan{}, err
	}
	plan.Then = Hardware{CPU: size.CPU, RAM: size.RAM, Disk: size.Disk}.size()
	plan.Before = vm.Price
	plan.After, _ = p.machinePrices(vm.Power, to.OfferID)
	plan.Consequences = []string{
		"GPCN lists sizes to upgrade to only: that the machine can get its present size back is not documented.",
		"GPCN's own Terraform provider stops a machine before it resizes it: take it that what runs on it stops, and that GPCN may refuse while it runs.",
		"Whether a larger disk is seen by the guest without more is not documented.",
	}
	if !plan.After.Known() {
		plan.Consequences = append(plan.Consequences, pricesUnknown)
	}
	return plan, nil
}

// checkResize refuses GPU VMs, and sizes that are not given by the ID of an offer.
func (p *Provider) checkResize(kind string, to cloud.Resize) error {
	if kind != vmBlock {
		return p.refuse(cloud.ErrUnsupported, operationResize, "GPCN documents no operation that resizes a GPU VM", "Tell the user: another machine would have to be created.")
	}
	var wrong []cloud.Issue
	if to.OfferID == "" {
		wrong = append(wrong, cloud.Issue{Field: "offer_id", Message: "is required here: GPCN sells sizes"})
	}
	for _, part := range []struct {
		field string
		given int
	}{{"vcpus", to.VCPUs}, {"ram_gb", to.RAMGB}} {
		if part.given != 0 {
			wrong = append(wrong, cloud.Issue{Field: part.field, Message: "is not taken here: GPCN sells sizes; give offer_id"})
		}
	}
	return p.invalid(operationResize, wrong)
}

// confirmUpgrade finds a size among those that a VM can be upgraded to.
func (p *Provider) confirmUpgrade(ctx context.Context, vm cloud.VM, id cloud.OfferID) (Size, error) {
	catalogue, err := p.client.ListSizes(ctx, vm.LocationID, vm.ID)
	if err != nil {
		return Size{}, err
	}
	want := lookup{operationResize, "offer_id", string(id), "size that this machine can be upgraded to", "candidates, or from list_offers of its location: only larger ones are taken"}
	return confirm(p, want, catalogue.sizes(), func(s Size) cloud.Candidate {
		return cloud.Candidate{ID: string(s.SKUID), Name: s.Name}
	})
}

// size returns the parts of a size; those that are not known are 0.
func (h Hardware) size() cloud.MachineSize {
	number := func(n *int) int {
		if n == nil {
			return 0
		}
		return *n
	}
	return cloud.MachineSize{VCPUs: number(h.CPU), RAMGB: number(h.RAM), StorageGB: number(h.Disk)}
}

// ResizeVM starts a resize and returns the job.
func (p *Provider) ResizeVM(ctx context.Context, id cloud.VMID, to cloud.Resize) (cloud.Accepted, error) {
	return cloud.ByUUID(p.account, operationResize, id, func(id cloud.VMID) (cloud.Accepted, error) {
		kind, err := p.kindOf(ctx, id)
		if err != nil {
			return cloud.Accepted{}, err
		}
		if err := p.checkResize(kind, to); err != nil {
			return cloud.Accepted{}, err
		}
		job, err := p.client.ResizeVM(ctx, id, to.OfferID)
		if err != nil {
			return cloud.Accepted{}, err
		}
		return accepted(job), nil
	})
}

// Resized implements cloud.VMResizer.
func (p *Provider) Resized(ctx context.Context, id cloud.VMID, to cloud.Resize) (bool, error) {
	return cloud.ByUUID(p.account, operationResize, id, func(id cloud.VMID) (bool, error) {
		vm, err := p.client.GetVM(ctx, id)
		return vm.Configuration.SKUID == to.OfferID, err
	})
}
