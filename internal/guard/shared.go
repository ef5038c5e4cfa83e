package guard

import (
	"context"
	"sync"
	"time"

	"countersign/internal/store"
)

// Shared is what all guards of one process share, which have one store: what their
// calls are carrying out, because to the store an operation belongs to a process, and
// the names that wait to be remembered.
type Shared struct {
	first sync.Once
	names *names

	mu sync.Mutex
	// handed are the operations whose result was written to a client of this process,
	// by when the store learned it; the zero time while it has not. The store learns it
	// a moment later than the client.
	handed map[string]time.Time
	// forms end the forms that clients of this process show.
	forms map[string]context.CancelFunc
	// under counts the calls that carry an operation out, or try to be the one that
	// does.
	under map[string]int
}

// NewShared is that of a process that begins.
func NewShared() *Shared {
	return &Shared{under: map[string]int{}, handed: map[string]time.Time{}, forms: map[string]context.CancelFunc{}}
}

// namesOf are the names that the guards of a process remember.
func (s *Shared) namesOf(opts Options) *names {
	s.first.Do(func() { s.names = newNames(opts) })
	return s.names
}

// hold says that a call of this process is carrying an operation out; the
// function that it returns says that the call has ended.
func (s *Shared) hold(operation string) (release func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.under[operation]++
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.under[operation]--; s.under[operation] == 0 {
			delete(s.under, operation)
		}
	}
}

// has reports whether a call of this process is carrying an operation out.
func (s *Shared) has(operation string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.under[operation] > 0
}

// wasHanded reports whether a result was written to a client of this process.
func (s *Shared) wasHanded(operation string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, handed := s.handed[operation]
	return handed
}

// hand says that a result is about to be written; undo takes that back.
func (s *Shared) hand(operation string) (undo func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.handed[operation] = time.Time{}
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.handed, operation)
	}
}

// handedFor is for how long a result is remembered here that the store knows to be
// delivered: longer than any call that read the store before.
const handedFor = 10 * time.Minute

// delivered says that the store knows that a result was handed over, and forgets those
// of which it has known for long.
func (s *Shared) delivered(operation string) {
	now := time.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, handed := s.handed[operation]; handed {
		s.handed[operation] = now
	}
	for id, at := range s.handed {
		if !at.IsZero() && now.Sub(at) > handedFor {
			delete(s.handed, id)
		}
	}
}

// showing remembers how the form of an operation is ended; the function that it returns
// forgets it.
func (s *Shared) showing(operation string, end context.CancelFunc) (over func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.forms[operation] = end
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.forms, operation)
	}
}

// endForm ends the form of an operation that cannot be answered any more.
func (s *Shared) endForm(operation string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if end := s.forms[operation]; end != nil {
		end()
	}
}

// running reports whether somebody is carrying an operation out: a call of this
// process, or another process that lives. A call that could not journal its
// outcome has ended nevertheless.
func (g *Guard) running(op store.Operation) bool {
	if op.Instance != g.Instance {
		return g.Alive(op.Instance)
	}
	return g.Shared.has(op.ID)
}
