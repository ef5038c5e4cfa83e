package audit_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"countersign/internal/audit"
	"countersign/internal/store"
)

// odd returns a world with bodies that JSON does not keep byte for byte.
func odd(t testing.TB) *world {
	t.Helper()
	w := newWorld(t)
	bodies := []string{``, `null`, `{"a": 1}`, "{\n}", `{"a":"<&>\u2028 é"}`, `no JSON`, "\xff\xfe", `{"a":1,"a":2}`, `[1.0,2e3]`}
	var records []store.Record
	for i, body := range bodies {
		at := day(i)
		if i == 3 {
			at = time.Time{}
		}
		records = append(records, store.Record{At: at, Operation: "op_<1>", Kind: "odd", Body: json.RawMessage(body)})
	}
	if err := w.store.Append(t.Context(), records...); err != nil {
		t.Fatal(err)
	}
	return w
}

func TestAnExportIsVerifiedOnItsOwn(t *testing.T) {
	for name, w := range map[string]*world{"usual": five(t), "odd": odd(t), "empty": newWorld(t)} {
		raw := w.export()
		found, err := audit.VerifyFile(file(t, raw), audit.Sources{})
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		all := recordsOf(w)
		wantIntact(t, found, int64(len(all)))
		if len(all) > 0 && found.Head.Hash != all[len(all)-1].Hash {
			t.Errorf("%s: head %+v", name, found.Head)
		}
		// Anybody can read it: every line is one JSON object.
		for line := range strings.Lines(string(raw)) {
			var object map[string]any
			if err := json.Unmarshal([]byte(line), &object); err != nil {
				t.Errorf("%s: %s: %v", name, line, err)
			}
		}
	}
}

func TestAnExportThatWasTamperedWith(t *testing.T) {
	w := five(t)
	whole := strings.SplitAfter(string(w.export()), "\n")
	whole = whole[:len(whole)-1]
	edit := func(n int, from, to string) func([]string) []string {
		return func(l []string) []string {
			l[n] = strings.Replace(l[n], from, to, 1)
			return l
		}
	}
	tests := []struct {
		name   string
		tamper func([]string) []string
		seq    int64
		reason string
	}{
		{"a word", edit(2, `"kind":"done"`, `"kind":"denied"`), 3, "changed: its hash"},
		{"a body", edit(2, `"seconds":3.25`, `"seconds":3.2`), 3, "changed: its hash"},
		{"a time", edit(2, `"at":"2026-03-06`, `"at":"2026-03-07`), 3, "changed: its hash"},
		{"the same time in another zone", edit(2, `.123456789Z`, `.123456789+00:00`), 3, "changed: the line"},
		{"a space", edit(2, `,"kind"`, `, "kind"`), 3, "changed: the line"},
		{"a second kind that other programs read", edit(2, `"kind":"done"`, `"kind":"denied","kind":"done"`), 3, "changed: the line"},
		{"a key in another case", edit(2, `"kind"`, `"Kind"`), 3, "changed: the line"},
		{"one more member", edit(2, `{"seq"`, `{"note":"x","seq"`), 3, "changed: the line"},
		{"removed", func(l []string) []string { return append(l[:2:2], l[3:]...) }, 3, "removed"},
		{"first removed", func(l []string) []string { return l[1:] }, 1, "removed: the export began after record 0"},
		{"last removed", func(l []string) []string { return append(l[:4:4], l[5]) }, 5, "removed: the export had 5 records"},
		{"end cut off", func(l []string) []string { return l[:5] }, 6, "its end was cut off"},
		{"cut within a line", func(l []string) []string { l[5] = l[5][:40]; return l }, 6, "changed: the line"},
		{"all but the last line removed", func(l []string) []string { return l[5:] }, 1, "removed: the export had 5"},
		{"empty", func([]string) []string { return nil }, 1, "cut off"},
		{"swapped", func(l []string) []string { l[1], l[2] = l[2], l[1]; return l }, 2, "removed: the next record there is 3"},
		{"told twice", func(l []string) []string { return append(l[:3:3], l[2:]...) }, 3, "out of order"},
		{"added behind", func(l []string) []string { return append(l, l[4]) }, 6, "added"},
		{"garbage behind", func(l []string) []string { return append(l, "x\n") }, 6, "added"},
		{"another last line", edit(5, `"count":5`, `"count":6`), 6, "removed: the export had 6"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			lines := test.tamper(append([]string(nil), whole...))
			path := file(t, []byte(strings.Join(lines, "")))
			found, err := audit.VerifyFile(path, audit.Sources{})
			if err != nil {
				t.Fatal(err)
			}
			wantBreak(t, found, test.seq, test.reason)
			if found.Where != path {
				t.Errorf("where: %q", found.Where)
			}
		})
	}
}

