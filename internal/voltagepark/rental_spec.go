package voltagepark

import "countersign/internal/cloud"

// rentalBlock is the block of create_rental that rents servers of this cloud, and
// the kind of its rentals.
const rentalBlock = "voltagepark_rental"

// nodeGPUs is what gpu_count must be a multiple of; known from another client.
const nodeGPUs = 8

// The networks that servers can be on. The page describes both and shows infiniband; the
// other value is known from another client.
const (
	networkInfiniband = "infiniband"
	networkEthernet   = "ethernet"
)

// RentalSpec is that block: the documented body of "Provision a new bare-metal
// server rental".
type RentalSpec struct {
	LocationID          cloud.LocationID    `json:"location_id" jsonschema_description:"Exact ID from list_locations, of a location with bare_metal."`
	GPUCount            int                 `json:"gpu_count" jsonschema:"minimum=8,maximum=16384" jsonschema_description:"GPUs to rent, a multiple of 8: whole servers."`
	Name                string              `json:"name" jsonschema:"minLength=1,maxLength=128" jsonschema_description:"Name of visible characters; need not be unique."`
	NetworkType         string              `json:"network_type" jsonschema:"enum=infiniband,enum=ethernet" jsonschema_description:"Network between the servers: infiniband (3.2 Tbps) or ethernet (100 Gbps). Prices and stock differ."`
	OrganizationSSHKeys OrganizationSSHKeys `json:"organization_ssh_keys,omitzero" jsonschema_description:"Which SSH keys of the organization get in; none unless given."`
	SSHKeys             []string            `json:"ssh_keys,omitempty" jsonschema:"maxItems=20,minLength=1,maxLength=4096" jsonschema_description:"Further public keys for this rental only, one OpenSSH line each. Never a private key."`
	SubOrder            string              `json:"sub_order,omitempty" jsonschema:"pattern=^[0-9]{1\\,18}$" jsonschema_description:"Digits. Only rentals of the same sub-order reach each other over the network; the account's default for the network unless given."`
	StorageID           cloud.VolumeID      `json:"storage_id,omitempty" jsonschema_description:"Exact ID of a storage volume to attach, from list_volumes."`
	Tags                []string            `json:"tags,omitempty" jsonschema:"maxItems=50,minLength=1,maxLength=64" jsonschema_description:"Tags; those that begin with countersign- are reserved."`
	CloudinitScript     cloud.InitScript    `json:"cloudinit_script,omitzero" jsonschema_description:"What to install, write and run on the first boot, as root. check_cloud_init looks it through."`
}

// BlockName implements cloud.MachineSpec.
func (*RentalSpec) BlockName() string { return rentalBlock }

// access returns the access that the block opens.
func (s *RentalSpec) access() access {
	return access{keys: s.OrganizationSSHKeys, lines: s.SSHKeys, boot: s.CloudinitScript, bootField: "cloudinit_script"}
}

// order returns the request that a block makes, with the marker among its tags.
func (s *RentalSpec) order(marker string) BareMetalOrder {
	order := BareMetalOrder{
		LocationID: s.LocationID, GPUCount: s.GPUCount, Name: s.Name, NetworkType: s.NetworkType,
		OrganizationSSHKeys: s.OrganizationSSHKeys, SSHKeys: s.SSHKeys,
		SubOrder: s.SubOrder, StorageID: s.StorageID, CloudinitScript: s.CloudinitScript,
	}
	order.Tags = append(order.Tags, s.Tags...)
	if marker != "" {
		order.Tags = append(order.Tags, marker)
	}
	return order
}

// equal is the digest of a block without the rental's name: blocks that rent the same
// servers have the same one.
func (s *RentalSpec) equal() (string, error) {
	unnamed := *s
	unnamed.Name = ""
	return blockDigest(rentalBlock, unnamed)
}
