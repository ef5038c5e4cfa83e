package voltagepark

import (
	"context"
	"fmt"

	"countersign/internal/cloud"
)

// RentalPowerActions returns what each action does, by the page's "Start or stop the nodes
// in a baremetal rental". The charge while they are off is not documented.
func (*Provider) RentalPowerActions() []cloud.PowerActionInfo {
	return []cloud.PowerActionInfo{
		{
			Action:  cloud.PowerStart,
			Result:  cloud.PowerRunning,
			Billing: "The full rate is charged while it runs.",
		},
		{
			Action:     cloud.PowerStop,
			Result:     cloud.PowerStopped,
			Interrupts: true,
			Billing:    "What is charged while the servers are off is not documented: expect the full rate. delete_rental ends the charge.",
			Consequences: []string{
				"All servers of the rental are switched off; everything that runs on them stops, its Kubernetes cluster included.",
			},
		},
	}
}

// PowerRental requests the state of an action.
func (p *Provider) PowerRental(ctx context.Context, id cloud.RentalID, action cloud.PowerAction) error {
	const operation = "power rental"
	status, ok := powerStatuses(action)
	if !ok || status == StatusStoppedDisassociated {
		return p.refuse(cloud.ErrUnsupported, operation, "rentals of this cloud have start and stop")
	}
	return p.onRental(operation, id, func() error { return p.client.SetRentalPower(ctx, id, status) })
}

// PlanNodeReboot returns what a reboot interrupts.
func (p *Provider) PlanNodeReboot(_ context.Context, rental cloud.Rental, nodes []cloud.Node) ([]string, error) {
	out := []string{
		"Everything that runs on these servers stops.",
		"The whole rental becomes Pending until they are back, and the cloud tells little about it meanwhile.",
	}
	if len(nodes) == len(rental.Nodes) {
		out = append(out, "These are all servers of the rental.")
	}
	return out, nil
}

// RebootNodes restarts servers.
func (p *Provider) RebootNodes(ctx context.Context, id cloud.RentalID, addresses []cloud.NodeAddress) error {
	return p.onRental("reboot nodes", id, func() error { return p.client.RebootNodes(ctx, id, RentalNodes{PublicIPs: addresses}) })
}

// PlanNodeRemoval returns what is lost with the removed servers; the vendor documents
// nothing beyond the request itself [inferred]. It refuses the removal of all servers,
// because another operation ends a rental.
func (p *Provider) PlanNodeRemoval(_ context.Context, rental cloud.Rental, nodes []cloud.Node) ([]string, error) {
	if len(nodes) == len(rental.Nodes) {
		e := p.refuse(cloud.ErrBlocked, "remove nodes", "these are all servers of the rental")
		e.Hint = "If the user wants the rental to end, delete_rental ends it."
		return nil, e
	}
	return []string{
		"These servers leave the rental for good and their public addresses with them; it cannot be undone.",
		"Everything on their local disks is lost for ever.",
		fmt.Sprintf("%d of %d servers remain.", len(rental.Nodes)-len(nodes), len(rental.Nodes)),
	}, nil
}

// RemoveNodes removes servers from a rental.
func (p *Provider) RemoveNodes(ctx context.Context, id cloud.RentalID, addresses []cloud.NodeAddress) error {
	return p.onRental("remove nodes", id, func() error { return p.client.RemoveNodes(ctx, id, RentalNodes{PublicIPs: addresses}) })
}
