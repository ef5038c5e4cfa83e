package gpcn

import (
	"context"
	"net/url"

	"countersign/internal/cloud"
)

// ProviderUnavailable is the code of an inventory, or of an error, where the
// provider behind the GPUs cannot be reached.
const ProviderUnavailable = "GPU_PROVIDER_UNAVAILABLE"

// Inventory lists the GPUs that are available now. With an Error every availability
// is empty and says nothing about stock. Model "GPUInventoryResponse".
type Inventory struct {
	Series []GPUSeries     `json:"series"`
	Error  *InventoryError `json:"error,omitempty"`
}

// InventoryError says why the inventory is empty.
type InventoryError struct {
	Code    string `json:"code"`
	Message string `json:"message"`
}

// GPUSeries is a GPU model with the data centers that have it; there are none where
// it is sold out.
type GPUSeries struct {
	ID           SeriesID          `json:"id"`
	Name         string            `json:"name"`
	Code         string            `json:"code"`
	Description  string            `json:"description"`
	Availability []GPUAvailability `json:"availability"`
}

// GPUAvailability is what one data center has of a series.
type GPUAvailability struct {
	DatacenterID   cloud.LocationID `json:"datacenterId"`
	DatacenterName string           `json:"datacenterName"`
	DatacenterCode string           `json:"datacenterCode"`
	GPUCounts      []GPUCount       `json:"gpuCounts"`
}

// GPUCount is a number of GPUs that one VM can have.
type GPUCount struct {
	// Count is 1, 2, 4 or 8.
	Count int `json:"count"`
	// Specs are those of the cheapest SKU.
	Specs GPUSpecs `json:"specs"`
	// AvailableSKUs begin with the cheapest; they have no prices.
	AvailableSKUs []GPUSKU `json:"availableSkus"`
}

// GPUSKU is one exact configuration.
type GPUSKU struct {
	SKUCode     string   `json:"skuCode"`
	Description string   `json:"description"`
	Specs       GPUSpecs `json:"specs"`
}

// GPUSpecs is the hardware of a GPU VM.
type GPUSpecs struct {
	GPUDescription string `json:"gpuDescription"`
	VCPU           *int   `json:"vcpu"`
	MemoryGiB      *int   `json:"memoryGiB"`
	StorageGB      *int   `json:"storageGB"`
}

// InventoryFilter narrows the inventory; Code and Count also the list of series
// itself.
type InventoryFilter struct {
	// Code is the code of a series.
	Code         string
	DatacenterID cloud.LocationID
	// Count is 1, 2, 4 or 8.
	Count int
}

// GetGPUInventory reads the GPUs that are in stock now. A data center that is not
// open to the tenant returns 404. Page: "Get GPU inventory".
//
//api:operation GET /v1/resource/gpu/inventory
func (c *Client) GetGPUInventory(ctx context.Context, filter InventoryFilter) (Inventory, error) {
	q := query{}
	q.text("code", filter.Code)
	q.text("datacenterId", string(filter.DatacenterID))
	q.number("count", filter.Count)
	return get[Inventory](ctx, c, "get GPU inventory", gpuInventory, url.Values(q))
}
