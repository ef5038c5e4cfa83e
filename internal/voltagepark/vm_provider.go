package voltagepark

import (
	"context"
	"fmt"
	"net/netip"

	"countersign/internal/cloud"
)

// ListVMs returns one page of the account's machines; at most 100 per page.
func (p *Provider) ListVMs(ctx context.Context, page cloud.PageRequest) (cloud.Page[cloud.VM], error) {
	rows, err := p.vmPage(ctx, page)
	return cloud.MapPage(rows, p.vm), err
}

func (p *Provider) vmPage(ctx context.Context, page cloud.PageRequest) (cloud.Page[VirtualMachine], error) {
	return listPage(ctx, p, "list VMs", page, maxVMs, p.client.ListVMs)
}

// GetVM reads one machine by its exact ID.
func (p *Provider) GetVM(ctx context.Context, id cloud.VMID) (cloud.VM, error) {
	const operation = "get VM"
	return exactly(p, operation, id, func(id cloud.VMID) (cloud.VM, error) {
		vm, err := p.client.GetVM(ctx, id)
		if err != nil {
			return cloud.VM{}, err
		}
		return p.vm(vm), cloud.SameID(p.account, operation, id, vm.ID)
	})
}

// UpdateVM changes name and tags.
func (p *Provider) UpdateVM(ctx context.Context, id cloud.VMID, update cloud.VMUpdate) error {
	details := VMDetails{Name: update.Name, Tags: update.Tags}
	if details.Tags != nil && *details.Tags == nil {
		details.Tags = &[]string{} // an empty list removes all tags; null changes nothing
	}
	_, err := exactly(p, "update VM", id, func(id cloud.VMID) (VMDetails, error) {
		return p.client.UpdateVM(ctx, id, details)
	})
	return err
}

// PlanDeletion returns the consequences of a deletion. The vendor has no choice of when.
func (p *Provider) PlanDeletion(_ context.Context, _ cloud.VM, how cloud.Deletion) ([]string, error) {
	if how.When != "" {
		e := p.refuse(cloud.ErrUnsupported, "delete VM", "this cloud deletes at once and has no choice of when")
		e.Hint = "Leave cancel_type out."
		return nil, e
	}
	return []string{
		"The machine's local disk and everything on it is lost for ever; this cannot be undone.",
		"Billing of the machine ends.",
	}, nil
}

// Deleting implements cloud.VMDeleter.
func (p *Provider) Deleting(ctx context.Context, id cloud.VMID, _ cloud.Deletion) (bool, error) {
	return cloud.Gone(ctx, p, id)
}

// DeleteVM deletes a machine. The vendor responds before it is gone: it may still be
// listed for a while.
func (p *Provider) DeleteVM(ctx context.Context, id cloud.VMID, _ cloud.Deletion) (cloud.Accepted, error) {
	return exactly(p, "delete VM", id, func(id cloud.VMID) (cloud.Accepted, error) {
		return cloud.Accepted{}, p.client.DeleteVM(ctx, id)
	})
}

// vm converts a machine.
func (p *Provider) vm(vm VirtualMachine) cloud.VM {
	name, altered := cloud.Clean(vm.Name, 0)
	out := cloud.VM{
		ID:          vm.ID,
		Account:     p.account,
		Kind:        blockName,
		Name:        name,
		NameAltered: altered,
		Power:       powerState(vm.Status),
		Status:      cloud.CleanText(vm.Status),
		Billing:     cloud.CleanText(vm.Type),
		GPUs:        gpus(vm.Resources.GPUs),
		VCPUs:       vm.Resources.VCPUCount,
		RAMGB:       vm.Resources.RAMGB,
		StorageGB:   vm.Resources.StorageGB,
		Image:       cloud.CleanText(vm.OperatingSystem),
		HostNodeID:  vm.HostNodeID,
		PublicIP:    optionalText(vm.PublicIP),
		PrivateIP:   optionalText(vm.InternalIP),
		Login:       login(vm),
		CreatedAt:   vm.TimestampCreation.Time(),
		Rates:       vmRates(vm.Pricing),
		Ended:       vm.Status == VMTerminated,
	}
	for _, tag := range vm.Tags {
		out.Tags = append(out.Tags, cloud.CleanText(tag))
	}
	for _, forward := range vm.PortForwards {
		out.Ports = append(out.Ports, cloud.PortForward{Internal: forward.InternalPort, External: forward.ExternalPort})
	}
	price, known := out.Rates[out.Power]
	if !known {
		price = cloud.UnknownPrice("what a machine costs in this state is not documented")
	}
	out.Price = price
	return out
}

// powerState maps the vendor's status. Relocating, Outbid, Terminated and any status that
// is not known here are PowerOther.
func powerState(status string) cloud.PowerState {
	switch status {
	case VMRunning:
		return cloud.PowerRunning
	case VMStopped:
		return cloud.PowerStopped
	case VMStoppedDisassociated:
		return cloud.PowerReleased
	}
	return cloud.PowerOther
}

// vmRates returns the prices by state. That the associated total is charged while a
// machine is running or stopped, and the disassociated one after a release, follows from
// their names and the page's "Start or stop a virtual machine" [inferred].
func vmRates(pricing VMPricing) map[cloud.PowerState]cloud.Price {
	const source = "Voltage Park VM pricing"
	associated := hourly(pricing.TotalAssociatedPerHr, "total_associated_per_hr", source+", total_associated_per_hr")
	return map[cloud.PowerState]cloud.Price{
		cloud.PowerRunning:  associated,
		cloud.PowerStopped:  associated,
		cloud.PowerReleased: hourly(pricing.TotalDisassociatedPerHr, "total_disassociated_per_hr", source+", total_disassociated_per_hr"),
	}
}

// login returns how to reach SSH. The user name is not documented; the one in use on
// TensorML images is reported as such [inferred].
func login(vm VirtualMachine) string {
	const userName = "; user name: `user` is reported for TensorML images, the vendor documents none"
	address, err := netip.ParseAddr(optionalText(vm.PublicIP))
	if err != nil {
		return ""
	}
	for _, forward := range vm.PortForwards {
		if forward.InternalPort == 22 {
			return fmt.Sprintf("ssh, port %d on %s%s", forward.ExternalPort, address, userName)
		}
	}
	return fmt.Sprintf("ssh, probably port 22 on %s: no forward of port 22 is listed%s", address, userName)
}

// optionalText cleans a text that may be null.
func optionalText(s *string) string {
	if s == nil {
		return ""
	}
	return cloud.CleanText(*s)
}
