package guard_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"countersign/internal/cloud"
	"countersign/internal/guard"
	"countersign/internal/spend"
	"countersign/internal/store"
)

// watcher notes the events that it receives, in order.
type watcher struct {
	mu   sync.Mutex
	said []string
}

func (o *watcher) say(format string, args ...any) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.said = append(o.said, fmt.Sprintf(format, args...))
}

// Decoded implements guard.Observer.
func (o *watcher) Decoded(_ context.Context, account cloud.AccountName) { o.say("for %s", account) }

// Began implements guard.Observer.
func (o *watcher) Began(ctx context.Context, s guard.Step) (context.Context, func(string)) {
	return ctx, func(result string) {
		line := fmt.Sprintf("%s %s", s.Part, result)
		if s.Road != "" {
			line += fmt.Sprintf(" (%s, %s)", s.Road, s.Waited)
		}
		if s.Tool != "act" || s.Account != "acme" || (s.Operation == "") != (s.Part == guard.PartPlan || s.Part == guard.PartBooks) {
			line += fmt.Sprintf(" of %+v", s)
		}
		o.say("%s", line)
	}
}

// Counted implements guard.Observer.
func (o *watcher) Counted(t spend.Tally, _ time.Time) { o.say("%s costs %s", t.Account, t.PerHour) }

// told returns the events since the last call.
func (o *watcher) told() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	said := strings.Join(o.said, ", ")
	o.said = nil
	return said
}

// TestStepsAreObserved checks the events of calls on every road.
func TestStepsAreObserved(t *testing.T) {
	t.Parallel()
	story(t, func(t *testing.T, w *world) {
		o := &watcher{}
		w.restart(func(opts *guard.Options) { opts.Observe = o })
		w.cloud.add(thing{ID: "t-1", Name: "one", Status: "running"})
		want := func(what, said string) {
			t.Helper()
			if got := o.told(); got != said {
				t.Errorf("%s:\n got %s\nwant %s", what, got, said)
			}
		}
		if _, err := w.guard.Call(t.Context(), guard.Request{Tool: "look", Arguments: json.RawMessage(`{"account":"acme","do":""}`), Principal: "alice"}); err != nil {
			t.Fatal(err)
		}
		want("a read", "for acme")
		w.call(`{"account":"acme","do":"stop","id":"none"}`).want(t, "error unknown_id")
		want("of nothing", "for acme, plan unknown_id")

		stop := `{"account":"acme","do":"stop","id":"t-1"}`
		id := w.call(stop).want(t, "approval_required").operation()
		want("out of band", "for acme, plan ok, approval asked")
		time.Sleep(time.Minute)
		w.approve(id)
		w.call(stop).want(t, "done")
		want("approved", "for acme, plan ok, execute ok (terminal, 1m0s)")
		w.deliver(id)

		answer := w.call(`{"account":"acme","do":"start","id":"t-1"}`, roundTrip).want(t, "form")
		want("a form by round trip", "for acme, plan ok, books ok, approval asked")
		time.Sleep(5 * time.Second)
		w.call(`{"account":"acme","do":"start","id":"t-1"}`, answered(answer.State, guard.Answer{Action: guard.Accept})).want(t, "done")
		want("its answer", "for acme, approval approved, plan ok, execute ok (form, 5s)")

		w.call(makes("a"), saying(guard.Answer{Action: guard.Decline}, 3*time.Second)).want(t, "error denied")
		want("a no", "for acme, plan ok, books ok, approval denied")
		w.call(makes("b"), saying(guard.Answer{Action: guard.Accept}, 3*time.Second)).want(t, "done")
		want("a yes", "for acme, plan ok, books ok, approval approved, plan ok, execute ok (form, 3s)")

		w.cloud.fault = lostDone
		w.begin(makes("c"))
		o.told()
		w.call(makes("c")).want(t, "done")
		want("a lost answer", "for acme, plan ok, execute cloud_unavailable (terminal, 0s), settle ok (terminal, 0s)")
	})
}

// TestObserversSeeWhatRuns checks that an observer receives the tally that is read for a
// call.
func TestObserversSeeWhatRuns(t *testing.T) {
	t.Parallel()
	story(t, func(t *testing.T, w *world) {
		o := &watcher{}
		w.restart(func(opts *guard.Options) { opts.Observe = o }, w.shown)
		w.cloud.add(thing{ID: "t-1", Name: "one", Status: "running"}, thing{ID: "t-2", Name: "two", Status: "running"})
		w.call(makes("a")).want(t, "approval_required")
		if got := o.told(); !strings.Contains(got, "acme costs 3 EUR") {
			t.Error(got)
		}
	})
}

