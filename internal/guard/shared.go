package guard

import (
	"sync"

	"countersign/internal/store"
)

// Shared is the state that the guards of one process, which use one store, share: the
// operations that their calls carry out, and the names that wait to be written. The store
// knows only which process an operation belongs to, not which call.
type Shared struct {
	first sync.Once
	names *names

	// handed are the operations whose result was written to a client of this process.
	// The store is updated only after the client has it.
	handed sync.Map

	mu sync.Mutex
	// under counts, by operation, the calls that carry it out or race to.
	under map[string]int
}

// NewShared returns the state of a process in which no call runs yet. It takes the store
// for its names from the first guard that uses it.
func NewShared() *Shared { return &Shared{under: map[string]int{}} }

// namesOf returns the names of this process, and makes them for the first guard.
func (s *Shared) namesOf(opts Options) *names {
	s.first.Do(func() { s.names = newNames(opts) })
	return s.names
}

// hold marks an operation as carried out by a call of this process. The returned
// function ends that.
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

// wasHanded reports whether the result of an operation was written to a client of this
// process.
func (s *Shared) wasHanded(operation string) bool {
	_, handed := s.handed.Load(operation)
	return handed
}

// hand marks a result as about to be written; undo removes the mark.
func (s *Shared) hand(operation string) (undo func()) {
	s.handed.Store(operation, nil)
	return func() { s.handed.Delete(operation) }
}

// running reports whether an operation is being carried out: by a call of this process,
// or by another process that is alive. A call of this process that could not journal its
// outcome has ended all the same.
func (g *Guard) running(op store.Operation) bool {
	if op.Instance != g.Instance {
		return g.Alive(op.Instance)
	}
	return g.Shared.has(op.ID)
}
