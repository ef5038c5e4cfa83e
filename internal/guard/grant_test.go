package guard_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"countersign/internal/cloud"
	"countersign/internal/guard"
	"countersign/internal/store"
	"countersign/internal/tool"
)

// grantTool asks for a grant over things of one size: two of them, at 4 EUR together, for
// an hour.
func (w *world) grantTool() *tool.Definition {
	until := time.Now().Add(time.Hour)
	made := func(ctx context.Context, operation string) (tool.Made, error) {
		row, err := w.guard.OpenGrant(ctx, operation)
		return tool.Made{Summary: "Granted.", IDs: []tool.MadeID{{Kind: "grant", ID: string(row.Grant)}}}, err
	}
	return tool.NewWrite(tool.Spec{Name: "grant", Effect: tool.Bill}, tool.Writer[actInput]{
		Account: func(in actInput) cloud.AccountName { return in.Account },
		Plan: func(_ context.Context, in actInput) (tool.Plan, error) {
			return tool.Plan{
				Account: in.Account, Summary: "Grant things of size " + in.Size, Effects: []tool.Effect{tool.Bill}, MadeKind: "grant",
				Cost:  &tool.Cost{After: price("4")},
				Grant: &tool.GrantTerms{Tool: "act", Noun: "thing", Equal: "thing|" + in.Size, Uses: 2, PerHour: *price("4").PerHour, Until: until},
			}, nil
		},
		Execute: func(ctx context.Context, _ actInput, run tool.Run) (tool.Made, error) {
			return made(ctx, run.Operation)
		},
		Settle: func(ctx context.Context, intent tool.Intent) (tool.Settlement, error) {
			row, err := w.guard.GrantOf(ctx, intent.Operation)
			if row == nil {
				return tool.Settlement{Finding: tool.FoundNothing}, err
			}
			return tool.Settlement{Finding: tool.FoundDone, Made: tool.Made{Summary: "Granted."}}, err
		},
	})
}

const (
	grantSmall = `{"account":"acme","do":"grant","size":"s"}`
	makeOther  = `{"account":"acme","do":"make","name":"other","size":"s"}`
	makeThird  = `{"account":"acme","do":"make","name":"third","size":"s"}`
)

func onGrant(r *guard.Request) { r.Tool = "grant" }

// granted approves a grant and opens it; it returns its ID.
func (w *world) granted() string {
	w.t.Helper()
	w.guard.Use(w.grantTool())
	asked := w.call(grantSmall, onGrant).want(w.t, "approval_required")
	w.approve(asked.operation())
	done := w.call(grantSmall, onGrant).want(w.t, "done")
	w.deliver(done.operation())
	return done.outcome.IDs[0].ID
}

// TestGrantCoversEqualCalls checks that a grant covers calls with any name, up to its
// uses and its rate, and that each is recorded with the grant.
func TestGrantCoversEqualCalls(t *testing.T) {
	t.Parallel()
	story(t, func(t *testing.T, w *world) {
		w.restart(w.shown)
		id := w.granted()
		for _, call := range []string{makeWeb, makeOther} {
			done := w.call(call).want(t, "done")
			w.deliver(done.operation())
			if op := w.op(done.operation()); op.Grant != id || op.Road != "grant" || op.Approver != "bob" {
				t.Errorf("it is on record as %q by %q on %q", op.Grant, op.Approver, op.Road)
			}
			if kinds := strings.Join(w.kinds(done.operation()), " "); kinds != "drawn sent done delivered" {
				t.Errorf("the audit has %s", kinds)
			}
		}
		w.call(makeThird).want(t, "approval_required")
		rows := w.grants("alice")
		if len(rows) != 1 || rows[0].State != "used up" || rows[0].UsesLeft != 0 || rows[0].PerHourLeft.String() != "1 EUR" {
			t.Errorf("grants: %+v", rows)
		}
	})
}

func (w *world) grants(principal string) []tool.GrantRow {
	w.t.Helper()
	rows, err := w.guard.ListGrants(guard.WithPrincipal(w.t.Context(), principal))
	if err != nil {
		w.t.Fatal(err)
	}
	return rows
}

// TestGrantCoversNothingElse checks that a grant does not cover another caller, thing,
// time or price, nor what the rules want a person for.
func TestGrantCoversNothingElse(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		call  string
		given func(w *world)
		as    func(*guard.Request)
		want  string
	}{
		{name: "an equal call", call: makeWeb, want: "done"},
		{name: "another size", call: size("l"), want: "approval_required"},
		{name: "another action", call: deleteOne, want: "approval_required"},
		{name: "another principal", call: makeWeb, as: as("eve"), want: "approval_required"},
		{name: "another account", call: strings.Replace(makeWeb, "acme", "other", 1), want: "approval_required"},
		{name: "too late", call: makeWeb, given: func(*world) { time.Sleep(time.Hour) }, want: "approval_required"},
		{name: "revoked", call: makeWeb, given: func(w *world) { w.revoke("alice") }, want: "approval_required"},
		{name: "revoked by another principal", call: makeWeb, given: func(w *world) { w.revoke("eve") }, want: "done"},
		{name: "dearer than what is left", call: makeWeb, given: func(w *world) { w.cloud.alter = costs("4.01") }, want: "approval_required"},
		{name: "as dear as what is left", call: makeWeb, given: func(w *world) { w.cloud.alter = costs("4") }, want: "done"},
		{name: "at an unknown price", call: makeWeb, given: func(w *world) {
			w.cloud.alter = func(p *tool.Plan) { p.Cost = nil }
		}, want: "approval_required"},
		{name: "the rules deny", call: makeWeb, given: func(w *world) {
			w.restart(w.shown, rules(w.t, "rules:\n  - {when: {tool: act}, then: deny}\n"))
		}, want: "error forbidden"},
		{name: "a cap is in its way", call: makeWeb, given: func(w *world) {
			w.restart(w.shown, rules(w.t, "spend: {per_hour: 1 EUR}\n"))
		}, want: "error over_cap"},
		{name: "the rules want a person, and one gave it in a terminal", call: makeWeb, given: func(w *world) {
			w.restart(w.shown, rules(w.t, "rules:\n  - {when: {tool: act}, then: human}\n"))
		}, want: "done"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			story(t, func(t *testing.T, w *world) {
				w.cloud.add(one())
				w.restart(w.shown)
				w.granted()
				if test.given != nil {
					test.given(w)
				}
				if test.as == nil {
					test.as = func(*guard.Request) {}
				}
				w.call(test.call, test.as).want(t, test.want)
			})
		})
	}
}

