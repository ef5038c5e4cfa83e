package storetest

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"countersign/internal/store"
)

func operationsAreKeptWhole(t *testing.T, open func(*testing.T) store.Store) {
	s := open(t)
	whole := operation(1)
	bare := store.Operation{ID: "op_bare", State: store.Approved}
	insert(t, s, &whole, &bare)
	for _, want := range []store.Operation{whole, bare} {
		if want.Version != 1 {
			t.Errorf("%s has version %d after the insert", want.ID, want.Version)
		}
		got, err := s.Operation(t.Context(), want.ID)
		if err != nil {
			t.Fatal(err)
		}
		differ(t, want.ID, want, got)
	}
	if got, err := s.Operation(t.Context(), "op_bare"); err != nil || !got.AskedAt.IsZero() || got.Result != nil {
		t.Errorf("what was never set came back as %v and %q (%v)", got.AskedAt, got.Result, err)
	}
	if _, err := s.Operation(t.Context(), "op_none"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("missing operation: %v", err)
	}
}

func operationsAreInsertedOnce(t *testing.T, open func(*testing.T) store.Store) {
	s := open(t)
	first, second := operation(1), operation(1)
	insert(t, s, &first)
	second.Tool = "other"
	err := s.InsertOperation(t.Context(), &second, store.Record{Kind: "asked"})
	if !errors.Is(err, store.ErrConflict) || second.Version != 0 {
		t.Errorf("second insert: %v, version %d", err, second.Version)
	}
	got, err := s.Operation(t.Context(), first.ID)
	if err != nil {
		t.Fatal(err)
	}
	differ(t, "after the second insert", first, got)
	verify(t, s, 0)
}

func callHasOneOpenOperation(t *testing.T, open func(*testing.T) store.Store) {
	s := open(t)
	first, second := operation(1), operation(2)
	second.Call = first.Call
	insert(t, s, &first)
	if err := s.InsertOperation(t.Context(), &second); !errors.Is(err, store.ErrConflict) {
		t.Errorf("a second open operation of the same call: %v", err)
	}
	first.State = store.Denied
	if err := s.UpdateOperation(t.Context(), &first, store.Waiting); err != nil {
		t.Fatal(err)
	}
	second.Version = 0
	insert(t, s, &second)
}

func updateNeedsStateAndVersion(t *testing.T, open func(*testing.T) store.Store) {
	tests := []struct {
		name string
		op   func(*store.Operation)
		from store.State
		want error
	}{
		{"both right", func(*store.Operation) {}, store.Waiting, nil},
		{"another state", func(*store.Operation) {}, store.Approved, store.ErrConflict},
		{"no state", func(*store.Operation) {}, "", store.ErrConflict},
		{"an older version", func(op *store.Operation) { op.Version-- }, store.Waiting, store.ErrConflict},
		{"a newer version", func(op *store.Operation) { op.Version++ }, store.Waiting, store.ErrConflict},
		{"an unknown ID", func(op *store.Operation) { op.ID = "op_none" }, store.Waiting, store.ErrNotFound},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := open(t)
			before := operation(1)
			insert(t, s, &before)
			changed := before
			changed.State, changed.Approver, changed.AskedAt, changed.Result = store.Denied, "ben", time.Time{}, nil
			test.op(&changed)
			given := changed.Version

			err := s.UpdateOperation(t.Context(), &changed, test.from, store.Record{Kind: "denied"})
			if !errors.Is(err, test.want) {
				t.Fatalf("got %v, want %v", err, test.want)
			}
			got, readErr := s.Operation(t.Context(), before.ID)
			if readErr != nil {
				t.Fatal(readErr)
			}
			if test.want != nil {
				differ(t, "stored", before, got)
				if changed.Version != given {
					t.Errorf("version went from %d to %d", given, changed.Version)
				}
				verify(t, s, 0)
				return
			}
			if changed.Version != 2 {
				t.Errorf("version is %d", changed.Version)
			}
			differ(t, "stored", changed, got)
			verify(t, s, 1)
		})
	}
}

