package voltagepark

import (
	"context"
	"net/http"

	"countersign/internal/cloud"
	"countersign/internal/rest"
)

// InstantVM is the body that creates a machine from a preset.
type InstantVM struct {
	ConfigID            cloud.OfferID       `json:"config_id"`
	Name                string              `json:"name"`
	Password            RevealedSecret      `json:"password,omitzero"`
	OrganizationSSHKeys OrganizationSSHKeys `json:"organization_ssh_keys,omitzero"`
	SSHKeys             []string            `json:"ssh_keys,omitempty"`
	CloudInit           cloud.InitScript    `json:"cloud_init,omitzero"`
	Tags                []string            `json:"tags,omitempty"`
}

// RevealedSecret is a secret in a request body: it is encoded with its value and
// still prints as a placeholder. Nothing but a request body may hold one.
type RevealedSecret struct{ cloud.Secret }

// MarshalText writes the value.
func (s RevealedSecret) MarshalText() ([]byte, error) { return []byte(s.Reveal()), nil }

// CreatedVM is the response of a create: the ID and nothing else.
type CreatedVM struct {
	VMID cloud.VMID `json:"vm_id"`
}

// CreateInstantVM is "Convert a preconfigured virtual machine to a new virtual
// machine". It starts a charge.
//
//api:operation POST /api/v1/virtual-machines/instant
func (c *Client) CreateInstantVM(ctx context.Context, vm InstantVM) (CreatedVM, error) {
	return rest.Send[CreatedVM](ctx, c.rest, "create VM", http.MethodPost, "/virtual-machines/instant", vm)
}
