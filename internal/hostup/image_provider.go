package hostup

import (
	"context"

	"countersign/internal/cloud"
)

var _ cloud.ImageLister = (*Provider)(nil)

// ListImages returns the images for one server; HostUp has no list for all.
func (p *Provider) ListImages(ctx context.Context, query cloud.ImageQuery, page cloud.PageRequest) (cloud.ImagePage, error) {
	const operation = "list VPS templates"
	if query.VMID == "" {
		e := p.refuse(cloud.ErrInvalid, operation, "HostUp lists the images of one machine only")
		e.Hint = "Give vm_id, an exact ID from list_vms. create_vm on HostUp takes no image."
		e.Issues = []cloud.Issue{{Field: "vm_id", Message: "is required on HostUp"}}
		return cloud.ImagePage{}, e
	}
	list, err := exactVPS(p, operation, query.VMID, func() (TemplateList, error) {
		return p.client.ListVPSTemplates(ctx, query.VMID)
	})
	if err != nil {
		return cloud.ImagePage{}, err
	}
	all, err := listed(p, operation, aboutVPS, List[Template]{Data: list.Data}, "", p.image)
	if err != nil {
		return cloud.ImagePage{}, err
	}
	out, ok := cloud.CutPage(all.Items, page)
	if !ok {
		return cloud.ImagePage{}, cloud.BadCursor(p.account, operation)
	}
	return cloud.ImagePage{Page: out}, nil
}

func (p *Provider) image(t Template) cloud.Image {
	return cloud.Image{
		ID: cloud.ImageID(t.ID), Account: p.account, Name: cloud.CleanText(t.Name),
		Category: text(t.Family), Note: text(t.LicensingNotice),
	}
}