func oneWinsATransition(t *testing.T, open func(*testing.T) store.Store) {
	handles := []store.Store{open(t), open(t)}
	start := operation(1)
	insert(t, handles[0], &start)

	const racers = 50
	var (
		ready   sync.WaitGroup
		done    sync.WaitGroup
		results = make([]error, racers)
		gate    = make(chan struct{})
	)
	for i := range racers {
		ready.Add(1)
		done.Go(func() {
			mine := start
			mine.State, mine.Terminal = store.Approved, string(rune('A'+i))
			ready.Done()
			<-gate
			results[i] = handles[i%len(handles)].UpdateOperation(t.Context(), &mine, store.Waiting,
				store.Record{Operation: mine.ID, Kind: "approved", At: noon()})
		})
	}
	ready.Wait()
	close(gate)
	done.Wait()

	winner := ""
	for i, err := range results {
		switch {
		case err == nil && winner == "":
			winner = string(rune('A' + i))
		case err == nil:
			t.Errorf("%c won too", 'A'+i)
		case !errors.Is(err, store.ErrConflict):
			t.Errorf("%c: %v", 'A'+i, err)
		}
	}
	got, err := handles[1].Operation(t.Context(), start.ID)
	if err != nil || winner == "" || got.Terminal != winner || got.Version != 2 {
		t.Errorf("winner %q, stored %q in version %d (%v)", winner, got.Terminal, got.Version, err)
	}
	verify(t, handles[0], 1)
}

func cancelledChangesNothing(t *testing.T, open func(*testing.T) store.Store) {
	s := open(t)
	there, missing := operation(1), operation(2)
	insert(t, s, &there)
	gone, cancel := context.WithCancel(t.Context())
	cancel()

	changed := there
	changed.State = store.Denied
	for what, err := range map[string]error{
		"insert": s.InsertOperation(gone, &missing),
		"update": s.UpdateOperation(gone, &changed, store.Waiting),
		"append": s.Append(gone, store.Record{Kind: "sent"}),
	} {
		if !errors.Is(err, context.Canceled) {
			t.Errorf("%s under a cancelled context: %v", what, err)
		}
	}
	got, err := s.Operations(t.Context(), store.OperationQuery{})
	if err != nil {
		t.Fatal(err)
	}
	differ(t, "stored", []store.Operation{there}, got)
	verify(t, s, 0)
}

func lostTransitionLeavesNoRecord(t *testing.T, open func(*testing.T) store.Store) {
	s := open(t)
	op := operation(1)
	if err := s.InsertOperation(t.Context(), &op, store.Record{Kind: "asked"}, store.Record{Kind: "shown"}); err != nil {
		t.Fatal(err)
	}
	stale := op
	op.State, stale.State = store.Approved, store.Denied
	if err := s.UpdateOperation(t.Context(), &op, store.Waiting, store.Record{Kind: "approved"}); err != nil {
		t.Fatal(err)
	}
	if err := s.UpdateOperation(t.Context(), &stale, store.Waiting, store.Record{Kind: "denied"}); !errors.Is(err, store.ErrConflict) {
		t.Fatalf("stale update: %v", err)
	}
	var kinds []string
	for _, r := range records(t, s, 0) {
		kinds = append(kinds, r.Kind)
	}
	differ(t, "kinds", []string{"asked", "shown", "approved"}, kinds)
	verify(t, s, 3)
}

func reopenedHasEverything(t *testing.T, open func(*testing.T) store.Store) {
	s := open(t)
	op := operation(1)
	name := store.Name{Account: "gpcn", Kind: "vm", ID: "1", Name: "web", FirstSeen: noon(), LastSeen: noon()}
	instance := store.Instance{ID: "inst_1", PID: 7, StartedAt: noon(), ClientPID: 6, ClientStarted: 1 << 62}
	insert(t, s, &op)
	for _, err := range []error{
		s.Append(t.Context(), store.Record{Kind: "sent", At: noon()}),
		s.SeeNames(t.Context(), name),
		s.PutInstance(t.Context(), instance),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	head := verify(t, s, 1)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}

	s = open(t)
	gotOp, err := s.Operation(t.Context(), op.ID)
	if err != nil {
		t.Fatal(err)
	}
	differ(t, "operation", op, gotOp)
	gotNames, err := s.Names(t.Context(), "gpcn", "vm", "1", time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	differ(t, "names", []store.Name{name}, gotNames)
	gotInstance, err := s.Instance(t.Context(), "inst_1")
	if err != nil {
		t.Fatal(err)
	}
	differ(t, "instance", instance, gotInstance)
	if again := verify(t, s, 1); again != head {
		t.Errorf("head is %s, was %s", again, head)
	}
	op.State = store.Approved
	if err := s.UpdateOperation(t.Context(), &op, store.Waiting, store.Record{Kind: "approved"}); err != nil {
		t.Error(err)
	}
	verify(t, s, 2)
}

func handlesClose(t *testing.T, open func(*testing.T) store.Store) {
	first, second := open(t), open(t)
	for range 2 {
		if err := first.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	}
	op := operation(1)
	if err := first.InsertOperation(t.Context(), &op); err == nil {
		t.Error("a closed handle took an operation")
	}
	insert(t, second, &op)
}
