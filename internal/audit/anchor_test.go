package audit_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"countersign/internal/audit"
	"countersign/internal/store"
	"countersign/internal/store/sqlite"
)

// The test binary starts itself as another process with the same state folder.
const (
	dirVariable    = "AUDIT_TEST_DIR"
	anchorVariable = "AUDIT_TEST_ANCHOR"
)

func TestMain(m *testing.M) {
	if os.Getenv(dirVariable) == "" {
		os.Exit(m.Run())
	}
	if err := appendUntilKilled(os.Getenv(dirVariable), os.Getenv(anchorVariable)); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// appendUntilKilled appends records until it is killed and acknowledges each.
func appendUntilKilled(dir, path string) error {
	anchor, err := audit.NewAnchor(path, time.Now)
	if err != nil {
		return err
	}
	s, err := sqlite.Open(context.Background(), dir, sqlite.WithWitness(audit.NewWitness(anchor, zerolog.Nop(), time.Now)))
	if err != nil {
		return err
	}
	for {
		if err := s.Append(context.Background(), store.Record{At: time.Now(), Kind: "sent"}); err != nil {
			return err
		}
		fmt.Println("appended")
	}
}

// TestEveryHeadIsAnchored pins the form of the file: one line per write that
// appended records.
func TestEveryHeadIsAnchored(t *testing.T) {
	w := five(t)
	w.operation(6, store.Waiting, day(5), "asked", "shown")
	form := regexp.MustCompile(`^2026-03-04T12:00:00\.123456789Z [0-9]+ [0-9a-f]{64}$`)
	lines := w.lines()
	for i, line := range lines {
		if seq := []string{"1", "2", "3", "4", "5", "7"}[i]; !form.MatchString(line) || strings.Fields(line)[1] != seq {
			t.Errorf("line %d is %q", i, line)
		}
	}
	if info, err := os.Stat(w.anchor); err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v (%v)", info.Mode(), err)
	}
	found := w.verify(w.anchored())
	wantIntact(t, found, 7)
	if found.Anchored != 6 || found.Last != 7 || found.Early != 0 {
		t.Errorf("%+v", found)
	}
}

// TestTheAnchorFindsARecomputedChain pins that the anchor finds attacks that the state
// folder alone cannot show, because every hash and the head are recomputed.
func TestTheAnchorFindsARecomputedChain(t *testing.T) {
	tests := []struct {
		name   string
		attack func(*world)
		left   int64
		seq    int64
		reason string
		fits   bool
	}{
		{"a no made a yes", func(w *world) {
			w.recompute(func(r *store.Record) bool {
				if r.Operation == fmt.Sprintf("op_%020d", 3) {
					r.Kind = "denied"
				}
				return true
			})
		}, 5, 3, "replaced: another record was anchored", false},
		{"one record removed and the rest closed up", func(w *world) {
			w.recompute(func(r *store.Record) bool { return r.Operation != fmt.Sprintf("op_%020d", 2) })
		}, 4, 2, "replaced", false},
		{"the end removed", func(w *world) {
			w.recompute(func(r *store.Record) bool { return r.Operation != fmt.Sprintf("op_%020d", 5) })
		}, 4, 5, "removed: record 5 was anchored", false},
		{"all removed", func(w *world) { w.recompute(func(*store.Record) bool { return false }) }, 0, 1, "removed: record 5 was anchored", false},
		{"a compaction that nobody made", func(w *world) {
			records := recordsOf(w)
			c := store.Compaction{Base: store.Base{Head: store.Head{Seq: 3, Hash: records[2].Hash}}, At: day(9), By: "ana", Road: "terminal"}
			if _, err := w.open("").CompactAudit(w.t.Context(), c); err != nil {
				w.t.Fatal(err)
			}
		}, 3, 3, "record 6, which vouches for their removal, was not", true},
		{"a compaction that nobody made, and what honest processes appended", func(w *world) {
			records := recordsOf(w)
			c := store.Compaction{Base: store.Base{Head: store.Head{Seq: 3, Hash: records[2].Hash}}, At: day(9), By: "ana", Road: "terminal"}
			if _, err := w.open("").CompactAudit(w.t.Context(), c); err != nil {
				w.t.Fatal(err)
			}
			w.operation(6, store.Done, day(10), "done")
		}, 4, 3, "record 6, which vouches for their removal, was not", true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			w := five(t)
			wantIntact(t, w.verify(w.anchored()), 5)
			test.attack(w)
			wantIntact(t, w.verify(audit.Sources{}), test.left) // not found
			wantBreak(t, w.verify(w.anchored()), test.seq, test.reason)
			// Nothing is appended to a chain whose last anchored head is missing.
			anchor, err := audit.NewAnchor(w.anchor, noon)
			if err != nil {
				t.Fatal(err)
			}
			err = audit.NewWitness(anchor, zerolog.Nop(), noon).Fits(t.Context(), w.store)
			if (err == nil) != test.fits {
				t.Errorf("fits: %v", err)
			}
		})
	}
}

