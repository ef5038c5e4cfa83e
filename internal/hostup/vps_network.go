package hostup

import (
	"context"

	"countersign/internal/cloud"
)

// VPSNetwork has the network cards of a server. Its page also mentions free addresses,
// private networks, reverse DNS, limits and gates, without showing the fields.
type VPSNetwork struct {
	Interfaces []VPSInterface `json:"interfaces"`
}

// VPSInterface is one network card.
type VPSInterface struct {
	ID              string  `json:"id"` // such as net0
	Model           *string `json:"model"`
	MAC             *string `json:"mac"`
	Bridge          *string `json:"bridge"`
	VLAN            Number  `json:"vlan"`
	FirewallEnabled *bool   `json:"firewallEnabled"`
	LinkDown        *bool   `json:"linkDown"`
	IP              []VPSIP `json:"ip"`
}

// VPSIP is an address of a network card.
type VPSIP struct {
	ID   string  `json:"id"` // ip_…
	Type *string `json:"type"`
	IP   *string `json:"ip"`
	Mask *string `json:"mask"`
}

// GetVPSNetwork returns a server's network cards. It needs the scope read:vm. Page:
// "get-v2-vps-id-network" (response head).
//
//api:operation GET /api/v2/vps/{id}/network
func (c *Client) GetVPSNetwork(ctx context.Context, id cloud.VMID) (VPSNetwork, error) {
	return get[VPSNetwork](ctx, c, readingVPS(getNetwork), vpsPath(id, "/network"), nil)
}

const getNetwork = "get VPS network"
