package sandbox

import (
	"net/http"
	"slices"

	"github.com/shopspring/decimal"

	"countersign/internal/cloud"
	"countersign/internal/voltagepark"
)

// listInstantLocations lists the places and their presets that are in stock, and nothing
// else.
func (s *Sandbox) listInstantLocations(*http.Request) answer {
	return envelope(s.world.instantLocations(), 0, 0)
}

// getInstantLocation reads one of these places.
func (s *Sandbox) getInstantLocation(r *http.Request) answer {
	var f form
	id := f.pathID(r, "location_id")
	if len(f.issues) > 0 {
		return invalid(f.issues...)
	}
	rows := s.world.instantLocations()
	i := slices.IndexFunc(rows, func(row voltagepark.InstantLocation) bool { return string(row.ID) == id })
	if i < 0 {
		return refuse(http.StatusNotFound, "Location not found") // the page does not have the operation [inferred]
	}
	return ok(rows[i])
}

func (w *world) instantLocations() []voltagepark.InstantLocation {
	var rows []voltagepark.InstantLocation
	for _, at := range w.places {
		row := voltagepark.InstantLocation{ID: at.id}
		for _, p := range w.presets {
			if n := at.stock(p); n > 0 {
				row.AvailablePresets = append(row.AvailablePresets, voltagepark.InstantPreset{
					ID: p.id, Resources: p.resources(), OperatingSystem: image, AvailableVMs: &n,
					ComputeRateHourly: voltagepark.NewDecimal(p.rates.compute()),
					StorageRateHourly: voltagepark.NewDecimal(p.rates.storage),
				})
			}
		}
		if len(row.AvailablePresets) > 0 {
			rows = append(rows, row)
		}
	}
	return rows
}

// listBareMetalLocations writes prices as numbers, as the page does.
func (s *Sandbox) listBareMetalLocations(*http.Request) answer {
	var rows []bareMetalLocation
	for _, at := range s.world.places {
		if at.bareMetal == nil {
			continue
		}
		rows = append(rows, bareMetalLocation{
			ID:                 at.id,
			GPUCountEthernet:   at.bareMetal.ethernet,
			GPUPriceEthernet:   perGPU("ethernet").InexactFloat64(),
			GPUCountInfiniband: at.bareMetal.infiniband,
			GPUPriceInfiniband: perGPU("infiniband").InexactFloat64(),
			SpecsPerNode:       nodeSpecs(),
		})
	}
	return envelope(rows, 0, 0)
}

// bareMetalLocation is voltagepark.BareMetalLocation as the vendor writes it.
type bareMetalLocation struct {
	ID                 cloud.LocationID      `json:"id"`
	GPUCountEthernet   int                   `json:"gpu_count_ethernet"`
	GPUPriceEthernet   float64               `json:"gpu_price_ethernet"`
	GPUCountInfiniband int                   `json:"gpu_count_infiniband"`
	GPUPriceInfiniband float64               `json:"gpu_price_infiniband"`
	SpecsPerNode       voltagepark.NodeSpecs `json:"specs_per_node"`
}

func (s *Sandbox) listLocations(r *http.Request) answer {
	var f form
	limit, offset := f.page(r, 3, 15)
	if len(f.issues) > 0 {
		return invalid(f.issues...)
	}
	var rows []voltagepark.Location
	for _, at := range s.world.places {
		if len(at.hosts) > 0 {
			rows = append(rows, at.wire())
		}
	}
	return envelope(rows, limit, offset)
}

func (s *Sandbox) getLocation(r *http.Request) answer {
	var f form
	id := f.pathID(r, "location_id")
	if len(f.issues) > 0 {
		return invalid(f.issues...)
	}
	i := slices.IndexFunc(s.world.places, func(p *place) bool { return string(p.id) == id && len(p.hosts) > 0 })
	if i < 0 {
		return refuse(http.StatusNotFound, "Location not found") // no 404 is documented [inferred]
	}
	return ok(s.world.places[i].wire())
}

func (s *Sandbox) getHostNode(r *http.Request) answer {
	var f form
	id := f.pathID(r, "hostnode_id")
	if len(f.issues) > 0 {
		return invalid(f.issues...)
	}
	for _, at := range s.world.places {
		for _, h := range at.hosts {
			if string(h.id) == id {
				return ok(h.wire())
			}
		}
	}
	return refuse(http.StatusNotFound, "HostNode not found")
}

func (p *place) wire() voltagepark.Location {
	out := voltagepark.Location{ID: p.id, City: p.city, Region: p.region, Country: p.country}
	for _, h := range p.hosts {
		out.HostNodes = append(out.HostNodes, h.wire())
	}
	return out
}

func (h *host) wire() voltagepark.HostNode {
	price := func(text string) voltagepark.Decimal { return voltagepark.NewDecimal(decimal.RequireFromString(text)) }
	return voltagepark.HostNode{
		ID:         h.id,
		LocationID: h.place.id,
		AvailableResources: voltagepark.HostResources{
			GPUs:      voltagepark.GPUs{h.model: {Count: h.free.gpus}},
			RAMGB:     new(h.free.ramGB),
			StorageGB: new(h.free.storageGB),
			VCPUCount: new(h.free.vcpus),
		},
		Pricing: voltagepark.HostPricing{
			PerGPUHr:       map[string]voltagepark.Decimal{h.model: price("1.5")},
			PerVCPUHr:      price("0.01"),
			PerGBRAMHr:     price("0.001121"),
			PerGBStorageHr: price("0.000042"),
		},
		AvailablePorts: []int{20000, 20001, 20002},
	}
}
