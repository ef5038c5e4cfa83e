package gpcn

import (
	"fmt"

	"countersign/internal/cloud"
)

// VMSpec is the block that makes VMs: the documented body of page "Create a new
// virtual machine".
type VMSpec struct {
	Name              string                `json:"name" jsonschema:"maxLength=60,pattern=^[A-Za-z0-9]([A-Za-z0-9 .-]*[A-Za-z0-9])?$" jsonschema_description:"Name that no other machine has; of several the base: name-1, name-2."`
	DatacenterID      cloud.LocationID      `json:"datacenter_id" jsonschema_description:"From list_locations."`
	SKUID             cloud.OfferID         `json:"sku_id" jsonschema_description:"From list_offers."`
	ImageID           cloud.ImageID         `json:"image_id" jsonschema_description:"From list_images."`
	ResourceGroupID   cloud.ResourceGroupID `json:"resource_group_id,omitempty" jsonschema_description:"From list_resource_groups."`
	NumberOfInstances int                   `json:"number_of_instances,omitempty" jsonschema:"minimum=1,maximum=10" jsonschema_description:"How many; 1 unless given."`
	AllocatePublicIP  bool                  `json:"allocate_public_ip,omitempty" jsonschema_description:"Needs a standard primary network."`
	NetworkInterfaces []VMSpecInterface     `json:"network_interfaces,omitempty" jsonschema:"minItems=1,maxItems=5" jsonschema_description:"Exactly one primary; the default network unless given."`
	AuthMethod        AuthMethod            `json:"auth_method,omitempty" jsonschema:"enum=ssh-key,enum=password,enum=custom" jsonschema_description:"Required where the image takes ssh_key or password, else left out."`
	SSHKeyID          cloud.SSHKeyID        `json:"ssh_key_id,omitempty" jsonschema_description:"With ssh-key, from list_ssh_keys."`
	Password          cloud.Secret          `json:"password,omitzero" jsonschema:"minLength=12,maxLength=20" jsonschema_description:"With password: upper, lower, digit and one of !@#%-_. and nothing else."`
	Username          string                `json:"username,omitempty" jsonschema:"minLength=3,maxLength=20" jsonschema_description:"Where the image takes one."`
}

// VMSpecInterface connects the machines to a network.
type VMSpecInterface struct {
	NetworkID cloud.NetworkID `json:"network_id" jsonschema_description:"From list_networks, same data center."`
	Primary   bool            `json:"primary" jsonschema_description:"Whether it is the primary one."`
}

// BlockName implements cloud.MachineSpec.
func (*VMSpec) BlockName() string { return vmBlock }

// instances returns how many machines the block requests.
func (s *VMSpec) instances() int { return max(s.NumberOfInstances, 1) }

// names returns the names of the machines, as the page forms them.
func (s *VMSpec) names() []string {
	if s.instances() == 1 {
		return []string{s.Name}
	}
	var names []string
	for n := range s.instances() {
		names = append(names, fmt.Sprintf("%s-%d", s.Name, n+1))
	}
	return names
}

// body returns the request that a block makes.
func (s *VMSpec) body() VMCreate {
	out := VMCreate{
		DatacenterID: s.DatacenterID, ImageID: ImageID(s.ImageID), SKUID: s.SKUID, Name: s.Name,
		ResourceGroupID: pointed(ResourceGroupID(s.ResourceGroupID)), NumberOfInstances: pointed(s.NumberOfInstances),
		AllocatePublicIP: pointed(s.AllocatePublicIP), AuthMethod: pointed(s.AuthMethod), SSHKeyID: pointed(s.SSHKeyID),
		Username: pointed(s.Username),
	}
	for _, i := range s.NetworkInterfaces {
		out.NetworkInterfaces = append(out.NetworkInterfaces, VMInterface{NetworkID: NetworkID(i.NetworkID), Primary: i.Primary})
	}
	if !s.Password.IsZero() {
		out.Password = &RevealedSecret{s.Password}
	}
	return out
}

// equal is the digest of a block without the machines' name: blocks that make the same
// machines have the same one.
func (s *VMSpec) equal() (string, error) {
	unnamed := *s
	unnamed.Name, unnamed.NumberOfInstances = "", s.instances()
	return digest(vmBlock, &unnamed)
}
