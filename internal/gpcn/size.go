package gpcn

import (
	"context"
	"net/url"

	"countersign/internal/cloud"
)

// SizeCatalogue lists the VM sizes of a data center.
type SizeCatalogue struct {
	DatacenterID cloud.LocationID `json:"datacenterId"`
	Categories   []SizeCategory   `json:"categories"`
}

// SizeCategory is a group of sizes, such as general-purpose.
type SizeCategory struct {
	Code  string `json:"code"`
	Name  string `json:"name"`
	Sizes []Size `json:"sizes"`
}

// Size is a VM SKU: cores, and memory and disk in GB. It has no price.
type Size struct {
	SKUID   cloud.OfferID `json:"skuId"`
	Name    string        `json:"name"`
	SKUCode string        `json:"skuCode"`
	CPU     *int          `json:"cpu"`
	RAM     *int          `json:"ram"`
	Disk    *int          `json:"disk"`
}

// sizes returns the sizes of all categories.
func (c SizeCatalogue) sizes() []Size {
	var all []Size
	for _, category := range c.Categories {
		all = append(all, category.Sizes...)
	}
	return all
}

// ListSizes returns all sizes of a data center or, for a VM, those that it can
// be upgraded to in place; an empty VM means all. Page "Create a new virtual
// machine" takes its skuId from here.
//
//api:operation GET /v1/resource/data-centers/{id}/virtual-machine-sizes
func (c *Client) ListSizes(ctx context.Context, id cloud.LocationID, upgradesOf cloud.VMID) (SizeCatalogue, error) {
	q := query{}
	q.text("vmId", string(upgradesOf))
	return get[SizeCatalogue](ctx, c, "list VM sizes", dataCenterPath(id)+"/virtual-machine-sizes", url.Values(q))
}
