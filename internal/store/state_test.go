package store_test

import (
	"slices"
	"testing"

	"countersign/internal/store"
)

// TestTransitions checks that the table is sound: nothing is listed twice, every state
// can be reached and can lead to a final one, and final states have no next state.
func TestTransitions(t *testing.T) {
	t.Parallel()
	type step struct{ from, to store.State }
	seen := map[step]bool{}
	for _, tr := range store.Transitions() {
		if seen[step{tr.From, tr.To}] || tr.When == "" {
			t.Errorf("from %q to %q is listed twice or without a reason", tr.From, tr.To)
		}
		seen[step{tr.From, tr.To}] = true
		for _, s := range []store.State{tr.From, tr.To} {
			if s != "" && !slices.Contains(store.States(), s) {
				t.Errorf("%q is no state", s)
			}
		}
		if tr.From != "" && !tr.From.Open() && tr.From != tr.To {
			t.Errorf("%s is final and becomes %s", tr.From, tr.To)
		}
	}
	reached := reach("")
	for _, s := range store.States() {
		if !reached[s] {
			t.Errorf("no call leads to %s", s)
		}
		if !slices.ContainsFunc(store.States(), func(end store.State) bool { return !end.Open() && (end == s || reach(s)[end]) }) {
			t.Errorf("%s never ends", s)
		}
	}
	// A request that was sent never counts as one that was not.
	for _, s := range []store.State{store.Waiting, store.Approved, store.Denied, store.Expired, store.Drifted} {
		for from := range reach(store.Unknown) {
			if from == s {
				t.Errorf("an unknown outcome leads to %s", s)
			}
		}
	}
}

// reach returns the states that can follow a state, directly or not.
func reach(from store.State) map[store.State]bool {
	found := map[store.State]bool{}
	queue := []store.State{from}
	for len(queue) > 0 {
		at := queue[0]
		queue = queue[1:]
		for _, tr := range store.Transitions() {
			if tr.From == at && !found[tr.To] {
				found[tr.To] = true
				queue = append(queue, tr.To)
			}
		}
	}
	return found
}
