package hostup

import (
	"context"
	"slices"

	"countersign/internal/cloud"
)

var _ cloud.LocationLister = (*Provider)(nil)

// servesVM is what every region offers.
const servesVM = "vm"

// ListLocations returns the regions of pay-as-you-go servers; HostUp does not show the
// region of a plan's server.
func (p *Provider) ListLocations(ctx context.Context, page cloud.PageRequest) (cloud.LocationPage, error) {
	places, err := p.locations(ctx, "list locations")
	if err != nil {
		return cloud.LocationPage{}, err
	}
	out, ok := cloud.CutPage(places, page)
	if !ok {
		return cloud.LocationPage{}, cloud.BadCursor(p.account, "list locations")
	}
	return cloud.LocationPage{Page: out}, nil
}

// GetLocation returns one region by its exact ID.
func (p *Provider) GetLocation(ctx context.Context, id cloud.LocationID) (cloud.Location, error) {
	const operation = "get location"
	places, err := p.locations(ctx, operation)
	if err != nil {
		return cloud.Location{}, err
	}
	i := slices.IndexFunc(places, func(l cloud.Location) bool { return l.ID == id })
	if i < 0 {
		return cloud.Location{}, p.unknownRegion(operation, id, places)
	}
	return places[i], nil
}

func (p *Provider) locations(ctx context.Context, operation string) ([]cloud.Location, error) {
	options, err := p.client.GetDeploymentOptions(ctx)
	if err != nil {
		return nil, err
	}
	return p.regions(operation, options)
}

// regions returns the default region, which is documented, and the listed ones, whose
// form is not; each once. A response without any is an error.
func (p *Provider) regions(operation string, options DeploymentOptions) ([]cloud.Location, error) {
	var out []cloud.Location
	add := func(region Region) {
		if region.ID == "" {
			return
		}
		name := cloud.CleanText(region.Name)
		if i := slices.IndexFunc(out, func(l cloud.Location) bool { return l.ID == region.ID }); i >= 0 {
			if out[i].Region == "" {
				out[i].Region = name
			}
			return
		}
		out = append(out, cloud.Location{ID: region.ID, Account: p.account, Region: name, Serves: []string{servesVM}})
	}
	if options.Defaults != nil {
		add(Region{ID: options.Defaults.RegionID})
	}
	for _, region := range options.Regions {
		add(region)
	}
	if len(out) == 0 {
		e := p.refuse(cloud.ErrUnavailable, operation, "the answer names no region")
		e.Hint = hintFor(cloud.ErrUnavailable, aboutAccount)
		return nil, e
	}
	return out, nil
}

// unknownRegion returns the error for an unknown region, with candidates.
func (p *Provider) unknownRegion(operation string, id cloud.LocationID, places []cloud.Location) error {
	var all []cloud.Candidate
	for _, place := range places {
		all = append(all, cloud.Candidate{ID: string(place.ID), Name: place.Region})
	}
	e := p.refuse(cloud.ErrUnknownID, operation, "HostUp has no region with this ID")
	e.Candidates = cloud.Nearest(string(id), all)
	e.Hint = "Take the exact ID from list_locations of this account."
	return e
}
