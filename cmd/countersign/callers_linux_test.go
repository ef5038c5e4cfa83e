package main

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"countersign/internal/auth"
	"countersign/internal/cloud"
)

// TestRealmsDoNotWaitForEachOther pins that a caller whose rules take long to read
// holds up no caller of another realm.
func TestRealmsDoNotWaitForEachOther(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	c := &callers{app: o.app}
	path := filepath.Join(t.TempDir(), "own.yaml")
	if err := unix.Mkfifo(path, 0o600); err != nil { // a reader waits until somebody writes
		t.Fatal(err)
	}
	slow := make(chan error, 1)
	go func() {
		_, err := c.realm(auth.Identity{Principal: "alice", Policy: path})
		slow <- err
	}()
	rules, err := os.OpenFile(path, os.O_WRONLY, 0) // waits for the reader
	if err != nil {
		t.Fatal(err)
	}
	other := make(chan error, 1)
	go func() {
		_, err := c.realm(auth.Identity{Principal: "bob", Accounts: []cloud.AccountName{"gpcn"}})
		other <- err
	}()
	select {
	case err := <-other:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(20 * time.Second):
		t.Error("a caller waits for the rules of another one")
	}
	if _, err := rules.WriteString("preset: standard\n"); err != nil {
		t.Error(err)
	}
	if err := rules.Close(); err != nil {
		t.Error(err)
	}
	if err := <-slow; err != nil {
		t.Error(err)
	}
}
