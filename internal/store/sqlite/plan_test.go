package sqlite

import (
	"strings"
	"testing"
	"time"

	"countersign/internal/store"
)

// The tables grow for years, and the guard runs these queries before each call.
func TestOperationsUseIndexes(t *testing.T) {
	s, err := Open(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	open := []store.State{store.Waiting, store.Approved, store.Executing, store.Unknown}
	tests := []struct {
		name  string
		query store.OperationQuery
		want  string
	}{
		{"call", store.OperationQuery{Call: "c"}, "INDEX operations_by_call"},
		{"call and states", store.OperationQuery{Call: "c", Principal: "p", States: open, Limit: 1}, "INDEX operations_by_call"},
		{"call, undelivered", store.OperationQuery{Call: "c", States: []store.State{store.Done}, Undelivered: true}, "INDEX operations_by_call"},
		{"equal", store.OperationQuery{Equal: "e"}, "INDEX operations_by_equal"},
		{"equal and states", store.OperationQuery{Equal: "e", Account: "a", States: open}, "INDEX operations_by_equal"},
		{"charged in an account", store.OperationQuery{Account: "a", Charged: true, States: open}, "INDEX operations_charged"},
		{"charged in an account, not long ago", store.OperationQuery{Account: "a", Charged: true, States: open, EndedAfter: time.Now()}, "INDEX operations_ended (account=? AND"},
		{"ended in an account, not long ago", store.OperationQuery{Account: "a", States: []store.State{store.Done}, EndedAfter: time.Now()}, "INDEX operations_ended (account=? AND"},
		{"drawn from a grant", store.OperationQuery{Grant: "g", States: open}, "INDEX operations_by_grant"},
		{"state", store.OperationQuery{States: []store.State{store.Waiting}}, "INDEX operations_by_state"},
		{"states", store.OperationQuery{States: open, Limit: 50}, "INDEX operations_by_state"},
		{"states, next page", store.OperationQuery{States: open, Before: "x", Limit: 50}, "INDEX operations_by_state"},
		{"a page of all", store.OperationQuery{Before: "x", Limit: 50}, "INTEGER PRIMARY KEY"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			query, arguments := selectOperations(test.query, 100)
			wantPlan(t, s, test.want, query, arguments...)
		})
	}
}

// The audit grows for years too, and is read before an approval is used.
func TestRecordsUseIndexes(t *testing.T) {
	s, err := Open(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	wantPlan(t, s, "INDEX audit_by_operation", selectRecordsOf(), "op_1")
}

// wantPlan checks that a query uses an index.
func wantPlan(t *testing.T, s *Store, want, query string, arguments ...any) {
	t.Helper()
	rows, err := s.reader.QueryContext(t.Context(), "EXPLAIN QUERY PLAN "+query, arguments...)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	var plan []string
	for rows.Next() {
		var id, parent, unused int
		var detail string
		if err := rows.Scan(&id, &parent, &unused, &detail); err != nil {
			t.Fatal(err)
		}
		plan = append(plan, detail)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(plan, "; "); !strings.Contains(got, want) || strings.Contains(got, "SCAN") {
		t.Errorf("plan: %s, want %s", got, want)
	}
}
