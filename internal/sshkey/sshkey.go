// Package sshkey reads public SSH keys as people paste them, and recognizes private
// ones. It is the only importer of golang.org/x/crypto/ssh. It must never know a cloud,
// and its errors never repeat the input, which may be a secret.
package sshkey

import (
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"slices"
	"strings"

	"golang.org/x/crypto/ssh"

	"countersign/internal/cloud"
)

// Public is one line of an OpenSSH public key file.
type Public struct {
	Type        string // "ssh-ed25519"
	Fingerprint string // "SHA256:…", as ssh-keygen -l prints it
	Comment     string
}

// types returns the key types that OpenSSH still accepts for logging in.
func types() []string {
	return []string{
		ssh.KeyAlgoED25519, ssh.KeyAlgoRSA, ssh.KeyAlgoECDSA256, ssh.KeyAlgoECDSA384, ssh.KeyAlgoECDSA521,
		ssh.KeyAlgoSKED25519, ssh.KeyAlgoSKECDSA256,
	}
}

// The reasons why a text is not a public key. None of them repeats the text.
var (
	ErrPrivate = errors.New("this is a private key: never hand one over; give the public key, one line that begins with a type such as ssh-ed25519")
	ErrLines   = errors.New("a public key is one line without invisible characters")
	ErrType    = errors.New("this is no OpenSSH public key: a line is a type such as ssh-ed25519, base64, and a comment; options before the type are not taken")
	ErrBlob    = errors.New("this is no OpenSSH public key: what follows the type is not a key of that type; it may have been cut")
)

// privateMarks returns texts that occur in files of private keys; the last one is the
// beginning of OpenSSH's own format without its armour.
func privateMarks() []string {
	return []string{"PRIVATE KEY", "PuTTY-User-Key-File", "b3BlbnNzaC1rZXktdjE"}
}

// Parse reads one OpenSSH public key line.
func Parse(line string) (Public, error) {
	for _, mark := range privateMarks() {
		if strings.Contains(line, mark) {
			return Public{}, ErrPrivate
		}
	}
	if _, altered := cloud.Clean(line, len(line)+1); altered {
		return Public{}, ErrLines
	}
	kind, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
	if !slices.Contains(types(), kind) {
		return Public{}, ErrType
	}
	text, comment, _ := strings.Cut(strings.TrimSpace(rest), " ")
	if text == "" {
		return Public{}, ErrType
	}
	blob, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return Public{}, ErrBlob
	}
	key, err := ssh.ParsePublicKey(blob)
	if err != nil || key.Type() != kind {
		return Public{}, ErrBlob
	}
	return Public{Type: kind, Fingerprint: ssh.FingerprintSHA256(key), Comment: strings.TrimSpace(comment)}, nil
}

// Fingerprint returns the fingerprint of a public key line of any type, outdated ones
// included; empty where the line has no key.
func Fingerprint(line string) string {
	const typeAndBlob = 2
	fields := strings.Fields(line)
	if len(fields) < typeAndBlob {
		return ""
	}
	blob, err := base64.StdEncoding.DecodeString(fields[1])
	if err != nil {
		return ""
	}
	sum := sha256.Sum256(blob)
	return "SHA256:" + base64.RawStdEncoding.EncodeToString(sum[:])
}
