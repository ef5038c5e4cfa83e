package guard_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"countersign/internal/guard"
	"countersign/internal/store"
	"countersign/internal/tool"
)

// TestAYesIsTakenBack denies an approval before it is used, and one that was used.
func TestAYesIsTakenBack(t *testing.T) {
	t.Parallel()
	story(t, func(t *testing.T, w *world) {
		id := w.begin(makeWeb)
		if err := w.desk().Deny(t.Context(), w.op(id), person(), "the wrong size"); err != nil {
			t.Fatal(err)
		}
		w.wantState(id, store.Denied)
		if why := guard.Ended(w.op(id)); !strings.Contains(why, `The reason given: "the wrong size"`) {
			t.Errorf("it ended because of %q", why)
		}
		records, err := w.store.RecordsOf(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		last := records[len(records)-1]
		if last.Kind != "denied" || !strings.Contains(string(last.Body), `"reason":"the approval was taken back: the wrong size"`) {
			t.Errorf("recorded as %s %s", last.Kind, last.Body)
		}
		w.call(makeWeb).want(t, "error denied")
		w.wantSent(0)

		id = w.begin(makeWeb)
		w.call(makeWeb).want(t, "done")
		err = w.desk().Deny(t.Context(), w.op(id), person(), "")
		if err == nil || !strings.Contains(err.Error(), "was answered already") || !strings.Contains(err.Error(), "it is done") {
			t.Errorf("got %v", err)
		}
	})
}

// TestTheTimeIsOver checks that a question and an approval whose time is over are
// shown as expired before a process has stored that.
func TestTheTimeIsOver(t *testing.T) {
	t.Parallel()
	story(t, func(t *testing.T, w *world) {
		w.cloud.add(one())
		asked, approved := w.call(makeWeb).want(t, "approval_required").operation(), w.begin(stopOne)
		time.Sleep(limits().AskTTL + limits().UseTTL)
		for id, want := range map[string]string{asked: "the question lapsed at ", approved: "the approval lapsed unused at "} {
			op := w.op(id)
			if state := w.desk().StateOf(op); state != store.Expired || op.State == state {
				t.Errorf("%s is %s, stored as %s", id, state, op.State)
			}
			for name, err := range map[string]error{
				"approve": w.desk().Approve(t.Context(), op, person()), "deny": w.desk().Deny(t.Context(), op, person(), ""),
				"answerable": w.desk().Answerable(op), "deniable": w.desk().Deniable(op),
			} {
				if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), " UTC; let the agent call again") {
					t.Errorf("%s: %v", name, err)
				}
			}
		}
	})
}

// TestUnsettledAtTheDesk checks that the operator finds what has to be settled, with what
// the cloud last told, and that each finding is recorded once.
func TestUnsettledAtTheDesk(t *testing.T) {
	t.Parallel()
	story(t, func(t *testing.T, w *world) {
		id := w.lose(makeWeb)
		find := func(why string, possible ...string) {
			w.cloud.settles = func() (tool.Settlement, error) {
				return tool.Settlement{Finding: tool.FoundUnclear, Why: why, Possible: possible}, nil
			}
			for range 2 {
				w.call(makeWeb).want(t, "unknown")
			}
		}
		find("these may be it: thing-7", "thing-7")
		find("these may be it: thing-7, thing-8", "thing-7", "thing-8")
		ops, err := w.desk().Unsettled(t.Context())
		if err != nil || len(ops) != 1 || ops[0].ID != id {
			t.Fatalf("%+v, %v", ops, err)
		}
		looked, err := w.desk().LastLook(t.Context(), ops[0])
		if err != nil || !slices.Equal(looked.Possible, []string{"thing-7", "thing-8"}) || looked.Why != "these may be it: thing-7, thing-8" {
			t.Errorf("%+v, %v", looked, err)
		}
		unclear := 0
		for _, kind := range w.kinds(id) {
			if kind == "unclear" {
				unclear++
			}
		}
		if unclear != 3 { // lose found something else
			t.Errorf("%d records: %v", unclear, w.kinds(id))
		}
		if subject, err := guard.Subject(ops[0]); err != nil || subject != `"web"` {
			t.Errorf("it is about %s, %v", subject, err)
		}

		// Somebody else is told that it may take the operator, and nothing of it.
		answer := w.call(makeWeb, as("bob")).want(t, "error unsettled")
		if !strings.Contains(answer.err.Hint, "the operator of this server has to settle it") || strings.Contains(answer.err.Message+answer.err.Hint, id) {
			t.Errorf("bob is told %q %q", answer.err.Message, answer.err.Hint)
		}
	})
}

// TestADeadProcessHasToBeSettled checks that an operation whose process ended between
// intent and outcome is listed, and one of a living process is not.
func TestADeadProcessHasToBeSettled(t *testing.T) {
	t.Parallel()
	story(t, func(t *testing.T, w *world) {
		id := reach(w, makeWeb)["executing, dead"]()
		desk := w.desk()
		for _, alive := range []bool{true, false} {
			desk.Alive = func(string) bool { return alive }
			ops, err := desk.Unsettled(t.Context())
			if err != nil || (len(ops) == 1 && ops[0].ID == id) == alive {
				t.Errorf("alive %v: %+v, %v", alive, ops, err)
			}
		}
	})
}
