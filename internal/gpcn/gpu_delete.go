package gpcn

import (
	"context"
	"net/http"

	"countersign/internal/cloud"
)

// DeleteGPUs ends 1 to MaxIDs GPU VMs and their data and returns one job each. What
// becomes of an ID that cannot be deleted is not documented: that it has no job is
// [inferred]. Page: "Delete GPU VMs in bulk".
//
//api:operation POST /v1/resource/gpu/bulk/delete
func (c *Client) DeleteGPUs(ctx context.Context, ids ...cloud.VMID) (Jobs, error) {
	return send[Jobs](ctx, c, "delete GPU VMs", http.MethodPost, gpus+"/bulk/delete", gpuSelection{ids})
}
