package gpcn

import (
	"context"
	"net/http"

	"countersign/internal/cloud"
)

// MaxInstances is how many VMs one create can make.
const MaxInstances = 10

// MaxInterfaces is how many network interfaces a VM can have.
const MaxInterfaces = 5

// VMCreate is the body that makes VMs; nil is not sent. Page: "Create a new
// virtual machine".
type VMCreate struct {
	DatacenterID cloud.LocationID `json:"datacenterId"`
	ImageID      ImageID          `json:"imageId"`
	SKUID        cloud.OfferID    `json:"skuId"`
	// Name is the base of the names where several are made: "name-1", "name-2".
	Name            string           `json:"name"`
	ResourceGroupID *ResourceGroupID `json:"resourceGroupId,omitempty"`
	// NumberOfInstances is 1 to MaxInstances; the default is 1.
	NumberOfInstances *int `json:"numberOfInstances,omitempty"`
	// AllocatePublicIP needs a standard network as the primary one.
	AllocatePublicIP *bool `json:"allocatePublicIp,omitempty"`
	// NetworkInterfaces are at most MaxInterfaces, exactly one of them primary. Without
	// any the VM is on the data center's default network, which is created if needed.
	NetworkInterfaces []VMInterface `json:"networkInterfaces,omitempty"`
	// AuthMethod is required where the image supports an SSH key or a password, and
	// left out otherwise.
	AuthMethod *AuthMethod     `json:"authMethod,omitempty"`
	SSHKeyID   *cloud.SSHKeyID `json:"sshKeyId,omitempty"`
	// Password has 12 to 20 characters, with an upper-case and a lower-case letter,
	// a digit and one of ! @ # % - _ . and nothing else.
	Password *RevealedSecret `json:"password,omitempty"`
	// Username has 3 to 20 characters and is not a reserved name. It is only for images
	// that support one.
	Username *string `json:"username,omitempty"`
}

// VMInterface connects a new VM to a network of its data center.
type VMInterface struct {
	NetworkID NetworkID `json:"networkId"`
	Primary   bool      `json:"primary"`
}

// AuthMethod is the way to log in to a new VM.
type AuthMethod string

// The methods; custom is not explained by the page.
const (
	AuthSSHKey   AuthMethod = "ssh-key"
	AuthPassword AuthMethod = "password"
	AuthCustom   AuthMethod = "custom"
)

// CreateVMs starts a charge for each VM and returns one job per VM. Page:
// "Create a new virtual machine".
//
//api:operation POST /v1/resource/virtual-machines
func (c *Client) CreateVMs(ctx context.Context, vm VMCreate) (Jobs, error) {
	return send[Jobs](ctx, c, "create VM", http.MethodPost, machines, vm)
}
