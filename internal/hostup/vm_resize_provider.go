package hostup

import (
	"context"
	"fmt"
	"slices"

	"countersign/internal/cloud"
)

var _ cloud.VMResizer = (*Provider)(nil)

// PlanResize checks the new cores and memory of a pay-as-you-go server against the
// documented limits, the vendor's own, the gate and the unused part of the account's
// limits, and prices them by unit prices.
func (p *Provider) PlanResize(ctx context.Context, vm cloud.VM, to cloud.Resize) (cloud.ResizePlan, error) {
	if err := p.checkResize(to); err != nil {
		return cloud.ResizePlan{}, err
	}
	if vm.Billing != paygBilling {
		e := p.refuse(cloud.ErrUnsupported, operationResize, "only pay-as-you-go machines are resized; this one is sold as a plan")
		e.Hint = "Changing a plan makes an invoice and is not wrapped here: the user can do it on HostUp's site."
		return cloud.ResizePlan{}, e
	}
	if vm.VCPUs == nil || vm.RAMGB == nil {
		e := p.refuse(cloud.ErrUnavailable, operationResize, "HostUp does not tell the size that the machine has now")
		e.Hint = hintFor(cloud.ErrUnavailable, aboutVPS)
		return cloud.ResizePlan{}, e
	}
	plan := cloud.ResizePlan{
		Now:  cloud.MachineSize{VCPUs: *vm.VCPUs, RAMGB: *vm.RAMGB},
		Then: cloud.MachineSize{VCPUs: to.VCPUs, RAMGB: to.RAMGB},
	}
	if plan.Now == plan.Then {
		plan.Same = true
		return plan, nil
	}
	if err := p.limitResize(ctx, vm, &plan); err != nil {
		return cloud.ResizePlan{}, err
	}
	var err error
	plan.Consequences, err = p.gatedResize(vm, []string{
		"What it costs per hour changes with it; from when on is not documented.",
		"Whether the machine is rebooted for it is not documented: take it that what runs on it may stop.",
		"Its storage stays as it is.",
	})
	return plan, err
}

// checkResize checks that a resize is given in the units that HostUp sells.
func (p *Provider) checkResize(to cloud.Resize) error {
	var wrong []cloud.Issue
	if to.OfferID != "" {
		wrong = append(wrong, cloud.Issue{Field: "offer_id", Message: "is not taken here: HostUp sells by the unit; give vcpus and ram_gb"})
	}
	// Storage is not part of a resize.
	parts := sizeParts(cloud.MachineSize{VCPUs: to.VCPUs, RAMGB: to.RAMGB}, ResourceLimits{}, PAYGAmounts{})
	return p.invalid(operationResize, append(wrong, resizeIssues(outside(parts))...))
}

// resizeIssues keeps the issues of the parts that a resize has, and renames their fields
// to its arguments.
func resizeIssues(issues []cloud.Issue) []cloud.Issue {
	var out []cloud.Issue
	for _, issue := range issues {
		switch issue.Field {
		case "cpu_cores":
			issue.Field = "vcpus"
		case "memory_gb":
			issue.Field = "ram_gb"
		default:
			continue
		}
		out = append(out, issue)
	}
	return out
}

// limitResize checks the new size against the vendor's limits, and its increase against
// the unused part of the account's limits. It prices both sizes as running.
func (p *Provider) limitResize(ctx context.Context, vm cloud.VM, plan *cloud.ResizePlan) error {
	options, err := p.client.GetDeploymentOptions(ctx)
	if err != nil {
		return err
	}
	if err := p.invalid(operationResize, resizeIssues(outside(sizeParts(plan.Then, options.Limits, PAYGAmounts{})))); err != nil {
		return err
	}
	limits, err := p.client.GetPAYGLimits(ctx)
	if err != nil {
		return err
	}
	more := cloud.MachineSize{VCPUs: plan.Then.VCPUs - plan.Now.VCPUs, RAMGB: plan.Then.RAMGB - plan.Now.RAMGB}
	var over []cloud.Issue
	for _, part := range sizeParts(more, ResourceLimits{}, limits.Remaining) {
		if part.wanted > 0 {
			over = append(over, resizeIssues(beyond([]sizePart{part}, ""))...)
		}
	}
	if len(over) > 0 {
		e := p.refuse(cloud.ErrBlocked, operationResize, "the account's limits leave less than that beside what the machine has")
		e.Issues, e.Hint = over, "Ask the user: a smaller size may fit, and HostUp raises limits on request."
		return e
	}
	plan.Before, plan.After = p.resizePrice(options.Pricing, vm, plan.Now), p.resizePrice(options.Pricing, vm, plan.Then)
	if vm.Power != cloud.PowerRunning {
		plan.Notes = append(plan.Notes, "Both prices are those of a running machine.")
	}
	plan.Notes = append(plan.Notes, createNotes(limits)...)
	return nil
}

func (*Provider) resizePrice(rates *PAYGRates, vm cloud.VM, size cloud.MachineSize) cloud.Price {
	if vm.StorageGB == nil {
		return cloud.UnknownPrice("the size is not known: storage")
	}
	size.StorageGB = *vm.StorageGB
	return paygPrice(rates, resources(size))
}

// gatedResize checks the gate that the machine was read with.
func (p *Provider) gatedResize(vm cloud.VM, consequences []string) ([]string, error) {
	var gate *cloud.Gate
	if i := slices.IndexFunc(vm.Gates, func(g cloud.NamedGate) bool { return g.Name == string(CanResize) }); i >= 0 {
		gate = &vm.Gates[i].Gate
	}
	return p.gated(operationResize, "HostUp does not let the machine be resized now", CanResize, gate, consequences)
}

// ResizeVM changes the size. A response with another size is an Ambiguous ErrVendor.
func (p *Provider) ResizeVM(ctx context.Context, id cloud.VMID, to cloud.Resize) (cloud.Accepted, error) {
	if err := p.checkResize(to); err != nil {
		return cloud.Accepted{}, err
	}
	answer, err := exactVPS(p, operationResize, id, func() (Resized, error) {
		return p.client.ResizeVPS(ctx, id, Resize{CPUCores: to.VCPUs, MemoryGB: to.RAMGB})
	})
	if err != nil {
		return cloud.Accepted{}, err
	}
	if now := answer.Resources; !answer.Resized || now != nil && !now.is(to) {
		e := p.refuse(cloud.ErrVendor, operationResize, "HostUp answered, and not that the machine has the size that was asked for")
		e.Ambiguous = true
		e.Hint = "Read the size with get_vm and tell the user."
		return cloud.Accepted{}, e
	}
	return cloud.Accepted{}, nil
}

// is reports whether this is the given size; unknown parts are not compared.
func (z ComputeSize) is(size cloud.Resize) bool {
	same := func(told Number, wanted int) bool {
		n, ok := told.Int()
		return !ok || n == wanted
	}
	return same(z.CPUCores, size.VCPUs) && same(z.MemoryGB, size.RAMGB)
}

// Resized implements cloud.VMResizer.
func (p *Provider) Resized(ctx context.Context, id cloud.VMID, to cloud.Resize) (bool, error) {
	vm, err := p.GetVM(ctx, id)
	switch {
	case err != nil:
		return false, err
	case vm.VCPUs == nil || vm.RAMGB == nil:
		return false, fmt.Errorf("the size of VPS %s is not told", id)
	}
	return *vm.VCPUs == to.VCPUs && *vm.RAMGB == to.RAMGB, nil
}
