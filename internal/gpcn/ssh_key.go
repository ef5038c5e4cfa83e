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

// SSHKey is a public key of the tenant's library. The vendor sends no fingerprint.
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

// SSHKeyAlgorithm is a kind of key that the vendor generates.
type SSHKeyAlgorithm struct {
	Code        string `json:"code"`
	DisplayName string `json:"displayName"`
	Description string `json:"description"`
}

// SSHKeySource is the origin of a new key.
type SSHKeySource string

// The sources: upload takes a public key, generate an algorithm and optionally a
// passphrase.
const (
	SSHKeyUpload   SSHKeySource = "upload"
	SSHKeyGenerate SSHKeySource = "generate"
)

// SSHKeyCreate is the body that adds a key to the library.
type SSHKeyCreate struct {
	// Name has 1 to MaxSSHKeyName characters.
	Name string       `json:"name"`
	Type SSHKeySource `json:"type"`
	// PublicKey is in OpenSSH's form; the vendor detects its algorithm.
	PublicKey string `json:"publicKey,omitempty"`
	// Algorithm is a code from the list of algorithms.
	Algorithm  string         `json:"algorithm,omitempty"`
	Passphrase RevealedSecret `json:"passphrase,omitzero"`
}

// CreatedSSHKey is the response of a create. Only a generated key has the private
// key, and the vendor sends it only once.
type CreatedSSHKey struct {
	ID         cloud.SSHKeyID `json:"id"`
	PrivateKey cloud.Secret   `json:"privateKey,omitzero"`
}

// ListSSHKeys returns one page of the library. Page "Create a new virtual
// machine" names the route; its rows and paging are [inferred] from a single
// key and from the other lists.
//
//api:operation GET /v1/resource/ssh-keys
func (c *Client) ListSSHKeys(ctx context.Context, opts ListOptions) (List[SSHKey], error) {
	return list[SSHKey](ctx, c, "list SSH keys", sshKeys, url.Values(opts.query()))
}

// GetSSHKey reads one key; an unknown ID returns 404.
//
//api:operation GET /v1/resource/ssh-keys/{id}
func (c *Client) GetSSHKey(ctx context.Context, id cloud.SSHKeyID) (SSHKey, error) {
	return get[SSHKey](ctx, c, "get SSH key", sshKeyPath(id), nil)
}

// RenameSSHKey changes a key's name immediately. The response is not documented.
//
//api:operation PUT /v1/resource/ssh-keys/{id}
func (c *Client) RenameSSHKey(ctx context.Context, id cloud.SSHKeyID, name string) error {
	_, err := tell(ctx, c, "rename SSH key", http.MethodPut, sshKeyPath(id), SSHKeyRename{name})
	return err
}

// ListSSHKeyAlgorithms returns the algorithms that keys can be generated with. No
// source shows their codes.
//
//api:operation GET /v1/resource/ssh-keys/algorithms
func (c *Client) ListSSHKeyAlgorithms(ctx context.Context) ([]SSHKeyAlgorithm, error) {
	return get[[]SSHKeyAlgorithm](ctx, c, "list SSH key algorithms", sshKeys+"/algorithms", nil)
}

// CreateSSHKey adds a public key, or generates a pair, immediately.
//
//api:operation POST /v1/resource/ssh-keys
func (c *Client) CreateSSHKey(ctx context.Context, key SSHKeyCreate) (CreatedSSHKey, error) {
	return send[CreatedSSHKey](ctx, c, "create SSH key", http.MethodPost, sshKeys, key)
}

// DeleteSSHKey deletes a key from the library immediately. Neither the response nor
// the effect on a key that a machine names is documented.
//
//api:operation DELETE /v1/resource/ssh-keys/{id}
func (c *Client) DeleteSSHKey(ctx context.Context, id cloud.SSHKeyID) error {
	_, err := tell(ctx, c, "delete SSH key", http.MethodDelete, sshKeyPath(id), nil)
	return err
}

func sshKeyPath(id cloud.SSHKeyID) string { return sshKeys + "/" + rest.ID(id) }