// happenings returns what a watch reports since a record, in words.
func happenings(t *testing.T, w *world, after int64) (said []string, last int64) {
	t.Helper()
	watch := guard.Watch{Store: w.store, Now: time.Now}
	last, err := watch.Since(t.Context(), after, func(h guard.Happened) {
		line := string(h.State)
		if h.Answer != "" {
			line += " " + h.Answer + " by " + h.Road
		}
		if h.Waited != nil {
			line += fmt.Sprintf(" after %g", *h.Waited)
		}
		said = append(said, strings.TrimSpace(line))
		if h.Answer != "" && !slices.Contains(guard.AnswersByRoad()[h.Road], h.Answer) {
			t.Errorf("%+v is not in the lists", h)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	return said, last
}

// TestWatch checks what a watch reports of all processes.
func TestWatch(t *testing.T) {
	t.Parallel()
	story(t, func(t *testing.T, w *world) {
		w.cloud.add(thing{ID: "t-1", Name: "one", Status: "running"})
		last := int64(0)
		want := func(what string, said ...string) {
			t.Helper()
			var got []string
			if got, last = happenings(t, w, last); !slices.Equal(got, said) {
				t.Errorf("%s: %q, want %q", what, got, said)
			}
			if head, err := (guard.Watch{Store: w.store}).Head(t.Context()); err != nil || head != last {
				t.Errorf("%s: the record ends at %d, not at %d: %v", what, head, last, err)
			}
		}
		stop := `{"account":"acme","do":"stop","id":"t-1"}`
		id := w.call(stop).operation()
		want("asked", "waiting")
		time.Sleep(90 * time.Second)
		w.approve(id)
		w.deliver(w.call(stop).want(t, "done").operation())
		want("a person", "approved approved by terminal after 90", "executing", "done")
		w.deliver(w.call(`{"account":"acme","do":"rename","id":"t-1","name":"two"}`).want(t, "done").operation())
		want("nobody is asked", "allowed by policy", "executing", "done")
		w.call(makes("a"), saying(guard.Answer{Action: guard.Decline}, 2*time.Second)).want(t, "error denied")
		want("a no", "waiting", "denied denied by form after 2")
		w.call(makes("b"), saying(guard.Answer{Action: guard.Accept}, 0)).want(t, "approval_required")
		want("too fast", "waiting", "too_fast by form after 0")
		time.Sleep(limits().AskTTL)
		w.call(makes("b")).want(t, "approval_required")
		want("nobody answers", "expired lapsed by", "waiting")
		w.approve(w.call(makes("c")).operation())
		time.Sleep(limits().UseTTL)
		w.call(makes("c")).want(t, "approval_required")
		want("nobody uses it", "waiting", "approved approved by terminal after 0", "expired", "waiting")
		w.cloud.fault = lostDone
		w.begin(makes("d"))
		w.call(makes("d")).want(t, "done")
		want("a lost answer", "waiting", "approved approved by terminal after 0", "executing", "unknown", "done")
		w.cloud.fault = refused
		w.begin(makes("e"))
		w.call(makes("e"))
		want("refused by the cloud", "waiting", "approved approved by terminal after 0", "executing", "failed")
	})
}

// TestStanding checks the snapshot: open operations, the oldest question, and what is in
// flight.
func TestStanding(t *testing.T) {
	t.Parallel()
	story(t, func(t *testing.T, w *world) {
		standing := func() guard.Standing {
			t.Helper()
			s, err := (guard.Watch{Store: w.store, Now: time.Now}).Standing(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			return s
		}
		if s := standing(); len(s.Open) != 5 || s.Open[store.Waiting] != 0 || !s.Oldest.IsZero() || len(s.Reserved) != 0 {
			t.Errorf("at first: %+v", s)
		}
		first := time.Now()
		w.call(makes("a")).want(t, "approval_required")
		time.Sleep(time.Minute)
		w.begin(makes("b"))
		if s := standing(); s.Open[store.Waiting] != 1 || s.Open[store.Approved] != 1 || !s.Oldest.Equal(first) || len(s.Reserved) != 0 {
			t.Errorf("asked: %+v", s)
		}
		w.cloud.fault = lostUndone
		w.call(makes("b")).want(t, "unknown")
		s := standing()
		if s.Open[store.Unknown] != 1 || s.Reserved["acme"] == nil || s.Reserved["acme"].PerHour.String() != "1.5 EUR" || s.Reserved["acme"].Unknown != 0 {
			t.Errorf("in flight: %+v", s)
		}
		time.Sleep(limits().AskTTL)
		if s := standing(); s.Open[store.Waiting] != 0 || !s.Oldest.IsZero() {
			t.Errorf("lapsed, though nobody has noticed: %+v", s)
		}
	})
}
