package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"countersign/internal/store"
)

// approverColumns maps every field of the approver's PIN.
func approverColumns(a *store.Approver) columns {
	return columns{
		{"hash", &a.Hash},
		{"wrong", &a.Wrong},
		{"locked_until", instant{&a.LockedUntil}},
		{"version", &a.Version},
	}
}

// Approver implements store.Store.
func (s *Store) Approver(ctx context.Context) (store.Approver, error) {
	var a store.Approver
	c := approverColumns(&a)
	err := s.reader.QueryRowContext(ctx, "SELECT "+c.names()+" FROM approver").Scan(c.fields()...)
	if errors.Is(err, sql.ErrNoRows) {
		return store.Approver{}, nil
	}
	if err != nil {
		return store.Approver{}, fmt.Errorf("store: approver: %w", plain(ctx, err))
	}
	return a, nil
}

// UpdateApprover implements store.Store.
func (s *Store) UpdateApprover(ctx context.Context, a *store.Approver, records ...store.Record) error {
	stored := *a
	stored.Version++
	err := s.write(ctx, func(tx *sql.Tx) error {
		var version int64
		err := tx.QueryRowContext(ctx, "SELECT version FROM approver").Scan(&version)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		if version != a.Version {
			return store.ErrConflict
		}
		c := approverColumns(&stored)
		if _, err := tx.ExecContext(ctx, "REPLACE INTO approver (one, "+c.names()+") VALUES (1, "+c.marks()+")", c.fields()...); err != nil { //nolint:gosec // column names of our own
			return err
		}
		return appendRecords(ctx, tx, records)
	})
	if err != nil {
		return fmt.Errorf("store: update approver: %w", err)
	}
	a.Version = stored.Version
	return nil
}
