package sandboxkit

import (
	"fmt"
	"net/http"
	"slices"
	"sync"
)

// Kit has the clock, the IDs, the faults and the journal of the sandboxes of one
// process. It is safe for concurrent use.
type Kit struct {
	Clock *Clock
	Seed  *Seed

	journal journal
	mu      sync.Mutex
	faults  []*armedFault
}

// armedFault is a fault that is not used up yet.
type armedFault struct {
	Fault
	vendor string
	match  func(method, path string) bool
}

// NewKit returns a kit without faults and with an empty journal.
func NewKit(clock *Clock, seed uint64) *Kit {
	return &Kit{Clock: clock, Seed: NewSeed(seed)}
}

// AddFault adds a fault. Of several that match a request, the one that was added first
// is applied. It panics for an unknown kind, because a fault without an effect would let
// a test pass that tests nothing.
func (k *Kit) AddFault(vendor string, f Fault) {
	if !slices.Contains(faultKinds(), f.Kind) {
		panic(fmt.Sprintf("sandboxkit: unknown fault %q", f.Kind))
	}
	f.Times = max(f.Times, 1)
	k.mu.Lock()
	defer k.mu.Unlock()
	k.faults = append(k.faults, &armedFault{Fault: f, vendor: vendor, match: matcher(f.Method, f.Path)})
}

// ClearFaults removes all faults.
func (k *Kit) ClearFaults() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.faults = nil
}

// Requests returns the journal of one vendor, or of all when vendor is empty,
// in the order of arrival.
func (k *Kit) Requests(vendor string) []Request {
	return k.journal.matching(vendor, matcher("", ""))
}

// takeFault returns the fault for a request and uses up one of its times; its
// Kind is empty when there is none.
func (k *Kit) takeFault(vendor string, r *http.Request) Fault {
	k.mu.Lock()
	defer k.mu.Unlock()
	i := slices.IndexFunc(k.faults, func(f *armedFault) bool {
		return f.vendor == vendor && f.match(r.Method, r.URL.Path)
	})
	if i < 0 {
		return Fault{}
	}
	taken := k.faults[i]
	if taken.Times--; taken.Times == 0 {
		k.faults = slices.Delete(k.faults, i, i+1)
	}
	return taken.Fault
}
