package gpcn

import (
	"context"

	"countersign/internal/cloud"
)

var _ cloud.ImageLister = (*Provider)(nil)

// ListImages lists the images of a data center, which the query has to name.
func (p *Provider) ListImages(ctx context.Context, query cloud.ImageQuery, page cloud.PageRequest) (cloud.ImagePage, error) {
	const operation = "list VM images"
	if query.LocationID == "" {
		return cloud.ImagePage{}, p.invalid(operation, []cloud.Issue{{Field: "location_id", Message: "is required: each data center has images of its own"}})
	}
	at, err := p.confirmDataCenter(ctx, operation, "location_id", query.LocationID)
	if err != nil {
		return cloud.ImagePage{}, err
	}
	catalogue, err := p.client.ListImages(ctx, at.ID)
	if err != nil {
		return cloud.ImagePage{}, err
	}
	var images []cloud.Image
	for _, category := range catalogue.Categories {
		for _, image := range category.Images {
			images = append(images, p.image(category, image))
		}
	}
	rows, ok := cloud.CutPage(images, page)
	if !ok {
		return cloud.ImagePage{}, cloud.BadCursor(p.account, operation)
	}
	out := cloud.ImagePage{Page: rows}
	for _, name := range catalogue.reserved() {
		out.ReservedUsernames = append(out.ReservedUsernames, cloud.CleanText(name))
	}
	return out, nil
}

// reserved returns the user names that no VM can have.
func (c ImageCatalogue) reserved() []string {
	if c.Meta == nil {
		return nil
	}
	return c.Meta.Constraints.Usernames
}

// images returns the images of all categories.
func (c ImageCatalogue) images() []Image {
	var out []Image
	for _, category := range c.Categories {
		out = append(out, category.Images...)
	}
	return out
}

func (p *Provider) image(category ImageCategory, image Image) cloud.Image {
	out := cloud.Image{
		ID: cloud.ImageID(image.ID), Account: p.account, Name: cloud.CleanText(image.Name), Category: cloud.CleanText(category.Name),
	}
	can := image.Config.Customizations
	if can == nil {
		out.Note = "GPCN does not say how one gets in."
		return out
	}
	for _, way := range []struct {
		name string
		open bool
	}{{"ssh_key", can.SSHKey}, {"password", can.Password}, {"username", can.Username}} {
		if way.open {
			out.Takes = append(out.Takes, way.name)
		}
	}
	if len(out.Takes) == 0 {
		out.Note = "It takes no login; leave auth_method out."
	}
	return out
}
