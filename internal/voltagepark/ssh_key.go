package voltagepark

import (
	"context"

	"countersign/internal/cloud"
	"countersign/internal/rest"
)

// SSHKey is a public key of the organization.
type SSHKey struct {
	ID      cloud.SSHKeyID `json:"id"`
	Name    string         `json:"name"`
	Content string         `json:"content"`
}

// maxSSHKeys is the largest limit that the list of keys takes.
const maxSSHKeys = 150

// ListSSHKeys is "List of SSH public keys under your organization". The limit is
// at most 150, which is also its default. The page shows this operation with an
// x-api-token header; real clients send the Bearer token as everywhere else.
//
//api:operation GET /api/v1/organization/ssh-keys
func (c *Client) ListSSHKeys(ctx context.Context, opts ListOptions) (List[SSHKey], error) {
	return rest.Get[List[SSHKey]](ctx, c.rest, "list SSH keys", "/organization/ssh-keys", opts.query())
}
