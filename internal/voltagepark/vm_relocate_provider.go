package voltagepark

import (
	"context"

	"countersign/internal/cloud"
	"countersign/internal/rest"
)

// PlanRelocation refuses machines that hold their hardware; only released ones can be
// moved.
func (p *Provider) PlanRelocation(_ context.Context, vm cloud.VM) ([]string, error) {
	if vm.Power != cloud.PowerReleased {
		e := p.refuse(cloud.ErrBlocked, "relocate VM", "only a released machine (StoppedDisassociated) can be moved")
		e.Hint = "power_vm with action release makes it one: it stops the machine and gives its hardware back. Ask the user first."
		return nil, e
	}
	return []string{
		"The machine moves to another host with its disk; the cloud chooses the host.",
		"Its address and forwarded ports may be others afterwards.",
		"It stays off. Where no other host has room, the cloud refuses and nothing changes.",
	}, nil
}

// RelocateVM requests the move.
func (p *Provider) RelocateVM(ctx context.Context, id cloud.VMID) error {
	_, err := exactly(p, "relocate VM", id, func(id cloud.VMID) (rest.Nothing, error) {
		return rest.Nothing{}, p.client.RelocateVM(ctx, id)
	})
	return err
}

// Relocated implements cloud.VMRelocator.
func (p *Provider) Relocated(ctx context.Context, id cloud.VMID, from cloud.HostNodeID) (bool, error) {
	vm, err := p.GetVM(ctx, id)
	return err == nil && (vm.Status == VMRelocating || vm.HostNodeID != from), err
}
