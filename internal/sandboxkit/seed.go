package sandboxkit

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
)

// crockford is the alphabet of ULIDs in lower case.
const crockford = "0123456789abcdefghjkmnpqrstvwxyz"

// Seed generates IDs that look random, but the same seed gives the same IDs in the same
// order. It is safe for concurrent use.
type Seed struct {
	mu     sync.Mutex
	source *rand.ChaCha8
}

// NewSeed returns a source of IDs from a number.
func NewSeed(n uint64) *Seed {
	var key [32]byte
	binary.LittleEndian.PutUint64(key[:], n)
	return &Seed{source: rand.NewChaCha8(key)}
}

// UUID returns an ID of RFC 4122's version 4 form, in lower case.
func (s *Seed) UUID() string {
	b := s.bytes(16)
	b[6] = b[6]&0x0f | 0x40
	b[8] = b[8]&0x3f | 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[0:4], b[4:6], b[6:8], b[8:10], b[10:16])
}

// ULID returns the prefix, an underscore and 26 characters of lower-case
// Crockford base32, the first of which keeps the value within 128 bits.
func (s *Seed) ULID(prefix string) string {
	var out strings.Builder
	out.WriteString(prefix + "_")
	for i, b := range s.bytes(26) {
		bits := byte(31)
		if i == 0 {
			bits = 7
		}
		out.WriteByte(crockford[b&bits])
	}
	return out.String()
}

// Hex returns n hexadecimal digits in lower case.
func (s *Seed) Hex(n int) string {
	return fmt.Sprintf("%x", s.bytes((n+1)/2))[:n]
}

func (s *Seed) bytes(n int) []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	b := make([]byte, n)
	_, _ = s.source.Read(b) // never fails
	return b
}
