package cloud

import (
	"context"
	"time"
)

// SSHKeyLister lists an account's public keys.
type SSHKeyLister interface {
	// ListSSHKeys returns one page of keys.
	ListSSHKeys(ctx context.Context, page PageRequest) (Page[SSHKey], error)
}

// SSHKeyRenamer gives a key another name; key material cannot change.
type SSHKeyRenamer interface {
	SSHKeyLister
	// CheckSSHKeyName refuses a name that the vendor's rules forbid. It asks
	// nobody.
	CheckSSHKeyName(name string) error
	// RenameSSHKey changes the name and returns the key with the same ID.
	RenameSSHKey(ctx context.Context, id SSHKeyID, name string) (SSHKey, error)
}

// SSHKey is a public key of an account.
type SSHKey struct {
	ID          SSHKeyID    `json:"id" jsonschema_description:"Exact ID."`
	Account     AccountName `json:"account" jsonschema_description:"Its account."`
	Name        string      `json:"name" jsonschema_description:"Its label."`
	NameAltered bool        `json:"name_altered,omitempty" jsonschema_description:"Invisible characters were removed, or it was cut."`
	Type        string      `json:"type,omitempty" jsonschema_description:"Key type, such as ed25519."`
	Fingerprint string      `json:"fingerprint,omitempty" jsonschema_description:"SHA256 fingerprint."`
	CreatedAt   *time.Time  `json:"created_at,omitempty" jsonschema_description:"When it was added."`
	CanRename   *Gate       `json:"can_rename,omitempty" jsonschema_description:"Whether it can be renamed now."`
	CanDelete   *Gate       `json:"can_delete,omitempty" jsonschema_description:"Whether it can be deleted now."`
}

// Gate is a vendor's word on whether an action is possible now.
type Gate struct {
	Allowed bool   `json:"allowed" jsonschema_description:"Whether the action is possible."`
	Reason  string `json:"reason,omitempty" jsonschema_description:"Why not."`
	Code    string `json:"code,omitempty" jsonschema_description:"Its code."`
}
