package audit_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"countersign/internal/audit"
	"countersign/internal/store"
	"countersign/internal/store/sqlite"
	"countersign/internal/store/sqlite/sqlitetest"
)

// noon is the time of the first record of a world.
func noon() time.Time { return time.Date(2026, 3, 4, 12, 0, 0, 123456789, time.UTC) }

// day is n days after noon.
func day(n int) time.Time { return noon().AddDate(0, 0, n) }

// world is a state folder with an anchor elsewhere.
type world struct {
	t      testing.TB
	dir    string
	anchor string
	store  *sqlite.Store
}

func newWorld(t testing.TB) *world {
	t.Helper()
	w := &world{t: t, dir: t.TempDir(), anchor: filepath.Join(t.TempDir(), "anchor")}
	w.store = w.open(w.anchor)
	return w
}

// open opens the state folder; with no anchor where it is empty.
func (w *world) open(anchor string) *sqlite.Store {
	w.t.Helper()
	var a *audit.Anchor
	if anchor != "" {
		var err error
		if a, err = audit.NewAnchor(anchor, noon); err != nil {
			w.t.Fatal(err)
		}
	}
	s, err := sqlite.Open(w.t.Context(), w.dir, sqlite.WithWitness(audit.NewWitness(a, zerolog.Nop(), noon)))
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { _ = s.Close() })
	return s
}

// operation stores an operation in a state with one record per kind, on a day.
func (w *world) operation(n int, state store.State, at time.Time, kinds ...string) string {
	w.t.Helper()
	id := fmt.Sprintf("op_%020d", n)
	op := store.Operation{ID: id, Call: id, Tool: "create_vm", Account: "gpcn", State: state, EndedAt: at}
	var records []store.Record
	for _, kind := range kinds {
		body := fmt.Sprintf(`{"principal":"local","tool":"create_vm","account":"gpcn","effect":"bill","summary":"Create %d","by":"ana","road":"terminal","terminal":"/dev/pts/%d","seconds":3.25}`, n, n)
		records = append(records, store.Record{At: at, Operation: id, Kind: kind, Body: json.RawMessage(body)})
	}
	if err := w.store.InsertOperation(w.t.Context(), &op, records...); err != nil {
		w.t.Fatal(err)
	}
	return id
}

// five is a world of five ended operations, one record each, one a day.
func five(t testing.TB) *world {
	t.Helper()
	w := newWorld(t)
	for n := range 5 {
		w.operation(n+1, store.Done, day(n), "done")
	}
	return w
}

func (w *world) verify(with audit.Sources) audit.Finding {
	w.t.Helper()
	found, err := audit.VerifyStore(w.t.Context(), w.store, with)
	if err != nil {
		w.t.Fatal(err)
	}
	return found
}

func (w *world) anchored() audit.Sources { return audit.Sources{Anchor: w.anchor} }

// wantIntact checks that a finding has count records and no break.
func wantIntact(t testing.TB, f audit.Finding, count int64) {
	t.Helper()
	if f.Broken != nil || f.Count != count {
		t.Errorf("%d records hold, broken %+v; want %d", f.Count, f.Broken, count)
	}
}

// wantBreak checks that a finding has a break at a record, with a reason.
func wantBreak(t testing.TB, f audit.Finding, seq int64, reason string) {
	t.Helper()
	if f.Broken == nil || f.Broken.Seq != seq || !strings.Contains(f.Broken.Reason, reason) {
		t.Errorf("found %+v, want record %d: %s", f.Broken, seq, reason)
	}
}

// recompute changes the database directly, so that the chain verifies.
func (w *world) recompute(change func(*store.Record) bool) {
	w.t.Helper()
	if err := sqlitetest.Recompute(w.t.Context(), w.dir, change); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) tamper(statement string) {
	w.t.Helper()
	if _, err := sqlitetest.Tamper(w.t.Context(), w.dir, statement); err != nil {
		w.t.Fatal(err)
	}
}

// export writes the chain as JSON lines.
func (w *world) export() []byte {
	w.t.Helper()
	var out bytes.Buffer
	err := w.store.ReadAudit(w.t.Context(), func(chain store.Snapshot) error {
		_, err := audit.WriteJSONL(&out, chain, 0, noon())
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return out.Bytes()
}

// file writes bytes to a new file.
func file(t testing.TB, content []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func (w *world) lines() []string {
	w.t.Helper()
	raw, err := os.ReadFile(w.anchor)
	if err != nil {
		w.t.Fatal(err)
	}
	return strings.Split(strings.TrimSuffix(string(raw), "\n"), "\n")
}
