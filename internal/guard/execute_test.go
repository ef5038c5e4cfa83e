package guard_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rs/zerolog"

	"countersign/internal/cloud"
	"countersign/internal/guard"
	"countersign/internal/store"
	"countersign/internal/tool"
)

// TestWhatBecomesOfAWrite checks every way in which a write can end: the response, the
// journal, and what the repeated call finds.
func TestWhatBecomesOfAWrite(t *testing.T) {
	t.Parallel()
	tests := []struct {
		fault  fault
		want   string
		state  store.State
		again  string // the repeated call, three minutes later
		things int
	}{
		{"", "done", store.Done, "done repeated", 1},
		{refused, "error invalid_request", store.Failed, "approval_required", 0},
		{ownRefusal, "error not_possible", store.Failed, "approval_required", 0},
		{lostDone, "done", store.Done, "done repeated", 1},
		{lostUndone, "unknown", store.Unknown, "error not_carried_out", 0},
		{plainError, "done", store.Done, "done repeated", 1},
		{panicBefore, "unknown", store.Unknown, "error not_carried_out", 0},
		{panicAfter, "done", store.Done, "done repeated", 1},
		{hangsForEver, "unknown", store.Unknown, "error not_carried_out", 0},
	}
	for _, test := range tests {
		t.Run("fault "+string(test.fault), func(t *testing.T) {
			t.Parallel()
			story(t, func(t *testing.T, w *world) {
				id := w.begin(makeWeb)
				w.cloud.fault = test.fault
				answer := w.call(makeWeb).want(t, test.want)
				if answer.operation() != id {
					t.Errorf("the answer is about %q", answer.operation())
				}
				if test.state == store.Failed && !strings.Contains(answer.err.Hint, "The approval is spent") {
					t.Errorf("hint %q", answer.err.Hint)
				}
				w.wantState(id, test.state)
				time.Sleep(3 * time.Minute)
				w.call(makeWeb).want(t, test.again)
				w.wantSent(1)
				if len(w.cloud.things) != test.things {
					t.Errorf("%d things", len(w.cloud.things))
				}
			})
		})
	}
}

// TestSettling checks every finding, before and after SettleGrace.
func TestSettling(t *testing.T) {
	t.Parallel()
	grace := limits().SettleGrace
	finding := func(f tool.Finding) func() (tool.Settlement, error) {
		return func() (tool.Settlement, error) {
			return tool.Settlement{Finding: f, Made: made("thing-9"), Why: "two look like it"}, nil
		}
	}
	tests := []struct {
		name   string
		find   func() (tool.Settlement, error)
		after  time.Duration
		want   string
		state  store.State
		phrase string
	}{
		{"done at once", finding(tool.FoundDone), 0, "done repeated", store.Done, ""},
		{"done late", finding(tool.FoundDone), 10 * grace, "done repeated", store.Done, ""},
		{"nothing yet", finding(tool.FoundNothing), grace - 1, "unknown", store.Unknown, "may still appear"},
		{"nothing any more", finding(tool.FoundNothing), grace, "error not_carried_out", store.Failed, "no trace"},
		{"unclear", finding(tool.FoundUnclear), 10 * grace, "unknown", store.Unknown, "two look like it"},
		{"a finding nobody knows", finding("perhaps"), 10 * grace, "unknown", store.Unknown, ""},
		{"the cloud is away", func() (tool.Settlement, error) { return tool.Settlement{}, errors.New("secret detail") }, 10 * grace, "unknown", store.Unknown, "cannot be asked right now"},
		{"the tool panics", func() (tool.Settlement, error) { panic("no target") }, 10 * grace, "unknown", store.Unknown, "cannot be asked right now"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			story(t, func(t *testing.T, w *world) {
				id := w.begin(makeWeb)
				w.cloud.fault = lostUndone
				w.call(makeWeb).want(t, "unknown")
				w.cloud.settles = test.find
				time.Sleep(test.after)
				answer := w.call(makeWeb).want(t, test.want)
				w.wantState(id, test.state)
				told := answer.Text
				if answer.err != nil {
					told = answer.err.Message
				}
				if !strings.Contains(told, test.phrase) || strings.Contains(told, "secret detail") {
					t.Errorf("told %q", told)
				}
				w.wantSent(1)
			})
		})
	}
}

