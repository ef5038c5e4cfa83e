package hostup

import (
	"context"
	"net/http"

	"countersign/internal/cloud"
	"countersign/internal/rest"
)

// MaxSSHKeyPage is the largest number of keys per page, by page "List VPS SSH keys".
const MaxSSHKeyPage = 100

// sshKeys is the path of the account's keys.
const sshKeys = "/api/v2/ssh-keys"

// SSHKey is an account-level public key as page "Rename VPS SSH key" shows it.
type SSHKey struct {
	ID cloud.SSHKeyID `json:"id"`
	// DisplayID is a fallback for display on reads of one VPS.
	DisplayID string `json:"displayId,omitempty"`
	Name      string `json:"name"`
	PublicKey string `json:"publicKey"`
	// Fingerprint is "SHA256:" and unpadded base64, or null.
	Fingerprint *string `json:"fingerprint"`
	// KeyType is rsa, ed25519, ecdsa, dsa or unknown.
	KeyType string `json:"keyType,omitempty"`
	// CreatedAt is an ISO 8601 time, or null.
	CreatedAt *string `json:"createdAt"`
	// LastUsedAt is sent on reads of one VPS only.
	LastUsedAt *string `json:"lastUsedAt,omitempty"`
	// Actions is sent in the account's own list.
	Actions *SSHKeyActions `json:"actions,omitempty"`
}

// SSHKeyActions are the gates of a key.
type SSHKeyActions struct {
	CanRename *Gate `json:"canRename,omitempty"`
	CanDelete *Gate `json:"canDelete,omitempty"`
}

// SSHKeyList is one page of keys.
type SSHKeyList = List[SSHKey]

// SSHKeyRename is the body of a rename, which accepts the name only: key material is
// immutable.
type SSHKeyRename struct {
	Name string `json:"name"`
}

// ListSSHKeys returns one page of the account's keys: 1 to MaxSSHKeyPage rows
// after an opaque cursor, which is empty for the first page. It needs the scope
// read:vm. Page: "List VPS SSH keys".
//
//api:operation GET /api/v2/ssh-keys
func (c *Client) ListSSHKeys(ctx context.Context, limit int, cursor string) (SSHKeyList, error) {
	k := call{name: "list SSH keys", scope: "read:vm", about: aboutKeys}
	return get[SSHKeyList](ctx, c, k, sshKeys, listQuery(limit, cursor))
}

// RenameSSHKey changes a key's name and returns the key with the same ID. It
// needs the scope write:account. Page: "Rename VPS SSH key".
//
//api:operation PATCH /api/v2/ssh-keys/{id}
func (c *Client) RenameSSHKey(ctx context.Context, id cloud.SSHKeyID, name string) (SSHKey, error) {
	k := call{name: renameSSHKey, scope: "write:account", about: aboutKeys}
	return send[SSHKey](ctx, c, k, http.MethodPatch, sshKeys+"/"+rest.ID(id), SSHKeyRename{Name: name})
}

// renameSSHKey is the name of the rename in errors.
const renameSSHKey = "rename SSH key"
