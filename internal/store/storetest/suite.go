// Package storetest has the tests that every implementation of store.Store passes. It
// must never know an implementation.
package storetest

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"countersign/internal/store"
)

// Run tests an implementation. open returns a new handle to the store of its t: an empty
// store at the first call, the same store at later calls. It closes the handles when
// that t ends; the tests may close a handle before.
func Run(t *testing.T, open func(t *testing.T) store.Store) {
	for _, part := range []struct {
		name string
		test func(*testing.T, func(*testing.T) store.Store)
	}{
		{"operations are kept whole", operationsAreKeptWhole},
		{"operations are inserted once", operationsAreInsertedOnce},
		{"a call has one open operation", callHasOneOpenOperation},
		{"an update needs state and version", updateNeedsStateAndVersion},
		{"an update takes a step of the table", updateTakesAStep},
		{"one of many wins a transition", oneWinsATransition},
		{"a cancelled call changes nothing", cancelledChangesNothing},
		{"a lost transition leaves no record", lostTransitionLeavesNoRecord},
		{"queries select", queriesSelect},
		{"pages meet", pagesMeet},
		{"a reservation holds for one at a time", reservingHolds},
		{"a reservation can be new", reservingInserts},
		{"a condition that panics holds nothing up", reservingPanics},
		{"what is charged is found", chargesAreSelected},
		{"grants are kept", grantsAreKept},
		{"a reopened store has everything", reopenedHasEverything},
		{"records are chained", recordsAreChained},
		{"many handles append to one chain", handlesAppendToOneChain},
		{"records are read in pages and stop", recordsStop},
		{"the last record of a kind is found", lastRecordIsFound},
		{"the records of an operation are found", recordsOfAreFound},
		{"the PIN is kept and compared", pinIsKept},
		{"every change of the PIN is counted", pinIsCounted},
		{"a compaction keeps the chain", compactionKeepsTheChain},
		{"compactions follow each other", compactionIsRepeated},
		{"a compaction refuses what is in doubt", compactionRefusesWhatIsInDoubt},
		{"a compaction carries over what holds", compactionCarriesWhatHolds},
		{"of two compactions at once one is refused", twoCompactionsAtOnce},
		{"names are remembered", namesAreRemembered},
		{"instances are remembered", instancesAreRemembered},
		{"handles close alone and twice", handlesClose},
	} {
		t.Run(part.name, func(t *testing.T) { part.test(t, open) })
	}
}

// noon returns a time with a zone and nanoseconds, which an implementation could lose.
func noon() time.Time {
	return time.Date(2026, 3, 4, 12, 0, 0, 123456789, time.FixedZone("", 2*60*60))
}

// operation returns a waiting operation with every field set.
func operation(n int) store.Operation {
	at := func(hours int) time.Time { return noon().Add(time.Duration(hours) * time.Hour) }
	return store.Operation{
		ID: fmt.Sprintf("op_%020d", n), Principal: "local", Tool: "create_vm", Account: "gpcn",
		Effect: "bill", State: store.Waiting, Call: fmt.Sprintf("call-%d", n),
		Arguments: json.RawMessage(`{"name": "web-1 \u2028 é"}`), Plan: json.RawMessage(`{"summary":"x"}`),
		PlanDigest: "digest", Summary: "Create a VM; ' -- and \"quotes\"", Equal: fmt.Sprintf("equal-%d", n),
		Marker: "marker", Needs: "human", Charge: json.RawMessage(`{"per_hour":"1 USD"}`), Grant: "grant_1", Nonce: "nonce", Instance: "inst_0123456789abcdef",
		CreatedAt: at(0), AskedAt: at(1), ExpiresAt: at(2), Approver: "ana", Road: "form", Terminal: "/dev/pts/1",
		AnsweredAt: at(3), SentAt: at(4), EndedAt: at(5), Result: json.RawMessage(`[1.0, 2e3]`),
		Jobs: json.RawMessage(`[{"job":"j"}]`), Failure: json.RawMessage(`null`), ClosedBy: "ben", DeliveredAt: at(6),
	}
}

// insert stores operations; an error fails the test.
func insert(t *testing.T, s store.Store, ops ...*store.Operation) {
	t.Helper()
	for _, op := range ops {
		if err := s.InsertOperation(t.Context(), op); err != nil {
			t.Fatalf("insert %s: %v", op.ID, err)
		}
	}
}

// differ fails the test where values differ; it compares times without their zones.
func differ[T any](t *testing.T, what string, want, got T) {
	t.Helper()
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

// records returns the audit records after a number.
func records(t *testing.T, s store.Store, after int64) []store.Record {
	t.Helper()
	var all []store.Record
	err := s.Records(t.Context(), after, func(r store.Record) bool {
		all = append(all, r)
		return true
	})
	if err != nil {
		t.Fatalf("records: %v", err)
	}
	return all
}

// verify fails the test unless the audit chain verifies and has count records. It
// returns the hash of the last one.
func verify(t *testing.T, s store.Store, count int64) string {
	t.Helper()
	n, head, broken := VerifyAudit(t, s)
	if broken != nil || n != count {
		t.Fatalf("verify audit: %d records, broken %+v; want %d that hold", n, broken, count)
	}
	return head
}

// VerifyAudit recomputes the audit chain of a store. It returns the number of
// records before the first break, the hash of the last of them, and the break, nil
// where there is none.
func VerifyAudit(t testing.TB, s store.Store) (count int64, head string, broken *store.Broken) {
	t.Helper()
	var checker store.Checker
	err := s.ReadAudit(t.Context(), func(chain store.Snapshot) (err error) {
		broken, err = checker.Check(chain)
		return err
	})
	if err != nil {
		t.Fatalf("verify audit: %v", err)
	}
	return checker.Count(), checker.At().Hash, broken
}
