package gpcn

import (
	"context"

	"countersign/internal/cloud"
)

// NetworkInterface joins a VM to a network. Addresses are empty where there are
// none.
type NetworkInterface struct {
	ID string `json:"id"`
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
	return get[[]NetworkInterface](ctx, c, "list network interfaces", machinePath(id)+"/network-interfaces", nil)
}
