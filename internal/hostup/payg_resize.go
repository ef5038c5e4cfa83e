package hostup

import (
	"context"
	"net/http"

	"countersign/internal/cloud"
)

// Resize is the body that resizes a pay-as-you-go server; both members are required,
// within the limits of a deployment.
type Resize struct {
	CPUCores int `json:"cpuCores"`
	MemoryGB int `json:"memoryGb"`
}

// Resized is the known part of the response to a resize.
type Resized struct {
	Resized           bool         `json:"resized"`
	Resources         *ComputeSize `json:"resources"`
	PreviousResources *ComputeSize `json:"previousResources"`
}

// ComputeSize is a size without storage.
type ComputeSize struct {
	CPUCores Number `json:"cpuCores"`
	MemoryGB Number `json:"memoryGb"`
}

// ResizeVPS changes cores and memory of a pay-as-you-go server, and so its price per
// hour. No source says whether it reboots. It needs the scope write:billing. Page:
// "post-v2-vps-id-actions-resize" (near full).
//
//api:operation POST /api/v2/vps/{id}/actions/resize
func (c *Client) ResizeVPS(ctx context.Context, id cloud.VMID, resize Resize) (Resized, error) {
	k := call{name: operationResize, scope: "write:billing", about: aboutVPS}
	return send[Resized](ctx, c, k, http.MethodPost, vpsPath(id, "/actions/resize"), resize)
}

// operationResize is the name of a resize in errors.
const operationResize = "resize VPS"
