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
	// Name is the base of several names: "name-1", "name-2" and so on.
	Name            string           `json:"name"`
	ResourceGroupID *ResourceGroupID `json:"resourceGroupId,omitempty"`
	// NumberOfInstances is 1 to MaxInstances, 1 unless given.
	NumberOfInstances *int `json:"numberOfInstances,omitempty"`
	// AllocatePublicIP needs a standard network as the primary one.
	AllocatePublicIP *bool `json:"allocatePublicIp,omitempty"`
	// NetworkInterfaces are at most MaxInterfaces, exactly one of them primary; the
	// data center's default network is used, and made, without any.
	NetworkInterfaces []VMInterface `json:"networkInterfaces,omitempty"`
	// AuthMethod is required where the image can be given an SSH key or a password,
	// and left out otherwise.
	AuthMethod *AuthMethod     `json:"authMethod,omitempty"`
	SSHKeyID   *cloud.SSHKeyID `json:"sshKeyId,omitempty"`
	// Password has 12 to 20 characters, with an upper-case and a lower-case letter,
	// a digit and one of ! @ # % - _ . and nothing else.
	Password *RevealedSecret `json:"password,omitempty"`
	// Username has 3 to 20 characters and is not a reserved name. It is for images
	// that can be given one.
	Username *string `json:"username,omitempty"`
}

// VMInterface joins a new VM to a network of its data center.
type VMInterface struct {
	NetworkID NetworkID `json:"networkId"`
	Primary   bool      `json:"primary"`
}

// AuthMethod is how one logs in to a new VM.
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
