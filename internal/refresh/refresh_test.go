package refresh_test

import (
	"errors"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"countersign/internal/refresh"
)

// counted is a value of one or two files that counts how often they are read and
// parsed. Its clock stands still.
type counted struct {
	refresh.Value[string]
	reads, parses int
	failing       error // of reading
}

func count(now time.Time, paths ...string) *counted {
	c := &counted{}
	c.Paths = paths
	c.Now = func() time.Time { return now }
	c.Read = func(path string) ([]byte, error) {
		c.reads++
		if c.failing != nil {
			return nil, c.failing
		}
		return os.ReadFile(path)
	}
	c.Parse = func(texts [][]byte) (string, error) {
		c.parses++
		all := ""
		for _, text := range texts {
			all += string(text)
		}
		if all == "wrong" {
			return "", errors.New("it is wrong")
		}
		return all, nil
	}
	return c
}

func (c *counted) want(t *testing.T, value string, reads, parses int) {
	t.Helper()
	got, err := c.Get()
	if err != nil {
		got = err.Error()
	}
	if got != value || c.reads != reads || c.parses != parses {
		t.Errorf("%q after %d reads and %d parses, want %q after %d and %d", got, c.reads, c.parses, value, reads, parses)
	}
}

// put writes a file and gives it a modification time.
func put(t *testing.T, path, text string, at time.Time) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(path, at, at); err != nil {
		t.Fatal(err)
	}
}

func TestReadsAgainWhenChanged(t *testing.T) {
	t.Parallel()
	path, now := filepath.Join(t.TempDir(), "file"), time.Now()
	old := now.Add(-time.Hour)
	put(t, path, "one", old)
	c := count(now, path)
	c.want(t, "one", 1, 1)
	c.want(t, "one", 1, 1)

	put(t, path, "two", old.Add(time.Second)) // another time
	c.want(t, "two", 2, 2)
	put(t, path, "three", old.Add(time.Second)) // another size
	c.want(t, "three", 3, 3)
	put(t, path+".new", "seven", old.Add(time.Second)) // another file
	if err := os.Rename(path+".new", path); err != nil {
		t.Fatal(err)
	}
	c.want(t, "seven", 4, 4)
	c.want(t, "seven", 4, 4)
	if err := os.Chmod(path, 0o400); err != nil { // another mode
		t.Fatal(err)
	}
	c.want(t, "seven", 5, 4)
}

// TestChangesWithinOneTick pins that a file which is changed twice at the same
// size within one modification time is read again, and parsed only when its text
// is another one.
func TestChangesWithinOneTick(t *testing.T) {
	t.Parallel()
	path, now := filepath.Join(t.TempDir(), "file"), time.Now()
	put(t, path, "one", now)
	c := count(now.Add(time.Second), path)
	c.want(t, "one", 1, 1)
	c.want(t, "one", 2, 1)
	put(t, path, "two", now)
	c.want(t, "two", 3, 2)
	c.Now = func() time.Time { return now.Add(time.Minute) }
	c.want(t, "two", 4, 2)
	c.want(t, "two", 4, 2)
}

// TestErrors pins that an error of parsing holds as long as the text, and that an
// error of reading holds for one call.
func TestErrors(t *testing.T) {
	t.Parallel()
	path, now := filepath.Join(t.TempDir(), "file"), time.Now()
	old := now.Add(-time.Hour)
	put(t, path, "wrong", old)
	c := count(now, path)
	c.want(t, "it is wrong", 1, 1)
	c.want(t, "it is wrong", 1, 1)
	put(t, path, "right", old)
	if err := os.Chtimes(path, old, old.Add(time.Second)); err != nil {
		t.Fatal(err)
	}
	c.failing = errors.New("too many open files")
	c.want(t, "too many open files", 2, 1)
	c.want(t, "too many open files", 3, 1)
	c.failing = nil
	c.want(t, "right", 4, 2)
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Get(); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("without the file: %v", err)
	}
	put(t, path, "right", old)
	c.want(t, "right", 6, 2)
}

func TestSeveralFiles(t *testing.T) {
	t.Parallel()
	dir, now := t.TempDir(), time.Now()
	a, b := filepath.Join(dir, "a"), filepath.Join(dir, "b")
	put(t, a, "one ", now.Add(-time.Hour))
	put(t, b, "two", now.Add(-time.Hour))
	c := count(now, a, b)
	c.want(t, "one two", 2, 1)
	put(t, b, "three", now.Add(-time.Hour))
	c.want(t, "one three", 4, 2)
	put(t, a, "one", now.Add(-time.Minute)) // the boundary between the texts counts
	put(t, b, " three", now.Add(-time.Minute))
	c.want(t, "one three", 6, 3)

	none := count(now)
	none.want(t, "", 0, 1)
	none.want(t, "", 0, 1)
}

// TestParsesOnce pins that callers who ask at the same time share one parse.
func TestParsesOnce(t *testing.T) {
	t.Parallel()
	var parses atomic.Int32
	v := refresh.Value[int]{Parse: func([][]byte) (int, error) {
		time.Sleep(10 * time.Millisecond)
		return int(parses.Add(1)), nil
	}}
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if got, err := v.Get(); got != 1 || err != nil {
				t.Errorf("%d %v", got, err)
			}
		})
	}
	all.Wait()
}
