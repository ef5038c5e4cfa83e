package hostup

import (
	"context"
	"net/http"
	"net/url"
	"strconv"

	"countersign/internal/cloud"
	"countersign/internal/rest"
)

// MaxSSHKeyPage is the most keys that one page holds, as page "List VPS SSH
// keys" has it.
const MaxSSHKeyPage = 100

// sshKeys is the path of the account's keys.
const sshKeys = "/api/v2/ssh-keys"

// SSHKey is an account-level public key, as page "Rename VPS SSH key" has it.
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
	// LastUsedAt is told on reads of one VPS only.
	LastUsedAt *string `json:"lastUsedAt,omitempty"`
	// Actions is told on the account's own list.
	Actions *SSHKeyActions `json:"actions,omitempty"`
}

// SSHKeyActions says what may be done with a key now.
type SSHKeyActions struct {
	CanRename *Gate `json:"canRename,omitempty"`
	CanDelete *Gate `json:"canDelete,omitempty"`
}

// Gate says whether an action is possible now; Reason is for people and Code,
// such as pending_order, for programs.
type Gate struct {
	Allowed bool    `json:"allowed"`
	Reason  *string `json:"reason"`
	Code    *string `json:"code,omitempty"`
}

// SSHKeyList is one page of keys. NextCursor is opaque; how the vendor marks the
// last page is not shown, so null, missing and empty all mean the end.
type SSHKeyList struct {
	Data       []SSHKey `json:"data"`
	NextCursor *string  `json:"nextCursor"`
}

// SSHKeyRename is the body of a rename: key material is immutable, and the
// operation accepts the name only.
type SSHKeyRename struct {
	Name string `json:"name"`
}

// ListSSHKeys returns one page of the account's keys: 1 to MaxSSHKeyPage rows
// after an opaque cursor, which is empty for the first page. It needs the scope
// read:vm. Page: "List VPS SSH keys".
//
//api:operation GET /api/v2/ssh-keys
func (c *Client) ListSSHKeys(ctx context.Context, limit int, cursor string) (SSHKeyList, error) {
	query := url.Values{"limit": {strconv.Itoa(limit)}}
	if cursor != "" {
		query.Set("cursor", cursor)
	}
	return rest.Get[SSHKeyList](ctx, c.rest, "list SSH keys", sshKeys, query)
}

// RenameSSHKey changes a key's name and returns the key with the same ID. It
// needs the scope write:account. Page: "Rename VPS SSH key".
//
//api:operation PATCH /api/v2/ssh-keys/{id}
func (c *Client) RenameSSHKey(ctx context.Context, id cloud.SSHKeyID, name string) (SSHKey, error) {
	path := sshKeys + "/" + rest.ID(id)
	return rest.Send[SSHKey](ctx, c.rest, renameSSHKey, http.MethodPatch, path, SSHKeyRename{Name: name})
}

// renameSSHKey is what error messages call the rename.
const renameSSHKey = "rename SSH key"
