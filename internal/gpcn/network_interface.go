package gpcn

import (
	"context"
	"net/http"

	"countersign/internal/cloud"
	"countersign/internal/rest"
)

// NetworkInterface connects a VM to a network. A missing address is empty.
type NetworkInterface struct {
	ID cloud.InterfaceID `json:"id"`
	// Index counts the interfaces of the VM.
	Index       *int        `json:"networkInterface"`
	IsPrimary   Bit         `json:"isPrimary"`
	PrivateIP   string      `json:"privateIp"`
	PublicIP    string      `json:"publicIp"`
	PublicIPID  string      `json:"publicIpId"`
	NetworkID   NetworkID   `json:"networkId"`
	NetworkName string      `json:"networkName"`
	CIDRBlock   string      `json:"cidrBlock"`
	GatewayIP   string      `json:"gatewayIp"`
	NetworkType NetworkType `json:"networkType"`
}

// ListInterfaces returns all network interfaces of a VM.
//
//api:operation GET /v1/resource/virtual-machines/{id}/network-interfaces
func (c *Client) ListInterfaces(ctx context.Context, id cloud.VMID) ([]NetworkInterface, error) {
	return get[[]NetworkInterface](ctx, c, "list network interfaces", interfacesPath(id), nil)
}

// interfaceOrder is the body that connects a VM to a network.
type interfaceOrder struct {
	NetworkID NetworkID `json:"networkId"`
}

// AddInterface returns the job that connects a VM to a network; a VM has at most
// MaxInterfaces.
//
//api:operation POST /v1/resource/virtual-machines/{id}/network-interfaces
func (c *Client) AddInterface(ctx context.Context, id cloud.VMID, network NetworkID) (Job, error) {
	jobs, err := send[Jobs](ctx, c, "add network interface", http.MethodPost, interfacesPath(id), interfaceOrder{network})
	return jobs.first(), err
}

// primaryOrder is the body that makes an interface the primary one.
type primaryOrder struct {
	SetPrimary bool `json:"setPrimary"`
}

// SetPrimaryInterface makes an interface the primary one of its VM immediately.
//
//api:operation PUT /v1/resource/virtual-machines/{id}/network-interfaces/{nicId}
func (c *Client) SetPrimaryInterface(ctx context.Context, id cloud.VMID, nic cloud.InterfaceID) error {
	_, err := tell(ctx, c, "set primary network interface", http.MethodPut, interfacePath(id, nic), primaryOrder{true})
	return err
}

// RemoveInterface returns the job that disconnects a VM from a network.
//
//api:operation DELETE /v1/resource/virtual-machines/{id}/network-interfaces/{nicId}
func (c *Client) RemoveInterface(ctx context.Context, id cloud.VMID, nic cloud.InterfaceID) (Job, error) {
	jobs, err := send[Jobs](ctx, c, "remove network interface", http.MethodDelete, interfacePath(id, nic), nil)
	return jobs.first(), err
}

// AllocatePublicIP returns the job that gives an interface on a standard network a
// public address.
//
//api:operation POST /v1/resource/virtual-machines/{id}/network-interfaces/{nicId}/public-ip
func (c *Client) AllocatePublicIP(ctx context.Context, id cloud.VMID, nic cloud.InterfaceID) (Job, error) {
	jobs, err := send[Jobs](ctx, c, "allocate public IP", http.MethodPost, interfacePath(id, nic)+"/public-ip", nil)
	return jobs.first(), err
}

// ReleasePublicIP returns the job that releases a public address, which is then lost.
//
//api:operation DELETE /v1/resource/virtual-machines/{id}/network-interfaces/{nicId}/public-ip
func (c *Client) ReleasePublicIP(ctx context.Context, id cloud.VMID, nic cloud.InterfaceID) (Job, error) {
	jobs, err := send[Jobs](ctx, c, "release public IP", http.MethodDelete, interfacePath(id, nic)+"/public-ip", nil)
	return jobs.first(), err
}

func interfacesPath(id cloud.VMID) string { return machinePath(id) + "/network-interfaces" }

func interfacePath(id cloud.VMID, nic cloud.InterfaceID) string {
	return interfacesPath(id) + "/" + rest.ID(nic)
}
