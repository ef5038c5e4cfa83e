package gpcn

import (
	"context"
	"net/url"

	"countersign/internal/cloud"
)

// NetworkType is standard (L3) or custom (L2).
type NetworkType string

// The types. Public addresses are had on standard networks only.
const (
	NetworkStandard NetworkType = "standard"
	NetworkCustom   NetworkType = "custom"
)

// Network is a network of one data center.
type Network struct {
	ID          NetworkID `json:"id"`
	Name        string    `json:"name"`
	Description *string   `json:"description"`
	CreatedAt   Timestamp `json:"createdAt"`
	UpdatedAt   Timestamp `json:"updatedAt"`
	// SNAT is "true" or "false".
	SNAT      string `json:"snat"`
	CIDRBlock string `json:"cidrBlock"`
	GatewayIP string `json:"gatewayIp"`
	// ConnectedVMs is a number.
	ConnectedVMs    string           `json:"connectedVms"`
	NetworkType     NetworkType      `json:"networkType"`
	DNSNameservers  string           `json:"dnsNameservers"`
	AllocationPools []AllocationPool `json:"allocationPools"`
	Datacenter      Place            `json:"datacenter"`
}

// AllocationPool is a range of addresses that a network gives out.
type AllocationPool struct {
	Start string `json:"start"`
	End   string `json:"end"`
}

// NetworkFilter narrows the list of networks. The plain spelling of the filters
// is shown for GPU VMs only [inferred], so that rows have to be checked.
type NetworkFilter struct {
	ListOptions
	DatacenterID cloud.LocationID
	NetworkType  NetworkType
}

// ListNetworks returns one page of the tenant's networks.
//
//api:operation GET /v1/resource/networks
func (c *Client) ListNetworks(ctx context.Context, filter NetworkFilter) (List[Network], error) {
	q := filter.query()
	q.text("datacenterId", string(filter.DatacenterID))
	q.text("networkType", string(filter.NetworkType))
	return list[Network](ctx, c, "list networks", "/resource/networks", url.Values(q))
}
