package voltagepark

import (
	"context"
	"net/http"

	"countersign/internal/cloud"
	"countersign/internal/rest"
)

// VMRelocating is the status of a machine on its way to another host; known from
// another client.
const VMRelocating = "Relocating"

// RelocateVM moves a machine that holds no hardware to another host. The API page
// does not have this operation; it is known from other clients, and takes no body.
//
//api:operation POST /api/v1/virtual-machines/{virtual_machine_id}/relocate
func (c *Client) RelocateVM(ctx context.Context, id cloud.VMID) error {
	_, err := rest.Send[rest.Nothing](ctx, c.rest, "relocate VM", http.MethodPost, vmPath(id)+"/relocate", nil)
	return err
}

// PlanRelocation refuses machines that hold their hardware: only released ones can
// move.
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

// RelocateVM asks for the move.
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
