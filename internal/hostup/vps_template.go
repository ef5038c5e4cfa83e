package hostup

import (
	"context"

	"countersign/internal/cloud"
)

// TemplateID identifies an image that one server can be reinstalled with.
type TemplateID string

// Template is an image that one server can be reinstalled with.
type Template struct {
	ID              TemplateID `json:"id"`
	Name            string     `json:"name"`
	Family          *string    `json:"family"`
	Version         *string    `json:"version"`
	Licensing       *string    `json:"licensing"`
	LicensingNotice *string    `json:"licensingNotice"`
}

// TemplateList is all images of a server; it is not paged.
type TemplateList struct {
	Data []Template `json:"data"`
}

// ListVPSTemplates returns the images for a server; there is no list for all servers. It
// needs the scope read:vm. Page: "get-v2-vps-id-templates" (full).
//
//api:operation GET /api/v2/vps/{id}/templates
func (c *Client) ListVPSTemplates(ctx context.Context, id cloud.VMID) (TemplateList, error) {
	return get[TemplateList](ctx, c, readingVPS("list VPS templates"), vpsPath(id, "/templates"), nil)
}
