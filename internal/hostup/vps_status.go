package hostup

import (
	"context"
	"encoding/json"

	"countersign/internal/cloud"
)

// VPSStatus is the live state of a server.
type VPSStatus struct {
	ID              cloud.VMID `json:"id"`
	PowerState      PowerState `json:"powerState"`
	UptimeSeconds   Number     `json:"uptimeSeconds"`
	CPUUsagePercent Number     `json:"cpuUsagePercent"`
	CPUCores        Number     `json:"cpuCores"`
	Memory          Usage      `json:"memory"`
	Storage         Usage      `json:"storage"`
	Network         Traffic    `json:"network"`
	// PendingTasks are tasks of the platform; no source shows their shape.
	PendingTasks json.RawMessage `json:"pendingTasks,omitempty"`
}

// Usage is how much of a resource is used.
type Usage struct {
	UsedGB       Number `json:"usedGb"`
	TotalGB      Number `json:"totalGb"`
	UsagePercent Number `json:"usagePercent"`
}

// Traffic is the amount of network traffic.
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
