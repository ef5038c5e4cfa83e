package guard

import (
	"sync"

	"countersign/internal/store"
)

// Flights are what the calls of one process are carrying out. All guards of a
// process share them: to the store, an operation belongs to a process.
type Flights struct {
	// handed are the operations whose result was written to a client of this
	// process; the store learns it a moment later than the client.
	handed sync.Map

	mu sync.Mutex
	// under counts the calls that carry an operation out, or try to be the one that
	// does.
	under map[string]int
}

// NewFlights are those of a process that begins.
func NewFlights() *Flights { return &Flights{under: map[string]int{}} }

// hold says that a call of this process is carrying an operation out; the
// function that it returns says that the call has ended.
func (f *Flights) hold(operation string) (release func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.under[operation]++
	return func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		if f.under[operation]--; f.under[operation] == 0 {
			delete(f.under, operation)
		}
	}
}

// has reports whether a call of this process is carrying an operation out.
func (f *Flights) has(operation string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.under[operation] > 0
}

// wasHanded reports whether a result was written to a client of this process.
func (f *Flights) wasHanded(operation string) bool {
	_, handed := f.handed.Load(operation)
	return handed
}

// hand says that a result is about to be written; undo takes that back.
func (f *Flights) hand(operation string) (undo func()) {
	f.handed.Store(operation, nil)
	return func() { f.handed.Delete(operation) }
}

// running reports whether somebody is carrying an operation out: a call of this
// process, or another process that lives. A call that could not journal its
// outcome has ended nevertheless.
func (g *Guard) running(op store.Operation) bool {
	if op.Instance != g.Instance {
		return g.Alive(op.Instance)
	}
	return g.Flights.has(op.ID)
}
