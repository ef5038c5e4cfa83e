package guard_test

import (
	"testing"
	"time"

	"countersign/internal/guard"
	"countersign/internal/spend"
	"countersign/internal/store"
	"countersign/internal/tool"
)

// hidden is a cloud that does not show what it has made.
func hidden() (tool.Settlement, error) { return tool.Settlement{Finding: tool.FoundNothing}, nil }

// TestUnseenIsAskedAbout: what a cloud shows later than the grace is not made a second
// time without a person, although the rules allow the call.
func TestUnseenIsAskedAbout(t *testing.T) {
	t.Parallel()
	story(t, func(t *testing.T, w *world) {
		w.restart(w.shown, rules(t, "rules:\n  - {when: {tool: act}, then: allow}\n"))
		w.cloud.fault, w.cloud.settles = lostDone, hidden
		w.call(makeWeb).want(t, "unknown")
		time.Sleep(limits().SettleGrace)
		w.call(makeWeb).want(t, "error not_carried_out")
		equal := `{"account":"acme","do":"make","name":"other","size":"s"}`
		w.call(equal).want(t, "approval_required")
		w.call(makeWeb).want(t, "approval_required")
		w.call(size("l")).want(t, "done")
		w.wantSent(2)
		time.Sleep(24 * time.Hour)
		w.call(makeWeb).want(t, "done")
	})
}

// TestUnseenAfterAJump: a clock that jumps forward right after an answer was lost makes
// nobody buy twice.
func TestUnseenAfterAJump(t *testing.T) {
	t.Parallel()
	story(t, func(t *testing.T, w *world) {
		var jump time.Duration
		w.restart(w.shown, rules(t, "rules:\n  - {when: {tool: act}, then: allow}\n"), func(o *guard.Options) {
			o.Now = func() time.Time { return time.Now().Add(jump) }
		})
		w.cloud.fault, w.cloud.settles = lostDone, hidden
		w.call(makeWeb).want(t, "unknown")
		jump = 3 * time.Minute
		w.call(makeWeb).want(t, "error not_carried_out")
		w.call(makeWeb).want(t, "approval_required")
		w.wantSent(1)
	})
}

// TestUnseenKeepsItsUse: a grant does not get back what may have been made of it.
func TestUnseenKeepsItsUse(t *testing.T) {
	t.Parallel()
	story(t, func(t *testing.T, w *world) {
		w.restart(w.shown)
		w.granted() // two uses
		for range 2 {
			w.cloud.fault, w.cloud.settles = lostDone, hidden
			w.call(makeWeb).want(t, "unknown")
			time.Sleep(limits().SettleGrace)
			w.call(makeWeb).want(t, "error not_carried_out")
		}
		w.call(makeWeb).want(t, "approval_required")
		if left := w.grants("alice")[0].UsesLeft; left != 0 {
			t.Errorf("%d uses are left", left)
		}
	})
}

// TestUnseenKeepsItsRoom: what a cloud may show later counts under the caps until it
// would be shown.
func TestUnseenKeepsItsRoom(t *testing.T) {
	t.Parallel()
	story(t, func(t *testing.T, w *world) {
		w.restart(w.shown, rules(t, "rules:\n  - {when: {tool: act}, then: allow}\nspend: {per_hour: 2 EUR}\n"))
		w.cloud.fault, w.cloud.settles = lostUndone, hidden
		id := w.call(makeWeb).want(t, "unknown").operation()
		time.Sleep(limits().SettleGrace)
		w.call(makeWeb).want(t, "error not_carried_out")
		w.wantState(id, store.Failed)
		w.call(size("l")).wantOverCap(t, "it would be 3 EUR")
		time.Sleep(spend.Visible)
		w.call(size("l")).want(t, "done")
	})
}