// TestLogOfSettling checks that what stays unknown is not logged as settled.
func TestLogOfSettling(t *testing.T) {
	t.Parallel()
	for want, finding := range map[string]tool.Finding{"settled": tool.FoundDone, "still unknown": tool.FoundUnclear} {
		story(t, func(t *testing.T, w *world) {
			w.begin(makeWeb)
			w.cloud.fault = lostUndone
			w.call(makeWeb).want(t, "unknown")
			w.cloud.settles = func() (tool.Settlement, error) {
				return tool.Settlement{Finding: finding, Made: made("thing-9"), Why: "two look like it"}, nil
			}
			var log bytes.Buffer
			w.restart(func(o *guard.Options) { o.Log = zerolog.New(&log) })
			if err := w.guard.SettleAll(t.Context()); err != nil || !strings.Contains(log.String(), `"message":"`+want+`"`) {
				t.Errorf("%v, the log says %s, want %s", err, log.String(), want)
			}
		})
	}
}

// TestCrash kills the process between intent and outcome; the next one finds the outcome,
// when it starts or when the call is repeated.
func TestCrash(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name  string
		work  bool // whether the request arrived
		state store.State
	}{{"request arrived", true, store.Done}, {"request never left", false, store.Failed}} {
		for _, way := range []string{"settle at start", "repeated call", "wait"} {
			t.Run(test.name+"/"+way, func(t *testing.T) {
				t.Parallel()
				story(t, func(t *testing.T, w *world) {
					id := w.begin(makeWeb)
					w.crashInTheMiddle(id, test.work)
					time.Sleep(time.Hour)
					switch way {
					case "settle at start":
						if err := w.guard.SettleAll(t.Context()); err != nil {
							t.Fatal(err)
						}
					case "repeated call":
						w.call(makeWeb)
					default:
						if detail := w.wait(id, time.Minute); detail.State != tool.OperationState(test.state) {
							t.Errorf("waited until it was %s", detail.State)
						}
					}
					w.wantState(id, test.state)
					w.wantSent(0)
				})
			})
		}
	}
}

// crashInTheMiddle leaves an approved operation as a process does that is killed after
// its intent was stored.
func (w *world) crashInTheMiddle(id string, worked bool) {
	w.t.Helper()
	op := w.op(id)
	op.State, op.SentAt = store.Executing, time.Now()
	if err := w.store.UpdateOperation(w.t.Context(), &op, store.Approved); err != nil {
		w.t.Fatal(err)
	}
	if worked {
		w.cloud.add(thing{ID: "thing-9", Name: "web", Marker: op.Marker})
	}
	w.restart()
}

