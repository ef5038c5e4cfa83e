// Package sqlitetest lets tests change the database file directly, without the store,
// as an attacker would. Only tests may import it.
package sqlitetest

import (
	"context"
	"errors"
	"fmt"
)

// Tamper runs one statement on the database of a state folder and returns the number
// of rows that it changed.
func Tamper(ctx context.Context, dir, statement string) (int64, error) {
	db, err := Open(dir)
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
