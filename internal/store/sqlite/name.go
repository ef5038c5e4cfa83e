package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"countersign/internal/store"
)

// nameColumns maps every field of a name.
func nameColumns(n *store.Name) columns {
	return columns{
		{"account", &n.Account},
		{"kind", &n.Kind},
		{"id", &n.ID},
		{"name", &n.Name},
		{"first_seen", instant{&n.FirstSeen}},
		{"last_seen", instant{&n.LastSeen}},
	}
}

// SeeName implements store.Store.
func (s *Store) SeeName(ctx context.Context, n store.Name) error {
	if n.LastSeen.IsZero() {
		return errors.New("store: see name: no time given")
	}
	if n.FirstSeen.IsZero() {
		n.FirstSeen = n.LastSeen
	}
	c := nameColumns(&n)
	err := s.write(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, c.insertInto("names")+` ON CONFLICT DO UPDATE SET
			first_seen = min(first_seen, excluded.first_seen), last_seen = max(last_seen, excluded.last_seen)`,
			c.fields()...)
		return err
	})
	if err != nil {
		return fmt.Errorf("store: see name: %w", err)
	}
	return nil
}

// Names implements store.Store.
func (s *Store) Names(ctx context.Context, account, kind, id string, since time.Time) ([]store.Name, error) {
	names, err := readAll(ctx, s.reader, nameColumns,
		"SELECT "+nameColumns(&store.Name{}).names()+` FROM names
		WHERE account = ? AND kind = ? AND id = ? AND last_seen >= coalesce(?, '')
		ORDER BY first_seen, last_seen, name`, account, kind, id, instant{&since})
	if err != nil {
		return nil, fmt.Errorf("store: names of %s %s: %w", kind, id, err)
	}
	return names, nil
}
