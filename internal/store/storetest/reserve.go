package storetest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"countersign/internal/store"
)

// charged returns an approved operation with a charge.
func charged(n int) store.Operation {
	op := operation(n)
	op.State, op.EndedAt, op.Grant = store.Approved, time.Time{}, ""
	return op
}

// atMost returns a condition that allows a number of executing operations with a
// charge.
func atMost(most int) store.Condition {
	return func(ctx context.Context, now store.View) error {
		ops, err := now.Operations(ctx, store.OperationQuery{Charged: true, States: []store.State{store.Executing}})
		if err == nil && len(ops) >= most {
			err = errFull
		}
		return err
	}
}

var errFull = errors.New("no room is left")

// reservingHolds checks that of many concurrent reservations through different handles
// only as many succeed as the condition allows, and that the others change nothing.
func reservingHolds(t *testing.T, open func(*testing.T) store.Store) {
	const many, room = 12, 3
	first := open(t)
	ops := make([]store.Operation, many)
	for i := range ops {
		ops[i] = charged(i)
		insert(t, first, &ops[i])
	}
	errs := make([]error, many)
	var all sync.WaitGroup
	for i := range ops {
		s := open(t)
		all.Go(func() {
			op := ops[i]
			op.State = store.Executing
			errs[i] = s.Reserve(t.Context(), &op, store.Approved, atMost(room), store.Record{Kind: "sent", Operation: op.ID})
		})
	}
	all.Wait()
	won := 0
	for i, err := range errs {
		got, readErr := first.Operation(t.Context(), ops[i].ID)
		if readErr != nil {
			t.Fatal(readErr)
		}
		switch {
		case err == nil && got.State == store.Executing && got.Version == 2:
			won++
		case errors.Is(err, errFull) && got.State == store.Approved && got.Version == 1:
		default:
			t.Errorf("operation %s: %v, %s, version %d", ops[i].ID, err, got.State, got.Version)
		}
	}
	if won != room {
		t.Errorf("%d operations had room, want %d", won, room)
	}
	verify(t, first, room)
}

// reservingInserts checks that a reservation can insert an operation, and that its
// condition sees the grant in the same transaction.
func reservingInserts(t *testing.T, open func(*testing.T) store.Store) {
	s := open(t)
	g := grant(1)
	g.RevokedAt = time.Time{}
	if err := s.InsertGrant(t.Context(), &g); err != nil {
		t.Fatal(err)
	}
	draw := func(ctx context.Context, now store.View) error {
		live, err := now.Grant(ctx, g.ID)
		if err != nil {
			return err
		}
		drawn, err := now.Operations(ctx, store.OperationQuery{Grant: g.ID})
		if err != nil {
			return err
		}
		if !live.RevokedAt.IsZero() || len(drawn) >= 2 {
			return errFull
		}
		return nil
	}
	insertOne := func(n int) error {
		op := charged(n)
		op.Grant = g.ID
		return s.Reserve(t.Context(), &op, "", draw)
	}
	for n, want := range []error{nil, nil, errFull} {
		if err := insertOne(n); !errors.Is(err, want) {
			t.Errorf("draw %d: %v, want %v", n, err, want)
		}
	}
	if _, err := s.Operation(t.Context(), charged(2).ID); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("what had no room is stored: %v", err)
	}
	if err := s.Reserve(t.Context(), new(charged(9)), "", func(ctx context.Context, now store.View) error {
		_, err := now.Grant(ctx, "grant_none")
		return err
	}); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("a grant that is not there: %v", err)
	}
}

// reservingPanics checks that after a panic of a condition the store is unchanged and
// can be written.
func reservingPanics(t *testing.T, open func(*testing.T) store.Store) {
	s := open(t)
	func() {
		defer func() {
			if recover() == nil {
				t.Error("the panic is swallowed")
			}
		}()
		_ = s.Reserve(t.Context(), new(charged(1)), "", func(context.Context, store.View) error { panic("condition") })
	}()
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	for _, s := range []store.Store{s, open(t)} {
		if err := s.Append(ctx, store.Record{Kind: "after"}); err != nil {
			t.Fatalf("after a panic: %v", err)
		}
	}
	if _, err := s.Operation(ctx, charged(1).ID); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("what panicked is stored: %v", err)
	}
}

