package gpcn

import (
	"context"
	"net/http"

	"countersign/internal/cloud"
)

// DeleteGPUs deletes 1 to MaxIDs GPU VMs with their data and returns one job per
// machine; one that cannot be deleted has none [inferred]. Page: "Delete GPU VMs in
// bulk".
//
//api:operation POST /v1/resource/gpu/bulk/delete
func (c *Client) DeleteGPUs(ctx context.Context, ids ...cloud.VMID) (Jobs, error) {
	return send[Jobs](ctx, c, "delete GPU VMs", http.MethodPost, gpus+"/bulk/delete", gpuSelection{ids})
}
