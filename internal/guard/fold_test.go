package guard_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"countersign/internal/guard"
	"countersign/internal/store"
	"countersign/internal/tool"
)

// refusal is what the audit says about a refusal.
type refusal struct {
	Principal, Tool, Summary, Reason string
	Repeats                          int
	operation                        string
}

// refusals returns the records of refused calls.
func (w *world) refusals() []refusal {
	w.t.Helper()
	var all []refusal
	err := w.store.Records(w.t.Context(), 0, func(r store.Record) bool {
		if r.Kind == "forbidden" {
			one := refusal{operation: r.Operation}
			if err := json.Unmarshal(r.Body, &one); err != nil {
				w.t.Error(err)
			}
			all = append(all, one)
		}
		return true
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return all
}

const denyAll = "rules:\n  - {when: {tool: act}, then: deny, reason: Not here.}\n"

// TestEqualRefusalsAreFolded checks that a caller who repeats a refused call adds two
// records a minute, the second of which has the number of the others, and that metrics
// count them all.
func TestEqualRefusalsAreFolded(t *testing.T) {
	t.Parallel()
	story(t, func(t *testing.T, w *world) {
		w.restart(rules(t, denyAll))
		for i := range 100 {
			w.call(makes(fmt.Sprint("web-", i))).want(t, "error forbidden")
		}
		w.call(makes("x"), as("bob")).want(t, "error forbidden")
		if got := w.refusals(); len(got) != 2 || got[0].Principal != "alice" || got[0].Repeats != 0 || !strings.HasPrefix(got[0].Summary, "make") || got[1].Principal != "bob" {
			t.Fatalf("at once: %+v", got)
		}
		time.Sleep(time.Minute + time.Second)
		got := w.refusals()
		if len(got) != 3 || got[2].Principal != "alice" || got[2].Repeats != 99 || got[2].Summary != "and 99 more like it in that minute" ||
			got[2].Reason != got[0].Reason || got[2].Tool != "act" || got[2].operation != got[0].operation {
			t.Fatalf("a minute later: %+v", got)
		}
		if n := len(w.happened(t)); n != 101 {
			t.Errorf("%d refusals are counted", n)
		}
		w.call(makes("y")).want(t, "error forbidden")
		if got := w.refusals(); len(got) != 4 || got[3].Repeats != 0 || !strings.HasPrefix(got[3].Summary, "make") {
			t.Errorf("in the next minute: %+v", got)
		}
		time.Sleep(time.Minute + time.Second)
		if got := w.refusals(); len(got) != 4 {
			t.Errorf("a number of nothing: %+v", got[4:])
		}
	})
}

// TestRefusalsAreRecordedAtTheEnd checks that the end of the process loses no number.
func TestRefusalsAreRecordedAtTheEnd(t *testing.T) {
	t.Parallel()
	story(t, func(t *testing.T, w *world) {
		w.cloud.add(one())
		w.wide()
		for range 3 {
			w.call(stopOne, named("wide"), scoped(tool.ScopeRead)).want(t, "error forbidden")
		}
		w.call(deleteOne, named("wide"), scoped(tool.ScopeWrite)).want(t, "error forbidden")
		if err := w.guard.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
		got := w.refusals()
		if len(got) != 3 || got[1].Reason != "missing scopes: cloud:destroy" || got[2].Repeats != 2 || got[2].Reason != "missing scopes: cloud:write" {
			t.Errorf("%+v", got)
		}
		if err := w.guard.Close(t.Context()); err != nil || len(w.refusals()) != 3 {
			t.Errorf("a second time: %v %+v", err, w.refusals())
		}
	})
}

// TestDifferentRefusalsAreBounded checks that a caller cannot fill the audit, nor the
// memory, with refusals that differ.
func TestDifferentRefusalsAreBounded(t *testing.T) {
	t.Parallel()
	story(t, func(t *testing.T, w *world) {
		const different = 100
		w.cloud.add(one())
		for round := range 2 {
			for i := range different {
				name := fmt.Sprint("wide_", i)
				if round == 0 {
					w.guard.Use(w.cloud.toolOf(tool.Spec{Name: name, Effect: tool.Destroy, Least: tool.Change}))
				}
				w.call(stopOne, named(name), scoped(tool.ScopeRead)).want(t, "error forbidden")
			}
		}
		at := len(w.refusals())
		w.call(stopOne, named("wide_99"), scoped(tool.ScopeRead), as("bob")).want(t, "error forbidden")
		if err := w.guard.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
		got, sum := w.refusals(), 0
		for _, r := range got {
			sum += max(r.Repeats, 1)
		}
		last := got[len(got)-1]
		if at > different/2 || sum != 2*different+1 || last.Tool != "" || last.Principal != "alice" || !strings.HasSuffix(last.Summary, "more of other kinds in that minute") {
			t.Errorf("%d records at once, %d refusals in all, the last %+v", at, sum, last)
		}
		if bobs := got[at]; bobs.Principal != "bob" || bobs.Tool != "wide_99" {
			t.Errorf("bob's: %+v", bobs)
		}
	})
}

// TestRefusalOfAnOperationStaysWithIt checks that the refusal of an approved operation is
// on its own record, whatever equal refusals there are.
func TestRefusalOfAnOperationStaysWithIt(t *testing.T) {
	t.Parallel()
	story(t, func(t *testing.T, w *world) {
		ids := []string{"", ""}
		for i := range ids {
			ids[i] = w.call(makes(fmt.Sprint("web-", i))).want(t, "approval_required").operation()
			w.approve(ids[i])
		}
		w.restart(rules(t, denyAll))
		w.call(makes("web-9")).want(t, "error forbidden")
		for range 3 {
			for i := range ids {
				w.call(makes(fmt.Sprint("web-", i))).want(t, "error forbidden")
			}
		}
		if got := w.refusals(); len(got) != 3 || got[1].operation != ids[0] || got[2].operation != ids[1] {
			t.Errorf("%+v, want those of %v", got, ids)
		}
	})
}

// full is a store that takes no records while it is full.
type full struct {
	store.Store
	is *atomic.Bool
}

func (f full) Append(ctx context.Context, records ...store.Record) error {
	if f.is.Load() {
		return errors.New("disk full")
	}
	return f.Store.Append(ctx, records...)
}

// TestRefusalsOnAFullDisk checks that the first refusal is an error while it cannot be
// recorded, and that no number is lost.
func TestRefusalsOnAFullDisk(t *testing.T) {
	t.Parallel()
	story(t, func(t *testing.T, w *world) {
		var is atomic.Bool
		is.Store(true)
		w.restart(rules(t, denyAll), func(o *guard.Options) { o.Store = full{w.store, &is} })
		for range 2 {
			if _, err := w.guard.Call(t.Context(), request(makes("web"))); tool.AsError(err).Code != tool.CodeInternal {
				t.Errorf("got %v", err)
			}
		}
		is.Store(false)
		for range 3 {
			w.call(makes("web")).want(t, "error forbidden")
		}
		is.Store(true)
		if w.guard.Close(t.Context()) == nil {
			t.Error("the number is recorded")
		}
		is.Store(false)
		time.Sleep(time.Minute + time.Second)
		if got := w.refusals(); len(got) != 2 || got[1].Repeats != 2 {
			t.Errorf("%+v", got)
		}
	})
}
