package guard_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"countersign/internal/guard"
	"countersign/internal/store"
)

var (
	yes = guard.Answer{Action: guard.Accept}
	no  = guard.Answer{Action: guard.Decline}
)

// TestFormWhileTheCallWaits checks every answer of a legacy client to a form, before and
// after the timeouts.
func TestFormWhileTheCallWaits(t *testing.T) {
	t.Parallel()
	failing := form(func(context.Context, guard.Question) (guard.Answer, error) {
		return guard.Answer{}, errors.New("no handler")
	})
	silent := form(func(ctx context.Context, _ guard.Question) (guard.Answer, error) {
		<-ctx.Done()
		return guard.Answer{}, ctx.Err()
	})
	typed := func(text string) guard.Answer { return guard.Answer{Action: guard.Accept, Typed: text} }
	minimum, wait, ttl := limits().FormMin, limits().FormWait, limits().AskTTL
	tests := []struct {
		name, call string
		form       func(*guard.Request)
		want       string // what the call answers
		state      store.State
		sent       int
		then       store.State // the state when everything has been answered
	}{
		{"yes", stopOne, saying(yes, minimum), "done", "done", 1, "done"},
		{"no", stopOne, saying(no, minimum), "error denied", "denied", 0, "denied"},
		{"closed", stopOne, saying(guard.Answer{Action: guard.Cancel}, minimum), "error denied", "denied", 0, "denied"},
		{"no action", stopOne, saying(guard.Answer{}, minimum), "error denied", "denied", 0, "denied"},
		{"name typed", deleteOne, saying(typed("one"), minimum), "done", "done", 1, "done"},
		{"name not typed", deleteOne, saying(yes, minimum), "error denied", "denied", 0, "denied"},
		{"other name typed", deleteOne, saying(typed("two"), minimum), "error denied", "denied", 0, "denied"},
		{"client fails", stopOne, failing, "approval_required", "waiting", 0, "waiting"},
		{"silence", stopOne, silent, "approval_required", "waiting", 0, "waiting"},
		{"too fast by a nanosecond", stopOne, saying(yes, minimum-1), "approval_required", "waiting", 0, "waiting"},
		{"a no that is too fast", stopOne, saying(no, minimum-1), "approval_required", "waiting", 0, "waiting"},
		{"yes in the last moment", stopOne, saying(yes, wait-1), "done", "done", 1, "done"},
		{"late yes", stopOne, saying(yes, wait+1), "approval_required", "waiting", 0, "approved"},
		{"late no", stopOne, saying(no, wait+1), "approval_required", "waiting", 0, "denied"},
		{"yes before it lapses", stopOne, saying(yes, ttl-1), "approval_required", "waiting", 0, "approved"},
		{"yes when it has lapsed", stopOne, saying(yes, ttl), "approval_required", "waiting", 0, "expired"},
		{"no when it has lapsed", stopOne, saying(no, ttl), "approval_required", "waiting", 0, "expired"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			story(t, func(t *testing.T, w *world) {
				w.cloud.add(one())
				answer := w.call(test.call, test.form).want(t, test.want)
				w.wantState(answer.operation(), test.state)
				if test.want == "approval_required" && answer.outcome.ApproveAt == "" {
					t.Error("nothing says where a person approves")
				}
				time.Sleep(ttl)
				synctest.Wait()
				op := w.op(answer.operation())
				if op.State == store.Waiting && test.then == store.Expired {
					_, _ = w.see(op.ID)
					op = w.op(op.ID)
				}
				if op.State != test.then {
					t.Errorf("in the end it is %s, want %s", op.State, test.then)
				}
				w.wantSent(test.sent)
			})
		})
	}
}

// TestLateYes checks that a yes after the end of its call is stored, and that only the
// repeated call carries the operation out.
func TestLateYes(t *testing.T) {
	t.Parallel()
	story(t, func(t *testing.T, w *world) {
		w.cloud.add(one())
		id := w.call(stopOne, saying(yes, 50*time.Second)).want(t, "approval_required").operation()
		time.Sleep(10 * time.Second)
		w.wantState(id, store.Approved)
		w.wantSent(0)
		if again := w.call(stopOne).want(t, "done"); again.operation() != id {
			t.Error("another operation was begun")
		}
		w.wantSent(1)
	})
}

