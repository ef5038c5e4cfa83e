package gpcn

import (
	"context"

	"countersign/internal/cloud"
)

var _ cloud.LocationLister = (*Provider)(nil)

const operationLocations = "list data centers"

// ListLocations lists the data centers that are open to the tenant.
func (p *Provider) ListLocations(ctx context.Context, page cloud.PageRequest) (cloud.LocationPage, error) {
	rows, err := listPage(ctx, p, operationLocations, page, p.dataCenterPage)
	return cloud.LocationPage{Page: cloud.MapPage(rows, p.location)}, err
}

// GetLocation finds a data center in the list; an operation that reads one is not
// documented.
func (p *Provider) GetLocation(ctx context.Context, id cloud.LocationID) (cloud.Location, error) {
	at, err := p.confirmDataCenter(ctx, "get data center", "location_id", id)
	if err != nil {
		return cloud.Location{}, err
	}
	return p.location(at), nil
}

func (p *Provider) dataCenterPage(ctx context.Context, opts ListOptions) (List[DataCenter], error) {
	return p.client.ListDataCenters(ctx, DataCenterFilter{ListOptions: opts})
}

func (p *Provider) allDataCenters(ctx context.Context) ([]DataCenter, error) {
	return everything(ctx, p, operationLocations, p.dataCenterPage)
}

// confirmDataCenter finds a data center by its exact ID.
func (p *Provider) confirmDataCenter(ctx context.Context, operation, field string, id cloud.LocationID) (DataCenter, error) {
	all, err := p.allDataCenters(ctx)
	if err != nil {
		return DataCenter{}, err
	}
	want := lookup{operation, field, string(id), "data center that is open to this account", "list_locations"}
	return confirm(p, want, all, func(d DataCenter) cloud.Candidate { return cloud.Candidate{ID: string(d.ID), Name: d.Name} })
}

// location converts a data center. GPCN sends no city; the name, such as "Kansas" or
// "Chicago", comes closest.
func (p *Provider) location(d DataCenter) cloud.Location {
	out := cloud.Location{
		ID: d.ID, Account: p.account, City: cloud.CleanText(d.Name), Region: cloud.CleanText(d.RegionName),
		Country: cloud.CleanText(d.CountryName), Serves: []string{"vm"},
	}
	if d.GPUEnabled != nil && *d.GPUEnabled {
		out.Serves = append(out.Serves, "gpu")
	}
	return out
}
