package sqlite

import (
	"context"
	"database/sql"
	"embed"
	"fmt"
	"io/fs"
	"strings"
)

// migrations has one file per schema version, named 0001_what.sql and so on without
// a gap. A released file never changes.
//
//go:embed migrations/*.sql
var migrations embed.FS

// migrate brings the store to the newest schema in one transaction, so that several
// processes may do it at the same time.
func (s *Store) migrate(ctx context.Context) error {
	steps, err := readMigrations()
	if err != nil {
		return err
	}
	return s.write(ctx, func(tx *sql.Tx) error {
		var version int
		if err := tx.QueryRowContext(ctx, "PRAGMA user_version").Scan(&version); err != nil {
			return fmt.Errorf("read schema version: %w", err)
		}
		if version > len(steps) {
			return fmt.Errorf("written by a newer version of this program (schema %d, this one knows up to %d): update the program or use another state folder", version, len(steps))
		}
		if version == len(steps) {
			return nil
		}
		for i, step := range steps[version:] {
			if _, err := tx.ExecContext(ctx, step); err != nil {
				return fmt.Errorf("migrate to schema %d: %w", version+i+1, err)
			}
		}
		if _, err := tx.ExecContext(ctx, fmt.Sprintf("PRAGMA user_version = %d", len(steps))); err != nil {
			return fmt.Errorf("write schema version: %w", err)
		}
		return nil
	})
}

// readMigrations returns the statements of every schema version in order.
func readMigrations() ([]string, error) {
	files, err := fs.ReadDir(migrations, "migrations")
	if err != nil {
		return nil, fmt.Errorf("read migrations: %w", err)
	}
	steps := make([]string, 0, len(files))
	for i, file := range files {
		if !strings.HasPrefix(file.Name(), fmt.Sprintf("%04d_", i+1)) {
			return nil, fmt.Errorf("read migrations: %s is not number %d", file.Name(), i+1)
		}
		text, err := fs.ReadFile(migrations, "migrations/"+file.Name())
		if err != nil {
			return nil, fmt.Errorf("read migrations: %w", err)
		}
		steps = append(steps, string(text))
	}
	return steps, nil
}
