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
	// CheckSSHKeyName refuses a name that the vendor's rules forbid. It makes
	// no request.
	CheckSSHKeyName(name string) error
	// RenameSSHKey changes the name and returns the key with the same ID.
	RenameSSHKey(ctx context.Context, id SSHKeyID, name string) (SSHKey, error)
}

// SSHKeyReader reads one key with the fields that its list row does not have.
type SSHKeyReader interface {
	SSHKeyLister
	// GetSSHKey returns one key by its exact ID; an unknown ID is an *Error of kind
	// ErrUnknownID.
	GetSSHKey(ctx context.Context, id SSHKeyID) (SSHKeyDetail, error)
}

// SSHKeyNamer knows the vendor's rules for the names of new keys.
type SSHKeyNamer interface {
	SSHKeyLister
	// CheckSSHKeyName refuses a name that the vendor's rules forbid. It makes
	// no request.
	CheckSSHKeyName(name string) error
	// NewSSHKeyOpens returns sentences on the access that a new key gives.
	NewSSHKeyOpens() []string
}

// SSHKeyAdder adds public keys.
type SSHKeyAdder interface {
	SSHKeyNamer
	// AddSSHKey adds a public key, one line in the format of OpenSSH.
	AddSSHKey(ctx context.Context, name, publicKey string) (SSHKeyID, error)
}

// SSHKeyGenerator lets the vendor generate a key pair.
type SSHKeyGenerator interface {
	SSHKeyNamer
	// ListSSHKeyAlgorithms returns the kinds of keys that can be generated.
	ListSSHKeyAlgorithms(ctx context.Context) ([]SSHKeyAlgorithm, error)
	// GenerateSSHKey generates a pair. The vendor keeps the public key and returns the
	// private one this one time. An empty passphrase means no passphrase.
	GenerateSSHKey(ctx context.Context, name, algorithm string, passphrase Secret) (GeneratedSSHKey, error)
}

// SSHKeyDeleter deletes keys of the account.
type SSHKeyDeleter interface {
	SSHKeyLister
	// PlanSSHKeyDeletion returns the consequences of deleting a key, and the machines
	// that have it, where the vendor reports them.
	PlanSSHKeyDeletion(ctx context.Context, id SSHKeyID) (consequences []string, err error)
	// DeleteSSHKey deletes a key.
	DeleteSSHKey(ctx context.Context, id SSHKeyID) error
}

// SSHKeyDetail is a public key with its text.
type SSHKeyDetail struct {
	SSHKey
	PublicKey string     `json:"public_key,omitempty" jsonschema_description:"The key in OpenSSH's form."`
	UpdatedAt *time.Time `json:"updated_at,omitempty" jsonschema_description:"When it was last changed."`
}

// SSHKeyAlgorithm is a kind of key that a vendor generates.
type SSHKeyAlgorithm struct {
	Code        string `json:"code" jsonschema_description:"Exact code for generate_ssh_key."`
	Name        string `json:"name,omitempty" jsonschema_description:"What the cloud calls it."`
	Description string `json:"description,omitempty" jsonschema_description:"What the cloud says of it."`
}

// GeneratedSSHKey is a key pair that a vendor generated.
type GeneratedSSHKey struct {
	ID SSHKeyID
	// PrivateKey is empty where the response does not have it.
	PrivateKey Secret
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

// Gate is a vendor's report on whether an action is possible now.
type Gate struct {
	Allowed bool   `json:"allowed" jsonschema_description:"Whether the action is possible."`
	Reason  string `json:"reason,omitempty" jsonschema_description:"Why not."`
	Code    string `json:"code,omitempty" jsonschema_description:"Its code."`
}
