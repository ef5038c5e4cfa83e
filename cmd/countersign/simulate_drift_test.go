package main

import (
	"fmt"
	"time"

	"github.com/shopspring/decimal"

	"countersign/internal/cloud"
	"countersign/internal/gpcn"
	gpcnsandbox "countersign/internal/gpcn/sandbox"
	hostupsandbox "countersign/internal/hostup/sandbox"
)

// drift changes something in a cloud without a request from a server.
func (s *simulation) drift() {
	vendor := pick(s, []cloud.Vendor{"gpcn", "hostup", "voltagepark"})
	what := s.clouds[vendor].drift(s)
	s.note("%s: %s", vendor, what)
	s.tally.event("drift")
	s.recordNames()
}

// otherName returns a name that somebody outside gives.
func (s *simulation) otherName() string { return fmt.Sprintf("other-%d", s.random.IntN(3)) }

func (w *voltageParkWorld) drift(s *simulation) string {
	all := w.machines()
	if len(all) == 0 || s.chance(4) {
		price := decimal.New(int64(10+s.random.IntN(20)), -1)
		w.Reprice(price)
		return "another price: " + price.String()
	}
	m := pick(s, all)
	switch s.random.IntN(4) {
	case 0:
		w.TagVM(cloud.VMID(m.id), "theirs")
		return m.id + " is tagged"
	case 1:
		w.RemoveVM(cloud.VMID(m.id))
		return m.id + " is removed"
	}
	name := s.otherName()
	w.RenameVM(cloud.VMID(m.id), name)
	return m.id + " is renamed " + name
}

func (w hostUpWorld) drift(s *simulation) string {
	all := w.machines()
	if len(all) == 0 || s.chance(3) {
		outcome := pick(s, []hostupsandbox.Outcome{hostupsandbox.Fail, hostupsandbox.Vanish})
		w.NextJob(outcome)
		return "the next job will " + string(outcome)
	}
	m := pick(s, all)
	switch s.random.IntN(4) {
	case 0:
		w.CloseNextGate()
		return "the next gate is closed"
	case 1:
		w.RemoveVPS(cloud.VMID(m.id))
		return m.id + " is removed"
	}
	name := s.otherName()
	w.RenameVPS(cloud.VMID(m.id), name)
	return m.id + " is renamed " + name
}

func (w *gpcnWorld) drift(s *simulation) string {
	all := w.machines()
	if len(all) == 0 || s.chance(3) {
		outcome := pick(s, []gpcnsandbox.Outcome{gpcnsandbox.Fail, gpcnsandbox.Cancel, gpcnsandbox.Vanish})
		w.NextJob(outcome, s.random.IntN(101))
		return "the next job will " + string(outcome)
	}
	m := pick(s, all)
	switch s.random.IntN(5) {
	case 0:
		w.SetStatus(cloud.VMID(m.id), gpcn.StatusError)
		return m.id + " is in error"
	case 1:
		w.RemoveVM(cloud.VMID(m.id))
		return m.id + " is removed"
	}
	name := s.otherName()
	w.RenameVM(cloud.VMID(m.id), name)
	return m.id + " is renamed " + name
}

// Bounds of the clock skew of the machine: a constant part, and jumps on top of it.
// Their sum is what the guard tolerates between its own clock and the clocks of the
// clouds. A jump is shorter than the remaining grace for a lost create when the
// last late request has arrived.
const (
	maxBaseSkew = 31 * time.Second
	maxJump     = 19 * time.Second
)

// randomOffset returns a random duration between -most and most.
func (s *simulation) randomOffset(most time.Duration) time.Duration {
	return time.Duration(s.random.Int64N(int64(2*most))) - most
}

// jumpClock sets the clock of the machine to another skew.
func (s *simulation) jumpClock() {
	skew := s.baseSkew + s.randomOffset(maxJump)
	s.mu.Lock()
	s.skew = skew
	s.mu.Unlock()
	s.note("the clock is set to be off by %s", skew.Truncate(time.Second))
	s.tally.fault("clock jump")
}
