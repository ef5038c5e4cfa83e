package main

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"countersign/internal/config"
)

// stateKeySize is the length of the state key in bytes.
const stateKeySize = 32

// keyOf returns the key of the state folder that cfg names.
func keyOf(cfg *config.Config) ([]byte, error) {
	dir, err := cfg.StateDir()
	if err != nil {
		return nil, err
	}
	return stateKey(dir)
}

// stateKey returns the key that binds secret arguments to approvals, and HTTP
// sessions to their owners. It is made once per state folder. A key of another
// length is an error and is never replaced: approvals and sessions depend on it.
func stateKey(dir string) ([]byte, error) {
	path := filepath.Join(dir, "key")
	key, err := readStateKey(path)
	if !errors.Is(err, fs.ErrNotExist) {
		return key, err
	}
	key = make([]byte, stateKeySize)
	_, _ = rand.Read(key) // never fails
	err = linkStateKey(path, key)
	if errors.Is(err, fs.ErrExist) {
		// Another process that started at the same time was first; its key counts.
		return readStateKey(path)
	}
	if err != nil {
		return nil, fmt.Errorf("make state key: %w", err)
	}
	return key, nil
}

func readStateKey(path string) ([]byte, error) {
	key, err := os.ReadFile(path) //nolint:gosec // our own file
	if err != nil {
		return nil, fmt.Errorf("read state key: %w", err)
	}
	if len(key) != stateKeySize {
		return nil, fmt.Errorf("the key in %s has %d bytes, not %d: it is damaged; restore it, or begin with another state folder (--state)", path, len(key), stateKeySize)
	}
	return key, nil
}

// linkStateKey writes key to a temporary file, syncs it and links it to path, so
// that path never holds a part of a key. It fails with fs.ErrExist if path exists.
func linkStateKey(path string, key []byte) error {
	temporary, err := os.CreateTemp(filepath.Dir(path), "key-*")
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(temporary.Name()) }()
	_, err = temporary.Write(key)
	if err := errors.Join(err, temporary.Sync(), temporary.Close()); err != nil {
		return err
	}
	return os.Link(temporary.Name(), path)
}
