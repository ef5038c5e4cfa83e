package tool

import (
	"errors"
	"regexp"
	"time"

	"countersign/internal/cloud"
)

// SecretFiles keeps secrets that a call obtains in files that only the user of this
// machine can read. A result names such a file and never what is in it.
type SecretFiles interface {
	// Look says where a file of that name is, or would be, and since when.
	Look(name SecretName) (SecretFile, error)
	// Write makes the file and returns where it is. One that is there already is
	// ErrSecretFileExists, unless it is to be replaced.
	Write(name SecretName, content cloud.Secret, replace bool) (path string, err error)
}

// ErrSecretFileExists says that a file was not written over.
var ErrSecretFileExists = errors.New("the file is there already")

// SecretFile is a file, or the place for one.
type SecretFile struct {
	Path string
	// SavedAt is when it was written; zero where there is none.
	SavedAt time.Time
}

// Exists reports whether the file is there.
func (f SecretFile) Exists() bool { return !f.SavedAt.IsZero() }

// SecretName is the name of a file. It is made of a word of ours, an account and the
// exact ID of what the secret belongs to: never of a vendor's text.
type SecretName struct {
	what      string
	account   cloud.AccountName
	id        string
	extension string
}

// NewSecretName names the file of a secret: what it is, such as "kubeconfig", of
// which thing in which account, and the file's extension, such as ".yaml".
func NewSecretName[ID ~string](what string, account cloud.AccountName, of ID, extension string) SecretName {
	return SecretName{what: what, account: account, id: string(of), extension: extension}
}

// What may stand in the parts of a file's name: nothing that could lead out of its
// folder or hide it. A label has no dot, so that no two things share a file.
var (
	plainLabel = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_-]*$`)
	plainID    = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_.-]*$`)
)

// FileName is the name within the folder; ok is false where a part of it has
// characters that file names should not have.
func (n SecretName) FileName() (name string, ok bool) {
	name = n.what + "." + string(n.account) + "." + n.id + n.extension
	ok = plainLabel.MatchString(n.what) && plainLabel.MatchString(string(n.account)) && plainID.MatchString(n.id) && len(name) <= 200
	return name, ok
}