func costs(perHour string) func(*tool.Plan) {
	return func(p *tool.Plan) {
		if p.MadeKind == "thing" {
			p.Cost = &tool.Cost{After: price(perHour)}
		}
	}
}

func (w *world) revoke(principal string) {
	w.t.Helper()
	id := w.grants("alice")[0].Grant
	_, err := w.guard.RevokeGrant(guard.WithPrincipal(w.t.Context(), principal), id)
	if (err == nil) != (principal == "alice") {
		w.t.Errorf("%s revokes: %v", principal, err)
	}
}

// TestOneGrantManyDraws lets two processes use one grant concurrently: it covers as many
// calls as it has uses, and a person is asked about the others.
func TestOneGrantManyDraws(t *testing.T) {
	t.Parallel()
	story(t, func(t *testing.T, w *world) {
		w.restart(w.shown)
		w.granted()
		guards := []*guard.Guard{w.guard, w.process("inst_two", w.shown)}
		w.cloud.hold = func() { time.Sleep(time.Minute) }
		var all sync.WaitGroup
		answers := make([]got, 6)
		for i := range answers {
			all.Go(func() {
				call := strings.Replace(makeWeb, "web", string(rune('a'+i)), 1)
				answers[i] = callOn(t, guards[i%2], call)
			})
		}
		all.Wait()
		count := map[string]int{}
		for _, a := range answers {
			count[a.String()]++
		}
		if count["done"] != 2 || count["approval_required"] != 4 {
			t.Errorf("got %v, want 2 done and 4 asked for", count)
		}
		w.wantSent(2)
	})
}

// TestGrantIsGivenBackWhatCameToNothing checks that a failed call does not count as a
// use, and that a grant is opened only once.
func TestGrantIsGivenBackWhatCameToNothing(t *testing.T) {
	t.Parallel()
	story(t, func(t *testing.T, w *world) {
		w.restart(w.shown)
		w.granted()
		w.cloud.fault = refused
		refusal := w.call(makeWeb).want(t, "error invalid_request")
		if strings.Contains(refusal.err.Hint, "asks a person") {
			t.Errorf("the next call draws again, and the hint is %q", refusal.err.Hint)
		}
		if left := w.grants("alice")[0].UsesLeft; left != 2 {
			t.Errorf("%d uses are left, want 2", left)
		}
		w.cloud.fault = lostUndone
		w.call(makeOther).want(t, "unknown")
		if left := w.grants("alice")[0].UsesLeft; left != 1 {
			t.Errorf("%d uses are left while one is unknown, want 1", left)
		}
	})
}

// TestGrantIsNotGivenBackWhatWasBegun checks that a failed call counts as a use if its
// cloud had begun it: it may have left something that costs.
func TestGrantIsNotGivenBackWhatWasBegun(t *testing.T) {
	t.Parallel()
	for _, ends := range []cloud.JobState{cloud.JobFailed, cloud.JobCancelled} {
		t.Run(string(ends), func(t *testing.T) {
			t.Parallel()
			story(t, func(t *testing.T, w *world) {
				w.restart(w.shown)
				w.granted()
				w.cloud.jobs = []cloud.Job{job(cloud.JobRunning)}
				for i, call := range []string{makeWeb, makeOther} {
					w.call(call).want(t, "running")
					w.cloud.jobs = []cloud.Job{job(ends)}
					w.call(call).want(t, "error job_"+string(ends))
					w.cloud.jobs = []cloud.Job{job(cloud.JobRunning)}
					if left := w.grants("alice")[0].UsesLeft; left != 1-i {
						t.Errorf("%d uses are left, want %d", left, 1-i)
					}
				}
				w.call(makeThird).want(t, "approval_required")
			})
		})
	}
}

// TestGrantNeedsAPerson checks that a grant needs a person even where the rules allow
// each of its calls or leave them to the caller.
func TestGrantNeedsAPerson(t *testing.T) {
	t.Parallel()
	for _, then := range []string{"allow", "caller"} {
		t.Run(then, func(t *testing.T) {
			t.Parallel()
			story(t, func(t *testing.T, w *world) {
				w.restart(w.shown, rules(t, "rules:\n  - {when: {tool: act, account: acme}, then: "+then+"}\n"))
				w.guard.Use(w.grantTool())
				asked := w.call(grantSmall, onGrant).want(t, "approval_required")
				if err := w.confirm(asked.operation(), w.op(asked.operation()).Summary); err == nil {
					t.Error("a caller confirms its own grant")
				}
				if _, err := w.guard.OpenGrant(t.Context(), asked.operation()); err == nil {
					t.Error("a grant is made that nobody approved")
				}
				if rows, err := w.desk().Grants(t.Context()); err != nil || len(rows) != 0 {
					t.Errorf("grants: %v (%v)", rows, err)
				}
				w.wantState(asked.operation(), store.Waiting)
			})
		})
	}
}
