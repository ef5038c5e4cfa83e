package gpcn

import (
	"context"
	"net/http"

	"countersign/internal/cloud"
)

// StartVM starts a VM; starting a running one is harmless. The response is not
// documented: StartVM returns its job, or nil where there is none. The VM's status
// shows when it is done.
//
//api:operation POST /v1/resource/virtual-machines/{id}/start
func (c *Client) StartVM(ctx context.Context, id cloud.VMID) (*Job, error) {
	return tell(ctx, c, "start VM", http.MethodPost, machinePath(id)+"/start", nil)
}

// StopVM stops a VM, which ends in Shutoff or Stopped. It returns the same as StartVM.
//
//api:operation POST /v1/resource/virtual-machines/{id}/stop
func (c *Client) StopVM(ctx context.Context, id cloud.VMID) (*Job, error) {
	return tell(ctx, c, "stop VM", http.MethodPost, machinePath(id)+"/stop", nil)
}