func (w *world) wait(id string, atMost time.Duration) (detail tool.OperationStatus) {
	w.t.Helper()
	err := w.own(func(ctx context.Context) (err error) {
		detail, err = w.guard.WaitOperation(ctx, tool.OperationID(id), atMost)
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return detail
}

// TestWaiting checks how long wait_operation waits, and for what.
func TestWaiting(t *testing.T) {
	t.Parallel()
	story(t, func(t *testing.T, w *world) {
		id := w.call(makeWeb).operation()
		start := time.Now()
		if got := w.wait(id, 30*time.Second); got.State != "waiting" || time.Since(start) != 30*time.Second || got.ApproveAt == "" {
			t.Errorf("%s after %s", got.State, time.Since(start))
		}
		go func() {
			time.Sleep(5 * time.Second)
			w.approve(id)
		}()
		start = time.Now()
		got := w.wait(id, 30*time.Second)
		if waited := time.Since(start); got.State != "approved" || waited < 5*time.Second || waited > 6*time.Second || !strings.Contains(got.Next, "repeat the call") {
			t.Errorf("%s after %s: %s", got.State, waited, got.Next)
		}
	})
}

// broken is a store that cannot write outcomes.
type broken struct {
	store.Store
	down bool
}

func (b *broken) UpdateOperation(ctx context.Context, op *store.Operation, from store.State, records ...store.Record) error {
	if b.down && from == store.Executing {
		return errors.New("disk full")
	}
	return b.Store.UpdateOperation(ctx, op, from, records...)
}

// TestOutcomeThatCannotBeJournaled checks that a full disk after the request loses
// nothing: the response says that the outcome is unknown, and once the store works again
// the same process finds it.
func TestOutcomeThatCannotBeJournaled(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		fault fault
		again string
	}{{"", "done repeated"}, {lostDone, "done repeated"}, {lostUndone, "unknown"}, {panicAfter, "done repeated"}} {
		t.Run("fault "+string(test.fault), func(t *testing.T) {
			t.Parallel()
			story(t, func(t *testing.T, w *world) {
				disk := &broken{Store: w.store}
				w.restart(func(o *guard.Options) { o.Store = disk })
				id := w.begin(makeWeb)
				disk.down, w.cloud.fault = true, test.fault
				w.call(makeWeb).want(t, "unknown")
				w.wantState(id, store.Executing)
				disk.down = false
				w.call(makeWeb).want(t, test.again)
				w.wantSent(1)
			})
		})
	}
}

// TestRefusalThatCannotBeJournaled checks that a certain refusal stays one.
func TestRefusalThatCannotBeJournaled(t *testing.T) {
	t.Parallel()
	story(t, func(t *testing.T, w *world) {
		disk := &broken{Store: w.store}
		w.restart(func(o *guard.Options) { o.Store = disk })
		w.begin(makeWeb)
		disk.down, w.cloud.fault = true, refused
		w.call(makeWeb).want(t, "error invalid_request")
	})
}

// TestUnsettled checks that what may have been made already is not made again under any
// name while that is unknown.
func TestUnsettled(t *testing.T) {
	t.Parallel()
	const (
		otherName    = `{"account":"acme","do":"make","name":"web-2","size":"s"}`
		otherSize    = `{"account":"acme","do":"make","name":"web","size":"l"}`
		otherAccount = `{"account":"other","do":"make","name":"web","size":"s"}`
	)
	story(t, func(t *testing.T, w *world) {
		approvedBefore := w.begin(otherName)
		id := w.begin(makeWeb)
		w.cloud.fault = lostUndone
		w.call(makeWeb).want(t, "unknown")

		// An approval from before does not help.
		if answer := w.call(otherName).want(t, "error unsettled"); answer.operation() != id {
			t.Errorf("refused because of %q", answer.operation())
		}
		w.wantState(approvedBefore, store.Approved)
		for _, principal := range []string{"alice", "bob"} {
			w.call(`{"account":"acme","do":"make","name":"web-3","size":"s"}`, as(principal)).want(t, "error unsettled")
		}
		w.call(otherSize).want(t, "approval_required")
		w.call(otherAccount).want(t, "approval_required")
		w.wantSent(1)

		// Once the outcome is known, an equal create is asked again, or uses the earlier
		// approval.
		time.Sleep(limits().SettleGrace)
		w.call(otherName).want(t, "done")
		w.wantState(id, store.Failed)
		w.wantSent(2)
	})
}

// TestEqualCreateUnderWay checks that a create which another living process carries out,
// with an approval of its own, blocks no other.
func TestEqualCreateUnderWay(t *testing.T) {
	t.Parallel()
	story(t, func(t *testing.T, w *world) {
		second := `{"account":"acme","do":"make","name":"web-2","size":"s"}`
		w.begin(makeWeb)
		w.begin(second)
		under := make(chan struct{})
		w.cloud.hold = sync1(func() { <-under })
		done := make(chan got)
		go func() { done <- w.call(makeWeb) }()
		synctest.Wait()
		w.call(makeWeb).want(t, "running")
		w.call(second).want(t, "done")
		close(under)
		(<-done).want(t, "done")
		w.wantSent(2)
	})
}

// sync1 calls f the first time only.
func sync1(f func()) func() {
	called := false
	return func() {
		if !called {
			called = true
			f()
		}
	}
}

// TestOvertaken checks that an undelivered result does not answer a call made after a
// later operation on the same thing.
func TestOvertaken(t *testing.T) {
	t.Parallel()
	t.Run("stop, start, stop", func(t *testing.T) {
		t.Parallel()
		story(t, func(t *testing.T, w *world) {
			w.cloud.add(one())
			first := w.begin(stopOne)
			w.call(stopOne).want(t, "done") // and the answer is lost on its way
			time.Sleep(time.Second)
			start := w.begin(startOne)
			w.call(startOne).want(t, "done")
			w.deliver(start)
			time.Sleep(time.Second)
			second := w.begin(stopOne)
			if w.call(stopOne).want(t, "done"); second == first {
				t.Error("it was not asked anew")
			}
			w.wantSent(3)
		})
	})
	t.Run("stop, stop", func(t *testing.T) {
		t.Parallel()
		story(t, func(t *testing.T, w *world) {
			w.cloud.add(one())
			id := w.begin(stopOne)
			w.call(stopOne).want(t, "done")
			time.Sleep(time.Second)
			w.call(stopOne).want(t, "done repeated")
			w.deliver(id)
			if answer := w.call(stopOne).want(t, "done"); answer.outcome.Summary != "It is so already." {
				t.Errorf("%q", answer.outcome.Summary)
			}
			w.wantSent(1)
		})
	})
	t.Run("make, rename, make", func(t *testing.T) {
		t.Parallel()
		story(t, func(t *testing.T, w *world) {
			w.begin(makeWeb)
			id := w.call(makeWeb).want(t, "done").outcome.IDs[0].ID // lost on its way
			time.Sleep(time.Second)
			w.call(`{"account":"acme","do":"rename","id":"`+id+`","name":"other"}`, as("bob")).want(t, "done")
			w.call(makeWeb).want(t, "done repeated") // it is there, whatever its name is now
			w.wantSent(2)
		})
	})
	t.Run("make, delete, make", func(t *testing.T) {
		t.Parallel()
		story(t, func(t *testing.T, w *world) {
			first := w.begin(makeWeb)
			id := w.call(makeWeb).want(t, "done").outcome.IDs[0].ID // lost on its way
			time.Sleep(time.Second)
			remove := `{"account":"acme","do":"delete","id":"` + id + `"}`
			w.begin(remove)
			w.call(remove).want(t, "done")
			time.Sleep(time.Second)
			if second := w.begin(makeWeb); second == first {
				t.Error("the ID of a deleted thing was given as the result")
			}
			w.call(makeWeb).want(t, "done")
			w.wantSent(3)
		})
	})
}

// TestDelivery checks that a result counts as delivered only once it was, and is not
// delivered twice.
func TestDelivery(t *testing.T) {
	t.Parallel()
	story(t, func(t *testing.T, w *world) {
		id := w.begin(makeWeb)
		first := w.call(makeWeb).want(t, "done")
		if first.Deliver != id {
			t.Errorf("the reply does not name what it carries: %q", first.Deliver)
		}
		w.restart()
		again := w.call(makeWeb).want(t, "done repeated")
		if again.Deliver != id || again.outcome.IDs[0] != first.outcome.IDs[0] {
			t.Errorf("another result: %+v", again.outcome)
		}
		w.deliver(id)
		w.deliver(id)
		if kinds := w.kinds(id); !slices.Equal(kinds, []string{"asked", "approved", "sent", "done", "delivered"}) {
			t.Errorf("audit %v", kinds)
		}
		asked := w.call(makeWeb).want(t, "approval_required")
		if !strings.Contains(asked.Text, "carried out before: operation "+id) {
			t.Errorf("the question does not say what the last one made:\n%s", asked.Text)
		}
		w.wantSent(1)
		if err := w.guard.Delivered(t.Context(), "op_none"); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("unknown operation: %v", err)
		}
		// Without an outcome there is nothing to deliver.
		w.deliver(asked.operation())
		w.wantState(asked.operation(), store.Waiting)
	})
}

