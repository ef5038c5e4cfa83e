package gpcn

import (
	"context"
	"slices"
	"strings"

	"countersign/internal/cloud"
	"countersign/internal/rest"
)

// ImageCatalogue lists the operating systems of a data center.
type ImageCatalogue struct {
	Categories []ImageCategory `json:"data"`
	Meta       *ImageMeta      `json:"meta"`
}

// ImageMeta is the meta member of the list of images.
type ImageMeta struct {
	Constraints ImageConstraints `json:"constraints"`
}

// ImageConstraints are restrictions on values. Usernames are reserved names, for
// which a create returns 400; that it is a plain list is [inferred].
type ImageConstraints struct {
	Usernames []string `json:"usernames"`
}

// ImageCategory is a group of images, such as Linux.
type ImageCategory struct {
	ID        *int    `json:"id"`
	Name      string  `json:"name"`
	SortOrder *int    `json:"sortOrder"`
	Images    []Image `json:"images"`
}

// Image is an operating system.
type Image struct {
	ID     ImageID     `json:"id"`
	Name   string      `json:"name"`
	Config ImageConfig `json:"config"`
}

// ImageConfig says what can be set when a VM is created from the image.
type ImageConfig struct {
	// Customizations is nil where the vendor sends none.
	Customizations *Customizations `json:"customizations"`
}

// Customizations are the logins that can be set up on an image, as page "Create a
// new virtual machine" names them. An appliance has none.
type Customizations struct {
	SSHKey   bool `json:"sshKey"`
	Password bool `json:"password"`
	Username bool `json:"username"`
}

// UnmarshalJSON reads an object of booleans or a list of names. The page checks that
// username is true, and that the whole includes sshKey, which fits either [inferred].
func (c *Customizations) UnmarshalJSON(raw []byte) error {
	type object Customizations
	whole, _ := decode[object](raw)   // any other value
	names, _ := decode[[]string](raw) // sets nothing
	has := func(name string) bool {
		return slices.ContainsFunc(names, func(n string) bool { return strings.EqualFold(n, name) })
	}
	*c = Customizations{
		SSHKey: whole.SSHKey || has("sshKey"), Password: whole.Password || has("password"), Username: whole.Username || has("username"),
	}
	return nil
}

// ListImages returns the images of a data center by category, with the reserved
// usernames.
//
//api:operation GET /v1/resource/data-centers/{id}/virtual-machine-images
func (c *Client) ListImages(ctx context.Context, id cloud.LocationID) (ImageCatalogue, error) {
	path := dataCenterPath(id) + "/virtual-machine-images"
	r, err := rest.Get[result[[]ImageCategory]](ctx, c.rest, "list VM images", path, nil)
	if err != nil {
		return ImageCatalogue{}, explain(err, path)
	}
	out := ImageCatalogue{Categories: r.data}
	if meta, err := decode[ImageMeta](r.meta); err == nil {
		out.Meta = &meta
	}
	return out, nil
}
