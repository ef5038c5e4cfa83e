package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math"

	"countersign/internal/store"
)

// recordPage is the number of audit records that are read at a time. No query stays
// open while a slow caller looks at them.
const recordPage = 500

// recordColumns maps every field of an audit record. The number is the first, so that
// it is known even when a later column cannot be read.
func recordColumns(r *store.Record) columns {
	return columns{
		{"seq", &r.Seq},
		{"at", instant{&r.At}},
		{"operation", &r.Operation},
		{"kind", &r.Kind},
		{"body", document{&r.Body}},
		{"prev", &r.Prev},
		{"hash", &r.Hash},
	}
}

// Append implements store.Store.
func (s *Store) Append(ctx context.Context, records ...store.Record) error {
	if len(records) == 0 {
		return nil
	}
	err := s.write(ctx, func(tx *sql.Tx) error { return appendRecords(ctx, tx, records) })
	if err != nil {
		return fmt.Errorf("store: append: %w", err)
	}
	return nil
}

// appendRecords adds records after the stored head. The transaction holds the write
// lock, so no other one adds records after the same head.
func appendRecords(ctx context.Context, tx *sql.Tx, records []store.Record) error {
	if len(records) == 0 {
		return nil
	}
	kept, err := readHead(ctx, tx)
	if err != nil {
		return fmt.Errorf("audit: read head: %w", err)
	}
	sealed, head, err := kept.Seal(records)
	if err != nil {
		return fmt.Errorf("audit: %w", err)
	}
	for _, r := range sealed {
		c := recordColumns(&r)
		if _, err := tx.ExecContext(ctx, c.insertInto("audit"), c.fields()...); err != nil {
			if taken(err) {
				return fmt.Errorf("audit: record %d is there already, though the chain was left at %d; the audit was tampered with, verify it: %w", r.Seq, kept.Seq, err)
			}
			return fmt.Errorf("audit: record %d: %w", r.Seq, err)
		}
	}
	if _, err := tx.ExecContext(ctx, "UPDATE audit_head SET seq = ?, hash = ?", head.Seq, head.Hash); err != nil {
		return fmt.Errorf("audit: move head: %w", err)
	}
	return nil
}

// readHead returns the stored head of the chain.
func readHead(ctx context.Context, tx *sql.Tx) (store.Head, error) {
	var head store.Head
	err := tx.QueryRowContext(ctx, "SELECT seq, hash FROM audit_head").Scan(&head.Seq, &head.Hash)
	return head, err
}

// LastRecord implements store.Store.
func (s *Store) LastRecord(ctx context.Context, kinds ...string) (store.Record, error) {
	last, err := lastRecord(ctx, s.reader, kinds)
	if err != nil {
		return store.Record{}, fmt.Errorf("store: last record: %w", err)
	}
	return last, nil
}

func lastRecord(ctx context.Context, from queryer, kinds []string) (store.Record, error) {
	var last store.Record
	for _, kind := range kinds {
		of, err := readAll(ctx, from, recordColumns, selectRecords()+" WHERE kind = ? ORDER BY seq DESC LIMIT 1", kind)
		if err != nil {
			return store.Record{}, err
		}
		if len(of) == 1 && of[0].Seq > last.Seq {
			last = of[0]
		}
	}
	if last.Seq == 0 {
		return store.Record{}, store.ErrNotFound
	}
	return last, nil
}

// RecordsOf implements store.Store.
func (s *Store) RecordsOf(ctx context.Context, operation string) ([]store.Record, error) {
	records, err := readAll(ctx, s.reader, recordColumns, selectRecordsOf(), operation)
	if err != nil {
		return nil, fmt.Errorf("store: records of %s: %w", operation, err)
	}
	return records, nil
}

func selectRecordsOf() string { return selectRecords() + " WHERE operation = ? ORDER BY seq" }

// Records implements store.Store.
func (s *Store) Records(ctx context.Context, afterSeq int64, yield func(store.Record) bool) error {
	for {
		page, err := readRecords(ctx, s.reader, afterSeq)
		if err != nil {
			return fmt.Errorf("store: records after %d: %w", afterSeq, err)
		}
		for _, r := range page {
			if !yield(r) {
				return nil
			}
			afterSeq = r.Seq
		}
		if len(page) < recordPage {
			return nil
		}
	}
}

// readRecords returns the next page of records.
func readRecords(ctx context.Context, from queryer, afterSeq int64) ([]store.Record, error) {
	return readAll(ctx, from, recordColumns, selectRecords()+" WHERE seq > ? ORDER BY seq LIMIT ?", afterSeq, recordPage)
}

func selectRecords() string {
	return "SELECT " + recordColumns(&store.Record{}).names() + " FROM audit"
}

// ReadAudit implements store.Store.
func (s *Store) ReadAudit(ctx context.Context, read func(store.Snapshot) error) error {
	// One transaction, so that the records, the base and the head fit together.
	tx, err := s.reader.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return fmt.Errorf("store: read audit: %w", plain(ctx, err))
	}
	// Nothing was written, so an error of the rollback does not matter.
	defer func() { _ = tx.Rollback() }()
	head, err := orGone(readHead(ctx, tx))
	if err != nil {
		return fmt.Errorf("store: read audit: head: %w", plain(ctx, err))
	}
	base, err := orGone(readBase(ctx, tx))
	if err != nil {
		return fmt.Errorf("store: read audit: base: %w", plain(ctx, err))
	}
	return read(store.Snapshot{Base: base, Head: head, Records: func(after int64, yield func(store.Record) bool) error {
		return walk(ctx, tx, after, yield)
	}})
}

// orGone returns nil for a row that was removed.
func orGone[T any](value T, err error) (*T, error) {
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil //nolint:nilnil // the row is not there, which is an answer
	}
	return &value, err
}

// readBase returns the stored base of the chain.
func readBase(ctx context.Context, tx *sql.Tx) (store.Base, error) {
	var base store.Base
	err := tx.QueryRowContext(ctx, "SELECT seq, hash, count, at FROM audit_base").Scan(&base.Seq, &base.Hash, &base.Count, instant{&base.At})
	return base, err
}

// walk yields all records after a number within one transaction.
func walk(ctx context.Context, tx *sql.Tx, after int64, yield func(store.Record) bool) (err error) {
	// Where all records are wanted, also those with a number below 1, which were added by
	// hand.
	if after <= 0 {
		after = math.MinInt64
	}
	rows, err := tx.QueryContext(ctx, selectRecords()+" WHERE seq > ? ORDER BY seq", after)
	if err != nil {
		return plain(ctx, err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var r store.Record
		if err := rows.Scan(recordColumns(&r).fields()...); err != nil {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			return &store.UnreadableError{Seq: r.Seq, Err: err}
		}
		if !yield(r) {
			return nil
		}
	}
	return plain(ctx, rows.Err())
}
