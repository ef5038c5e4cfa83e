package audit_test

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"countersign/internal/audit"
	"countersign/internal/store"
)

// ana returns a compaction by a person, a long time after all records.
func (w *world) ana(archive string) audit.Compaction {
	return audit.Compaction{By: "ana", Road: "terminal", Terminal: "/dev/pts/1", Archive: archive, Anchor: w.anchor, Now: day(100)}
}

// cut returns the cut of a world.
func (w *world) cut(before time.Time, most int64) audit.Cut {
	w.t.Helper()
	cut, err := audit.FindCut(w.t.Context(), w.store, before, day(100), most)
	if err != nil {
		w.t.Fatal(err)
	}
	return cut
}

func (w *world) compact(cut audit.Cut, archive string) store.Compacted {
	w.t.Helper()
	gone, err := audit.Compact(w.t.Context(), w.store, cut, w.ana(archive))
	if err != nil {
		w.t.Fatal(err)
	}
	return gone
}

func TestWhatCanBeRemoved(t *testing.T) {
	tests := []struct {
		name    string
		build   func(*world)
		before  time.Time
		most    int64
		last    int64
		stopped bool
	}{
		{"nothing there", func(*world) {}, day(9), 0, 0, false},
		{"older than", func(w *world) {
			for n := range 5 {
				w.operation(n, store.Done, day(n), "asked", "done")
			}
		}, day(3), 0, 6, false},
		{"not so many at once", func(w *world) { w.operation(1, store.Done, day(1), "a", "b", "c", "d") }, day(9), 3, 3, false},
		{"clocks that differ: the first that is too young ends it", func(w *world) {
			w.operation(1, store.Done, day(1), "a")
			w.operation(2, store.Done, day(8), "a")
			w.operation(3, store.Done, day(2), "a")
		}, day(5), 0, 1, false},
		{"an open one keeps all behind it", func(w *world) {
			w.operation(1, store.Done, day(1), "a")
			w.operation(2, store.Unknown, day(2), "a")
			w.operation(3, store.Done, day(3), "a")
		}, day(9), 0, 1, true},
		{"records of no operation", func(w *world) {
			if err := w.store.Append(w.t.Context(), store.Record{At: day(1), Kind: "x"}, store.Record{At: day(1), Operation: "op_never_stored", Kind: "forbidden"}); err != nil {
				w.t.Fatal(err)
			}
		}, day(9), 0, 2, false},
		{"a grant that stands", func(w *world) {
			w.operation(1, store.Done, day(1), "a")
			id := w.operation(2, store.Done, day(2), "granted")
			if err := w.store.InsertGrant(w.t.Context(), &store.Grant{ID: "grant_1", Operation: id, Until: day(101)}); err != nil {
				w.t.Fatal(err)
			}
		}, day(9), 0, 1, true},
		{"drawn from a grant that stands", func(w *world) {
			op := store.Operation{ID: "op_1", Call: "c", State: store.Done, Grant: "grant_1", EndedAt: day(1)}
			if err := w.store.InsertOperation(w.t.Context(), &op, store.Record{At: day(1), Operation: "op_1", Kind: "drawn"}); err != nil {
				w.t.Fatal(err)
			}
			if err := w.store.InsertGrant(w.t.Context(), &store.Grant{ID: "grant_1", Operation: "op_0", Until: day(101)}); err != nil {
				w.t.Fatal(err)
			}
		}, day(9), 0, 0, true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t)
			test.build(w)
			cut := w.cut(test.before, test.most)
			if cut.Last.Seq != test.last || cut.Last.Count != test.last || (cut.Stopped != "") != test.stopped {
				t.Errorf("%+v, want record %d", cut, test.last)
			}
		})
	}
}

