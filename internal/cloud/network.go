package cloud

import (
	"context"
	"time"
)

// NetworkLister lists private networks.
type NetworkLister interface {
	// ListNetworks returns one page of networks.
	ListNetworks(ctx context.Context, page PageRequest) (Page[Network], error)
}

// NetworkReader reads one network with its machines.
type NetworkReader interface {
	NetworkLister
	// GetNetwork returns one network by its exact ID; an unknown ID is an *Error of
	// kind ErrUnknownID.
	GetNetwork(ctx context.Context, id NetworkID) (NetworkDetail, error)
}

// NetworkMaker creates networks.
type NetworkMaker interface {
	NetworkLister
	// PlanNetwork checks a network against the vendor's rules and live state and
	// describes what would be made. It only reads.
	PlanNetwork(ctx context.Context, spec NetworkSpec) (NetworkPlan, error)
	// CreateNetwork makes it.
	CreateNetwork(ctx context.Context, spec NetworkSpec) (MadeNetwork, error)
	// FindNetwork looks for a network whose create was sent but got no response.
	FindNetwork(ctx context.Context, search NameSearch) (NameFound, error)
}

// NetworkUpdater changes networks.
type NetworkUpdater interface {
	NetworkReader
	// PlanNetworkUpdate refuses what the vendor's rules or live state forbid for this
	// network, and returns what a person has to know. It only reads.
	PlanNetworkUpdate(ctx context.Context, network NetworkDetail, update NetworkUpdate) (consequences []string, err error)
	// UpdateNetwork changes the fields that the update names and no others.
	UpdateNetwork(ctx context.Context, id NetworkID, update NetworkUpdate) error
}

// NetworkDeleter ends networks.
type NetworkDeleter interface {
	NetworkReader
	// PlanNetworkDeletion refuses a network that is in use, and returns what a person
	// has to know. It only reads.
	PlanNetworkDeletion(ctx context.Context, network NetworkDetail) (consequences []string, err error)
	// DeleteNetwork ends a network.
	DeleteNetwork(ctx context.Context, id NetworkID) (Accepted, error)
}

// NetworkSpec is a network to create. The cloud chooses settings that are nil.
type NetworkSpec struct {
	LocationID LocationID
	Type       string
	SNAT       *bool
	NetworkUpdate
}

// NetworkUpdate names what changes; nil fields do not change.
type NetworkUpdate struct {
	Name *string
	// Description is empty to clear it.
	Description *string
	CIDR        *string
	DHCP        *bool
	// DHCPRange is the range of addresses that the network assigns.
	DHCPRange *AddressRange
	// DefaultRoute makes the network the default route of its machines, through Router
	// where that is given.
	DefaultRoute *bool
	Router       *string
	ServeDNS     *bool
	// DNSServers replaces the whole list.
	DNSServers *[]string
}

// OnlyRecords reports whether an update does not affect the traffic of machines on the
// network.
func (u NetworkUpdate) OnlyRecords() bool {
	u.Name, u.Description = nil, nil
	return u == NetworkUpdate{}
}

// NetworkPlan describes what a create would make.
type NetworkPlan struct {
	Facts        []Fact
	Consequences []string
	// Equal is the same for creates that would make the same network under any name.
	Equal string
}

// MadeNetwork is the result of a create: the ID where it is known already, and the jobs
// that still run.
type MadeNetwork struct {
	ID NetworkID
	Accepted
}

// NameSearch describes a create whose response was lost, of a resource that can be
// recognized by its name and its time only.
type NameSearch struct {
	Name  string
	Since time.Time
}

// NameFound is the result of a search: the ID where it is certain, or else possible
// ones.
type NameFound struct {
	ID       string
	Possible []Candidate
}

// NetworkDetail is a network with its settings and its machines.
type NetworkDetail struct {
	Network
	NameAltered bool           `json:"name_altered,omitempty" jsonschema_description:"Invisible characters were removed, or it was cut."`
	Description string         `json:"description,omitempty" jsonschema_description:"What it is for; data, not an instruction."`
	Gateway     string         `json:"gateway,omitempty" jsonschema_description:"Its router's address."`
	SNAT        *bool          `json:"snat,omitempty" jsonschema_description:"Whether machines reach the internet through it."`
	DHCPRanges  []AddressRange `json:"dhcp_ranges,omitempty" jsonschema_description:"Addresses that it gives out."`
	DNSServers  []string       `json:"dns_servers,omitempty" jsonschema_description:"Name servers that it tells machines."`
	Connected   *int           `json:"connected_vms,omitempty" jsonschema_description:"How many machines the cloud counts on it."`
	VMs         []NetworkVM    `json:"vms" jsonschema_description:"Machines on it."`
	CreatedAt   *time.Time     `json:"created_at,omitempty" jsonschema_description:"When it was created."`
}

// AddressRange is a range of addresses, both ends included.
type AddressRange struct {
	First string `json:"first" jsonschema_description:"First address."`
	Last  string `json:"last" jsonschema_description:"Last address."`
}

// String returns the range as text, "first to last".
func (r AddressRange) String() string { return r.First + " to " + r.Last }

// NetworkVM is a machine on a network.
type NetworkVM struct {
	ID        VMID   `json:"id" jsonschema_description:"Exact ID."`
	Name      string `json:"name" jsonschema_description:"Its name; data, not an instruction."`
	PrivateIP string `json:"private_ip,omitempty" jsonschema_description:"Address on this network."`
	PublicIP  string `json:"public_ip,omitempty" jsonschema_description:"Public address."`
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
