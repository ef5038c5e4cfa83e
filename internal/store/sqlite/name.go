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

// SeeNames implements store.Store.
func (s *Store) SeeNames(ctx context.Context, names ...store.Name) error {
	err := s.write(ctx, func(tx *sql.Tx) error { return seeNames(ctx, tx, names) })
	if err != nil {
		return fmt.Errorf("store: see names: %w", err)
	}
	return nil
}

func seeNames(ctx context.Context, tx *sql.Tx, names []store.Name) (err error) {
	insert, err := tx.PrepareContext(ctx, nameColumns(&store.Name{}).insertInto("names")+` ON CONFLICT DO UPDATE SET
		first_seen = min(first_seen, excluded.first_seen), last_seen = max(last_seen, excluded.last_seen)`)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, insert.Close()) }()
	for _, n := range names {
		if n.LastSeen.IsZero() {
			return errors.New("no time given")
		}
		if n.FirstSeen.IsZero() {
			n.FirstSeen = n.LastSeen
		}
		if _, err := insert.ExecContext(ctx, nameColumns(&n).fields()...); err != nil {
			return err
		}
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
