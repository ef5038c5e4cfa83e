package gpcn

import (
	"context"
	"net/http"

	"countersign/internal/cloud"
)

// vmSize is the body that resizes a VM.
type vmSize struct {
	SKUID cloud.OfferID `json:"skuId"`
}

// ResizeVM resizes a VM to one of the sizes that ListSizes returns for its upgrade, and
// returns the job. Its present size returns 400. The vendor's Terraform provider stops
// the VM first.
//
//api:operation PUT /v1/resource/virtual-machines/{id}/size
func (c *Client) ResizeVM(ctx context.Context, id cloud.VMID, sku cloud.OfferID) (Job, error) {
	jobs, err := send[Jobs](ctx, c, operationResize, http.MethodPut, machinePath(id)+"/size", vmSize{sku})
	return jobs.first(), err
}

// operationResize is the name of a resize in errors.
const operationResize = "resize VM"
