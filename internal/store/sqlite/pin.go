package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"countersign/internal/store"
)

// pinColumns maps every field of the approver's PIN.
func pinColumns(p *store.PIN) columns {
	return columns{
		{"hash", &p.Hash},
		{"wrong", &p.Wrong},
		{"locked_until", instant{&p.LockedUntil}},
		{"version", &p.Version},
	}
}

// PIN implements store.Store.
func (s *Store) PIN(ctx context.Context) (store.PIN, error) {
	var p store.PIN
	c := pinColumns(&p)
	err := s.reader.QueryRowContext(ctx, "SELECT "+c.names()+" FROM approver").Scan(c.fields()...)
	if errors.Is(err, sql.ErrNoRows) {
		return store.PIN{}, nil
	}
	if err != nil {
		return store.PIN{}, fmt.Errorf("store: approver: %w", plain(ctx, err))
	}
	return p, nil
}

// UpdatePIN implements store.Store.
func (s *Store) UpdatePIN(ctx context.Context, p *store.PIN, records ...store.Record) error {
	stored := *p
	stored.Version++
	err := s.write(ctx, func(tx *sql.Tx) error {
		var version int64
		err := tx.QueryRowContext(ctx, "SELECT version FROM approver").Scan(&version)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		if version != p.Version {
			return store.ErrConflict
		}
		c := pinColumns(&stored)
		if _, err := tx.ExecContext(ctx, "REPLACE INTO approver (one, "+c.names()+") VALUES (1, "+c.marks()+")", c.fields()...); err != nil { //nolint:gosec // column names of our own
			return err
		}
		return appendRecords(ctx, tx, records)
	})
	if err != nil {
		return fmt.Errorf("store: update approver: %w", err)
	}
	p.Version = stored.Version
	return nil
}
