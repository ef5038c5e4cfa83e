package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
)

// faultRates has the fault rates: a value of n means that one in n requests, writes
// or other steps fails.
type faultRates struct {
	writes, reads, stores, crashes int
	// only are the possible faults of writes; nil means all.
	only []networkFault
}

// drawFaults draws the fault rates of a story.
func (s *simulation) drawFaults() {
	s.rates = []faultRates{
		{writes: 12, reads: 400, stores: 400, crashes: 400},
		{writes: 4, reads: 120, stores: 120, crashes: 120},
		{writes: 3, reads: 60, stores: 60, crashes: 60},
		{writes: 12, reads: 400, stores: 12, crashes: 400},
		{writes: 2, reads: 1000, stores: 1000, crashes: 150, only: []networkFault{resetBefore, resetAfter, timeoutBefore, timeoutAfter, late, failing, badGateway}},
		{writes: 2, reads: 1000, stores: 1000, crashes: 1000, only: []networkFault{resetBefore, late}},
	}[s.random.IntN(6)]
	s.baseSkew = s.randomOffset(maxBaseSkew)
	s.skew = s.baseSkew
	s.nameCount = 1 + s.random.IntN(4)
}

// network draws the fault of a request.
func (f faultRates) network(s *simulation, d outboundRequest) networkFault {
	if s.noFaults {
		return none
	}
	if !d.writes() {
		if !s.chance(f.reads) {
			return none
		}
		reads := []networkFault{refused, resetBefore, timeoutBefore, slowly, failing, garbled, limited, echo}
		return s.countFault(reads[s.random.IntN(len(reads))])
	}
	if !s.chance(f.writes) {
		return none
	}
	writes := []networkFault{refused, resetBefore, resetAfter, timeoutBefore, timeoutAfter, late, slowly, failing, badGateway, garbled, limited, echo}
	if f.only != nil {
		writes = f.only
	}
	return s.countFault(writes[s.random.IntN(len(writes))])
}

func (s *simulation) countFault(fault networkFault) networkFault {
	s.tally.fault(string(fault))
	return fault
}

// store draws the fault of a write to the store; empty for none.
func (f faultRates) store(s *simulation) string {
	if s.noFaults || !s.chance(f.stores) {
		return ""
	}
	fault := []string{"disk full", "locked", "slow disk"}[s.random.IntN(3)]
	s.tally.fault(fault)
	return fault
}

// dies draws whether a server is killed now. A terminal (p is nil) is never killed.
func (f faultRates) dies(s *simulation, p *server, _ string) bool {
	return !s.noFaults && p != nil && s.alive(p.name) && s.chance(f.crashes)
}

// tally counts events, faults and checked invariants over all seeds.
type tally struct {
	mu                         sync.Mutex
	seeds                      int
	faults, invariants, events map[string]int
}

func newTally() *tally {
	return &tally{faults: map[string]int{}, invariants: map[string]int{}, events: map[string]int{}}
}

func (t *tally) fault(name string) { t.add(t.faults, name) }

// seed counts a finished story.
func (t *tally) seed() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.seeds++
}

// checked counts one check of an invariant.
func (t *tally) checked(name string) { t.add(t.invariants, name) }

// event counts something of interest.
func (t *tally) event(name string) { t.add(t.events, name) }

func (t *tally) add(to map[string]int, name string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	to[name]++
}

// String returns a table of all counts.
func (t *tally) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	var b strings.Builder
	fmt.Fprintf(&b, "%d seeds\n", t.seeds)
	for _, part := range []struct {
		title  string
		counts map[string]int
	}{{"events", t.events}, {"faults", t.faults}, {"invariants looked at", t.invariants}} {
		fmt.Fprintf(&b, "%s:\n", part.title)
		for _, name := range slices.Sorted(maps.Keys(part.counts)) {
			fmt.Fprintf(&b, "  %-28s %9d\n", name, part.counts[name])
		}
	}
	return b.String()
}
