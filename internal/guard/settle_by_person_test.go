package guard_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"countersign/internal/guard"
	"countersign/internal/store"
	"countersign/internal/tool"
)

func thingID(id string) tool.MadeID { return tool.MadeID{Kind: "thing", ID: id} }

// TestSettleNeedsAnUnknownOutcome tries to settle an operation in every state.
func TestSettleNeedsAnUnknownOutcome(t *testing.T) {
	t.Parallel()
	story(t, func(t *testing.T, w *world) {
		for name := range reach(w, makeWeb) {
			*w.cloud = memory{things: w.cloud.things, runs: w.cloud.runs}
			id := reach(w, size("settle "+name))[name]()
			before := w.op(id).State
			err := w.desk().Settle(t.Context(), w.op(id), person(), guard.Said{Nothing: true})
			switch {
			case before == store.Unknown && err != nil:
				t.Errorf("%s: %v", name, err)
			case before != store.Unknown && (err == nil || w.op(id).State != before):
				t.Errorf("%s: settled, and now %s (%v)", name, w.op(id).State, err)
			}
		}
	})
}

// TestSettle checks every statement about a create and a stop, and what the repeated call
// returns.
func TestSettle(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, call string
		said       guard.Said
		refused    string
		then       string // what the repeated call answers
	}{
		{"it made this", makeWeb, guard.Said{Made: []tool.MadeID{thingID("thing-9")}, Checked: true}, "", "done repeated"},
		{"nothing came of it", makeWeb, guard.Said{Nothing: true}, "", "error not_carried_out"},
		{"a create is not just done", makeWeb, guard.Said{Done: true}, "say made=ID", ""},
		{"nothing said", makeWeb, guard.Said{}, "say either", ""},
		{"two things said", makeWeb, guard.Said{Nothing: true, Made: []tool.MadeID{thingID("thing-9")}}, "say either", ""},
		{"done and nothing", stopOne, guard.Said{Nothing: true, Done: true}, "say either", ""},
		{"more than it makes", makeWeb, guard.Said{Made: []tool.MadeID{thingID("a"), thingID("b")}}, "at most", ""},
		{"an empty ID", makeWeb, guard.Said{Made: []tool.MadeID{thingID("")}}, "is empty", ""},
		{"a stop was done", stopOne, guard.Said{Done: true}, "", "done repeated"},
		{"a stop was not done", stopOne, guard.Said{Nothing: true}, "", "error not_carried_out"},
		{"a stop makes nothing", stopOne, guard.Said{Made: []tool.MadeID{thingID("thing-one")}}, "it makes nothing", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			story(t, func(t *testing.T, w *world) {
				w.cloud.add(one())
				id := w.lose(test.call)
				err := w.desk().Settle(t.Context(), w.op(id), person(), test.said)
				if test.refused != "" {
					if err == nil || !strings.Contains(err.Error(), test.refused) {
						t.Errorf("got %v, want %q", err, test.refused)
					}
					w.wantState(id, store.Unknown)
					return
				}
				if err != nil {
					t.Fatal(err)
				}
				if op := w.op(id); op.ClosedBy != "bob /dev/pts/1" {
					t.Errorf("closed by %q", op.ClosedBy)
				}
				if kinds := w.kinds(id); kinds[len(kinds)-1] != "closed" {
					t.Errorf("records %v", kinds)
				}
				answer := w.call(test.call).want(t, test.then)
				if answer.operation() != id {
					t.Errorf("the repeated call is about %s", answer.operation())
				}
				if made := test.said.Made; len(made) > 0 && !slices.Equal(answer.outcome.IDs, made) {
					t.Errorf("it is given %v", answer.outcome.IDs)
				}
				if answer.Deliver != "" {
					w.deliver(id)
				}
				// Only once: the next call begins another operation.
				if again := w.call(test.call); again.operation() == id {
					t.Errorf("told twice: %s", again)
				}
			})
		})
	}
}

// lose takes a call into the state unknown.
func (w *world) lose(call string) string {
	w.t.Helper()
	w.cloud.fault = lostUndone
	w.cloud.settles = func() (tool.Settlement, error) {
		return tool.Settlement{Finding: tool.FoundUnclear, Why: "two of them look like it"}, nil
	}
	id := w.begin(call)
	w.call(call).want(w.t, "unknown")
	w.cloud.fault = ""
	return id
}

// TestSettleWhatAnotherMade checks that an ID which another operation made is refused.
func TestSettleWhatAnotherMade(t *testing.T) {
	t.Parallel()
	story(t, func(t *testing.T, w *world) {
		other := w.begin(size("other"))
		made := w.call(size("other")).want(t, "done").outcome.IDs
		id := w.lose(makeWeb)
		err := w.desk().Settle(t.Context(), w.op(id), person(), guard.Said{Made: made})
		if err == nil || !strings.Contains(err.Error(), "was made by operation "+other) {
			t.Errorf("got %v", err)
		}
		w.wantState(id, store.Unknown)
	})
}

// TestSettleNeedsThePIN settles without a proof and with one for something else.
func TestSettleNeedsThePIN(t *testing.T) {
	t.Parallel()
	story(t, func(t *testing.T, w *world) {
		id := w.lose(makeWeb)
		w.setPIN()
		said := guard.Said{Nothing: true}
		other, err := w.proved("op_1", rightPIN)
		if err != nil {
			t.Fatal(err)
		}
		for _, a := range []guard.Approval{person(), other} {
			if err := w.desk().Settle(t.Context(), w.op(id), a, said); err == nil {
				t.Error("settled without the PIN")
			}
		}
		w.wantState(id, store.Unknown)
		a, err := w.proved(id, rightPIN)
		if err != nil {
			t.Fatal(err)
		}
		if err := w.desk().Settle(t.Context(), w.op(id), a, said); err != nil {
			t.Error(err)
		}
	})
}

