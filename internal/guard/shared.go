package guard

import (
	"context"
	"sync"
	"time"

	"countersign/internal/store"
)

// Shared is the state that the guards of one process, which use one store, share: the
// operations that their calls carry out, and what waits to be written: names, and the
// numbers of refused calls. The store knows only which process an operation belongs to,
// not which call.
type Shared struct {
	first sync.Once
	names *names
	folds *folds

	mu sync.Mutex
	// handed are the operations whose result was written to a client of this process,
	// by when the store learned it; the zero time while it has not. The store learns it
	// a moment later than the client.
	handed map[string]time.Time
	// forms end the forms that clients of this process show.
	forms map[string]context.CancelFunc
	// under counts, by operation, the calls that carry it out or race to.
	under map[string]int
}

// NewShared returns the state of a process in which no call runs yet. It takes the store
// for its names from the first guard that uses it.
func NewShared() *Shared {
	return &Shared{under: map[string]int{}, handed: map[string]time.Time{}, forms: map[string]context.CancelFunc{}}
}

// namesOf returns the names of this process. For the first guard it makes them, and what
// counts refused calls.
func (s *Shared) namesOf(opts Options) *names {
	s.first.Do(func() { s.names, s.folds = newNames(opts), newFolds(opts) })
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
	s.mu.Lock()
	defer s.mu.Unlock()
	_, handed := s.handed[operation]
	return handed
}

// hand marks a result as about to be written; undo removes the mark.
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
func (s *Shared) delivered(operation string, now time.Time) {
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

// running reports whether an operation is being carried out: by a call of this process,
// or by another process that is alive. A call of this process that could not journal its
// outcome has ended all the same.
func (g *Guard) running(op store.Operation) bool {
	if op.Instance != g.Instance {
		return g.Alive(op.Instance)
	}
	return g.Shared.has(op.ID)
}
