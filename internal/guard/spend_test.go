package guard_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"countersign/internal/cloud"
	"countersign/internal/guard"
	"countersign/internal/policy"
	"countersign/internal/spend"
	"countersign/internal/store"
	"countersign/internal/tool"
)

// rules reads a policy.
func rules(t testing.TB, text string) func(*guard.Options) {
	t.Helper()
	file, err := policy.Parse("policy.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return func(o *guard.Options) { o.Rules = file.Rules }
}

// shown lets a guard read the things in the cloud in memory: each that was made costs
// 1.50 EUR per hour.
func (w *world) shown(o *guard.Options) {
	o.Burn, o.Accounts = w.cloud, []cloud.AccountName{"acme"}
}

// Burn implements tool.BurnReader.
func (m *memory) Burn(context.Context, cloud.AccountName) (tool.Burn, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.burnFails != nil {
		return tool.Burn{}, m.burnFails
	}
	b := tool.Burn{Account: "acme", ReadAt: time.Now()}
	for _, t := range m.things {
		r := tool.Running{Kind: "thing", ID: t.ID, Load: cloud.Load{Machines: 1}, Since: new(cmp.Or(m.since, time.Now()))}
		switch {
		case m.priceless:
			r.Unknown = "the cloud does not tell"
		case t.Status == "stop":
			r.PerHour = price("0").PerHour
		default:
			r.PerHour = price("1.50").PerHour
		}
		b.Things = append(b.Things, r)
	}
	return b, nil
}

// makes returns a call that makes a thing of a size, with a name.
func makes(name string) string {
	return fmt.Sprintf(`{"account":"acme","do":"make","name":%q,"size":%q}`, name, name)
}

func (g got) wantOverCap(t testing.TB, says string) {
	t.Helper()
	if g.err == nil || g.err.Code != tool.CodeOverCap || !strings.Contains(g.err.Message, says) {
		t.Fatalf("got %s %+v, want %s with %q", g, g.err, tool.CodeOverCap, says)
	}
}

// TestCapsRefuse checks that a call which would pass a cap is refused before a person is
// asked, and that calls in flight count.
func TestCapsRefuse(t *testing.T) {
	t.Parallel()
	story(t, func(t *testing.T, w *world) {
		w.restart(rules(t, "spend:\n  per_hour: 4 EUR\n"), w.shown)
		for _, name := range []string{"a", "b"} {
			w.deliver(func() string {
				w.begin(makes(name))
				return w.call(makes(name)).want(t, "done").operation()
			}())
		}
		w.call(makes("c")).wantOverCap(t, "per_hour of all accounts together is 4 EUR; it would be 4.5 EUR")
		w.wantSent(2)
		if kinds := w.kinds(lastForbidden(t, w)); len(kinds) != 1 || kinds[0] != "forbidden" {
			t.Errorf("the audit has %v", kinds)
		}
		w.cloud.things = w.cloud.things[:1] // one is gone
		time.Sleep(time.Hour)               // and it is not just that the list lags behind
		w.call(makes("c")).want(t, "approval_required")
	})
}

// lastForbidden returns the operation of the last refusal in the audit.
func lastForbidden(t *testing.T, w *world) string {
	t.Helper()
	last := ""
	err := w.store.Records(t.Context(), 0, func(r store.Record) bool {
		if r.Kind == "forbidden" {
			last = r.Operation
		}
		return true
	})
	if err != nil || last == "" {
		t.Fatalf("no refusal is on record (%v)", err)
	}
	return last
}

// TestTwoProcessesRaceForTheLastMoney lets two approved calls race after both have read
// the clouds, with room for one.
func TestTwoProcessesRaceForTheLastMoney(t *testing.T) {
	t.Parallel()
	story(t, func(t *testing.T, w *world) {
		caps := rules(t, "spend:\n  per_hour: 2 EUR\n")
		w.restart(caps, w.shown)
		one, two := w.guard, w.process("inst_two", caps, w.shown)
		w.begin(makes("a"))
		w.begin(makes("b"))
		w.cloud.hold = func() { time.Sleep(time.Minute) } // both are under way at once
		var both sync.WaitGroup
		var a, b got
		both.Go(func() { a = callOn(t, one, makes("a")) })
		both.Go(func() { b = callOn(t, two, makes("b")) })
		both.Wait()
		if (a.err == nil) == (b.err == nil) {
			t.Fatalf("got %s and %s, want one of them refused", a, b)
		}
		for _, g := range []got{a, b} {
			if g.err != nil {
				g.wantOverCap(t, "it would be 3 EUR per hour")
				if kinds := strings.Join(w.kinds(lastForbidden(t, w)), " "); kinds != "asked approved forbidden" {
					t.Errorf("the audit has %s", kinds)
				}
			} else {
				g.want(t, "done")
			}
		}
		w.wantSent(1)
	})
}

// TestReservationsOfTheDeadLive checks that an operation of a killed process counts until
// it is settled, and no longer if it made nothing.
func TestReservationsOfTheDeadLive(t *testing.T) {
	t.Parallel()
	story(t, func(t *testing.T, w *world) {
		caps := rules(t, "spend:\n  machines: 1\n")
		w.cloud.alter = func(p *tool.Plan) {
			if p.MadeKind != "" {
				p.Adds = cloud.Load{Machines: 1}
			}
		}
		w.restart(caps, w.shown)
		w.begin(makes("a"))
		w.cloud.fault = lostUndone
		w.call(makes("a")).want(t, "unknown")
		w.restart(caps, w.shown)
		w.call(makes("b")).wantOverCap(t, "The cap of machines") // nothing is there, and yet
	})
}

// TestReservationsAreGivenBack checks that an operation no longer counts once nothing was
// found of it and the cloud would have listed it.
func TestReservationsAreGivenBack(t *testing.T) {
	t.Parallel()
	story(t, func(t *testing.T, w *world) {
		w.restart(rules(t, "spend:\n  per_hour: 2 EUR\n"), w.shown)
		id := w.begin(makes("a"))
		w.cloud.fault = lostUndone
		w.call(makes("a")).want(t, "unknown")
		w.call(makes("b")).wantOverCap(t, "it would be 3 EUR")
		time.Sleep(limits().SettleGrace)
		if err := w.guard.SettleAll(t.Context()); err != nil {
			t.Fatal(err)
		}
		w.wantState(id, store.Failed)
		w.call(makes("b")).wantOverCap(t, "it would be 3 EUR") // the cloud may show it later
		time.Sleep(spend.Visible)
		w.call(makes("b")).want(t, "approval_required")
	})
}

// TestCapsThatCannotBeHeld checks that a call is refused if its caps cannot be checked;
// without caps the question says what is unknown.
func TestCapsThatCannotBeHeld(t *testing.T) {
	t.Parallel()
	story(t, func(t *testing.T, w *world) {
		w.cloud.burnFails = errors.New("no")
		w.restart(rules(t, "spend:\n  per_hour: 2 EUR\n"), w.shown)
		w.call(makes("a")).wantOverCap(t, "what runs on account acme cannot be read")
		w.call(stopOne) // costs nothing: no cap is in its way
		w.restart(rules(t, "spend:\n  accounts:\n    other: {per_hour: 1 EUR}\n"), w.shown)
		asked := w.call(makes("a")).want(t, "approval_required")
		if !strings.Contains(asked.Text, "burn now       NOT KNOWN") {
			t.Errorf("the question does not say that it is not known:\n%s", asked.Text)
		}
		w.restart(rules(t, "spend:\n  per_hour: 2 EUR\n"))
		w.call(makes("b")).wantOverCap(t, "this server cannot read")
	})
}

// TestQuestionsShowTheBudget checks the lines about this call, the rates before and after
// it, the cap and 30 days.
func TestQuestionsShowTheBudget(t *testing.T) {
	t.Parallel()
	story(t, func(t *testing.T, w *world) {
		w.cloud.add(one())
		w.restart(rules(t, "spend:\n  accounts:\n    acme: {per_hour: 9 EUR}\n"), w.shown)
		text := w.call(makes("a")).want(t, "approval_required").Text
		for _, line := range []string{
			"this call      adds 1.5 EUR per hour", "burn now       1.5 EUR per hour, 1 machine, 0 GPUs",
			"burn after     3 EUR per hour", "in 30 days     2160 EUR", "cap            per_hour 9 EUR",
		} {
			if !strings.Contains(text, line) {
				t.Errorf("the question lacks %q:\n%s", line, text)
			}
		}
	})
}

// TestQuestionsShowWhatIsSaved checks that a call which ends a charge says so, and that
// no cap refuses it.
func TestQuestionsShowWhatIsSaved(t *testing.T) {
	t.Parallel()
	story(t, func(t *testing.T, w *world) {
		w.cloud.add(one())
		w.cloud.alter = func(p *tool.Plan) {
			p.Cost = &tool.Cost{Before: new(price("1.50")), After: price("0")}
		}
		w.restart(rules(t, "spend: {per_hour: 1 EUR}\n"), w.shown)
		text := w.call(deleteOne).want(t, "approval_required").Text
		for _, line := range []string{"this call      saves 1.5 EUR per hour", "burn now       1.5 EUR per hour", "burn after     0 EUR per hour"} {
			if !strings.Contains(text, line) {
				t.Errorf("the question lacks %q:\n%s", line, text)
			}
		}
		w.cloud.burnFails = errors.New("no") // what only would be shown refuses nothing
		w.call(stopOne).want(t, "approval_required")
	})
}

// TestWhatWasStoppedHasCost checks that money which was spent today still counts after a
// stop.
func TestWhatWasStoppedHasCost(t *testing.T) {
	t.Parallel()
	story(t, func(t *testing.T, w *world) {
		w.cloud.add(one())
		w.cloud.since = time.Now()
		w.restart(rules(t, "spend: {per_day: 40 EUR}\n"), w.shown)
		time.Sleep(time.Until(time.Now().UTC().Truncate(24 * time.Hour).Add(44 * time.Hour))) // 20:00
		w.call(makes("a")).wantOverCap(t, "it would be 42 EUR")
		w.cloud.alter = func(p *tool.Plan) {
			if p.MadeKind == "" {
				p.Cost = &tool.Cost{Before: new(price("1.50")), After: price("0")}
			}
		}
		w.begin(stopOne)
		w.call(stopOne).want(t, "done")
		w.call(makes("a")).want(t, "approval_required") // 30 EUR were spent, and 6 would be
		w.restart(rules(t, "spend: {per_day: 35 EUR}\n"), w.shown)
		w.call(makes("b")).wantOverCap(t, "it would be 36 EUR")
	})
}

// TestWhatWasMadeAndEndedHasCost checks that something we made counts from when it was
// made; something that we only started or raised may have cost before.
func TestWhatWasMadeAndEndedHasCost(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, begin, end string
		would            string
	}{
		{"made", makes("a"), `{"account":"acme","do":"delete","id":"thing-0001"}`, "it would be 7.5 EUR"}, // 1.50 until then, 6 until midnight
		{"started", startOne, deleteOne, "it would be 36 EUR"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			story(t, func(t *testing.T, w *world) {
				w.cloud.things = []thing{{ID: "thing-one", Name: "one", Status: "stop"}}
				w.restart(w.shown)
				time.Sleep(time.Until(time.Now().UTC().Truncate(24 * time.Hour).Add(43 * time.Hour))) // 19:00
				w.cloud.alter = func(p *tool.Plan) {
					p.Cost = &tool.Cost{After: price("1.50")}
					if p.Effects[0] == tool.Destroy {
						p.Cost = &tool.Cost{Before: new(price("1.50")), After: price("0")}
					}
				}
				w.begin(test.begin)
				w.deliver(w.call(test.begin).want(t, "done").operation())
				time.Sleep(time.Hour)
				w.begin(test.end)
				w.call(test.end).want(t, "done")
				w.restart(rules(t, "spend: {per_day: 1 EUR}\n"), w.shown)
				w.call(makes("b")).wantOverCap(t, test.would)
			})
		})
	}
}

