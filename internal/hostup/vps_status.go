package hostup

import (
	"context"
	"encoding/json"

	"countersign/internal/cloud"
)

// VPSStatus is what a server does at this moment.
type VPSStatus struct {
	ID              cloud.VMID `json:"id"`
	PowerState      PowerState `json:"powerState"`
	UptimeSeconds   Number     `json:"uptimeSeconds"`
	CPUUsagePercent Number     `json:"cpuUsagePercent"`
	CPUCores        Number     `json:"cpuCores"`
	Memory          Usage      `json:"memory"`
	Storage         Usage      `json:"storage"`
	Network         Traffic    `json:"network"`
	// PendingTasks are tasks of the platform, in a shape that was not seen.
	PendingTasks json.RawMessage `json:"pendingTasks,omitempty"`
}

// Usage is how full something is.
type Usage struct {
	UsedGB       Number `json:"usedGb"`
	TotalGB      Number `json:"totalGb"`
	UsagePercent Number `json:"usagePercent"`
}

// Traffic is what went through the network.
type Traffic struct {
	InboundGB  Number `json:"inboundGb"`
	OutboundGB Number `json:"outboundGb"`
	TotalGB    Number `json:"totalGb"`
}

// GetVPSStatus returns a server's live state. It needs the scope read:vm. Page:
// "get-v2-vps-id-status" (near full).
//
//api:operation GET /api/v2/vps/{id}/status
func (c *Client) GetVPSStatus(ctx context.Context, id cloud.VMID) (VPSStatus, error) {
	return get[VPSStatus](ctx, c, readingVPS("get VPS status"), vpsPath(id, "/status"), nil)
}
