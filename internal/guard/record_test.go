package guard_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"countersign/internal/cloud"
	"countersign/internal/guard"
	"countersign/internal/store"
	"countersign/internal/tool"
)

// TestWhatIsAttachedStaysOutOfTheAudit checks that the note on a similar approved call
// names the differences, without the attachments of either call.
func TestWhatIsAttachedStaysOutOfTheAudit(t *testing.T) {
	t.Parallel()
	for _, attached := range []bool{true, false} {
		story(t, func(t *testing.T, w *world) {
			if attached {
				w.cloud.alter = func(p *tool.Plan) {
					p.Attachments = []cloud.Attachment{{Title: "cloud-init", Body: p.MadeNames[0]}}
				}
			}
			w.begin(makeWeb)
			other := w.call(`{"account":"acme","do":"make","name":"boot-text","size":"l"}`).want(t, "approval_required")
			if !strings.Contains(other.Text, "does not cover this call: name") || !strings.Contains(other.Text, "size") {
				t.Errorf("nothing says what differs:\n%s", other.Text)
			}
			var shown []string
			err := w.store.Records(t.Context(), 0, func(r store.Record) bool {
				_, notes, _ := strings.Cut(string(r.Body), `"notes"`)
				shown = append(shown, notes)
				return true
			})
			if err != nil {
				t.Fatal(err)
			}
			if has := strings.Contains(strings.Join(shown, "\n"), "boot-text"); has == attached {
				t.Errorf("attached: %v; the notes on record are\n%s", attached, strings.Join(shown, "\n"))
			}
		})
	}
}

// TestLateNo checks that a no counts although an answer that was too fast has used up the
// question's token: a no needs no token.
func TestLateNo(t *testing.T) {
	t.Parallel()
	story(t, func(t *testing.T, w *world) {
		w.cloud.add(one())
		asked := w.call(stopOne, roundTrip).want(t, "form")
		w.call(stopOne, answered(asked.State, yes)).want(t, "approval_required")
		time.Sleep(2 * time.Second)
		w.call(stopOne, answered(asked.State, no)).want(t, "error denied")
		w.wantState(asked.operation(), store.Denied)
	})
}

// TestDeskAnswersWhatStillStands checks that a person in a terminal can answer although
// the question's form was answered too fast after it was shown to them.
func TestDeskAnswersWhatStillStands(t *testing.T) {
	t.Parallel()
	for _, say := range []func(guard.Desk, store.Operation) error{sayYes, sayNo} {
		story(t, func(t *testing.T, w *world) {
			w.cloud.add(one())
			asked := w.call(stopOne, roundTrip).want(t, "form")
			seen := w.op(asked.operation())
			w.call(stopOne, answered(asked.State, yes)).want(t, "approval_required")
			if err := say(w.desk(), seen); err != nil {
				t.Error(err)
			}
			if err := say(w.desk(), seen); err == nil || !strings.Contains(err.Error(), "answered already") {
				t.Errorf("a second answer: %v", err)
			}
		})
	}
}

// TestOutcomeThatCouldNotBeWritten checks that an operation whose outcome could not be
// written blocks equal calls once it is too old to be in flight, although its process is
// alive.
func TestOutcomeThatCouldNotBeWritten(t *testing.T) {
	t.Parallel()
	story(t, func(t *testing.T, w *world) {
		full := &mortal{Store: w.store}
		w.restart(func(o *guard.Options) { o.Store = full })
		w.begin(makeWeb)
		w.cloud.hold = full.die
		w.call(makeWeb).want(t, "unknown")
		w.cloud.hold = nil
		other := w.process("inst_other")
		equal := `{"account":"acme","do":"make","name":"other","size":"s"}`
		callOn(t, other, equal).want(t, "approval_required")
		time.Sleep(limits().Execute + time.Minute)
		callOn(t, other, `{"account":"acme","do":"make","name":"third","size":"s"}`).want(t, "error unsettled")
	})
}

// TestApprovalThatLapsesMeanwhile checks that an approval is not used if it expires while
// the plan is made again.
func TestApprovalThatLapsesMeanwhile(t *testing.T) {
	t.Parallel()
	story(t, func(t *testing.T, w *world) {
		w.cloud.add(one())
		id := w.begin(stopOne)
		time.Sleep(limits().UseTTL - time.Second)
		w.cloud.alter = func(*tool.Plan) { time.Sleep(2 * time.Second) }
		if again := w.call(stopOne).want(t, "approval_required"); again.operation() == id {
			t.Error("it is the same operation")
		}
		w.wantState(id, store.Expired)
		w.wantSent(0)
	})
}

// beaten is a store in which another process is faster once.
type beaten struct {
	store.Store
	before func()
}

func (b *beaten) UpdateOperation(ctx context.Context, op *store.Operation, from store.State, records ...store.Record) error {
	if f := b.before; f != nil && op.State == store.Done {
		b.before = nil
		f()
	}
	return b.Store.UpdateOperation(ctx, op, from, records...)
}

// TestSettledByAnother checks that a call whose response was lost, and which another
// process settles and delivers first, returns that outcome and asks no new question.
func TestSettledByAnother(t *testing.T) {
	t.Parallel()
	story(t, func(t *testing.T, w *world) {
		slow := &beaten{Store: w.store}
		w.restart(func(o *guard.Options) { o.Store = slow })
		id := w.begin(makeWeb)
		w.cloud.fault = lostDone
		slow.before = func() {
			other := w.process("inst_other")
			if err := other.SettleAll(t.Context()); err != nil {
				t.Error(err)
			}
			w.wantState(id, store.Done)
			if err := other.Delivered(t.Context(), id); err != nil {
				t.Error(err)
			}
		}
		if again := w.call(makeWeb).want(t, "done repeated"); again.operation() != id {
			t.Errorf("it is %s, want %s", again.operation(), id)
		}
		w.wantSent(1)
	})
}
