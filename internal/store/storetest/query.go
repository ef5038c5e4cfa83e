package storetest

import (
	"errors"
	"strings"
	"testing"
	"time"

	"countersign/internal/store"
)

// queryable returns operations 1 to 6 with different fields.
func queryable() []*store.Operation {
	ops := make([]*store.Operation, 6)
	for i := range ops {
		op := operation(i + 1)
		ops[i] = &op
	}
	ops[1].Principal = "remote"
	ops[2].Tool, ops[2].State = "delete_vm", store.Done
	ops[3].Account, ops[3].State = "hostup", store.Unknown
	ops[4].Call, ops[4].Equal, ops[4].State = ops[0].Call, ops[0].Equal, store.Done
	ops[4].DeliveredAt = time.Time{}
	ops[5].DeliveredAt = time.Time{}
	// Clocks of processes differ, so the order of insertion counts.
	ops[5].CreatedAt = ops[5].CreatedAt.AddDate(-1, 0, 0)
	return ops
}

// numbers returns the last digits of the IDs of operations.
func numbers(ops []store.Operation) string {
	var b strings.Builder
	for _, op := range ops {
		b.WriteString(op.ID[len(op.ID)-1:])
	}
	return b.String()
}

func queriesSelect(t *testing.T, open func(*testing.T) store.Store) {
	s := open(t)
	ops := queryable()
	insert(t, s, ops...)
	tests := []struct {
		name  string
		query store.OperationQuery
		want  string
	}{
		{"everything", store.OperationQuery{}, "654321"},
		{"principal", store.OperationQuery{Principal: "remote"}, "2"},
		{"tool", store.OperationQuery{Tool: "delete_vm"}, "3"},
		{"account", store.OperationQuery{Account: "hostup"}, "4"},
		{"call", store.OperationQuery{Call: ops[0].Call}, "51"},
		{"equal", store.OperationQuery{Equal: ops[0].Equal}, "51"},
		{"one state", store.OperationQuery{States: []store.State{store.Done}}, "53"},
		{"two states", store.OperationQuery{States: []store.State{store.Done, store.Unknown}}, "543"},
		{"undelivered", store.OperationQuery{Undelivered: true}, "65"},
		{"call and state", store.OperationQuery{Call: ops[0].Call, States: []store.State{store.Waiting}}, "1"},
		{"call, state and undelivered", store.OperationQuery{Call: ops[0].Call, States: []store.State{store.Done}, Undelivered: true}, "5"},
		{"limit", store.OperationQuery{Limit: 2}, "65"},
		{"before", store.OperationQuery{Before: ops[2].ID}, "21"},
		{"before and limit", store.OperationQuery{Before: ops[4].ID, Limit: 2}, "43"},
		{"before one that does not match", store.OperationQuery{Before: ops[3].ID, Principal: "remote"}, "2"},
		{"nothing", store.OperationQuery{Call: "call-1'--"}, ""},
		{"before the first", store.OperationQuery{Before: ops[0].ID}, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := s.Operations(t.Context(), test.query)
			if err != nil {
				t.Fatal(err)
			}
			if numbers(got) != test.want {
				t.Errorf("got %q, want %q", numbers(got), test.want)
			}
		})
	}
	if got, err := s.Operations(t.Context(), store.OperationQuery{Before: "op_none"}); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("before an unknown ID: %q, %v", numbers(got), err)
	}
}

func pagesMeet(t *testing.T, open func(*testing.T) store.Store) {
	s := open(t)
	insert(t, s, queryable()...)
	all := ""
	query := store.OperationQuery{Limit: 4}
	for page := range 3 {
		ops, err := s.Operations(t.Context(), query)
		if err != nil {
			t.Fatal(err)
		}
		all += numbers(ops) + "|"
		if len(ops) == 0 {
			break
		}
		query.Before = ops[len(ops)-1].ID
		if page == 0 {
			// An operation that is inserted meanwhile shifts no page.
			late := operation(7)
			insert(t, s, &late)
		}
	}
	if want := "6543|21||"; all != want {
		t.Errorf("pages %s, want %s", all, want)
	}
}