// TestAnExportOfABrokenChain pins that a broken chain can be exported, and that the
// export has the same break.
func TestAnExportOfABrokenChain(t *testing.T) {
	w := five(t)
	w.tamper(`DROP TRIGGER audit_is_not_removed; DELETE FROM audit WHERE seq = 5`)
	found, err := audit.VerifyFile(file(t, w.export()), audit.Sources{})
	if err != nil {
		t.Fatal(err)
	}
	wantBreak(t, found, 5, "removed: the chain was left at record 5")
}

// TestAnchoredExport pins that an export is verified against the anchor too, and that an
// export older than the anchor is valid.
func TestAnchoredExport(t *testing.T) {
	w := five(t)
	path := file(t, w.export())
	w.operation(6, store.Done, day(6), "done")
	found, err := audit.VerifyFile(path, w.anchored())
	if err != nil {
		t.Fatal(err)
	}
	wantIntact(t, found, 5)
	if found.Anchored != 5 || found.Last != 6 {
		t.Errorf("%+v", found)
	}
	w.recompute(func(r *store.Record) bool { r.Kind = "denied"; return true })
	if found, err = audit.VerifyFile(file(t, w.export()), w.anchored()); err != nil {
		t.Fatal(err)
	}
	wantBreak(t, found, 1, "replaced")
}

func TestCSVIsInert(t *testing.T) {
	w := newWorld(t)
	texts := []string{
		`=1+1`, `+1`, `-1`, `@SUM(A1)`, ` =1`, "\t=1", "\r=1", "\n=1", "\u00a0=1", `＝1`, `"=1`, `'=1`, `|calc`, `%x`, "\tx",
		`=HYPERLINK("http://x","y")`, `web-1`, `3.5`, `a=b`, ``, "two\nlines",
	}
	for _, text := range texts {
		raw, err := json.Marshal(map[string]any{"summary": text, "reason": text, "by": text, "failure": map[string]string{"code": text, "message": "m"}})
		if err != nil {
			t.Fatal(err)
		}
		if err := w.store.Append(t.Context(), store.Record{At: noon(), Operation: text, Kind: "asked", Body: raw}); err != nil {
			t.Fatal(err)
		}
	}
	var out bytes.Buffer
	err := w.store.ReadAudit(t.Context(), func(chain store.Snapshot) error {
		n, err := audit.WriteCSV(&out, chain)
		if n != int64(len(texts)) {
			t.Errorf("%d records", n)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(&out).ReadAll()
	if err != nil || len(rows) != len(texts)+1 {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	inert := map[string]bool{`web-1`: true, `3.5`: true, `a=b`: true, ``: true, "two\nlines": true}
	for i, row := range rows[1:] {
		want := texts[i]
		if !inert[want] {
			want = "'" + want
		}
		for _, column := range []int{2, 8, 9, 13} {
			// A CSV reader makes one line break of two.
			if got := row[column]; got != want && got != strings.ReplaceAll(want, "\r", "") {
				t.Errorf("%s of %q is %q", rows[0][column], texts[i], got)
			}
		}
		for j, cell := range row {
			if cell != "" && strings.ContainsRune("=+-@\t\r", rune(cell[0])) {
				t.Errorf("%s begins with %q", rows[0][j], cell[0])
			}
		}
	}
}

func TestAFileIsWrittenWholeOrNotAtAll(t *testing.T) {
	dir := t.TempDir()
	there := filepath.Join(dir, "there")
	if err := os.WriteFile(there, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := audit.WriteFile(there, func(*os.File) error { return nil }); err == nil || !strings.Contains(err.Error(), "is not written over") {
		t.Errorf("a file that was there: %v", err)
	}
	if raw, err := os.ReadFile(there); err != nil || string(raw) != "mine" {
		t.Errorf("it is %q now (%v)", raw, err)
	}
	broken := filepath.Join(dir, "broken")
	if err := audit.WriteFile(broken, func(f *os.File) error { _, _ = f.WriteString("half"); return os.ErrClosed }); err == nil {
		t.Error("a failure was no error")
	}
	if _, err := os.Stat(broken); !os.IsNotExist(err) {
		t.Errorf("half a file stays: %v", err)
	}
}
