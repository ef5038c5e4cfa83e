package voltagepark

import (
	"context"
	"maps"
	"slices"

	"countersign/internal/cloud"
)

// ListLocations merges the vendor's three lists by ID: places with instant VMs, with bare
// metal, and with hosts. Only the last one has where a place is.
func (p *Provider) ListLocations(ctx context.Context, page cloud.PageRequest) (cloud.LocationPage, error) {
	atlas, err := p.survey(ctx, p.addInstantLocations, p.addBareMetalLocations, p.addHostLocations)
	if err != nil {
		return cloud.LocationPage{}, err
	}
	out, ok := cloud.CutPage(atlas.sorted(), page)
	if !ok {
		return cloud.LocationPage{}, cloud.BadCursor(p.account, "list locations")
	}
	return cloud.LocationPage{Page: out, Partial: atlas.partial}, nil
}

// GetLocation looks an exact ID up in the same three lists. Two of them have an operation
// that reads one location; for bare metal there is only the list.
func (p *Provider) GetLocation(ctx context.Context, id cloud.LocationID) (cloud.Location, error) {
	const operation = "get location"
	return exactly(p, operation, id, func(id cloud.LocationID) (cloud.Location, error) {
		atlas, err := p.survey(ctx, p.addInstantLocation(id), p.addBareMetalLocations, p.addHostLocation(id))
		if err != nil {
			return cloud.Location{}, err
		}
		if place, ok := atlas.byID[id]; ok {
			place.Partial = atlas.partial
			return *place, nil
		}
		if len(atlas.failures) > 0 {
			return cloud.Location{}, atlas.failures[0]
		}
		e := p.refuse(cloud.ErrUnknownID, operation, "no location with this ID in this account")
		_ = p.addInstantLocations(ctx, atlas) // these two are only for the names of candidates
		_ = p.addHostLocations(ctx, atlas)
		e.Candidates = cloud.Nearest(string(id), atlas.candidates())
		return cloud.Location{}, e
	})
}

// GetHostNode reads one host by its exact ID.
func (p *Provider) GetHostNode(ctx context.Context, id cloud.HostNodeID) (cloud.HostNode, error) {
	const operation = "get host node"
	return exactly(p, operation, id, func(id cloud.HostNodeID) (cloud.HostNode, error) {
		host, err := p.client.GetHostNode(ctx, id)
		if err != nil {
			return cloud.HostNode{}, err
		}
		return hostNode(host), cloud.SameID(p.account, operation, id, host.ID)
	})
}

func hostNode(host HostNode) cloud.HostNode {
	out := cloud.HostNode{
		ID:         host.ID,
		LocationID: host.LocationID,
		GPUs:       gpus(host.AvailableResources.GPUs),
		VCPUs:      host.AvailableResources.VCPUCount,
		RAMGB:      host.AvailableResources.RAMGB,
		StorageGB:  host.AvailableResources.StorageGB,
	}
	for _, model := range slices.Sorted(maps.Keys(host.Pricing.PerGPUHr)) {
		out.Prices = append(out.Prices, unitPrice(cloud.CleanText(model), host.Pricing.PerGPUHr[model]))
	}
	out.Prices = append(out.Prices,
		unitPrice("vcpu", host.Pricing.PerVCPUHr),
		unitPrice("gb_ram", host.Pricing.PerGBRAMHr),
		unitPrice("gb_storage", host.Pricing.PerGBStorageHr),
	)
	return out
}

func unitPrice(unit string, rate Decimal) cloud.UnitPrice {
	return cloud.UnitPrice{Unit: unit, PerHour: money(rate), Assumed: []string{assumedCurrency}}
}

// gpus converts the vendor's map of models to rows, sorted by model.
func gpus(counts GPUs) []cloud.GPU {
	out := make([]cloud.GPU, 0, len(counts))
	for _, model := range slices.Sorted(maps.Keys(counts)) {
		out = append(out, cloud.GPU{Model: cloud.CleanText(model), Count: counts[model].Count})
	}
	return out
}
