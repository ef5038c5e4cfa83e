package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/rs/zerolog"

	"countersign/internal/audit"
	"countersign/internal/config"
	"countersign/internal/store/sqlite"
)

// openState opens the state folder for writing. If the audit is anchored, new heads
// are written to the anchor; a chain that lacks the last anchored head is an error.
func openState(ctx context.Context, cfg *config.Config, log zerolog.Logger) (*sqlite.Store, *audit.Witness, error) {
	dir, err := cfg.StateDir()
	if err != nil {
		return nil, nil, err
	}
	var anchor *audit.Anchor
	if path := cfg.Anchor(); path != "" {
		if anchor, err = audit.NewAnchor(path, time.Now); err != nil {
			return nil, nil, err
		}
	}
	witness := audit.NewWitness(anchor, log, time.Now)
	s, err := sqlite.Open(ctx, dir, sqlite.WithWitness(witness))
	if err != nil {
		return nil, nil, err
	}
	if err := witness.Fits(ctx, s); err != nil {
		return nil, nil, errors.Join(err, s.Close())
	}
	return s, witness, nil
}

// existingState returns the state folder if a server or a call has made it. What a
// person runs must not make one: in an empty folder, made by a typing error, nothing
// would ever wait.
func existingState(cfg *config.Config) (string, error) {
	dir, err := cfg.StateDir()
	if err != nil {
		return "", err
	}
	if _, err := os.Stat(filepath.Join(dir, sqlite.FileName)); errors.Is(err, fs.ErrNotExist) {
		return "", exit{exitUsage, fmt.Errorf("there is no state at %s; name the folder of the server with --state (or --sandbox); a server makes it when it first starts", dir)}
	}
	return dir, nil
}

// readState opens the state folder for reading, whether or not the audit can be
// verified.
func readState(ctx context.Context, cfg *config.Config, read func(*sqlite.Store) error) error {
	dir, err := existingState(cfg)
	if err != nil {
		return err
	}
	s, err := sqlite.Open(ctx, dir)
	if err != nil {
		return err
	}
	return errors.Join(read(s), s.Close())
}
