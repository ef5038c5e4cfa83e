package voltagepark

import (
	"context"

	"countersign/internal/cloud"
	"countersign/internal/rest"
)

// rental is as much of a bare-metal rental as the plan of a volume shows.
type rental struct {
	ID          cloud.MachineRef `json:"id"`
	Name        string           `json:"name"`
	Status      string           `json:"status"`
	PowerStatus string           `json:"power_status"`
}

// maxRentals is the largest limit that the list of rentals takes.
const maxRentals = 15

// listRentals is "List of owned, unterminated bare metal rentals".
func (c *Client) listRentals(ctx context.Context, opts ListOptions) (List[rental], error) {
	return rest.Get[List[rental]](ctx, c.rest, "list bare-metal rentals", "/bare-metal/", opts.query())
}

// volumeMachines are all rentals that a volume could be attached to.
func (p *Provider) volumeMachines(ctx context.Context) ([]cloud.VolumeMachine, error) {
	page := func(ctx context.Context, page cloud.PageRequest) (cloud.Page[rental], error) {
		return listPage(ctx, p, "list bare-metal rentals", page, maxRentals, p.client.listRentals)
	}
	var out []cloud.VolumeMachine
	for r, err := range cloud.All(ctx, maxRentals, page) {
		if err != nil {
			return nil, err
		}
		out = append(out, r.translate())
	}
	return out, nil
}

// translate reads a rental as running unless it is surely not: only that leaves
// a detached volume without harm.
func (r rental) translate() cloud.VolumeMachine {
	out := cloud.VolumeMachine{
		ID: r.ID, Kind: "bare_metal", Name: cloud.CleanText(r.Name), Power: cloud.PowerOther,
		Status: cloud.CleanText(r.Status + ", power " + r.PowerStatus),
	}
	switch r.PowerStatus {
	case "Running":
		out.Power = cloud.PowerRunning
	case "Stopped":
		out.Power = cloud.PowerStopped
	}
	return out
}
