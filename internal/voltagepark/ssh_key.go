package voltagepark

import (
	"context"
	"net/http"

	"countersign/internal/cloud"
	"countersign/internal/rest"
)

// SSHKey is a public key of the organization.
type SSHKey struct {
	ID      cloud.SSHKeyID `json:"id"`
	Name    string         `json:"name"`
	Content string         `json:"content"`
}

// organizationKeys is the path of the keys.
const organizationKeys = "/organization/ssh-keys"

// maxSSHKeys is the largest limit that the list of keys takes.
const maxSSHKeys = 150

// ListSSHKeys is "List of SSH public keys under your organization". The limit is
// at most 150, which is also its default. The page shows this operation with an
// x-api-token header; real clients send the Bearer token as everywhere else.
//
//api:operation GET /api/v1/organization/ssh-keys
func (c *Client) ListSSHKeys(ctx context.Context, opts ListOptions) (List[SSHKey], error) {
	return rest.Get[List[SSHKey]](ctx, c.rest, "list SSH keys", organizationKeys, opts.query())
}

// NewSSHKey is the body of "Add new SSH public key to your organization".
type NewSSHKey struct {
	// Name has 3 to 64 letters, digits, hyphens and spaces, and is unique in the
	// organization.
	Name    string `json:"name"`
	Content string `json:"content"`
}

// AddSSHKey is "Add new SSH public key to your organization". Existing machines do not
// change.
//
//api:operation POST /api/v1/organization/ssh-keys
func (c *Client) AddSSHKey(ctx context.Context, key NewSSHKey) (SSHKey, error) {
	return rest.Send[SSHKey](ctx, c.rest, "add SSH key", http.MethodPost, organizationKeys, key)
}

// DeleteSSHKey is "Remove an SSH key from your organization". Running machines keep it.
//
//api:operation DELETE /api/v1/organization/ssh-keys/{ssh_key_id}
func (c *Client) DeleteSSHKey(ctx context.Context, id cloud.SSHKeyID) error {
	_, err := rest.Send[rest.Nothing](ctx, c.rest, "delete SSH key", http.MethodDelete, organizationKeys+"/"+rest.ID(id), nil)
	return err
}
