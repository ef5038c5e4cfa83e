package voltagepark

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"countersign/internal/cloud"
)

// The values of cloud.Location.Serves.
const (
	servesVM        = "vm"
	servesBareMetal = "bare_metal"
	servesHostNode  = "host_node"
)

// atlas merges the vendor's three lists of locations by place.
type atlas struct {
	account  cloud.AccountName
	byID     map[cloud.LocationID]*cloud.Location
	failures []error
	// partial names the lists that failed or are incomplete.
	partial []string
}

// source is one of the vendor's lists of locations.
type source func(ctx context.Context, into *atlas) error

// survey reads all sources. It fails only where all of them fail.
func (p *Provider) survey(ctx context.Context, sources ...source) (*atlas, error) {
	a := &atlas{account: p.account, byID: map[cloud.LocationID]*cloud.Location{}}
	for _, read := range sources {
		if err := read(ctx, a); err != nil {
			a.failures = append(a.failures, err)
			a.partial = append(a.partial, failedList(err))
		}
	}
	if len(a.failures) == len(sources) {
		return nil, a.failures[0]
	}
	return a, nil
}

// at returns the place with that ID and adds one value to what it serves.
func (a *atlas) at(id cloud.LocationID, serves string) *cloud.Location {
	place, ok := a.byID[id]
	if !ok {
		place = &cloud.Location{ID: id, Account: a.account}
		a.byID[id] = place
	}
	if !slices.Contains(place.Serves, serves) {
		place.Serves = append(place.Serves, serves)
	}
	return place
}

// sorted returns the places by ID, so that an offset means the same in every call.
func (a *atlas) sorted() []cloud.Location {
	out := make([]cloud.Location, 0, len(a.byID))
	for _, id := range slices.Sorted(maps.Keys(a.byID)) {
		out = append(out, *a.byID[id])
	}
	return out
}

func (p *Provider) addInstantLocations(ctx context.Context, into *atlas) error {
	list, err := p.client.ListInstantLocations(ctx)
	if err != nil {
		return err
	}
	for _, row := range list.Results {
		into.addPresets(row)
	}
	into.partial = append(into.partial, cutShort("list instant VM locations", list)...)
	return nil
}

// addInstantLocation reads one place by its ID. A place that is not among those with
// instant VMs is no error.
func (p *Provider) addInstantLocation(id cloud.LocationID) source {
	return func(ctx context.Context, into *atlas) error {
		row, err := p.client.GetInstantLocation(ctx, id)
		switch {
		case cloud.IsKind(asUnknownID(err), cloud.ErrUnknownID):
			return nil
		case err != nil:
			return err
		}
		into.addPresets(row)
		return nil
	}
}

func (a *atlas) addPresets(row InstantLocation) {
	place := a.at(row.ID, servesVM)
	for _, preset := range row.AvailablePresets {
		place.Offers = append(place.Offers, cloud.OfferStock{OfferID: preset.ID, Available: preset.AvailableVMs})
	}
}

func (p *Provider) addBareMetalLocations(ctx context.Context, into *atlas) error {
	list, err := p.client.ListBareMetalLocations(ctx)
	if err != nil {
		return err
	}
	for _, row := range list.Results {
		place := into.at(row.ID, servesBareMetal)
		gpu := row.SpecsPerNode.gpu()
		place.BareMetal = append(place.BareMetal,
			cloud.BareMetal{
				Network: "ethernet", FreeGPUs: row.GPUCountEthernet, Server: gpu,
				PerGPU: money(row.GPUPriceEthernet), Assumed: []string{assumedCurrency},
			},
			cloud.BareMetal{
				Network: "infiniband", FreeGPUs: row.GPUCountInfiniband, Server: gpu,
				PerGPU: money(row.GPUPriceInfiniband), Assumed: []string{assumedCurrency},
			})
	}
	into.partial = append(into.partial, cutShort("list bare-metal locations", list)...)
	return nil
}

func (p *Provider) addHostLocations(ctx context.Context, into *atlas) error {
	pages := func(ctx context.Context, page cloud.PageRequest) (cloud.Page[Location], error) {
		return listPage(ctx, p, "list locations", page, maxLocations, p.client.ListLocations)
	}
	for row, err := range cloud.All(ctx, maxLocations, pages) {
		if err != nil {
			return err
		}
		into.addHosts(row)
	}
	return nil
}

// addHostLocation reads one place by its ID. A place that is not among those with hosts
// is no error.
func (p *Provider) addHostLocation(id cloud.LocationID) source {
	return func(ctx context.Context, into *atlas) error {
		row, err := p.client.GetLocation(ctx, id)
		switch {
		case cloud.IsKind(asUnknownID(err), cloud.ErrUnknownID):
			return nil
		case err != nil:
			return err
		}
		into.addHosts(row)
		return nil
	}
}

func (a *atlas) addHosts(row Location) {
	place := a.at(row.ID, servesHostNode)
	place.City = cloud.CleanText(row.City)
	place.Region = cloud.CleanText(row.Region)
	place.Country = cloud.CleanText(row.Country)
	for _, host := range row.HostNodes {
		place.HostNodes = append(place.HostNodes, hostNode(host))
	}
}

// failedList returns which list failed and how, without the vendor's text.
func failedList(err error) string {
	var e *cloud.Error
	if !errors.As(err, &e) {
		return err.Error()
	}
	if e.Status == 0 {
		return fmt.Sprintf("%s: %s", e.Operation, e.Kind)
	}
	return fmt.Sprintf("%s: %s (HTTP %d)", e.Operation, e.Kind, e.Status)
}

// cutShort returns a note where a list without documented paging has more rows than the
// response.
func cutShort[T any](operation string, list List[T]) []string {
	if !list.more(0, 0) {
		return nil
	}
	return []string{operation + ": the cloud has more rows than it sends, and documents no way to ask for them"}
}

// candidates returns the places by ID, with where they are as their names.
func (a *atlas) candidates() []cloud.Candidate {
	var out []cloud.Candidate
	for _, place := range a.sorted() {
		out = append(out, cloud.Candidate{ID: string(place.ID), Name: cmp.Or(place.City, place.Region, place.Country)})
	}
	return out
}
