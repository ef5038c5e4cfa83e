// Package sqlitetest does to a store what nobody should do: it lets tests change
// the file behind the store's back. No product code may use it.
package sqlitetest

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"

	"countersign/internal/store/sqlite"
)

// Tamper runs one statement on the database of a state folder and returns how
// many rows it changed.
func Tamper(ctx context.Context, dir, statement string) (int64, error) {
	db, err := sql.Open("sqlite", filepath.Join(dir, sqlite.FileName))
	if err != nil {
		return 0, fmt.Errorf("tamper: %w", err)
	}
	result, err := db.ExecContext(ctx, statement)
	if err != nil {
		return 0, errors.Join(fmt.Errorf("tamper: %w", err), db.Close())
	}
	changed, err := result.RowsAffected()
	return changed, errors.Join(err, db.Close())
}
