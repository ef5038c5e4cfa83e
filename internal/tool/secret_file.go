package tool

import (
	"errors"
	"regexp"
	"time"

	"countersign/internal/cloud"
)

// SecretFiles stores secrets that a call obtains in files that only the user of this
// machine can read. A result names such a file and never has its content.
type SecretFiles interface {
	// Look returns the path of a file, whether it exists or not, and when it was written.
	Look(name SecretName) (SecretFile, error)
	// Write writes the file and returns its path. It returns ErrSecretFileExists for an
	// existing file unless replace is true.
	Write(name SecretName, content cloud.Secret, replace bool) (path string, err error)
}

// ErrSecretFileExists says that a file exists and was not replaced.
var ErrSecretFileExists = errors.New("the file is there already")

// SecretFile is a file that exists or could be made.
type SecretFile struct {
	Path string
	// SavedAt is when it was written; zero where it does not exist.
	SavedAt time.Time
}

// Exists reports whether the file is there.
func (f SecretFile) Exists() bool { return !f.SavedAt.IsZero() }

// SecretName is the name of a file. It has a label of ours, an account and the exact ID
// of the resource that the secret belongs to; never a text of a vendor.
type SecretName struct {
	what      string
	account   cloud.AccountName
	id        string
	extension string
}

// NewSecretName returns the name of a secret's file from a label, such as "kubeconfig",
// the account and the ID of the resource, and an extension, such as ".yaml".
func NewSecretName[ID ~string](what string, account cloud.AccountName, of ID, extension string) SecretName {
	return SecretName{what: what, account: account, id: string(of), extension: extension}
}

// The patterns of the parts of a file name. No part can lead out of the folder or hide
// the file. A label has no dot, so that no two secrets share a file.
var (
	plainLabel = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_-]*$`)
	plainID    = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_.-]*$`)
)

// FileName returns the name within the folder; ok is false where a part has a character
// that the patterns do not allow.
func (n SecretName) FileName() (name string, ok bool) {
	name = n.what + "." + string(n.account) + "." + n.id + n.extension
	ok = plainLabel.MatchString(n.what) && plainLabel.MatchString(string(n.account)) && plainID.MatchString(n.id) && len(name) <= 200
	return name, ok
}