// TestCallEndsBeforeTheForm checks that a client which gives up its call loses nothing:
// the question still waits and its answer counts.
func TestCallEndsBeforeTheForm(t *testing.T) {
	t.Parallel()
	story(t, func(t *testing.T, w *world) {
		w.cloud.add(one())
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		r := request(stopOne)
		saying(yes, 20*time.Second)(&r)
		if _, err := w.guard.Call(ctx, r); err != nil {
			t.Fatal(err)
		}
		w.wantSent(0)
		time.Sleep(20 * time.Second)
		w.call(stopOne).want(t, "done")
		w.wantSent(1)
	})
}

// TestTwoRoadsAtOnce answers a question in a terminal while its form is shown, and then
// the form: a no on either road wins.
func TestTwoRoadsAtOnce(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name     string
		terminal func(d guard.Desk, op store.Operation) error
		form     guard.Answer
		want     string
		state    store.State
		sent     int
	}{
		{"yes and yes", sayYes, yes, "done", store.Done, 1},
		{"yes and no", sayYes, no, "error denied", store.Denied, 0},
		{"no and yes", sayNo, yes, "error denied", store.Denied, 0},
		{"no and no", sayNo, no, "error denied", store.Denied, 0},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			story(t, func(t *testing.T, w *world) {
				w.cloud.add(one())
				var id string
				answer := w.call(stopOne, form(func(_ context.Context, q guard.Question) (guard.Answer, error) {
					id = q.Operation
					time.Sleep(5 * time.Second)
					if err := test.terminal(w.desk(), w.op(id)); err != nil {
						t.Error(err)
					}
					return test.form, nil
				}))
				answer.want(t, test.want)
				w.wantState(id, test.state)
				w.wantSent(test.sent)
			})
		})
	}
}

func sayYes(d guard.Desk, op store.Operation) error {
	return d.Approve(context.Background(), op, person())
}

func sayNo(d guard.Desk, op store.Operation) error {
	return d.Deny(context.Background(), op, person(), "")
}

// TestForgedAnswers checks that an answer counts only with the state of this very
// question, once, and for the same call by the same principal.
func TestForgedAnswers(t *testing.T) {
	t.Parallel()
	nonce := func(state string) string { return state[strings.Index(state, "."):] }
	tests := []struct {
		name  string
		forge func(w *world, state string) got // calls with something like state
	}{
		{"no state", func(w *world, _ string) got { return w.call(stopOne, answered("", yes)) }},
		{"only the operation", func(w *world, s string) got { return w.call(stopOne, answered(strings.TrimSuffix(s, nonce(s)), yes)) }},
		{"no nonce", func(w *world, s string) got {
			return w.call(stopOne, answered(strings.TrimSuffix(s, nonce(s))+".", yes))
		}},
		{"invented nonce", func(w *world, s string) got {
			return w.call(stopOne, answered(strings.TrimSuffix(s, nonce(s))+"."+strings.Repeat("0", 32), yes))
		}},
		{"half a nonce", func(w *world, s string) got { return w.call(stopOne, answered(s[:len(s)-1], yes)) }},
		{"more than the nonce", func(w *world, s string) got { return w.call(stopOne, answered(s+".", yes)) }},
		{"upper case", func(w *world, s string) got { return w.call(stopOne, answered(strings.ToUpper(s), yes)) }},
		{"operation of another call", func(w *world, s string) got {
			other := w.call(makeWeb, roundTrip)
			return w.call(stopOne, answered(other.operation()+nonce(s), yes))
		}},
		{"state of another call", func(w *world, _ string) got {
			other := w.call(makeWeb, roundTrip)
			return w.call(stopOne, answered(other.State, yes))
		}},
		{"for other arguments", func(w *world, s string) got {
			return w.call(`{"account":"acme","do":"delete","id":"thing-one"}`, answered(s, guard.Answer{Action: guard.Accept, Typed: "one"}))
		}},
		{"by another principal", func(w *world, s string) got { return w.call(stopOne, as("mallory"), answered(s, yes)) }},
		{"a state without an answer", func(w *world, s string) got {
			return w.call(stopOne, roundTrip, func(r *guard.Request) { r.State = s })
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			story(t, func(t *testing.T, w *world) {
				w.cloud.add(one())
				asked := w.call(stopOne, roundTrip).want(t, "form")
				time.Sleep(2 * time.Second)
				if answer := test.forge(w, asked.State); answer.String() != "approval_required" && answer.String() != "form" {
					t.Errorf("got %s", answer)
				}
				w.wantState(asked.operation(), store.Waiting)
				w.wantSent(0)
				// The real one still counts.
				w.call(stopOne, answered(asked.State, yes)).want(t, "done")
				w.wantSent(1)
				// And never twice.
				w.deliver(asked.operation())
				w.cloud.things[0].Status = "start"
				if again := w.call(stopOne, answered(asked.State, yes)).want(t, "form"); again.operation() == asked.operation() {
					t.Error("a spent state was taken")
				}
				w.wantSent(1)
			})
		})
	}
}

