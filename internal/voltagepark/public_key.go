package voltagepark

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"slices"
	"strings"

	"countersign/internal/cloud"
)

// publicKey is one line of an OpenSSH public key file.
type publicKey struct {
	kind        string // "ssh-ed25519"
	fingerprint string // "SHA256:…", as ssh-keygen -l prints it
}

// publicKeyTypes are the types that OpenSSH still takes for logging in.
func publicKeyTypes() []string {
	return []string{
		"ssh-ed25519", "ssh-rsa",
		"ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521",
		"sk-ssh-ed25519@openssh.com", "sk-ecdsa-sha2-nistp256@openssh.com",
	}
}

// The reasons why a text is no public key. None of them repeats the text, which
// may be a secret.
var (
	errPrivateKey = errors.New("this is a private key: never hand one over; give the public key, one line that begins with a type such as ssh-ed25519")
	errKeyLines   = errors.New("a public key is one line without invisible characters")
	errKeyType    = errors.New("this is no OpenSSH public key: a line is a type such as ssh-ed25519, base64, and a comment; options before the type are not taken")
	errKeyBlob    = errors.New("this is no OpenSSH public key: what follows the type is not a key of that type; it may have been cut")
)

// privateKeyMarks stand in the files that private keys are kept in; the last one
// is the beginning of OpenSSH's own format without its armour.
func privateKeyMarks() []string {
	return []string{"PRIVATE KEY", "PuTTY-User-Key-File", "b3BlbnNzaC1rZXktdjE"}
}

// parsePublicKey reads one OpenSSH public key line.
func parsePublicKey(line string) (publicKey, error) {
	for _, mark := range privateKeyMarks() {
		if strings.Contains(line, mark) {
			return publicKey{}, errPrivateKey
		}
	}
	if _, altered := cloud.Clean(line, len(line)+1); altered {
		return publicKey{}, errKeyLines
	}
	fields := strings.Fields(line)
	if len(fields) < 2 || !slices.Contains(publicKeyTypes(), fields[0]) {
		return publicKey{}, errKeyType
	}
	blob, err := base64.StdEncoding.DecodeString(fields[1])
	if err != nil || !ofType(blob, fields[0]) {
		return publicKey{}, errKeyBlob
	}
	sum := sha256.Sum256(blob)
	return publicKey{
		kind:        fields[0],
		fingerprint: "SHA256:" + base64.RawStdEncoding.EncodeToString(sum[:]),
	}, nil
}

// ofType reports whether a blob is a sequence of length-prefixed strings that
// begins with the type and has something behind it, as RFC 4253 6.6 says.
func ofType(blob []byte, kind string) bool {
	for n := 0; ; n++ {
		if len(blob) == 0 {
			return n >= 2
		}
		if len(blob) < 4 {
			return false
		}
		size := uint64(binary.BigEndian.Uint32(blob))
		blob = blob[4:]
		if size > uint64(len(blob)) || n == 0 && string(blob[:size]) != kind {
			return false
		}
		blob = blob[size:]
	}
}