// chargesAreSelected checks the queries by charge, grant and end.
func chargesAreSelected(t *testing.T, open func(*testing.T) store.Store) {
	s := open(t)
	free, running, old, recent := charged(1), charged(2), charged(3), charged(4)
	free.Charge = nil
	old.EndedAt, recent.EndedAt, recent.Grant = noon(), noon().Add(time.Hour), "grant_x"
	insert(t, s, &free, &running, &old, &recent)
	for _, test := range []struct {
		query store.OperationQuery
		want  []string
	}{
		{store.OperationQuery{Charged: true}, []string{recent.ID, old.ID, running.ID}},
		{store.OperationQuery{Charged: true, EndedAfter: noon()}, []string{recent.ID, running.ID}},
		{store.OperationQuery{Charged: true, Account: "other"}, nil},
		{store.OperationQuery{Grant: "grant_x"}, []string{recent.ID}},
	} {
		ops, err := s.Operations(t.Context(), test.query)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, op := range ops {
			got = append(got, op.ID)
		}
		differ(t, fmt.Sprintf("%+v", test.query), test.want, got)
	}
}

// grant returns a grant with every field set.
func grant(n int) store.Grant {
	return store.Grant{
		ID: fmt.Sprintf("grant_%020d", n), Principal: "local", Account: "gpcn", Tool: "create_vm", Equal: "equal", Summary: "Up to 2",
		Uses: 2, PerHour: "5 USD", Operation: fmt.Sprintf("op_%020d", n), Approver: "ana", Road: "terminal",
		CreatedAt: noon(), Until: noon().Add(time.Hour), RevokedAt: noon().Add(time.Minute), RevokedBy: "bob", Plan: json.RawMessage(`{"summary":"x"}`),
	}
}

// grantsAreKept checks that grants keep all fields, exist once per operation, and are
// changed by compare-and-set.
func grantsAreKept(t *testing.T, open func(*testing.T) store.Store) {
	s := open(t)
	one, two := grant(1), grant(2)
	two.RevokedAt, two.RevokedBy, two.Principal = time.Time{}, "", "eve"
	for _, g := range []*store.Grant{&one, &two} {
		if err := s.InsertGrant(t.Context(), g, store.Record{Kind: "granted"}); err != nil || g.Version != 1 {
			t.Fatalf("insert: %v, version %d", err, g.Version)
		}
	}
	again := grant(3)
	again.Operation = one.Operation
	if err := s.InsertGrant(t.Context(), &again); !errors.Is(err, store.ErrConflict) {
		t.Errorf("a second grant of one operation: %v", err)
	}
	got, err := s.Grant(t.Context(), one.ID)
	if err != nil {
		t.Fatal(err)
	}
	differ(t, "grant", one, got)
	for _, test := range []struct {
		query store.GrantQuery
		want  []store.Grant
	}{
		{store.GrantQuery{}, []store.Grant{two, one}},
		{store.GrantQuery{Principal: "eve"}, []store.Grant{two}},
		{store.GrantQuery{Principal: "local", Account: "gpcn", Tool: "create_vm", Equal: "equal", Operation: one.Operation}, []store.Grant{one}},
		{store.GrantQuery{Equal: "other"}, nil},
	} {
		got, err := s.Grants(t.Context(), test.query)
		if err != nil {
			t.Fatal(err)
		}
		differ(t, fmt.Sprintf("%+v", test.query), test.want, got)
	}
	stale := two
	two.RevokedAt, two.RevokedBy = noon(), "ana"
	if err := s.UpdateGrant(t.Context(), &two, store.Record{Kind: "revoked"}); err != nil || two.Version != 2 {
		t.Errorf("revoke: %v, version %d", err, two.Version)
	}
	if err := s.UpdateGrant(t.Context(), &stale); !errors.Is(err, store.ErrConflict) {
		t.Errorf("an older version: %v", err)
	}
	if err := s.UpdateGrant(t.Context(), &store.Grant{ID: "grant_none"}); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("a missing grant: %v", err)
	}
	verify(t, s, 3)
}
