package voltagepark

import (
	"context"

	"countersign/internal/cloud"
	"countersign/internal/rest"
)

// HostNode is one physical host: its free resources and their unit prices.
type HostNode struct {
	ID                 cloud.HostNodeID `json:"id"`
	LocationID         cloud.LocationID `json:"location_id"`
	AvailableResources HostResources    `json:"available_resources"`
	Pricing            HostPricing      `json:"pricing"`
	AvailablePorts     []int            `json:"available_ports"`
}

// HostResources are the free resources of a host.
type HostResources struct {
	GPUs      GPUs `json:"gpus"`
	RAMGB     *int `json:"ram_gb"`
	StorageGB *int `json:"storage_gb"`
	VCPUCount *int `json:"vcpu_count"`
}

// HostPricing is the price of one unit of each resource per hour.
type HostPricing struct {
	PerGPUHr       map[string]Decimal `json:"per_gpu_hr"`
	PerVCPUHr      Decimal            `json:"per_vcpu_hr"`
	PerGBRAMHr     Decimal            `json:"per_gb_ram_hr"`
	PerGBStorageHr Decimal            `json:"per_gb_storage_hr"`
}

// GetHostNode is "Details and available resources for a given HostNode"; an unknown ID
// returns 404.
//
//api:operation GET /api/v1/hostnodes/{hostnode_id}
func (c *Client) GetHostNode(ctx context.Context, id cloud.HostNodeID) (HostNode, error) {
	return rest.Get[HostNode](ctx, c.rest, "get host node", "/hostnodes/"+rest.ID(id), nil)
}
