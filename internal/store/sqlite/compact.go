package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"countersign/internal/store"
)

// CompactAudit implements store.Store.
func (s *Store) CompactAudit(ctx context.Context, c store.Compaction) (store.Compacted, error) {
	var gone store.Compacted
	err := s.write(ctx, func(tx *sql.Tx) error {
		base, err := nextBase(ctx, tx, c.Base)
		if err != nil {
			return err
		}
		c.Base = base
		if err := refuseOpen(ctx, tx, c); err != nil {
			return err
		}
		records, err := carried(ctx, tx, c)
		if err != nil {
			return err
		}
		record, err := c.Record()
		if err != nil {
			return err
		}
		// Appended last, so that the head after a compaction is the record that vouches for it.
		if err := appendRecords(ctx, tx, append(records, record)); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, "UPDATE audit_base SET seq = ?, hash = ?, count = ?, at = ?", base.Seq, base.Hash, base.Count, instant{&base.At}); err != nil {
			return fmt.Errorf("move base: %w", err)
		}
		gone, err = remove(ctx, tx, c)
		return err
	})
	if err != nil {
		return store.Compacted{}, fmt.Errorf("store: compact audit: %w", err)
	}
	return gone, nil
}

// nextBase completes a base from the record that it names. It returns ErrConflict
// where the record is gone, because another process has compacted meanwhile.
func nextBase(ctx context.Context, tx *sql.Tx, wanted store.Base) (store.Base, error) {
	now, err := readBase(ctx, tx)
	if err != nil {
		return store.Base{}, fmt.Errorf("read base: %w", err)
	}
	found := store.Base{}
	err = tx.QueryRowContext(ctx, "SELECT seq, hash, at FROM audit WHERE seq = ?", wanted.Seq).Scan(&found.Seq, &found.Hash, instant{&found.At})
	if errors.Is(err, sql.ErrNoRows) || err == nil && (found.Hash != wanted.Hash || found.Seq <= now.Seq) {
		return store.Base{}, fmt.Errorf("record %d is not the one that was to be the last: %w", wanted.Seq, store.ErrConflict)
	}
	if err != nil {
		return store.Base{}, fmt.Errorf("read record %d: %w", wanted.Seq, err)
	}
	found.Count = now.Count + found.Seq - now.Seq
	return found, nil
}

// refuseOpen returns an error where a record of an open operation or grant would be
// removed: all records of one stay until it has ended.
func refuseOpen(ctx context.Context, tx *sql.Tx, c store.Compaction) error {
	open, err := states(ctx, tx, store.State.Open)
	if err != nil {
		return err
	}
	query := `SELECT audit.seq FROM audit JOIN operations ON operations.id = audit.operation
		WHERE audit.seq <= ? AND (operations.state IN (` + marks(len(open)) + `) OR EXISTS (` + liveGrant + `)) LIMIT 1`
	var seq int64
	err = tx.QueryRowContext(ctx, query, slices.Concat([]any{c.Base.Seq}, open, []any{instant{&c.At}})...).Scan(&seq)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("look for open operations: %w", err)
	}
	return fmt.Errorf("record %d is of an operation that is still open: %w", seq, store.ErrConflict)
}

// carried returns the records to append again: the last one of each standing group,
// in their order, if one of them would be removed. All of them are appended, because
// a single one would come after those that stay.
func carried(ctx context.Context, tx *sql.Tx, c store.Compaction) ([]store.Record, error) {
	found := map[int64]store.Record{}
	for _, kinds := range c.Standing {
		last, err := lastRecord(ctx, tx, kinds)
		if errors.Is(err, store.ErrNotFound) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("look for what holds now: %w", err)
		}
		found[last.Seq] = last
	}
	numbers := slices.Sorted(maps.Keys(found))
	if len(numbers) == 0 || numbers[0] > c.Base.Seq {
		return nil, nil
	}
	var records []store.Record
	for _, seq := range numbers {
		r, err := store.Carried(found[seq])
		if err != nil {
			return nil, err
		}
		records = append(records, r)
	}
	return records, nil
}

// liveGrant selects a grant that an operation made, or that it drew from, and that can
// still be drawn from at the time that is the argument.
const liveGrant = `SELECT 1 FROM grants WHERE (grants.operation = operations.id OR grants.id = operations.granted)
	AND revoked_at IS NULL AND (until IS NULL OR until >= ?)`

// states lists the stored states that a function accepts, as arguments of a query.
func states(ctx context.Context, tx *sql.Tx, wanted func(store.State) bool) (list []any, err error) {
	rows, err := tx.QueryContext(ctx, "SELECT DISTINCT state FROM operations")
	if err != nil {
		return nil, fmt.Errorf("read states: %w", err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var state store.State
		if err := rows.Scan(&state); err != nil {
			return nil, fmt.Errorf("read states: %w", err)
		}
		if wanted(state) {
			list = append(list, state)
		}
	}
	return list, rows.Err()
}

func marks(n int) string { return strings.TrimSuffix(strings.Repeat("?, ", n), ", ") }

// remove deletes what a compaction names. The base is stored before, because a trigger
// refuses to delete records after the base.
func remove(ctx context.Context, tx *sql.Tx, c store.Compaction) (gone store.Compacted, err error) {
	ended, err := states(ctx, tx, func(s store.State) bool { return !s.Open() })
	if err != nil {
		return gone, err
	}
	for _, part := range []struct {
		what      string
		count     *int64
		statement string
		arguments []any
	}{
		{"records", &gone.Records, "DELETE FROM audit WHERE seq <= ?", []any{c.Base.Seq}},
		{
			"operations", &gone.Operations,
			`DELETE FROM operations WHERE state IN (` + marks(len(ended)) + `) AND ended_at < ?
				AND NOT EXISTS (SELECT 1 FROM audit WHERE audit.operation = operations.id)
				AND NOT EXISTS (` + liveGrant + `)`,
			slices.Concat(ended, []any{instant{&c.EndedBefore}, instant{&c.At}}),
		},
		{"names", &gone.Names, "DELETE FROM names WHERE last_seen < ?", []any{instant{&c.NamesBefore}}},
	} {
		result, err := tx.ExecContext(ctx, part.statement, part.arguments...)
		if err != nil {
			return gone, fmt.Errorf("remove %s: %w", part.what, err)
		}
		if *part.count, err = result.RowsAffected(); err != nil {
			return gone, fmt.Errorf("remove %s: %w", part.what, err)
		}
	}
	return gone, nil
}
