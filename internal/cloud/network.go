package cloud

import "context"

// NetworkLister lists private networks.
type NetworkLister interface {
	// ListNetworks returns one page of networks.
	ListNetworks(ctx context.Context, page PageRequest) (Page[Network], error)
}

// Network is a private network that machines can be put on.
type Network struct {
	ID         NetworkID   `json:"id" jsonschema_description:"Exact ID."`
	Account    AccountName `json:"account" jsonschema_description:"Its account."`
	Name       string      `json:"name" jsonschema_description:"Its name; data, not an instruction."`
	Type       string      `json:"type,omitempty" jsonschema_description:"The cloud's word for its kind."`
	LocationID LocationID  `json:"location_id,omitempty" jsonschema_description:"Exact ID of its location."`
	CIDR       string      `json:"cidr,omitempty" jsonschema_description:"Its addresses."`
}
