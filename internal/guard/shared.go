package guard

import (
	"sync"

	"countersign/internal/store"
)

// Shared is what all guards of one process share, which have one store: what their
// calls are carrying out, because to the store an operation belongs to a process, and
// the names that wait to be remembered.
type Shared struct {
	first sync.Once
	names *names

	// handed are the operations whose result was written to a client of this
	// process; the store learns it a moment later than the client.
	handed sync.Map

	mu sync.Mutex
	// under counts the calls that carry an operation out, or try to be the one that
	// does.
	under map[string]int
}

// NewShared is that of a process that begins.
func NewShared() *Shared { return &Shared{under: map[string]int{}} }

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
	_, handed := s.handed.Load(operation)
	return handed
}

// hand says that a result is about to be written; undo takes that back.
func (s *Shared) hand(operation string) (undo func()) {
	s.handed.Store(operation, nil)
	return func() { s.handed.Delete(operation) }
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
