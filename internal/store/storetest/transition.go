package storetest

import (
	"errors"
	"testing"

	"countersign/internal/store"
)

// updateTakesAStep tries every step from every state to every other one.
func updateTakesAStep(t *testing.T, open func(*testing.T) store.Store) {
	s := open(t)
	n, recorded := 0, int64(0)
	for _, from := range store.States() {
		for _, to := range append(store.States(), "", "else") {
			n++
			before := operation(n)
			before.State = from
			insert(t, s, &before)
			after := before
			after.State, after.Approver = to, "eve"

			err := s.UpdateOperation(t.Context(), &after, from, store.Record{Kind: "step"})
			got, readErr := s.Operation(t.Context(), before.ID)
			if readErr != nil {
				t.Fatal(readErr)
			}
			if from.CanBecome(to) {
				recorded++
				if err != nil || got.State != to || after.Version != 2 {
					t.Errorf("from %s to %s: %v, stored as %s", from, to, err, got.State)
				}
				continue
			}
			if !errors.Is(err, store.ErrTransition) || after.Version != 1 {
				t.Errorf("from %s to %q: %v, version %d", from, to, err, after.Version)
			}
			differ(t, "after a step that is none", before, got)
		}
	}
	verify(t, s, recorded)
}
