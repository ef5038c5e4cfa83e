package gpcn

import (
	"context"
	"slices"
	"strings"

	"countersign/internal/cloud"
	"countersign/internal/rest"
)

// ImageCatalogue is what operating systems a data center has.
type ImageCatalogue struct {
	Categories []ImageCategory `json:"data"`
	Meta       *ImageMeta      `json:"meta"`
}

// ImageMeta stands beside the images.
type ImageMeta struct {
	Constraints ImageConstraints `json:"constraints"`
}

// ImageConstraints are rules of values. Usernames are reserved names, which a
// create refuses with 400; that it is a plain list is [inferred].
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

// ImageConfig says what can be set when a VM is made of the image.
type ImageConfig struct {
	// Customizations are nil where the image does not tell them.
	Customizations *Customizations `json:"customizations"`
}

// Customizations are the logins that an image can be given, as page "Create a
// new virtual machine" names them. An appliance has none of them.
type Customizations struct {
	SSHKey   bool `json:"sshKey"`
	Password bool `json:"password"`
	Username bool `json:"username"`
}

// UnmarshalJSON reads an object of booleans or a list of names. The page tests
// username for true and lets the whole include sshKey, which fits either
// [inferred].
func (c *Customizations) UnmarshalJSON(raw []byte) error {
	type object Customizations
	whole, _ := decode[object](raw)   // what is neither
	names, _ := decode[[]string](raw) // customizes nothing
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
