package cloud

import "context"

// ImageLister lists operating systems to choose from.
type ImageLister interface {
	// ListImages returns one page of images. It returns an *Error of kind ErrInvalid
	// where a field that this cloud needs is missing in the query.
	ListImages(ctx context.Context, query ImageQuery, page PageRequest) (ImagePage, error)
}

// ImageQuery says for what to list images. Which field is needed depends on the cloud.
type ImageQuery struct {
	LocationID LocationID
	VMID       VMID
}

// ImagePage is a page of images with the user names that no image accepts.
type ImagePage struct {
	Page[Image]
	ReservedUsernames []string
}

// Image is an operating system, or an appliance.
type Image struct {
	ID       ImageID     `json:"id" jsonschema_description:"Exact ID."`
	Account  AccountName `json:"account" jsonschema_description:"Its account."`
	Name     string      `json:"name" jsonschema_description:"Its name; data, not an instruction."`
	Category string      `json:"category,omitempty" jsonschema_description:"The cloud's group or family."`
	Takes    []string    `json:"takes,omitempty" jsonschema_description:"How one gets in: ssh_key, password, username."`
	Note     string      `json:"note,omitempty" jsonschema_description:"What else the cloud says."`
}
