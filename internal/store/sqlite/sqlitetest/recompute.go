package sqlitetest

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"countersign/internal/store"
)

// Recompute forges an audit chain: it changes records and computes all hashes and the
// head again, so that the chain verifies. It removes the records for which change
// returns false and numbers the rest anew.
func Recompute(ctx context.Context, dir string, change func(*store.Record) (keep bool)) (err error) {
	db, err := Open(dir)
	if err != nil {
		return fmt.Errorf("recompute: %w", err)
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("recompute: %w", err)
	}
	defer func() { _ = tx.Rollback() }()
	var head store.Head
	if err := tx.QueryRowContext(ctx, "SELECT seq, hash FROM audit_base").Scan(&head.Seq, &head.Hash); err != nil {
		return fmt.Errorf("recompute: %w", err)
	}
	records, err := readRecords(ctx, tx)
	if err != nil {
		return fmt.Errorf("recompute: %w", err)
	}
	statements := []string{"DROP TRIGGER IF EXISTS audit_is_not_changed", "DROP TRIGGER IF EXISTS audit_is_not_removed", "DELETE FROM audit"}
	for _, statement := range statements {
		if _, err := tx.ExecContext(ctx, statement); err != nil {
			return fmt.Errorf("recompute: %w", err)
		}
	}
	for _, r := range records {
		if !change(&r) {
			continue
		}
		sealed, next, err := head.Seal([]store.Record{r})
		if err != nil {
			return fmt.Errorf("recompute: %w", err)
		}
		head = next
		if err := writeRecord(ctx, tx, sealed[0]); err != nil {
			return fmt.Errorf("recompute: %w", err)
		}
	}
	if _, err := tx.ExecContext(ctx, "UPDATE audit_head SET seq = ?, hash = ?", head.Seq, head.Hash); err != nil {
		return fmt.Errorf("recompute: %w", err)
	}
	return tx.Commit()
}

func readRecords(ctx context.Context, tx *sql.Tx) (records []store.Record, err error) {
	rows, err := tx.QueryContext(ctx, "SELECT at, operation, kind, body FROM audit ORDER BY seq")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var r store.Record
		var at, body sql.NullString
		if err := rows.Scan(&at, &r.Operation, &r.Kind, &body); err != nil {
			return nil, err
		}
		if r.At, err = store.ParseTime(at.String); err != nil {
			return nil, err
		}
		if body.Valid {
			r.Body = json.RawMessage(body.String)
		}
		records = append(records, r)
	}
	return records, rows.Err()
}

func writeRecord(ctx context.Context, tx *sql.Tx, r store.Record) error {
	at, err := store.FormatTime(r.At)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, "INSERT INTO audit (seq, at, operation, kind, body, prev, hash) VALUES (?, nullif(?, ''), ?, ?, ?, ?, ?)",
		r.Seq, at, r.Operation, r.Kind, sql.NullString{String: string(r.Body), Valid: len(r.Body) > 0}, r.Prev, r.Hash)
	return err
}