// TestUnknownPriceAsks checks that a person is asked even where a rule allows the call,
// and that the question begins with the unknown price.
func TestUnknownPriceAsks(t *testing.T) {
	t.Parallel()
	story(t, func(t *testing.T, w *world) {
		allow := "rules:\n  - when: {tool: act, effect: bill, name: a}\n    then: allow\n"
		w.restart(rules(t, allow), w.shown)
		w.call(makes("a")).want(t, "done")
		w.cloud.alter = func(p *tool.Plan) { p.Cost = &tool.Cost{After: cloud.UnknownPrice("no list")} }
		w.restart(rules(t, allow), w.shown)
		w.deliver(w.call(makes("a")).operation())
		asked := w.call(`{"account":"acme","do":"make","name":"a","size":"z"}`).want(t, "approval_required")
		if !strings.HasPrefix(asked.Text, "THE PRICE OF THIS CALL IS NOT KNOWN: no list.\n") {
			t.Errorf("the first line is not that the price is unknown:\n%s", asked.Text)
		}
		w.restart(rules(t, "spend: {per_hour: 9 EUR, unknown: deny}\n"), w.shown)
		w.call(makes("b")).wantOverCap(t, "What this call costs is not known (no list)")
	})
}

// TestTheLedgerKnowsWhatTheCloudDoesNotTell checks that a machine which we made at a
// known rate counts at that rate, although its cloud lists no price.
func TestTheLedgerKnowsWhatTheCloudDoesNotTell(t *testing.T) {
	t.Parallel()
	story(t, func(t *testing.T, w *world) {
		w.cloud.priceless = true
		w.restart(rules(t, "spend: {per_hour: 2 EUR}\n"), w.shown)
		w.begin(makes("a"))
		w.deliver(w.call(makes("a")).want(t, "done").operation())
		time.Sleep(24 * time.Hour)
		w.call(makes("b")).wantOverCap(t, "it would be 3 EUR")
	})
}