func TestArchiveAndRestAreVerifiedTogether(t *testing.T) {
	w := five(t)
	first, second := filepath.Join(t.TempDir(), "first"), filepath.Join(t.TempDir(), "second")
	if gone := w.compact(w.cut(day(2), 0), first); gone.Records != 2 || gone.Operations != 2 {
		t.Errorf("removed %+v", gone)
	}
	raw, err := os.ReadFile(first)
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(raw)
	if last := recordsOf(w); !strings.Contains(string(last[len(last)-1].Body), hex.EncodeToString(sum[:])) {
		t.Errorf("%s does not name the archive", last[len(last)-1].Body)
	}
	w.compact(w.cut(day(4), 0), second)
	w.operation(9, store.Done, day(100), "done")

	// 5, the two compactions, 9.
	found := w.verify(w.anchored())
	wantIntact(t, found, 4)
	if !found.Vouched || found.From.Seq != 4 || found.Early != 3 {
		t.Errorf("%+v", found)
	}
	with := audit.Sources{Archives: []string{first, second}, Anchor: w.anchor}
	found = w.verify(with)
	wantIntact(t, found, 8)
	if found.From.Seq != 0 || found.Early != 0 || found.Anchored != 8 {
		t.Errorf("%+v", found)
	}
	wantIntact(t, w.verify(audit.Sources{Archives: []string{second}, Anchor: w.anchor}), 6)
	wantBreak(t, w.verify(audit.Sources{Archives: []string{first}}), 3, "removed: what comes before ends at record 2")
	wantBreak(t, w.verify(audit.Sources{Archives: []string{second, first}}), 1, "does not join")

	// Each archive verifies on its own too, and so does an export of the rest.
	for path, vouched := range map[string]bool{first: false, second: false, file(t, w.export()): true} {
		found, err := audit.VerifyFile(path, audit.Sources{})
		if err != nil || found.Broken != nil || found.Vouched != vouched {
			t.Errorf("%s: %+v, %v", path, found, err)
		}
	}
	found, err = audit.VerifyFile(file(t, w.export()), with)
	if err != nil {
		t.Fatal(err)
	}
	wantIntact(t, found, 8)

	// An archive in which a word was changed.
	if err := os.WriteFile(first, []byte(strings.Replace(string(raw), `"kind":"done"`, `"kind":"none"`, 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	wantBreak(t, w.verify(with), 1, "changed")
}

// TestABrokenChainIsNotCompacted pins that evidence of tampering is not removed.
func TestABrokenChainIsNotCompacted(t *testing.T) {
	archive := filepath.Join(t.TempDir(), "archive")
	for name, attack := range map[string]func(*world){
		"changed": func(w *world) {
			w.tamper(`DROP TRIGGER audit_is_not_changed; UPDATE audit SET kind = 'x' WHERE seq = 5`)
		},
		"recomputed": func(w *world) { w.recompute(func(r *store.Record) bool { r.Kind = "x"; return true }) },
	} {
		w := five(t)
		cut := w.cut(day(2), 0)
		attack(w)
		_, err := audit.Compact(t.Context(), w.store, cut, w.ana(archive))
		if err == nil || !strings.Contains(err.Error(), "nothing was removed") {
			t.Errorf("%s: %v", name, err)
		}
		if n := len(recordsOf(w)); n != 5 {
			t.Errorf("%s: %d records are left", name, n)
		}
		if _, err := os.Stat(archive); !os.IsNotExist(err) {
			t.Errorf("%s: an archive was written", name)
		}
	}
}

func TestAnArchiveIsNeverWrittenOver(t *testing.T) {
	w := five(t)
	there := file(t, []byte("mine"))
	_, err := audit.Compact(t.Context(), w.store, w.cut(day(2), 0), w.ana(there))
	if !errors.Is(err, audit.ErrThere) || len(recordsOf(w)) != 5 {
		t.Errorf("%v", err)
	}
	// A cut that another process has removed meanwhile is a conflict.
	cut := w.cut(day(3), 0)
	w.compact(w.cut(day(2), 0), "")
	cut.Last.Hash = strings.Repeat("0", 64)
	if _, err := audit.Compact(t.Context(), w.store, cut, w.ana("")); !errors.Is(err, store.ErrConflict) {
		t.Errorf("%v", err)
	}
}

func TestRetention(t *testing.T) {
	w := newWorld(t)
	for n := range 50 {
		w.operation(n, store.Done, day(n), "asked", "done")
	}
	if err := w.store.SeeNames(t.Context(), store.Name{Account: "gpcn", Kind: "vm", ID: "1", Name: "web", LastSeen: day(20)}); err != nil {
		t.Fatal(err)
	}
	retain := func(at time.Time) store.Compacted {
		t.Helper()
		gone, err := audit.Retain(t.Context(), w.store, 40*24*time.Hour, audit.Compaction{Anchor: w.anchor, Now: at})
		if err != nil {
			t.Fatal(err)
		}
		return gone
	}
	names := func() int {
		t.Helper()
		all, err := w.store.Names(t.Context(), "gpcn", "vm", "1", time.Time{})
		if err != nil {
			t.Fatal(err)
		}
		return len(all)
	}
	// Once a day is enough.
	if gone := retain(day(41).Add(-time.Second)); gone != (store.Compacted{}) {
		t.Errorf("removed %+v before its time", gone)
	}
	// Names and ended operations are kept for their own times.
	if gone := retain(day(45)); gone.Records != 10 || gone.Operations != 5 || gone.Names != 0 || names() != 1 {
		t.Errorf("removed %+v", gone)
	}
	if gone := retain(day(45).Add(time.Hour)); gone != (store.Compacted{}) {
		t.Errorf("removed %+v again", gone)
	}
	if gone := retain(day(60)); gone.Records != 30 || gone.Names != 1 || names() != 0 {
		t.Errorf("removed %+v", gone)
	}
	found := w.verify(w.anchored())
	wantIntact(t, found, 62)
	if !found.Vouched {
		t.Errorf("%+v", found)
	}
	last := recordsOf(w)
	if body := string(last[len(last)-1].Body); !strings.Contains(body, `"by":"the setting --audit-keep","road":"retention"`) {
		t.Errorf("the record says %s", body)
	}
}