// TestClientGoesAway checks that a write which was sent is finished and journaled.
func TestClientGoesAway(t *testing.T) {
	t.Parallel()
	story(t, func(t *testing.T, w *world) {
		id := w.begin(makeWeb)
		ctx, cancel := context.WithCancel(t.Context())
		w.cloud.hold = cancel
		if _, err := w.guard.Call(ctx, request(makeWeb)); err != nil {
			t.Error(err)
		}
		w.wantState(id, store.Done)
		w.cloud.hold = nil
		w.call(makeWeb).want(t, "done repeated")
		w.wantSent(1)
	})
}

// leaving is a store whose client goes away when something is reserved.
type leaving struct {
	store.Store
	leave func()
}

func (l leaving) Reserve(ctx context.Context, op *store.Operation, from store.State, hold store.Condition, records ...store.Record) error {
	defer l.leave()
	return l.Store.Reserve(ctx, op, from, hold, records...)
}

// TestClientGoesAwayBeforeTheRequest checks that a reserved operation is sent all the
// same; otherwise it would be unknown whether it was.
func TestClientGoesAwayBeforeTheRequest(t *testing.T) {
	t.Parallel()
	story(t, func(t *testing.T, w *world) {
		w.cloud.add(one())
		ctx, cancel := context.WithCancel(t.Context())
		w.restart(func(o *guard.Options) { o.Store = leaving{o.Store, cancel} })
		if _, err := w.guard.Call(ctx, request(renameOne)); err != nil {
			t.Error(err)
		}
		w.wantSent(1)
		w.call(renameOne).want(t, "done repeated")
	})
}

