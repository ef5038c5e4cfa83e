package gpcn

import (
	"context"
	"net/http"

	"countersign/internal/cloud"
)

// StartVM starts a VM; starting one that runs is harmless. What comes back is
// not documented: a job where there is one, else nil. The VM's status tells when
// it is done.
//
//api:operation POST /v1/resource/virtual-machines/{id}/start
func (c *Client) StartVM(ctx context.Context, id cloud.VMID) (*Job, error) {
	return tell(ctx, c, "start VM", http.MethodPost, machinePath(id)+"/start", nil)
}

// StopVM stops a VM, which ends in Shutoff or Stopped. What comes back is as for
// StartVM.
//
//api:operation POST /v1/resource/virtual-machines/{id}/stop
func (c *Client) StopVM(ctx context.Context, id cloud.VMID) (*Job, error) {
	return tell(ctx, c, "stop VM", http.MethodPost, machinePath(id)+"/stop", nil)
}
