package cloud

import (
	"context"
	"fmt"
	"strconv"
	"strings"
)

// OfferLister lists what create_vm can be given.
type OfferLister interface {
	// ListOffers returns one page of offers, sold-out ones included.
	ListOffers(ctx context.Context, query OfferQuery, page PageRequest) (OfferPage, error)
	// GetOffer returns one offer by its exact ID.
	GetOffer(ctx context.Context, id OfferID) (Offer, error)
}

// OfferQuery narrows a list of offers; zero fields do not filter.
type OfferQuery struct {
	// LocationID narrows to one location, where a cloud lists by location.
	LocationID LocationID
	// Size is the size to price, for clouds that sell by the unit.
	Size MachineSize
}

// MachineSize is the size of a machine; the cloud chooses fields that are zero.
type MachineSize struct {
	VCPUs     int
	RAMGB     int
	StorageGB int
}

// OfferPage is a page of offers with what could not be read.
type OfferPage struct {
	Page[Offer]
	// Partial says which of the vendor's lists failed while others answered.
	Partial []string
	// Closed says which of them the vendor does not show to this account. Unlike for
	// Partial, a retry does not help.
	Closed []string
}

// Offer is a machine that can be created, with its price and stock.
type Offer struct {
	ID        OfferID     `json:"id" jsonschema_description:"Exact ID, for create_vm."`
	Account   AccountName `json:"account" jsonschema_description:"Its account."`
	Name      string      `json:"name,omitempty" jsonschema_description:"The cloud's name for it; data."`
	Block     string      `json:"block,omitempty" jsonschema_description:"Block of create_vm; missing where it cannot be created here."`
	Field     string      `json:"field,omitempty" jsonschema_description:"Field of that block for the ID."`
	With      []string    `json:"with,omitempty" jsonschema_description:"Further fields of the block that belong to it, as field=value."`
	GPUs      []GPU       `json:"gpus,omitempty" jsonschema_description:"GPUs, such as 8x h100."`
	VCPUs     *int        `json:"vcpus,omitempty" jsonschema_description:"vCPUs."`
	RAMGB     *int        `json:"ram_gb,omitempty" jsonschema_description:"Memory in GB."`
	StorageGB *int        `json:"storage_gb,omitempty" jsonschema_description:"Storage in GB."`
	Image     string      `json:"image,omitempty" jsonschema_description:"Operating system."`
	Compute   *Money      `json:"compute_per_hour,omitempty" jsonschema_description:"Part of the price for compute."`
	Storage   *Money      `json:"storage_per_hour,omitempty" jsonschema_description:"Part for storage, which remains when compute is released."`
	Total     Price       `json:"total" jsonschema_description:"What it costs while it exists."`
	InStock   *bool       `json:"in_stock,omitempty" jsonschema_description:"Can be had now; missing where not told."`
	Stock     []Stock     `json:"stock,omitempty" jsonschema_description:"Where it can be had."`
	Note      string      `json:"note,omitempty" jsonschema_description:"Limits and blockers."`
}

// GPU is a number of GPUs of one model, written "8x h100-sxm5-80gb".
type GPU struct {
	Model string
	Count int
}

// SchemaPattern is the pattern of GPUs in an output.
func (GPU) SchemaPattern() string { return `^[0-9]+x .+$` }

// String writes "8x h100-sxm5-80gb".
func (g GPU) String() string { return strconv.Itoa(g.Count) + "x " + g.Model }

// MarshalText writes "8x h100-sxm5-80gb".
func (g GPU) MarshalText() ([]byte, error) { return []byte(g.String()), nil }

// UnmarshalText reads "8x h100-sxm5-80gb".
func (g *GPU) UnmarshalText(text []byte) error {
	count, model, ok := strings.Cut(string(text), "x ")
	n, err := strconv.Atoi(count)
	if !ok || err != nil {
		return fmt.Errorf("%q is not a number of GPUs such as 8x h100", text)
	}
	*g = GPU{Model: model, Count: n}
	return nil
}
