package hostup

import (
	"context"

	"countersign/internal/cloud"
)

// VPSDetails is the detailed state of a server. Its page also mentions addresses, keys,
// login and overdue invoices, without showing the fields.
type VPSDetails struct {
	ID          cloud.VMID `json:"id"`
	ProductName *string    `json:"productName"`
	Hostname    *string    `json:"hostname"`
	// ServiceStatus has fewer words here than in VPS.
	ServiceStatus   ServiceStatus `json:"serviceStatus"`
	CreatedAt       *string       `json:"createdAt"` // ISO 8601
	NextDueAt       *string       `json:"nextDueAt"` // ISO 8601
	Billing         *VPSBilling   `json:"billing"`
	Resources                     // flat here
	BackupsIncluded Number        `json:"backupsIncluded"`
	Bandwidth       *Bandwidth    `json:"bandwidth"`
	// Actions are the gates of the server; any or all of them may be absent.
	Actions Gates `json:"actions,omitempty"`
}

// Bandwidth is the traffic of a server in the current period.
type Bandwidth struct {
	UsedGB       Number `json:"usedGb"`
	LimitGB      Number `json:"limitGb"`
	InboundGB    Number `json:"inboundGb"`
	OutboundGB   Number `json:"outboundGb"`
	UsagePercent Number `json:"usagePercent"`
}

// GetVPSDetails returns a server's contract, traffic and gates. It needs the
// scope read:vm. Page: "get-v2-vps-id-details" (request full, response head).
//
//api:operation GET /api/v2/vps/{id}/details
func (c *Client) GetVPSDetails(ctx context.Context, id cloud.VMID) (VPSDetails, error) {
	return get[VPSDetails](ctx, c, readingVPS("get VPS details"), vpsPath(id, "/details"), nil)
}