// TestOutcomesOfTheRules checks who may give the approval that a rule wants.
func TestOutcomesOfTheRules(t *testing.T) {
	t.Parallel()
	const (
		human  = "rules:\n  - {when: {tool: act}, then: human, reason: only people}\n"
		caller = "rules:\n  - {when: {tool: act, id: thing-one}, then: caller}\n"
	)
	story(t, func(t *testing.T, w *world) {
		w.cloud.add(one())
		w.restart(rules(t, human))
		// No form, whatever the client can show.
		yes := saying(guard.Answer{Action: guard.Accept}, 2*time.Second)
		asked := w.call(stopOne, yes).want(t, "approval_required")
		w.wantSent(0)
		w.approve(asked.operation())
		w.call(stopOne).want(t, "done")

		// An approval by a form is not enough once the rules want a person.
		w.restart(rules(t, "rules: []\n"))
		ask := w.call(startOne, roundTrip).want(t, "form")
		time.Sleep(2 * time.Second)
		w.restart(rules(t, human))
		w.call(startOne, answered(ask.State, guard.Answer{Action: guard.Accept})).want(t, "approval_required")
		w.wantState(ask.operation(), store.Drifted)
		w.wantSent(1)

		// A caller can confirm only what the rules leave to it.
		w.cloud.alter = func(p *tool.Plan) { p.Cost = &tool.Cost{After: price("1")} }
		w.restart(rules(t, caller))
		w.call(startOne).want(t, "approval_required") // asked before, for a person
		if err := w.confirm(w.call(startOne).operation(), "start thing-one"); err == nil || err.Code != tool.CodeNotPossible {
			t.Errorf("a caller confirms what waits for a person: %v", err)
		}
		if err := w.cancel(w.call(startOne).operation()); err != nil {
			t.Fatal(err)
		}
		waits := w.call(startOne, yes).want(t, "approval_required") // no form either
		if err := w.confirm(waits.operation(), "start thing-two"); err == nil {
			t.Error("another summary confirms")
		}
		if err := w.confirmAs("eve", waits.operation(), "start thing-one"); err == nil || err.Code != tool.CodeUnknownOperation {
			t.Errorf("another principal confirms: %v", err)
		}
		if err := w.confirm(waits.operation(), "start thing-one"); err != nil {
			t.Fatal(err)
		}
		w.call(startOne).want(t, "done")
		if op := w.op(waits.operation()); op.Road != "caller" || !strings.Contains(op.Approver, "not shown to be a person") {
			t.Errorf("it is on record as %q by %q", op.Road, op.Approver)
		}
	})
}

