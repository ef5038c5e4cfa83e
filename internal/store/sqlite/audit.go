package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"countersign/internal/store"
)

// recordPage is how many audit records are read at a time, so that whoever
// looks at them slowly holds nothing open.
const recordPage = 500

// recordColumns maps every field of an audit record. The number comes first:
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

// appendRecords adds records behind the head that was kept. The transaction
// holds the write lock, so nobody else is behind the same head.
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

// readHead returns where the chain was left.
func readHead(ctx context.Context, tx *sql.Tx) (store.Head, error) {
	var head store.Head
	err := tx.QueryRowContext(ctx, "SELECT seq, hash FROM audit_head").Scan(&head.Seq, &head.Hash)
	return head, err
}

// LastRecord implements store.Store.
func (s *Store) LastRecord(ctx context.Context, kinds ...string) (store.Record, error) {
	var last store.Record
	for _, kind := range kinds {
		of, err := readAll(ctx, s.reader, recordColumns, selectRecords()+" WHERE kind = ? ORDER BY seq DESC LIMIT 1", kind)
		if err != nil {
			return store.Record{}, fmt.Errorf("store: last record: %w", err)
		}
		if len(of) == 1 && of[0].Seq > last.Seq {
			last = of[0]
		}
	}
	if last.Seq == 0 {
		return store.Record{}, fmt.Errorf("store: last record: %w", store.ErrNotFound)
	}
	return last, nil
}

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

// VerifyAudit implements store.Store. It finds what was changed, removed,
// reordered or added by anybody who did not recompute every hash from there on
// and the head: whoever can write the file can do that, and is found only by a
// head that was written down elsewhere.
func (s *Store) VerifyAudit(ctx context.Context) (count int64, head string, broken *store.Broken, err error) {
	// One transaction, so that the records and the head are of one moment.
	tx, err := s.reader.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return 0, "", nil, fmt.Errorf("store: verify audit: %w", plain(ctx, err))
	}
	// Nothing was written: how it ends does not matter.
	defer func() { _ = tx.Rollback() }()

	at, broken, err := follow(ctx, tx)
	if err == nil && broken == nil {
		broken, err = checkEnd(ctx, tx, at)
	}
	if err != nil {
		return 0, "", nil, fmt.Errorf("store: verify audit: %w", err)
	}
	return at.Seq, at.Hash, broken, nil
}

// follow walks all records. It returns the last one that holds and the first
// that does not.
func follow(ctx context.Context, tx *sql.Tx) (at store.Head, broken *store.Broken, err error) {
	rows, err := tx.QueryContext(ctx, selectRecords()+" ORDER BY seq")
	if err != nil {
		return at, nil, plain(ctx, err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var r store.Record
		if err := rows.Scan(recordColumns(&r).fields()...); err != nil {
			if ctx.Err() != nil {
				return at, nil, ctx.Err()
			}
			return at, &store.Broken{Seq: r.Seq, Reason: "changed: it cannot be read: " + err.Error()}, nil
		}
		if at, broken = at.Follow(r); broken != nil {
			return at, broken, nil
		}
	}
	return at, nil, plain(ctx, rows.Err())
}

// checkEnd compares the last record with the head that was kept.
func checkEnd(ctx context.Context, tx *sql.Tx, at store.Head) (*store.Broken, error) {
	kept, err := readHead(ctx, tx)
	if errors.Is(err, sql.ErrNoRows) {
		return &store.Broken{Seq: at.Seq + 1, Reason: "removed: nothing says where the chain was left"}, nil
	}
	if err != nil {
		return nil, plain(ctx, err)
	}
	return at.Ends(kept), nil
}
