package voltagepark

import (
	"context"

	"countersign/internal/cloud"
	"countersign/internal/rest"
)

// Location is a place with its hosts.
type Location struct {
	ID        cloud.LocationID `json:"id"`
	City      string           `json:"city"`
	Region    string           `json:"region"`
	Country   string           `json:"country"`
	HostNodes []HostNode       `json:"hostnodes"`
}

// maxLocations is the largest limit that the list of locations takes.
const maxLocations = 15

// ListLocations is "List of available locations and available HostNodes". The limit is at
// most 15; the default is 3.
//
//api:operation GET /api/v1/locations/
func (c *Client) ListLocations(ctx context.Context, opts ListOptions) (List[Location], error) {
	return rest.Get[List[Location]](ctx, c.rest, "list locations", "/locations/", opts.query())
}

// GetLocation is "Details for a given location by ID".
//
//api:operation GET /api/v1/locations/{location_id}
func (c *Client) GetLocation(ctx context.Context, id cloud.LocationID) (Location, error) {
	return rest.Get[Location](ctx, c.rest, "get location", "/locations/"+rest.ID(id), nil)
}

// InstantLocation is a place where VMs are available immediately.
type InstantLocation struct {
	ID               cloud.LocationID `json:"id"`
	AvailablePresets []InstantPreset  `json:"available_presets"`
}

// InstantPreset is a preset at a location, with its stock there.
type InstantPreset struct {
	ID                cloud.OfferID `json:"id"`
	Resources         Resources     `json:"resources"`
	OperatingSystem   string        `json:"operating_system"`
	ComputeRateHourly Decimal       `json:"compute_rate_hourly"`
	StorageRateHourly Decimal       `json:"storage_rate_hourly"`
	AvailableVMs      *int          `json:"available_vms"`
}

// ListInstantLocations lists the places with the presets that are in stock there. The API
// page does not have this operation; it is known from other clients, and the vendor's
// description of the presets list names it as the successor.
//
//api:operation GET /api/v1/virtual-machines/instant/locations
func (c *Client) ListInstantLocations(ctx context.Context) (List[InstantLocation], error) {
	return rest.Get[List[InstantLocation]](ctx, c.rest, "list instant VM locations", "/virtual-machines/instant/locations", nil)
}

// GetInstantLocation reads one place with instant VMs. The API page does not have this
// operation; it is known from other clients.
//
//api:operation GET /api/v1/virtual-machines/instant/locations/{location_id}
func (c *Client) GetInstantLocation(ctx context.Context, id cloud.LocationID) (InstantLocation, error) {
	return rest.Get[InstantLocation](ctx, c.rest, "get instant VM location", "/virtual-machines/instant/locations/"+rest.ID(id), nil)
}

// BareMetalLocation is a place with its free bare-metal GPUs by network. Prices
// are per GPU and hour.
type BareMetalLocation struct {
	ID                 cloud.LocationID `json:"id"`
	GPUCountEthernet   *int             `json:"gpu_count_ethernet"`
	GPUPriceEthernet   Decimal          `json:"gpu_price_ethernet"`
	GPUCountInfiniband *int             `json:"gpu_count_infiniband"`
	GPUPriceInfiniband Decimal          `json:"gpu_price_infiniband"`
	SpecsPerNode       NodeSpecs        `json:"specs_per_node"`
}

// NodeSpecs is the hardware of one bare-metal server.
type NodeSpecs struct {
	GPUModel  string `json:"gpu_model"`
	GPUCount  *int   `json:"gpu_count"`
	CPUModel  string `json:"cpu_model"`
	CPUCount  *int   `json:"cpu_count"`
	RAMGB     *int   `json:"ram_gb"`
	StorageGB *int   `json:"storage_gb"`
}

// ListBareMetalLocations is "List of available baremetal locations". It takes no
// parameters.
//
//api:operation GET /api/v1/bare-metal/locations
func (c *Client) ListBareMetalLocations(ctx context.Context) (List[BareMetalLocation], error) {
	return rest.Get[List[BareMetalLocation]](ctx, c.rest, "list bare-metal locations", "/bare-metal/locations", nil)
}