func recordsOf(w *world) []store.Record {
	w.t.Helper()
	var all []store.Record
	if err := w.store.Records(w.t.Context(), 0, func(r store.Record) bool { all = append(all, r); return true }); err != nil {
		w.t.Fatal(err)
	}
	return all
}

// TestAnAnchorMayLagBehind pins which anchors are valid: without the lines of a process
// that was killed, with lines in any order, duplicate, torn and empty ones.
func TestAnAnchorMayLagBehind(t *testing.T) {
	tests := []struct {
		name       string
		change     func([]string) []string
		anchored   int64
		unreadable int
	}{
		{"the last missing", func(l []string) []string { return l[:4] }, 4, 0},
		{"one in the middle missing", func(l []string) []string { return append(l[:2:2], l[3:]...) }, 4, 0},
		{"all missing", func([]string) []string { return nil }, 0, 0},
		{"the other way round", func(l []string) []string { return []string{l[4], l[2], l[3], l[0], l[1]} }, 5, 0},
		{"one twice", func(l []string) []string { return append(l, l[2]) }, 5, 0},
		{"a torn line", func(l []string) []string { return append(l[:4:4], l[4][:60]) }, 4, 1},
		{"a torn line in the middle", func(l []string) []string { return []string{l[0], l[1][:20], l[2], "", l[3], l[4]} }, 4, 1},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			w := five(t)
			text := strings.Join(test.change(w.lines()), "\n")
			if err := os.WriteFile(w.anchor, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			found := w.verify(w.anchored())
			wantIntact(t, found, 5)
			if found.Anchored != test.anchored || found.Unreadable != test.unreadable {
				t.Errorf("%+v", found)
			}
			// The next head has its own line.
			w.operation(6, store.Done, day(6), "done")
			if found := w.verify(w.anchored()); found.Last != 6 || found.Anchored < test.anchored+1 {
				t.Errorf("after one more: %+v", found)
			}
		})
	}
}

// TestManyProcessesShareAnAnchorAndAreKilled pins that every acknowledged head is
// complete in the anchor, although other processes write and some are killed.
func TestManyProcessesShareAnAnchorAndAreKilled(t *testing.T) {
	w := newWorld(t)
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	const processes = 4
	acknowledged := make(chan int, processes)
	for i := range processes {
		cmd := exec.CommandContext(t.Context(), program)
		cmd.Env = append(os.Environ(), "GORACE=atexit_sleep_ms=0", dirVariable+"="+w.dir, anchorVariable+"="+w.anchor)
		var complaints bytes.Buffer
		cmd.Stderr = &complaints
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		go func() {
			seen := 0
			for lines := bufio.NewScanner(out); lines.Scan(); seen++ {
				if seen == 10+5*i {
					_ = cmd.Process.Kill()
				}
			}
			if err := cmd.Wait(); err == nil {
				t.Error("a process ended by itself")
			} else if complaints.Len() > 0 {
				t.Error(complaints.String())
			}
			acknowledged <- seen
		}()
	}
	total := 0
	for range processes {
		total += <-acknowledged
	}
	found := w.verify(w.anchored())
	if found.Broken != nil || found.Unreadable != 0 || found.Anchored < int64(total) || found.Count > found.Anchored+processes {
		t.Errorf("%d acknowledged, found %+v", total, found)
	}
}

