package voltagepark

import (
	"context"
	"net/http"

	"countersign/internal/cloud"
	"countersign/internal/rest"
)

// VMRelocating is the status of a machine on its way to another host; known from
// another client.
const VMRelocating = "Relocating"

// RelocateVM moves a released machine to another host. The API page does not have this
// operation; it is known from other clients, and has no body.
//
//api:operation POST /api/v1/virtual-machines/{virtual_machine_id}/relocate
func (c *Client) RelocateVM(ctx context.Context, id cloud.VMID) error {
	_, err := rest.Send[rest.Nothing](ctx, c.rest, "relocate VM", http.MethodPost, vmPath(id)+"/relocate", nil)
	return err
}