// TestCallersConfirmNoUnknownPrice checks that a person is asked about an unknown price
// whatever the rules leave to the caller, because no cap can be checked.
func TestCallersConfirmNoUnknownPrice(t *testing.T) {
	t.Parallel()
	story(t, func(t *testing.T, w *world) {
		w.restart(rules(t, "rules:\n  - {when: {tool: act, account: acme}, then: caller}\nspend: {per_hour: 2 EUR}\n"), w.shown)
		w.cloud.alter = func(p *tool.Plan) { p.Cost = &tool.Cost{After: cloud.UnknownPrice("no list")} }
		asked := w.call(makes("a")).want(t, "approval_required")
		if err := w.confirm(asked.operation(), w.op(asked.operation()).Summary); err == nil {
			t.Error("a caller confirms a call of which nobody knows what it costs")
		}
		w.wantState(asked.operation(), store.Waiting)
		w.approve(asked.operation())
		w.call(makes("a")).want(t, "done")
	})
}

func (w *world) confirm(id, summary string) *tool.Error { return w.confirmAs("alice", id, summary) }

func (w *world) confirmAs(principal, id, summary string) *tool.Error {
	_, err := w.guard.ConfirmOperation(guard.WithPrincipal(w.t.Context(), principal), tool.OperationID(id), summary)
	if err == nil {
		return nil
	}
	return tool.AsError(err)
}

