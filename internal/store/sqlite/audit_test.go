package sqlite_test

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"countersign/internal/store"
	"countersign/internal/store/sqlite"
	"countersign/internal/store/sqlite/sqlitetest"
	"countersign/internal/store/storetest"
)

// unlock removes the triggers, as an attacker would.
func unlock(t *testing.T, db *sql.DB) {
	t.Helper()
	do(t, db, "DROP TRIGGER audit_is_not_changed; DROP TRIGGER audit_is_not_removed")
}

// audited returns a store with five records.
func audited(t *testing.T, dir string) *sqlite.Store {
	t.Helper()
	s := open(t, dir)
	for i := range 5 {
		err := s.Append(t.Context(), store.Record{
			At: time.Date(2026, 1, 1, 0, 0, i, 0, time.UTC), Operation: fmt.Sprintf("op_%d", i),
			Kind: "asked", Body: json.RawMessage(fmt.Sprintf(`{"n":%d}`, i)),
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return s
}

func TestVerifyAuditNamesWhatWasTamperedWith(t *testing.T) {
	const forged = `INSERT INTO audit (seq, at, operation, kind, body, prev, hash)
		SELECT %s, at, operation, 'approved', body, hash, hash FROM audit WHERE seq = 5`
	tests := []struct {
		name   string
		tamper string
		seq    int64
		reason string
	}{
		{"body changed", `UPDATE audit SET body = '{"n":7}' WHERE seq = 3`, 3, "changed"},
		{"body taken away", `UPDATE audit SET body = NULL WHERE seq = 3`, 3, "changed"},
		{"time changed", `UPDATE audit SET at = '2026-01-01T00:00:02.000000001Z' WHERE seq = 3`, 3, "changed"},
		{"same time in other words", `UPDATE audit SET at = '2026-01-01T00:00:02Z' WHERE seq = 3`, 3, "changed"},
		{"time made garbage", `UPDATE audit SET at = 'yesterday' WHERE seq = 3`, 3, "changed"},
		{"hash changed", `UPDATE audit SET hash = '00' WHERE seq = 3`, 3, "changed"},
		{"link changed", `UPDATE audit SET prev = '00' WHERE seq = 3`, 3, "changed"},
		{"middle removed", `DELETE FROM audit WHERE seq = 3`, 3, "removed"},
		{"middle removed and the rest moved up", `DELETE FROM audit WHERE seq = 3; UPDATE audit SET seq = seq - 1 WHERE seq > 3`, 3, "changed"},
		{"swapped", `UPDATE audit SET seq = 100 WHERE seq = 2; UPDATE audit SET seq = 2 WHERE seq = 3; UPDATE audit SET seq = 3 WHERE seq = 100`, 2, "changed"},
		{"first removed", `DELETE FROM audit WHERE seq = 1`, 1, "removed"},
		{"last removed", `DELETE FROM audit WHERE seq = 5`, 5, "removed"},
		{"end cut off", `DELETE FROM audit WHERE seq > 2`, 3, "removed"},
		{"all removed", `DELETE FROM audit`, 1, "removed"},
		{"one added at the end", fmt.Sprintf(forged, "6"), 6, "changed"},
		{"one added far away", fmt.Sprintf(forged, "60"), 6, "removed"},
		{"one added before", fmt.Sprintf(forged, "0"), 0, "out of order"},
		{"head moved back", `UPDATE audit_head SET seq = 4, hash = (SELECT hash FROM audit WHERE seq = 4)`, 5, "added"},
		{"head of another chain", `UPDATE audit_head SET hash = '00'`, 5, "replaced"},
		{"head removed", `DELETE FROM audit_head`, 6, "removed"},
		{"beginning removed and the base moved", `DELETE FROM audit WHERE seq <= 2; UPDATE audit_base SET seq = 2, hash = (SELECT prev FROM audit WHERE seq = 3), count = 2, at = '2026-01-01T00:00:01.000000000Z'`, 2, "removed: no record"},
		{"base moved", `UPDATE audit_base SET seq = 2, hash = (SELECT hash FROM audit WHERE seq = 2)`, 1, "out of order"},
		{"base removed", `DELETE FROM audit_base`, 1, "removed"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			dir := t.TempDir()
			s := audited(t, dir)
			if n, _, broken := storetest.VerifyAudit(t, s); n != 5 || broken != nil {
				t.Fatalf("untouched: %d records, %+v", n, broken)
			}
			db := raw(t, dir)
			unlock(t, db)
			do(t, db, test.tamper)

			n, head, broken := storetest.VerifyAudit(t, s)
			if broken == nil {
				t.Fatal("not found")
			}
			if broken.Seq != test.seq || !strings.HasPrefix(broken.Reason, test.reason) {
				t.Errorf("found %+v, want record %d %s", broken, test.seq, test.reason)
			}
			if n > 5 || n > 0 && head == "" {
				t.Errorf("%d records hold, head %q", n, head)
			}
		})
	}
}

func TestAuditRecordsCannotBeChangedByMistake(t *testing.T) {
	dir := t.TempDir()
	audited(t, dir)
	db := raw(t, dir)
	for _, statement := range []string{`UPDATE audit SET kind = 'x'`, `DELETE FROM audit WHERE seq = 5`} {
		if _, err := db.ExecContext(t.Context(), statement); err == nil {
			t.Errorf("%s went through", statement)
		}
	}
}

func TestWritingBehindAForgedRecordIsRefused(t *testing.T) {
	dir := t.TempDir()
	s := audited(t, dir)
	do(t, raw(t, dir), `INSERT INTO audit (seq, operation, kind, prev, hash) VALUES (6, '', 'approved', '', '')`)
	op := store.Operation{ID: "op_1", State: store.Waiting}
	err := s.InsertOperation(t.Context(), &op, store.Record{Kind: "asked"})
	if err == nil || !strings.Contains(err.Error(), "tampered") {
		t.Errorf("got %v", err)
	}
	if ops, err := s.Operations(t.Context(), store.OperationQuery{}); err != nil || len(ops) != 0 {
		t.Errorf("%d operations (%v), want none", len(ops), err)
	}
}

// TestMistakesStopAtTheBase pins that only records before the base can be deleted.
func TestMistakesStopAtTheBase(t *testing.T) {
	dir := t.TempDir()
	s := audited(t, dir)
	var third store.Record
	if err := s.Records(t.Context(), 2, func(r store.Record) bool { third = r; return false }); err != nil {
		t.Fatal(err)
	}
	c := store.Compaction{Base: store.Base{Head: store.Head{Seq: third.Seq, Hash: third.Hash}}, At: third.At.AddDate(1, 0, 0)}
	if _, err := s.CompactAudit(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	db := raw(t, dir)
	for _, statement := range []string{`UPDATE audit SET kind = 'x'`, `DELETE FROM audit WHERE seq = 4`, `DELETE FROM audit_base; DELETE FROM audit`} {
		if _, err := db.ExecContext(t.Context(), statement); err == nil {
			t.Errorf("%s went through", statement)
		}
	}
}

// TestARecomputedChainHolds pins the limit of the hashes: they do not protect against
// somebody who can write the file.
func TestARecomputedChainHolds(t *testing.T) {
	dir := t.TempDir()
	s := audited(t, dir)
	_, before, _ := storetest.VerifyAudit(t, s)
	err := sqlitetest.Recompute(t.Context(), dir, func(r *store.Record) bool {
		if r.Operation == "op_1" {
			r.Kind = "approved"
		}
		return r.Operation != "op_3"
	})
	if err != nil {
		t.Fatal(err)
	}
	n, after, broken := storetest.VerifyAudit(t, s)
	if n != 4 || after == before || broken != nil {
		t.Errorf("%d records, head %s, %+v", n, after, broken)
	}
}
