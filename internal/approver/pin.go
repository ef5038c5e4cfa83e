// Package approver has the rules of the approver's PIN: which PINs are valid, how one is
// hashed and compared, and how long wrong tries lock it.
//
// It must never know where a PIN is typed, where its hash is stored or what it
// approves.
package approver

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"

	"countersign/internal/cloud"
)

// The cost of one try, the second recommended choice of RFC 9106. It is the only protection
// of a short PIN against somebody who has a copy of the hash.
const (
	costTime    = 3
	costMemory  = 64 * 1024 // KiB
	costThreads = 4
	saltBytes   = 16
	keyBytes    = 32
)

// The bounds of the cost in a stored hash.
const (
	mostTime   = 64
	mostMemory = 1024 * 1024 // KiB
)

// A PIN has at least MinLength characters, of which more than two differ, and at
// most MaxLength bytes.
const (
	MinLength = 6
	MaxLength = 256
	minKinds  = 3
)

// Check returns an error that says why a PIN is not valid.
func Check(pin cloud.Secret) error {
	text := pin.Reveal()
	if !utf8.ValidString(text) || len(text) > MaxLength {
		return fmt.Errorf("a PIN is text of at most %d bytes", MaxLength)
	}
	if n := utf8.RuneCountInString(text); n < MinLength {
		return fmt.Errorf("a PIN has at least %d characters; digits are enough, a sentence is better", MinLength)
	}
	kinds := map[rune]bool{}
	for _, r := range text {
		if r < ' ' || r == 0x7f {
			return errors.New("a PIN has no control characters")
		}
		kinds[r] = true
	}
	if len(kinds) < minKinds {
		return fmt.Errorf("a PIN has at least %d different characters", minKinds)
	}
	return nil
}

// encoding returns the base64 encoding of the PHC string format.
func encoding() *base64.Encoding { return base64.RawStdEncoding }

// Hash returns the salted hash of a PIN as a PHC string, which includes the cost. The error
// is that of Check.
func Hash(pin cloud.Secret) (string, error) {
	if err := Check(pin); err != nil {
		return "", err
	}
	salt := make([]byte, saltBytes)
	_, _ = rand.Read(salt) // never fails
	key := argon2.IDKey([]byte(pin.Reveal()), salt, costTime, costMemory, costThreads, keyBytes)
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, costMemory, costTime, costThreads,
		encoding().EncodeToString(salt), encoding().EncodeToString(key)), nil
}

// Matches reports whether a PIN matches a hash. A hash that cannot be read is an error.
func Matches(hash string, pin cloud.Secret) (bool, error) {
	h, err := parse(hash)
	if err != nil {
		return false, fmt.Errorf("read the hash of the PIN: %w", err)
	}
	if len(pin.Reveal()) > MaxLength {
		return false, nil
	}
	key := argon2.IDKey([]byte(pin.Reveal()), h.salt, h.time, h.memory, h.threads, keyBytes)
	return subtle.ConstantTimeCompare(key, h.key) == 1, nil
}

// parsed is a parsed hash.
type parsed struct {
	time, memory uint32
	threads      uint8
	salt, key    []byte
}

func parse(hash string) (parsed, error) {
	parts := strings.Split(hash, "$")
	if len(parts) != 6 || parts[0] != "" || parts[1] != "argon2id" || parts[2] != fmt.Sprintf("v=%d", argon2.Version) {
		return parsed{}, errors.New("it is not of a form that this version knows")
	}
	var h parsed
	if _, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &h.memory, &h.time, &h.threads); err != nil {
		return parsed{}, errors.New("its cost cannot be read")
	}
	if parts[3] != fmt.Sprintf("m=%d,t=%d,p=%d", h.memory, h.time, h.threads) || h.time < 1 || h.time > mostTime || h.threads < 1 || h.memory > mostMemory {
		return parsed{}, errors.New("its cost is out of bounds")
	}
	var saltErr, keyErr error
	h.salt, saltErr = encoding().DecodeString(parts[4])
	h.key, keyErr = encoding().DecodeString(parts[5])
	if saltErr != nil || keyErr != nil || len(h.salt) < saltBytes || len(h.key) != keyBytes {
		return parsed{}, errors.New("its salt or key is damaged")
	}
	return h, nil
}

// Same reports whether two PINs are equal, in constant time.
func Same(a, b cloud.Secret) bool {
	return subtle.ConstantTimeCompare([]byte(a.Reveal()), []byte(b.Reveal())) == 1
}
