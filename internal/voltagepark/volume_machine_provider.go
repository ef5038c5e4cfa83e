package voltagepark

import (
	"context"

	"countersign/internal/cloud"
)

// volumeMachines returns all rentals that a volume could be attached to.
func (p *Provider) volumeMachines(ctx context.Context) ([]cloud.VolumeMachine, error) {
	var out []cloud.VolumeMachine
	for r, err := range cloud.All(ctx, maxRentals, p.ListRentals) {
		if err != nil {
			return nil, err
		}
		out = append(out, volumeMachine(r))
	}
	return out, nil
}

// volumeMachine converts a rental to a machine that a volume can be attached to. It is
// stopped only where the rental is certainly off: only then is a detach harmless.
func volumeMachine(r cloud.Rental) cloud.VolumeMachine {
	return cloud.VolumeMachine{
		ID: cloud.MachineRef(r.ID), Kind: "bare_metal", Name: r.Name, Power: r.Power,
		Status: r.Status + ", power " + string(r.Power),
	}
}
