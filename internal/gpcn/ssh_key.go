package gpcn

import (
	"context"
	"net/http"
	"net/url"

	"countersign/internal/cloud"
	"countersign/internal/rest"
)

// sshKeys is the path of the key library.
const sshKeys = "/resource/ssh-keys"

// MaxSSHKeyName is the longest name of a key.
const MaxSSHKeyName = 30

// SSHKey is a public key of the tenant's library. The vendor tells no
// fingerprint.
type SSHKey struct {
	ID        cloud.SSHKeyID `json:"id"`
	Name      string         `json:"name"`
	Algorithm string         `json:"algorithm"`
	// PublicKey is in OpenSSH's form.
	PublicKey string    `json:"publicKey"`
	CreatedAt Timestamp `json:"createdAt"`
	UpdatedAt Timestamp `json:"updatedAt"`
}

// SSHKeyRename is the body of a rename; nothing else of a key can change.
type SSHKeyRename struct {
	Name string `json:"name"`
}

// ListSSHKeys returns one page of the library. Page "Create a new virtual
// machine" names the route; its rows and paging are [inferred] from a single
// key and from the other lists.
//
//api:operation GET /v1/resource/ssh-keys
func (c *Client) ListSSHKeys(ctx context.Context, opts ListOptions) (List[SSHKey], error) {
	return list[SSHKey](ctx, c, "list SSH keys", sshKeys, url.Values(opts.query()))
}

// GetSSHKey reads one key; an unknown one answers 404.
//
//api:operation GET /v1/resource/ssh-keys/{id}
func (c *Client) GetSSHKey(ctx context.Context, id cloud.SSHKeyID) (SSHKey, error) {
	return get[SSHKey](ctx, c, "get SSH key", sshKeyPath(id), nil)
}

// RenameSSHKey changes a key's name at once. What comes back is not documented.
//
//api:operation PUT /v1/resource/ssh-keys/{id}
func (c *Client) RenameSSHKey(ctx context.Context, id cloud.SSHKeyID, name string) error {
	_, err := tell(ctx, c, "rename SSH key", http.MethodPut, sshKeyPath(id), SSHKeyRename{name})
	return err
}

func sshKeyPath(id cloud.SSHKeyID) string { return sshKeys + "/" + rest.ID(id) }
