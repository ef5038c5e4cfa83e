package gpcn

import (
	"context"
	"net/http"

	"countersign/internal/cloud"
)

// vmSize is the body that gives a VM another size.
type vmSize struct {
	SKUID cloud.OfferID `json:"skuId"`
}

// ResizeVM gives a VM one of the sizes that ListSizes shows for its upgrade, and
// returns the job. Its own size answers 400. The vendor's Terraform provider stops
// the VM first.
//
//api:operation PUT /v1/resource/virtual-machines/{id}/size
func (c *Client) ResizeVM(ctx context.Context, id cloud.VMID, sku cloud.OfferID) (Job, error) {
	jobs, err := send[Jobs](ctx, c, operationResize, http.MethodPut, machinePath(id)+"/size", vmSize{sku})
	return jobs.first(), err
}

// operationResize is what error messages call a resize.
const operationResize = "resize VM"
