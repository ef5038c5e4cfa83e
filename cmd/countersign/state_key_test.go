package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

func TestStateKeyIsMadeOnce(t *testing.T) {
	dir := t.TempDir()
	first, err := stateKey(dir)
	if err != nil || len(first) != stateKeySize {
		t.Fatalf("%d bytes, %v", len(first), err)
	}
	again, err := stateKey(dir)
	if err != nil || !bytes.Equal(again, first) {
		t.Errorf("another key the second time: %v", err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 1 {
		t.Errorf("files left behind: %v, %v", entries, err)
	}
}

func TestDamagedStateKey(t *testing.T) {
	for _, size := range []int{0, 31, 33} {
		dir := t.TempDir()
		path := filepath.Join(dir, "key")
		damaged := bytes.Repeat([]byte{7}, size)
		if err := os.WriteFile(path, damaged, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := stateKey(dir); err == nil || !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), "--state") {
			t.Errorf("%d bytes: %v", size, err)
		}
		if raw, err := os.ReadFile(path); err != nil || !bytes.Equal(raw, damaged) {
			t.Errorf("%d bytes: the file was changed: %q, %v", size, raw, err)
		}
	}
}

func TestStateKeyOfProcessesThatStartTogether(t *testing.T) {
	dir := t.TempDir()
	keys := make([][]byte, 16)
	var wg sync.WaitGroup
	for i := range keys {
		wg.Go(func() {
			var err error
			if keys[i], err = stateKey(dir); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	for _, key := range keys {
		if !bytes.Equal(key, keys[0]) {
			t.Fatal("two processes have different keys")
		}
	}
}