// TestCapsOverWhatHasNoPrice checks that neither a rule nor a grant allows a call while
// something runs at an unknown price: a cap on money may be passed already.
func TestCapsOverWhatHasNoPrice(t *testing.T) {
	t.Parallel()
	story(t, func(t *testing.T, w *world) {
		w.cloud.add(one())
		w.restart(w.shown)
		w.granted()
		w.cloud.priceless = true
		const allow = "rules: [{when: {tool: act, effect: bill}, then: allow}]\n"
		w.restart(w.shown, rules(t, allow+"spend: {per_hour: 9 EUR}\n"))
		w.call(makeWeb).want(t, "approval_required")
		w.restart(w.shown, rules(t, allow+"spend: {machines: 9}\n"))
		w.call(makeOther).want(t, "done") // a count is not in doubt
	})
}

// TestRoomIsFoundOut checks that operations which count under a cap, and that nobody
// waits for any more, are settled before the cap refuses another call.
func TestRoomIsFoundOut(t *testing.T) {
	t.Parallel()
	story(t, func(t *testing.T, w *world) {
		w.restart(rules(t, "spend: {per_hour: 2 EUR}\n"), w.shown)
		id := w.begin(makes("a"))
		w.cloud.fault = lostUndone
		w.call(makes("a")).want(t, "unknown")
		time.Sleep(limits().SettleGrace + spend.Visible)
		w.call(makes("b"), as("eve")).want(t, "approval_required")
		w.wantState(id, store.Failed)
	})
}