// TestAllowedWithoutAPerson checks that what is reversible and free is carried out right
// away, and journaled like anything else.
func TestAllowedWithoutAPerson(t *testing.T) {
	t.Parallel()
	story(t, func(t *testing.T, w *world) {
		w.cloud.add(one())
		answer := w.call(renameOne).want(t, "done")
		if kinds := w.kinds(answer.operation()); !slices.Equal(kinds, []string{"allowed", "sent", "done"}) {
			t.Errorf("audit %v", kinds)
		}
		op := w.op(answer.operation())
		if op.Road != "policy" || op.Effect != "change" || op.SentAt.IsZero() {
			t.Errorf("%+v", op)
		}
		// The next question shows what it was called.
		asked := w.call(stopOne).want(t, "approval_required")
		if !strings.Contains(asked.Text, `was named      "one"`) {
			t.Errorf("no former name in:\n%s", asked.Text)
		}
		// The error must not mention an approval, because there was none.
		w.cloud.fault = refused
		failed := w.call(`{"account":"acme","do":"rename","id":"thing-one","name":"other"}`).want(t, "error invalid_request")
		if strings.Contains(failed.err.Hint, "approval") {
			t.Errorf("hint %q", failed.err.Hint)
		}
	})
}

// TestAuditSaysWhatWasShown checks the record of a question.
func TestAuditSaysWhatWasShown(t *testing.T) {
	t.Parallel()
	story(t, func(t *testing.T, w *world) {
		w.cloud.alter = everything
		id := w.call(makeWeb).operation()
		var asked struct {
			Principal, Tool, Account, Effect, Summary, Road string
			PlanDigest                                      string `json:"plan_digest"`
			Shown                                           struct {
				Targets      []tool.Target
				Facts        []cloud.Fact
				Changes      []tool.FieldChange
				Cost         *tool.Cost
				Opens        []string
				Consequences []string
				Notes        []string
				Attachments  []struct{ Title, SHA256 string }
			}
		}
		err := w.store.Records(t.Context(), 0, func(r store.Record) bool {
			if r.Operation == id && r.Kind == "asked" {
				if err := json.Unmarshal(r.Body, &asked); err != nil {
					t.Error(err)
				}
			}
			return true
		})
		if err != nil {
			t.Fatal(err)
		}
		if asked.Principal != "alice" || asked.Tool != "act" || asked.Account != "acme" || asked.Effect != "bill" || asked.Road != "terminal" || asked.PlanDigest != w.op(id).PlanDigest {
			t.Errorf("%+v", asked)
		}
		shown := asked.Shown
		if len(shown.Targets) != 1 || len(shown.Facts) != 1 || len(shown.Changes) != 1 || shown.Cost == nil || len(shown.Opens) != 1 ||
			len(shown.Consequences) != 1 || len(shown.Notes) != 1 || len(shown.Attachments) != 1 || len(shown.Attachments[0].SHA256) != 64 {
			t.Errorf("not all that was shown stands in the audit: %+v", shown)
		}
	})
}