// TestSpentStates checks which events end a question, so that its state is no longer
// valid in any process.
func TestSpentStates(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		end  func(w *world, asked got)
		want string // what the right state with a yes gets then
	}{
		{"another process", func(w *world, _ got) { w.restart(); time.Sleep(2 * time.Second) }, "done"},
		{"a yes that is too fast", func(w *world, asked got) {
			w.call(stopOne, answered(asked.State, yes)).want(w.t, "approval_required")
			time.Sleep(2 * time.Second)
		}, "approval_required"},
		{"a no", func(w *world, asked got) {
			time.Sleep(2 * time.Second)
			w.call(stopOne, answered(asked.State, no)).want(w.t, "error denied")
		}, "form"},
		{"a no in a terminal", func(w *world, asked got) {
			time.Sleep(2 * time.Second)
			if err := sayNo(w.desk(), w.op(asked.operation())); err != nil {
				w.t.Fatal(err)
			}
		}, "error denied"},
		{"withdrawn", func(w *world, asked got) {
			if err := w.cancel(asked.operation()); err != nil {
				w.t.Fatal(err)
			}
			time.Sleep(2 * time.Second)
		}, "form"},
		{"lapsed", func(*world, got) { time.Sleep(limits().AskTTL) }, "form"},
		{"drift after the yes", func(w *world, _ got) {
			time.Sleep(2 * time.Second)
			w.cloud.things[0].Name = "renamed"
		}, "form"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			story(t, func(t *testing.T, w *world) {
				w.cloud.add(one())
				asked := w.call(stopOne, roundTrip).want(t, "form")
				test.end(w, asked)
				w.call(stopOne, answered(asked.State, yes)).want(t, test.want)
				if sent := w.cloud.sent(); (sent == 1) != (test.want == "done") {
					t.Errorf("%d sent", sent)
				}
			})
		})
	}
}

// TestQuestionIsStoredBeforeAnybodyIsAsked checks that a person can still answer the
// question of a client that never returns.
func TestQuestionIsStoredBeforeAnybodyIsAsked(t *testing.T) {
	t.Parallel()
	story(t, func(t *testing.T, w *world) {
		w.cloud.add(one())
		w.call(stopOne, form(func(_ context.Context, q guard.Question) (guard.Answer, error) {
			w.wantState(q.Operation, store.Waiting)
			if kinds := w.kinds(q.Operation); !slices.Equal(kinds, []string{"asked"}) {
				t.Errorf("audit %v", kinds)
			}
			return no, nil
		}))
		asked := w.call(`{"account":"acme","do":"delete","id":"thing-one"}`, roundTrip).want(t, "form")
		w.wantState(asked.operation(), store.Waiting)
		w.approve(asked.operation())
		w.call(deleteOne).want(t, "done")
	})
}
