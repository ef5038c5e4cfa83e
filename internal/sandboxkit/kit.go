package sandboxkit

import (
	"fmt"
	"net/http"
	"slices"
	"sync"
)

// Kit carries what the sandboxes of one process share. It is safe for
// concurrent use.
type Kit struct {
	Clock *Clock
	Seed  *Seed

	journal journal
	mu      sync.Mutex
	faults  []*armedFault
}

// armedFault is a fault that waits for its requests.
type armedFault struct {
	Fault
	vendor string
	match  func(method, path string) bool
}

// NewKit makes a kit without faults and with an empty journal.
func NewKit(clock *Clock, seed uint64) *Kit {
	return &Kit{Clock: clock, Seed: NewSeed(seed)}
}

// AddFault arms a fault. Of several that match a request, the one that was
// added first is applied. A kind that does not exist panics: a fault that does
// nothing would let a test pass for nothing.
func (k *Kit) AddFault(vendor string, f Fault) {
	if !slices.Contains(faultKinds(), f.Kind) {
		panic(fmt.Sprintf("sandboxkit: unknown fault %q", f.Kind))
	}
	f.Times = max(f.Times, 1)
	k.mu.Lock()
	defer k.mu.Unlock()
	k.faults = append(k.faults, &armedFault{Fault: f, vendor: vendor, match: matcher(f.Method, f.Path)})
}

// ClearFaults disarms all faults.
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
