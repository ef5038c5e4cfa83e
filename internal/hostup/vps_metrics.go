package hostup

import (
	"context"
	"net/url"

	"countersign/internal/cloud"
)

// VPSMetrics are the samples of a server for a time until now.
type VPSMetrics struct {
	ID        cloud.VMID          `json:"id"`
	Timeframe cloud.MetricsWindow `json:"timeframe"`
	Samples   []VPSSample         `json:"samples"`
}

// VPSSample is one sample of a server. The last member is [inferred] from the one before
// it.
type VPSSample struct {
	RecordedAt                 *string `json:"recordedAt"` // ISO 8601
	CPUUsagePercent            Number  `json:"cpuUsagePercent"`
	MemoryUsagePercent         Number  `json:"memoryUsagePercent"`
	DiskReadMBPerSecond        Number  `json:"diskReadMbPerSecond"`
	DiskWriteMBPerSecond       Number  `json:"diskWriteMbPerSecond"`
	NetworkInboundKBPerSecond  Number  `json:"networkInboundKbPerSecond"`
	NetworkOutboundKBPerSecond Number  `json:"networkOutboundKbPerSecond,omitzero"`
}

// GetVPSMetrics returns a server's samples of an hour, day, week, month or year. It
// needs the scope read:vm. Page: "get-v2-vps-id-metrics" (near full).
//
//api:operation GET /api/v2/vps/{id}/metrics
func (c *Client) GetVPSMetrics(ctx context.Context, id cloud.VMID, timeframe cloud.MetricsWindow) (VPSMetrics, error) {
	query := url.Values{}
	setUnlessEmpty(query, "timeframe", string(timeframe))
	return get[VPSMetrics](ctx, c, readingVPS(getMetrics), vpsPath(id, "/metrics"), query)
}

const getMetrics = "get VPS metrics"
