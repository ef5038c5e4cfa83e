package process_test

import (
	"os"
	"path/filepath"
	"regexp"
	"sync"
	"testing"

	"countersign/internal/process"
)

// locks lists the lock files of a folder.
func locks(t *testing.T, dir string) []string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(dir, "instances", "*"))
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func TestInstanceLivesUntilClose(t *testing.T) {
	dir := t.TempDir()
	first, err := process.Register(dir)
	if err != nil {
		t.Fatal(err)
	}
	second, err := process.Register(dir)
	if err != nil {
		t.Fatal(err)
	}
	if !regexp.MustCompile(`^inst_[0-9a-f]{16}$`).MatchString(first.ID()) || first.ID() == second.ID() {
		t.Errorf("instance IDs %s and %s", first.ID(), second.ID())
	}
	for range 2 {
		if err := first.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	}
	if process.Alive(dir, first.ID()) {
		t.Error("a closed instance is alive")
	}
	if !process.Alive(dir, second.ID()) {
		t.Error("an open instance is dead")
	}
	if got := locks(t, dir); len(got) != 1 {
		t.Errorf("lock files %v, want one", got)
	}
	if err := second.Close(); err != nil {
		t.Error(err)
	}
}

func TestKilledInstanceIsDeadAtOnce(t *testing.T) {
	dir := t.TempDir()
	for range 5 {
		child := start(t, self(t), "register", dirVariable+"="+dir)
		if !process.Alive(dir, child.line) {
			t.Fatal("a running instance is dead")
		}
		child.kill(t)
		if got := locks(t, dir); len(got) != 1 {
			t.Fatalf("lock files %v, want that of the killed one", got)
		}
		if process.Alive(dir, child.line) {
			t.Fatal("a killed instance is alive")
		}
		if got := locks(t, dir); len(got) != 0 {
			t.Errorf("the killed instance left %v", got)
		}
	}
}

func TestManyWhoAskAgree(t *testing.T) {
	dir := t.TempDir()
	living := start(t, self(t), "register", dirVariable+"="+dir)
	killed := start(t, self(t), "register", dirVariable+"="+dir)
	killed.kill(t)
	var done sync.WaitGroup
	for range 50 {
		done.Go(func() {
			if process.Alive(dir, killed.line) {
				t.Error("a killed instance is alive")
			}
			if !process.Alive(dir, living.line) {
				t.Error("a running instance is dead")
			}
		})
	}
	done.Wait()
}

func TestUnknownInstancesAreDead(t *testing.T) {
	dir := t.TempDir()
	outside := filepath.Join(dir, "outside.lock")
	if err := os.WriteFile(outside, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{"", "inst_0123456789abcdef", "inst_0123", "inst_0123456789abcdeg", "../outside", "inst_../../../outside"} {
		if process.Alive(dir, id) {
			t.Errorf("%q is alive", id)
		}
	}
	if _, err := os.Stat(outside); err != nil {
		t.Errorf("a file outside was touched: %v", err)
	}
	if got := locks(t, dir); len(got) != 0 {
		t.Errorf("asking made %v", got)
	}
}

func TestInstanceThatCannotBeAskedIsAlive(t *testing.T) {
	dir := t.TempDir()
	const id = "inst_0123456789abcdef"
	// "instances" is a file, so looking for a lock in it fails with another error than not found.
	if err := os.WriteFile(filepath.Join(dir, "instances"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if !process.Alive(dir, id) {
		t.Error("what cannot be asked is dead")
	}
	if _, err := process.Register(dir); err == nil {
		t.Error("registered in a file")
	}
}
