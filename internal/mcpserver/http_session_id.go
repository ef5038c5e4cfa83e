package mcpserver

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"sync"
)

// sessionTraits are what a session ID records about its client. They are part of the
// ID, so the server keeps no state for a session and every process with the same key
// can read them.
type sessionTraits byte

const (
	// traitForm means that the client can show forms.
	traitForm sessionTraits = 1 << iota
	// traitStream means that the ID belongs to an event stream of the oldest transport.
	// It is not valid in the newer one.
	traitStream
)

const (
	nonceSize = 12
	macSize   = 16
)

// sessionIDs makes and checks the IDs of legacy sessions. An ID has a MAC that covers
// its principal, so nobody else can use it. It identifies a session and is never a
// credential.
type sessionIDs struct {
	key []byte

	mu sync.Mutex
	// deleted are the sessions that their clients ended in this process. order is a ring
	// of the same fingerprints, whose oldest is at index oldest once the ring is full.
	deleted map[uint64]struct{}
	order   []uint64
	oldest  int
}

// maxDeleted bounds the ended sessions that are remembered; they take about 2 MB.
const maxDeleted = 50_000

// newSessionIDs derives the key of the IDs from the key of the state.
func newSessionIDs(stateKey []byte) *sessionIDs {
	m := hmac.New(sha256.New, stateKey)
	m.Write([]byte("MCP session IDs over HTTP, 1"))
	return &sessionIDs{key: m.Sum(nil), deleted: map[uint64]struct{}{}}
}

func (s *sessionIDs) mint(principal string, traits sessionTraits) string {
	raw := make([]byte, 1+nonceSize, 1+nonceSize+macSize)
	raw[0] = byte(traits)
	_, _ = rand.Read(raw[1:]) // never fails
	return base64.RawURLEncoding.EncodeToString(append(raw, s.mac(raw, principal)...))
}

func (s *sessionIDs) mac(raw []byte, principal string) []byte {
	m := hmac.New(sha256.New, s.key)
	m.Write(raw)
	m.Write([]byte(principal))
	return m.Sum(nil)[:macSize]
}

// read returns the traits of an ID, and whether it is valid: made for this principal,
// and not ended.
func (s *sessionIDs) read(id, principal string) (sessionTraits, bool) {
	raw, err := base64.RawURLEncoding.Strict().DecodeString(id)
	if err != nil || len(raw) != 1+nonceSize+macSize {
		return 0, false
	}
	said := raw[:1+nonceSize]
	if !hmac.Equal(raw[1+nonceSize:], s.mac(said, principal)) {
		return 0, false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	_, ended := s.deleted[fingerprint(said)]
	return sessionTraits(raw[0]), !ended
}

func fingerprint(raw []byte) uint64 { return binary.BigEndian.Uint64(raw[1:]) }

// end makes a session invalid in this process.
func (s *sessionIDs) end(id string) {
	raw, err := base64.RawURLEncoding.DecodeString(id)
	if err != nil || len(raw) < 1+nonceSize {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	f := fingerprint(raw)
	if _, ended := s.deleted[f]; ended {
		return
	}
	s.deleted[f] = struct{}{}
	if len(s.order) < maxDeleted {
		s.order = append(s.order, f)
		return
	}
	delete(s.deleted, s.order[s.oldest])
	s.order[s.oldest] = f
	s.oldest = (s.oldest + 1) % maxDeleted
}
