package gpcn

import (
	"context"
	"net/http"

	"countersign/internal/cloud"
)

// RescueOrder is the body that boots a VM from another image.
type RescueOrder struct {
	// SourceType is catalog or custom.
	SourceType    string  `json:"sourceType"`
	SourceImageID ImageID `json:"sourceImageId"`
}

// RescueVM returns the job that boots a VM from an image. The status is 400 where the
// image is unknown or the provider cannot do it, 409 where the VM is not fully
// provisioned. Page: "Rescue a virtual machine".
//
//api:operation POST /v1/resource/virtual-machines/{id}/rescue
func (c *Client) RescueVM(ctx context.Context, id cloud.VMID, order RescueOrder) (Job, error) {
	jobs, err := send[Jobs](ctx, c, "rescue VM", http.MethodPost, machinePath(id)+"/rescue", order)
	return jobs.first(), err
}

// EndRescue returns the job that boots a VM from its own disk again. The status is 404
// where the VM is not in rescue. Page: "Rescue a virtual machine".
//
//api:operation DELETE /v1/resource/virtual-machines/{id}/rescue
func (c *Client) EndRescue(ctx context.Context, id cloud.VMID) (Job, error) {
	jobs, err := send[Jobs](ctx, c, "end rescue of VM", http.MethodDelete, machinePath(id)+"/rescue", nil)
	return jobs.first(), err
}
