package guard_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"countersign/internal/guard"
	"countersign/internal/store"
	"countersign/internal/tool"
)

// reach returns, for each state, a function that takes a call's operation there and
// returns its ID.
func reach(w *world, call string) map[string]func() string {
	var unclear = func() (tool.Settlement, error) {
		return tool.Settlement{Finding: tool.FoundUnclear, Why: "two of them look like it"}, nil
	}
	executing := func(instance string) string {
		op := w.op(w.begin(call))
		op.State, op.SentAt, op.Instance = store.Executing, time.Now(), instance
		if err := w.store.UpdateOperation(w.t.Context(), &op, store.Approved); err != nil {
			w.t.Fatal(err)
		}
		return op.ID
	}
	ended := func() string {
		id := w.begin(call)
		w.call(call).want(w.t, "done")
		return id
	}
	return map[string]func() string{
		"waiting":          func() string { return w.call(call).want(w.t, "approval_required").operation() },
		"approved":         func() string { return w.begin(call) },
		"executing, alive": func() string { return executing("another") },
		"executing, dead":  func() string { w.dead["another"] = true; return executing("another") },
		"unknown": func() string {
			w.cloud.fault, w.cloud.settles = lostUndone, unclear
			id := w.begin(call)
			w.call(call).want(w.t, "unknown")
			return id
		},
		"done, not delivered": ended,
		"done, delivered": func() string {
			id := ended()
			w.deliver(id)
			return id
		},
		"failed": func() string {
			w.cloud.fault = refused
			id := w.begin(call)
			w.call(call).want(w.t, "error invalid_request")
			return id
		},
		"denied, not told": func() string {
			id := w.call(call).operation()
			if err := w.desk().Deny(w.t.Context(), w.op(id), person(), "no"); err != nil {
				w.t.Fatal(err)
			}
			return id
		},
		"denied, told": func() string {
			id := w.call(call).operation()
			if err := w.desk().Deny(w.t.Context(), w.op(id), person(), "no"); err != nil {
				w.t.Fatal(err)
			}
			w.call(call).want(w.t, "error denied")
			return id
		},
		"expired": func() string {
			id := w.call(call).operation()
			time.Sleep(limits().AskTTL)
			_, _ = w.see(id)
			return id
		},
		"withdrawn": func() string {
			id := w.call(call).operation()
			if err := w.cancel(id); err != nil {
				w.t.Fatal(err)
			}
			return id
		},
		"drifted": func() string {
			id := w.begin(call)
			w.cloud.alter = func(p *tool.Plan) { p.Cost.After = price("2.00") }
			w.call(call).want(w.t, "approval_required")
			return id
		},
	}
}

// own makes calls of alice through the tools for operations.
func (w *world) own(act func(ctx context.Context) error) error {
	w.t.Helper()
	control := tool.NewRead(tool.Spec{Name: "own"}, func(ctx context.Context, _ struct{}) (string, error) { return "", act(ctx) })
	w.guard.Use(control)
	_, err := w.guard.Call(w.t.Context(), guard.Request{Tool: "own", Principal: "alice"})
	return err
}

func (w *world) see(id string) (detail tool.OperationDetail, err error) {
	w.t.Helper()
	err = w.own(func(ctx context.Context) (err error) {
		detail, err = w.guard.GetOperation(ctx, tool.OperationID(id))
		return err
	})
	return detail, err
}

func (w *world) cancel(id string) error {
	return w.own(func(ctx context.Context) error {
		_, err := w.guard.CancelOperation(ctx, tool.OperationID(id))
		return err
	})
}

// open stands for "another operation was begun".
const open = "another operation"

// TestTransitions checks the whole state machine: every state against everything that can
// happen to it. "!" says that it was refused and nothing changed.
func TestTransitions(t *testing.T) {
	t.Parallel()
	tests := []struct {
		state string
		call  string // what the repeated call answers
		after string // the state after the call; open where another operation was begun
		sent  int    // requests that the call sends
		// the states after a person's yes, a person's no, a withdrawal, and an hour
		approve, deny, cancel, hour string
	}{
		{"waiting", "approval_required", "waiting", 0, "approved", "denied", "withdrawn", "expired"},
		{"approved", "done", "done", 1, "!", "denied", "withdrawn", "expired"},
		{"executing, alive", "running", "executing", 0, "!", "!", "!", "executing"},
		{"executing, dead", "unknown", "unknown", 0, "!", "!", "!", "executing"},
		{"unknown", "unknown", "unknown", 0, "!", "!", "!", "unknown"},
		{"done, not delivered", "done repeated", "done", 0, "!", "!", "!", "done"},
		{"done, delivered", "approval_required", open, 0, "!", "!", "!", "done"},
		{"failed", "approval_required", open, 0, "!", "!", "!", "failed"},
		{"denied, not told", "error denied", "denied", 0, "!", "!", "!", "denied"},
		{"denied, told", "approval_required", open, 0, "!", "!", "!", "denied"},
		{"expired", "approval_required", open, 0, "!", "!", "!", "expired"},
		{"withdrawn", "approval_required", open, 0, "!", "!", "!", "withdrawn"},
		{"drifted", "approval_required", open, 0, "!", "!", "!", "drifted"},
	}
	for _, test := range tests {
		events := []struct {
			name, want string
			act        func(w *world, id string) error
		}{
			{"call", test.after, func(w *world, id string) error {
				sent := w.cloud.sent()
				answer := w.call(size("call")).want(w.t, test.call)
				if (answer.operation() != id) != (test.after == open) {
					w.t.Errorf("the call is about %s, the operation was %s", answer.operation(), id)
				}
				w.wantSent(sent + test.sent)
				return nil
			}},
			{"approve", test.approve, func(w *world, id string) error {
				return w.desk().Approve(w.t.Context(), w.op(id), person())
			}},
			{"deny", test.deny, func(w *world, id string) error {
				return w.desk().Deny(w.t.Context(), w.op(id), person(), "")
			}},
			{"cancel", test.cancel, func(w *world, id string) error { return w.cancel(id) }},
			{"an hour", test.hour, func(w *world, id string) error {
				time.Sleep(time.Hour)
				_, err := w.see(id)
				return err
			}},
		}
		t.Run(test.state, func(t *testing.T) {
			t.Parallel()
			story(t, func(t *testing.T, w *world) {
				for _, event := range events {
					*w.cloud = memory{things: w.cloud.things, runs: w.cloud.runs}
					w.happens(t, event.name, reach(w, size(event.name))[test.state](), event.want, event.act)
				}
			})
		})
	}
}

// size returns a call that makes something of a size of its own.
func size(name string) string {
	return fmt.Sprintf(`{"account":"acme","do":"make","name":"web","size":%q}`, name)
}

// happens lets something happen to an operation and checks its state.
func (w *world) happens(t *testing.T, name, id, want string, act func(*world, string) error) {
	t.Helper()
	before, sent := w.op(id).State, w.cloud.sent()
	time.Sleep(2 * time.Second)
	err := act(w, id)
	if refused := err != nil; refused != (want == "!") {
		t.Errorf("%s: %v", name, err)
	}
	if errors.Is(err, store.ErrConflict) {
		t.Errorf("%s: the reason is not told in plain words: %v", name, err)
	}
	if want == "!" || want == open {
		want = string(before)
	}
	if after := w.op(id).State; string(after) != want {
		t.Errorf("%s: the operation is %s, want %s", name, after, want)
	}
	if name != "call" && w.cloud.sent() != sent {
		t.Errorf("%s sent something", name)
	}
}
