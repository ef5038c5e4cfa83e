package guard_test

import (
	"strings"
	"testing"
	"time"

	"countersign/internal/guard"
	"countersign/internal/store"
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
