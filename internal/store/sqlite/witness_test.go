package sqlite_test

import (
	"errors"
	"strings"
	"sync"
	"testing"

	"countersign/internal/store"
	"countersign/internal/store/sqlite"
	"countersign/internal/store/storetest"
)

// witness collects the heads that it receives; err is the result of Ready.
type witness struct {
	mu    sync.Mutex
	heads []store.Head
	err   error
}

func (w *witness) Ready() error { return w.err }

func (w *witness) Saw(h store.Head) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.heads = append(w.heads, h)
}

func watched(t *testing.T, dir string) (*sqlite.Store, *witness) {
	t.Helper()
	w := &witness{}
	s, err := sqlite.Open(t.Context(), dir, sqlite.WithWitness(w))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s, w
}

// TestAWitnessSeesEveryHead pins that the witness receives the head of every write that
// appends records, and nothing from other writes.
func TestAWitnessSeesEveryHead(t *testing.T) {
	s, w := watched(t, t.TempDir())
	op := store.Operation{ID: "op_1", Call: "c", State: store.Waiting}
	grant := store.Grant{ID: "grant_1", Operation: "op_1"}
	record := store.Record{Operation: "op_1", Kind: "asked"}
	steps := []struct {
		name string
		seq  int64 // 0 for none
		do   func() error
	}{
		{"insert", 1, func() error { return s.InsertOperation(t.Context(), &op, record) }},
		{"two records", 3, func() error {
			op.State = store.Denied
			return s.UpdateOperation(t.Context(), &op, store.Waiting, record, record)
		}},
		{"no record", 0, func() error { return s.UpdateOperation(t.Context(), &op, store.Denied) }},
		{"refused", 0, func() error {
			if err := s.UpdateOperation(t.Context(), &op, store.Waiting, record); !errors.Is(err, store.ErrConflict) {
				return errors.New("it was not")
			}
			return nil
		}},
		{"append", 4, func() error { return s.Append(t.Context(), record) }},
		{"grant", 5, func() error { return s.InsertGrant(t.Context(), &grant, record) }},
		{"revoke", 6, func() error { return s.UpdateGrant(t.Context(), &grant, record) }},
		{"name", 0, func() error {
			return s.SeeNames(t.Context(), store.Name{ID: "1", LastSeen: record.At.AddDate(2026, 0, 0)})
		}},
		{"compact", 7, func() error {
			var first store.Record
			if err := s.Records(t.Context(), 0, func(r store.Record) bool { first = r; return false }); err != nil {
				return err
			}
			grant.RevokedAt = first.At.AddDate(2026, 0, 0)
			if err := s.UpdateGrant(t.Context(), &grant); err != nil {
				return err
			}
			_, err := s.CompactAudit(t.Context(), store.Compaction{Base: store.Base{Head: store.Head{Seq: 1, Hash: first.Hash}}})
			return err
		}},
	}
	told := 0
	for _, step := range steps {
		if err := step.do(); err != nil {
			t.Fatalf("%s: %v", step.name, err)
		}
		if step.seq > 0 {
			told++
		}
		if len(w.heads) != told || step.seq > 0 && w.heads[told-1].Seq != step.seq {
			t.Fatalf("%s: told %+v, want record %d", step.name, w.heads, step.seq)
		}
	}
	if _, head, _ := storetest.VerifyAudit(t, s); w.heads[told-1].Hash != head {
		t.Errorf("told %+v, the head is %s", w.heads[told-1], head)
	}
}

// TestNothingNewBeginsWithoutItsWitness pins that a new operation is refused while the
// witness is not ready. A begun one goes on, because its writes have to be journaled.
func TestNothingNewBeginsWithoutItsWitness(t *testing.T) {
	s, w := watched(t, t.TempDir())
	op := store.Operation{ID: "op_1", Call: "c", State: store.Waiting}
	if err := s.InsertOperation(t.Context(), &op, store.Record{Kind: "asked"}); err != nil {
		t.Fatal(err)
	}
	w.err = errors.New("the disk is full")
	second := store.Operation{ID: "op_2", Call: "d", State: store.Waiting}
	if err := s.InsertOperation(t.Context(), &second, store.Record{Kind: "asked"}); !errors.Is(err, w.err) || !strings.Contains(err.Error(), "nothing new begins") {
		t.Errorf("a new operation: %v", err)
	}
	op.State = store.Denied
	if err := s.UpdateOperation(t.Context(), &op, store.Waiting, store.Record{Kind: "denied"}); err != nil {
		t.Errorf("one that has begun: %v", err)
	}
	if n, _, broken := storetest.VerifyAudit(t, s); n != 2 || broken != nil {
		t.Errorf("%d records, %+v", n, broken)
	}
}
