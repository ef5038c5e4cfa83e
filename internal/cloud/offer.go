package cloud

import "context"

// OfferLister lists what create_vm can be given.
type OfferLister interface {
	// ListOffers returns one page of offers, sold-out ones included.
	ListOffers(ctx context.Context, page PageRequest) (OfferPage, error)
	// GetOffer returns one offer by its exact ID.
	GetOffer(ctx context.Context, id OfferID) (Offer, error)
}

// OfferPage is a page of offers with what could not be read.
type OfferPage struct {
	Page[Offer]
	// Partial says which of the vendor's lists failed while others answered.
	Partial []string
}

// Offer is a machine that can be created, with its price and stock.
type Offer struct {
	ID        OfferID     `json:"id" jsonschema_description:"Exact ID, for create_vm."`
	Account   AccountName `json:"account" jsonschema_description:"The account it was listed for."`
	Block     string      `json:"block" jsonschema_description:"The block of create_vm that takes it."`
	Field     string      `json:"field" jsonschema_description:"The field of that block that takes the ID."`
	GPUs      []GPU       `json:"gpus,omitempty" jsonschema_description:"GPUs of the machine."`
	VCPUs     *int        `json:"vcpus,omitempty" jsonschema_description:"vCPUs."`
	RAMGB     *int        `json:"ram_gb,omitempty" jsonschema_description:"Memory in GB."`
	StorageGB *int        `json:"storage_gb,omitempty" jsonschema_description:"Storage in GB."`
	Image     string      `json:"image,omitempty" jsonschema_description:"Operating system."`
	Compute   Price       `json:"compute" jsonschema_description:"Part of the price for compute."`
	Storage   Price       `json:"storage" jsonschema_description:"Part of the price for storage, which remains when compute is released."`
	Total     Price       `json:"total" jsonschema_description:"What the machine costs while it exists."`
	InStock   *bool       `json:"in_stock,omitempty" jsonschema_description:"Whether it can be had now; missing where the vendor does not tell."`
	Stock     []Stock     `json:"stock,omitempty" jsonschema_description:"Where it can be had."`
}

// GPU is a number of GPUs of one model.
type GPU struct {
	Model string `json:"model" jsonschema_description:"The vendor's name of the model."`
	Count int    `json:"count" jsonschema_description:"How many."`
}
