package main

import (
	"context"
	"errors"
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

// readState opens the state folder for reading, whether or not the audit can be
// verified.
func readState(ctx context.Context, cfg *config.Config, read func(*sqlite.Store) error) error {
	dir, err := cfg.StateDir()
	if err != nil {
		return err
	}
	s, err := sqlite.Open(ctx, dir)
	if err != nil {
		return err
	}
	return errors.Join(read(s), s.Close())
}
