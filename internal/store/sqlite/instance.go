package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"countersign/internal/store"
)

// instanceColumns maps every field of an instance.
func instanceColumns(i *store.Instance) columns {
	return columns{
		{"id", &i.ID},
		{"pid", &i.PID},
		{"started_at", instant{&i.StartedAt}},
		{"client_pid", &i.ClientPID},
		{"client_started", &i.ClientStarted},
		{"client_group", &i.ClientGroup},
	}
}

// PutInstance implements store.Store.
func (s *Store) PutInstance(ctx context.Context, i store.Instance) error {
	c := instanceColumns(&i)
	err := s.write(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, "REPLACE INTO instances ("+c.names()+") VALUES ("+c.marks()+")", c.fields()...) //nolint:gosec // column names of our own
		return err
	})
	if err != nil {
		return fmt.Errorf("store: put instance %s: %w", i.ID, err)
	}
	return nil
}

// Instances implements store.Store.
func (s *Store) Instances(ctx context.Context) ([]store.Instance, error) {
	all, err := readAll(ctx, s.reader, instanceColumns, "SELECT "+instanceColumns(&store.Instance{}).names()+" FROM instances")
	if err != nil {
		return nil, fmt.Errorf("store: instances: %w", err)
	}
	return all, nil
}

// Instance implements store.Store.
func (s *Store) Instance(ctx context.Context, id string) (store.Instance, error) {
	var i store.Instance
	c := instanceColumns(&i)
	err := s.reader.QueryRowContext(ctx, "SELECT "+c.names()+" FROM instances WHERE id = ?", id).Scan(c.fields()...)
	if errors.Is(err, sql.ErrNoRows) {
		err = store.ErrNotFound
	}
	if err != nil {
		return store.Instance{}, fmt.Errorf("store: instance %s: %w", id, plain(ctx, err))
	}
	return i, nil
}
