package gpcn

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"

	"countersign/internal/cloud"
	"countersign/internal/rest"
)

// networks is the path of the networks.
const networks = "/resource/networks"

// NetworkType is standard (L3) or custom (L2).
type NetworkType string

// The types. Only standard networks have public addresses.
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

// NetworkFilter narrows the list of networks. The names of its parameters are
// documented for GPU VMs only [inferred]; the caller has to check the rows.
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
	return list[Network](ctx, c, "list networks", networks, url.Values(q))
}

// GetNetwork reads one network; an unknown ID returns 404.
//
//api:operation GET /v1/resource/networks/{id}
func (c *Client) GetNetwork(ctx context.Context, id NetworkID) (Network, error) {
	return get[Network](ctx, c, "get network", networkPath(id), nil)
}

// NetworkVM is a VM on a network. MachineID is not documented; that ID is the VM's is
// [inferred].
type NetworkVM struct {
	ID        cloud.VMID `json:"id"`
	Name      string     `json:"name"`
	MachineID string     `json:"machineId"`
	PublicIP  string     `json:"publicIp"`
	PrivateIP string     `json:"privateIp"`
	NetworkID NetworkID  `json:"networkId"`
}

// ListNetworkVMs returns all VMs on a network.
//
//api:operation GET /v1/resource/networks/{id}/virtual-machines
func (c *Client) ListNetworkVMs(ctx context.Context, id NetworkID) ([]NetworkVM, error) {
	return get[[]NetworkVM](ctx, c, "list VMs of network", networkPath(id)+"/virtual-machines", nil)
}

// NetworkCreate is the body that makes a network; nil is not sent.
type NetworkCreate struct {
	Name         string           `json:"name"`
	DatacenterID cloud.LocationID `json:"datacenterId"`
	NetworkType  NetworkType      `json:"networkType"`
	// SNATEnabled is for standard networks only.
	SNATEnabled *bool `json:"snatEnabled,omitempty"`
	NetworkSettings
}

// NetworkUpdate has the fields to change; nil is not sent. The name is always sent,
// as by the vendor's Terraform provider.
type NetworkUpdate struct {
	Name string `json:"name"`
	NetworkSettings
}

// NetworkSettings are the members that a create and an update share.
type NetworkSettings struct {
	Description *string `json:"description,omitempty"`
	// CIDRBlock begins with its network address.
	CIDRBlock         *string `json:"cidrBlock,omitempty"`
	DHCPServerEnabled *bool   `json:"dhcpServerEnabled,omitempty"`
	// The two ends of the DHCP range are sent together or not at all.
	DHCPStartAddress       *string    `json:"dhcpStartAddress,omitempty"`
	DHCPEndAddress         *string    `json:"dhcpEndAddress,omitempty"`
	DefaultRouteEnabled    *bool      `json:"defaultRouteEnabled,omitempty"`
	DefaultRoute           *string    `json:"defaultRoute,omitempty"`
	ServeDNSServersEnabled *bool      `json:"serveDNSServersEnabled,omitempty"`
	DNSServers             DNSServers `json:"dnsServers,omitzero"`
}

// DNSServers are addresses of name servers. The guide shows a list, the vendor's
// later Terraform provider sends one text. The client sends a text and reads both.
type DNSServers []string

// MarshalJSON writes the addresses as one text, separated by commas.
func (s DNSServers) MarshalJSON() ([]byte, error) { return json.Marshal(strings.Join(s, ", ")) }

// UnmarshalJSON reads a text or a list.
func (s *DNSServers) UnmarshalJSON(raw []byte) error {
	if list, err := decode[[]string](raw); err == nil {
		*s = list
		return nil
	}
	text, err := decode[string](raw)
	*s = splitServers(text)
	return err
}

// splitServers splits a text of addresses at its commas.
func splitServers(text string) []string {
	return strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == ' ' })
}

// CreateNetwork returns the job that makes a network.
//
//api:operation POST /v1/resource/networks
func (c *Client) CreateNetwork(ctx context.Context, network NetworkCreate) (Job, error) {
	jobs, err := send[Jobs](ctx, c, "create network", http.MethodPost, networks, network)
	return jobs.first(), err
}

// UpdateNetwork changes a network immediately. That omitted members stay unchanged is
// [inferred].
//
//api:operation PUT /v1/resource/networks/{id}
func (c *Client) UpdateNetwork(ctx context.Context, id NetworkID, update NetworkUpdate) error {
	_, err := tell(ctx, c, "update network", http.MethodPut, networkPath(id), update)
	return err
}

// DeleteNetwork returns the job that deletes a network. The vendor refuses one with
// VMs on it.
//
//api:operation DELETE /v1/resource/networks/{id}
func (c *Client) DeleteNetwork(ctx context.Context, id NetworkID) (Job, error) {
	jobs, err := send[Jobs](ctx, c, "delete network", http.MethodDelete, networkPath(id), nil)
	return jobs.first(), err
}

func networkPath(id NetworkID) string { return networks + "/" + rest.ID(id) }
