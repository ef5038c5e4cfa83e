package guard_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"countersign/internal/guard"
	"countersign/internal/store"
)

// waiting returns the waiting questions of a principal, the newest first.
func (w *world) waiting(principal string) []store.Operation {
	w.t.Helper()
	ops, err := w.store.Operations(w.t.Context(), store.OperationQuery{Principal: principal, States: []store.State{store.Waiting}})
	if err != nil {
		w.t.Fatal(err)
	}
	return ops
}

// TestAThousandQuestions checks that the questions of one caller are bounded, those of
// another are left alone, and the newest are kept.
func TestAThousandQuestions(t *testing.T) {
	t.Parallel()
	story(t, func(t *testing.T, w *world) {
		bob := w.call(size("of bob"), as("bob")).want(t, "approval_required").operation()
		var last string
		for i := range 1000 {
			last = w.call(size(fmt.Sprint("n", i))).want(t, "approval_required").operation()
			if n, most := len(w.waiting("alice")), limits().MaxPending; n > most {
				t.Fatalf("%d questions wait after %d calls", n, i)
			}
		}
		ops := w.waiting("alice")
		if len(ops) != limits().MaxPending || ops[0].ID != last {
			t.Errorf("%d wait, the newest is %s and not %s", len(ops), ops[0].ID, last)
		}
		w.wantState(bob, store.Waiting)
		lapsed, err := w.store.Operations(t.Context(), store.OperationQuery{Principal: "alice", States: []store.State{store.Expired}})
		if err != nil || len(lapsed) != 1000-limits().MaxPending {
			t.Fatalf("%d have lapsed (%v)", len(lapsed), err)
		}
		for _, op := range lapsed {
			if !strings.Contains(guard.Ended(op), "more than 20 of this caller waited") {
				t.Fatalf("why %s ended: %q", op.ID, guard.Ended(op))
			}
		}
		w.wantSent(0)
	})
}

// TestQuestionsOfManyProcesses checks the bound when many processes ask at the same
// moment.
func TestQuestionsOfManyProcesses(t *testing.T) {
	t.Parallel()
	story(t, func(t *testing.T, w *world) {
		var all sync.WaitGroup
		for i := range 40 {
			g := w.process(fmt.Sprint("inst_of_", i%4), func(o *guard.Options) { o.Limits.MaxPending = 5 })
			all.Go(func() { callOn(t, g, size(fmt.Sprint("n", i))) })
		}
		all.Wait()
		if n := len(w.waiting("alice")); n != 5 {
			t.Errorf("%d questions wait, want 5", n)
		}
	})
}

// TestCrowdedOutFormIsNoApproval answers a form whose question has expired because of too
// many others: nothing is carried out.
func TestCrowdedOutFormIsNoApproval(t *testing.T) {
	t.Parallel()
	story(t, func(t *testing.T, w *world) {
		w.restart(func(o *guard.Options) { o.Limits.MaxPending = 1 })
		first := w.call(size("first"), roundTrip).want(t, "form")
		w.call(size("second")).want(t, "approval_required")
		w.wantState(first.operation(), store.Expired)
		again := w.call(size("first"), answered(first.State, guard.Answer{Action: guard.Accept}))
		if again.operation() == first.operation() || again.Ask == nil {
			t.Errorf("the late answer comes to %s", again)
		}
		w.wantSent(0)
	})
}