// TestOldWordIsNoAnswer repeats a call long after a person has settled its operation as
// not carried out.
func TestOldWordIsNoAnswer(t *testing.T) {
	t.Parallel()
	story(t, func(t *testing.T, w *world) {
		id := w.lose(makeWeb)
		if err := w.desk().Settle(t.Context(), w.op(id), person(), guard.Said{Nothing: true}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(25 * time.Hour)
		w.call(makeWeb).want(t, "approval_required")
	})
}

// TestLook asks the cloud first: an outcome that it knows needs no statement by a person.
func TestLook(t *testing.T) {
	t.Parallel()
	unclear := tool.Settlement{Finding: tool.FoundUnclear, Why: "two of them look like it"}
	for _, test := range []struct {
		name, begins string
		settles      func() (tool.Settlement, error)
		state        store.State
		asked, fails bool
		why          string
	}{
		{"it lives", "executing, alive", nil, store.Executing, false, true, ""},
		{"its process died", "executing, dead", func() (tool.Settlement, error) { return unclear, nil }, store.Unknown, true, false, "two of them look like it"},
		{"the cloud knows", "unknown", func() (tool.Settlement, error) {
			return tool.Settlement{Finding: tool.FoundDone, Made: tool.Made{IDs: []tool.MadeID{thingID("thing-7")}}}, nil
		}, store.Done, true, false, ""},
		{"the cloud cannot be asked", "unknown", func() (tool.Settlement, error) { return tool.Settlement{}, errors.New("down") }, store.Unknown, false, false, "cannot be asked right now"},
		{"it has ended", "denied, told", nil, store.Denied, false, false, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			story(t, func(t *testing.T, w *world) {
				id := reach(w, makeWeb)[test.begins]()
				w.cloud.settles = test.settles
				op, looked, err := w.guard.Look(t.Context(), w.op(id))
				if op.State != test.state || looked.Asked != test.asked || (err != nil) != test.fails || !strings.Contains(looked.Why, test.why) {
					t.Errorf("%s, %q, asked %v, %v", op.State, looked.Why, looked.Asked, err)
				}
				w.wantState(id, test.state)
			})
		})
	}
}

// TestSettledByAPersonMeanwhile checks that a call which looks at the cloud while a
// person settles its operation returns the person's outcome, once.
func TestSettledByAPersonMeanwhile(t *testing.T) {
	t.Parallel()
	story(t, func(t *testing.T, w *world) {
		slow := &beaten{Store: w.store}
		w.restart(func(o *guard.Options) { o.Store = slow })
		id := w.lose(makeWeb)
		w.cloud.settles = func() (tool.Settlement, error) {
			return tool.Settlement{Finding: tool.FoundDone, Made: tool.Made{IDs: []tool.MadeID{thingID("thing-7")}}}, nil
		}
		slow.before = func() {
			if err := w.desk().Settle(t.Context(), w.op(id), person(), guard.Said{Nothing: true}); err != nil {
				t.Error(err)
			}
		}
		answer := w.call(makeWeb).want(t, "error not_carried_out")
		if !strings.Contains(answer.err.Message, "A person has looked") {
			t.Errorf("it says %q", answer.err.Message)
		}
		w.call(makeWeb).want(t, "approval_required")
	})
}

// TestDoubts checks what is said against a statement about what a create made.
func TestDoubts(t *testing.T) {
	t.Parallel()
	story(t, func(t *testing.T, w *world) {
		op := w.op(w.lose(makeWeb))
		for _, test := range []struct {
			name     string
			seen     guard.Seen
			possible []string
			want     []string // what the doubts say
		}{
			{"it looks like it", guard.Seen{Name: "web", CreatedAt: op.SentAt.Add(time.Second)}, []string{"thing-9", "thing-8"}, nil},
			{"clocks differ", guard.Seen{Name: "web", CreatedAt: op.SentAt.Add(-9 * time.Minute)}, nil, nil},
			{"the cloud tells nothing", guard.Seen{}, nil, nil},
			{"another name", guard.Seen{Name: "bastion"}, nil, []string{`its name is "bastion" and what was to be made is named "web"`}},
			{"older", guard.Seen{Name: "web", CreatedAt: op.SentAt.Add(-11 * time.Minute)}, nil, []string{"before the request was sent at 2"}},
			{"others may be it", guard.Seen{Name: "web"}, []string{"thing-7", "thing-8"}, []string{"the cloud names others that may be it: thing-7, thing-8"}},
			{"all of it", guard.Seen{Name: "bastion", CreatedAt: op.SentAt.Add(-72 * time.Hour)}, []string{"thing-7"}, []string{"its name is", "it was created at", "thing-7"}},
		} {
			test.seen.Made = thingID("thing-9")
			got, err := guard.Doubts(op, test.seen, test.possible)
			if err != nil || !slices.EqualFunc(got, test.want, strings.Contains) {
				t.Errorf("%s: %q, %v", test.name, got, err)
			}
		}
		said := guard.Said{Made: []tool.MadeID{thingID("thing-9")}, Doubts: []string{"of thing-9, its name is another"}}
		if q := guard.SettleQuestion(op, said); !strings.Contains(q.Text, "it made thing thing-9, although of thing-9, its name is another.") {
			t.Errorf("asked %q", q.Text)
		}
	})
}
