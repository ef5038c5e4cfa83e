package cloud

import "context"

// LocationLister lists the places where machines can be created.
type LocationLister interface {
	// ListLocations returns one page of locations.
	ListLocations(ctx context.Context, page PageRequest) (LocationPage, error)
	// GetLocation returns one location by its exact ID.
	GetLocation(ctx context.Context, id LocationID) (Location, error)
}

// LocationPage is a page of locations with what could not be read.
type LocationPage struct {
	Page[Location]
	// Partial says which of the vendor's lists failed while others answered.
	Partial []string
}

// Location is a data centre or region.
type Location struct {
	ID        LocationID   `json:"id" jsonschema_description:"Exact ID."`
	Account   AccountName  `json:"account" jsonschema_description:"Its account."`
	City      string       `json:"city,omitempty" jsonschema_description:"City."`
	Region    string       `json:"region,omitempty" jsonschema_description:"Region."`
	Country   string       `json:"country,omitempty" jsonschema_description:"Country."`
	Serves    []string     `json:"serves" jsonschema_description:"What can be had here, such as vm."`
	Offers    []OfferStock `json:"offers,omitempty" jsonschema_description:"VM offers with stock here."`
	HostNodes []HostNode   `json:"host_nodes,omitempty" jsonschema_description:"Hosts that this location names."`
	BareMetal []BareMetal  `json:"bare_metal,omitempty" jsonschema_description:"Bare-metal GPUs here, one row per network."`
	Partial   []string     `json:"partial,omitempty" jsonschema_description:"Lists of the cloud that could not be read."`
}

// OfferStock is how much of an offer is free at the location that it belongs to.
type OfferStock struct {
	OfferID   OfferID `json:"offer_id" jsonschema_description:"Exact ID of the offer."`
	Available *int    `json:"available,omitempty" jsonschema_description:"Free now; missing where not told."`
}

// Stock is how much of the offer that it belongs to is free at a location.
type Stock struct {
	LocationID LocationID `json:"location_id" jsonschema_description:"Exact ID of the location."`
	Available  *int       `json:"available,omitempty" jsonschema_description:"Free now; missing where not told."`
}

// HostNode is one physical host with its free resources and unit prices.
type HostNode struct {
	ID         HostNodeID  `json:"id" jsonschema_description:"Exact ID."`
	LocationID LocationID  `json:"location_id,omitempty" jsonschema_description:"Exact ID of its location."`
	GPUs       []GPU       `json:"gpus,omitempty" jsonschema_description:"Free GPUs."`
	VCPUs      *int        `json:"vcpus,omitempty" jsonschema_description:"Free vCPUs."`
	RAMGB      *int        `json:"ram_gb,omitempty" jsonschema_description:"Free memory in GB."`
	StorageGB  *int        `json:"storage_gb,omitempty" jsonschema_description:"Free storage in GB."`
	Prices     []UnitPrice `json:"prices,omitempty" jsonschema_description:"Price per unit and hour."`
}

// UnitPrice is the hourly price of one unit of a resource.
type UnitPrice struct {
	Unit    string   `json:"unit" jsonschema_description:"A GPU model, vcpu, gb_ram or gb_storage."`
	PerHour *Money   `json:"per_hour,omitempty" jsonschema_description:"One unit; missing where unknown."`
	Assumed []string `json:"assumed,omitempty" jsonschema_description:"What is assumed."`
}

// BareMetal is what a location offers as whole servers on one network.
type BareMetal struct {
	Network  string   `json:"network" jsonschema_description:"ethernet or infiniband."`
	FreeGPUs *int     `json:"free_gpus,omitempty" jsonschema_description:"GPUs (not servers) that are free."`
	PerGPU   *Money   `json:"per_gpu_hour,omitempty" jsonschema_description:"One GPU; missing where unknown."`
	Assumed  []string `json:"assumed,omitempty" jsonschema_description:"What is assumed."`
	Server   GPU      `json:"server" jsonschema_description:"GPUs of each server."`
}

// HostNodeReader reads one physical host.
type HostNodeReader interface {
	// GetHostNode returns a host by its exact ID.
	GetHostNode(ctx context.Context, id HostNodeID) (HostNode, error)
}