// TestAnAnchorThatCannotBeWritten pins that begun operations go on, that new ones are
// refused, that the log reports it once, and that both end when it can be written.
func TestAnAnchorThatCannotBeWritten(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("a folder cannot stand in for a file there")
	}
	dir, path := t.TempDir(), filepath.Join(t.TempDir(), "anchor")
	now := noon()
	var log bytes.Buffer
	anchor, err := audit.NewAnchor(path, noon)
	if err != nil {
		t.Fatal(err)
	}
	witness := audit.NewWitness(anchor, zerolog.New(&log), func() time.Time { return now })
	s, err := sqlite.Open(t.Context(), dir, sqlite.WithWitness(witness))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	begun := store.Operation{ID: "op_1", Call: "1", State: store.Waiting}
	if err := s.InsertOperation(t.Context(), &begun, store.Record{Kind: "asked"}); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(os.Rename(path, path+".old"), os.Mkdir(path, 0o700)); err != nil {
		t.Fatal(err)
	}
	for _, state := range []store.State{store.Approved, store.Executing, store.Done} {
		from := begun.State
		begun.State = state
		if err := s.UpdateOperation(t.Context(), &begun, from, store.Record{Kind: string(state)}); err != nil {
			t.Errorf("what has begun: %v", err)
		}
	}
	if n := strings.Count(log.String(), "could not be written"); n != 1 {
		t.Errorf("the log says it %d times:\n%s", n, log.String())
	}
	next := store.Operation{ID: "op_2", Call: "2", State: store.Waiting}
	err = s.InsertOperation(t.Context(), &next, store.Record{Kind: "asked"})
	if err == nil || !strings.Contains(err.Error(), "make room, or give another file with --audit-anchor") {
		t.Errorf("something new: %v", err)
	}
	if err := errors.Join(os.Remove(path), os.Rename(path+".old", path)); err != nil {
		t.Fatal(err)
	}
	if err := s.InsertOperation(t.Context(), &next, store.Record{Kind: "asked"}); err != nil {
		t.Errorf("when it can be written again: %v", err)
	}
	found, err := audit.VerifyStore(t.Context(), s, audit.Sources{Anchor: path})
	if err != nil || found.Broken != nil || found.Anchored != 3 || found.Last != 5 {
		t.Errorf("%+v, %v", found, err)
	}
}

// TestTheLogHasTheHead pins that the head is logged immediately and then once a minute
// at most.
func TestTheLogHasTheHead(t *testing.T) {
	now := noon()
	var log bytes.Buffer
	witness := audit.NewWitness(nil, zerolog.New(&log), func() time.Time { return now })
	said := func() string {
		defer log.Reset()
		return log.String()
	}
	head := store.Head{Seq: 17, Hash: strings.Repeat("a", 64)}
	witness.Saw(head)
	if got := said(); !strings.Contains(got, `"level":"info","seq":17,"hash":"aaaa`) {
		t.Errorf("said %q", got)
	}
	now = now.Add(59 * time.Second)
	witness.Saw(head)
	if got := said(); got != "" {
		t.Errorf("said %q again", got)
	}
	now = now.Add(time.Second)
	head.Seq = 18
	witness.Saw(head)
	if got := said(); !strings.Contains(got, `"seq":18`) {
		t.Errorf("said %q", got)
	}
	w := five(t)
	if err := witness.Say(t.Context(), w.store); err != nil {
		t.Fatal(err)
	}
	if got := said(); !strings.Contains(got, `"seq":5`) {
		t.Errorf("said %q", got)
	}
	if err := witness.Say(t.Context(), newWorld(t).store); err != nil || said() != "" {
		t.Errorf("an empty chain: %v", err)
	}
}

// TestAnAnchorThatBeginsLater pins that an empty anchor receives the current head, and
// that a file that is not an anchor is refused.
func TestAnAnchorThatBeginsLater(t *testing.T) {
	w := five(t)
	fits := func(path string) error {
		anchor, err := audit.NewAnchor(path, noon)
		if err != nil {
			return err
		}
		return audit.NewWitness(anchor, zerolog.Nop(), noon).Fits(t.Context(), w.store)
	}
	fresh := filepath.Join(t.TempDir(), "fresh")
	if err := fits(fresh); err != nil {
		t.Fatal(err)
	}
	found, err := audit.VerifyStore(t.Context(), w.store, audit.Sources{Anchor: fresh})
	if err != nil || found.Anchored != 1 || found.Last != 5 {
		t.Errorf("%+v, %v", found, err)
	}
	if err := fits(w.anchor); err != nil {
		t.Errorf("its own anchor: %v", err)
	}
	if err := fits(five(t).anchor); err != nil {
		t.Errorf("an equal chain: %v", err)
	}
	if err := fits(newWorld(t).anchor); err != nil {
		t.Errorf("an empty anchor: %v", err)
	}
	other := newWorld(t)
	other.operation(9, store.Done, day(0), "done")
	if err := fits(other.anchor); err == nil || !strings.Contains(err.Error(), "record 1 was anchored and is missing or another now") {
		t.Errorf("an anchor of another state folder: %v", err)
	}
	if err := fits(filepath.Join(t.TempDir(), "missing", "anchor")); err == nil {
		t.Error("a folder that is not there was made")
	}
	garbage := file(t, []byte("this is\nno anchor\n"))
	if _, err := audit.VerifyStore(t.Context(), w.store, audit.Sources{Anchor: garbage}); err == nil || !strings.Contains(err.Error(), "is no anchor") {
		t.Errorf("garbage: %v", err)
	}
	if _, err := audit.VerifyStore(t.Context(), w.store, audit.Sources{Anchor: garbage + "x"}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a missing anchor: %v", err)
	}
}
