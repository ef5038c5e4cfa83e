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

// openState opens the state folder of a process that may write to it. Where the
// audit is anchored, its heads go to the anchor from here on; a chain in which
// the last anchored head is missing is refused.
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

// readState opens the state folder to read what is there, whether it holds or not.
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
