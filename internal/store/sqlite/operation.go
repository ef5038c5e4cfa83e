package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"countersign/internal/store"
)

// operationColumns maps every field of an operation.
func operationColumns(op *store.Operation) columns {
	return columns{
		{"id", &op.ID},
		{"principal", &op.Principal},
		{"tool", &op.Tool},
		{"account", &op.Account},
		{"effect", &op.Effect},
		{"state", &op.State},
		{"call", &op.Call},
		{"arguments", document{&op.Arguments}},
		{"plan", document{&op.Plan}},
		{"plan_digest", &op.PlanDigest},
		{"summary", &op.Summary},
		{"equal", &op.Equal},
		{"marker", &op.Marker},
		{"nonce", &op.Nonce},
		{"instance", &op.Instance},
		{"created_at", instant{&op.CreatedAt}},
		{"asked_at", instant{&op.AskedAt}},
		{"expires_at", instant{&op.ExpiresAt}},
		{"approver", &op.Approver},
		{"road", &op.Road},
		{"terminal", &op.Terminal},
		{"answered_at", instant{&op.AnsweredAt}},
		{"sent_at", instant{&op.SentAt}},
		{"ended_at", instant{&op.EndedAt}},
		{"jobs", document{&op.Jobs}},
		{"result", document{&op.Result}},
		{"failure", document{&op.Failure}},
		{"closed_by", &op.ClosedBy},
		{"delivered_at", instant{&op.DeliveredAt}},
		{"version", &op.Version},
	}
}

// InsertOperation implements store.Store.
func (s *Store) InsertOperation(ctx context.Context, op *store.Operation, records ...store.Record) error {
	stored := *op
	stored.Version = 1
	err := s.write(ctx, func(tx *sql.Tx) error {
		c := operationColumns(&stored)
		if _, err := tx.ExecContext(ctx, c.insertInto("operations"), c.fields()...); err != nil {
			if taken(err) {
				return store.ErrConflict
			}
			return err
		}
		return appendRecords(ctx, tx, records)
	})
	if err != nil {
		return fmt.Errorf("store: insert operation %s: %w", op.ID, err)
	}
	op.Version = stored.Version
	return nil
}

// UpdateOperation implements store.Store.
func (s *Store) UpdateOperation(ctx context.Context, op *store.Operation, from store.State, records ...store.Record) error {
	stored := *op
	stored.Version++
	err := s.write(ctx, func(tx *sql.Tx) error {
		c := operationColumns(&stored)
		result, err := tx.ExecContext(ctx,
			"UPDATE operations SET "+c.assignments()+" WHERE id = ? AND version = ? AND state = ?", //nolint:gosec // column names of our own
			append(c.fields(), op.ID, op.Version, from)...)
		if err != nil {
			return err
		}
		if n, err := result.RowsAffected(); err != nil {
			return err
		} else if n == 0 {
			return whyNotUpdated(ctx, tx, op.ID)
		}
		if !from.CanBecome(op.State) {
			return fmt.Errorf("%w: from %q to %q", store.ErrTransition, from, op.State)
		}
		return appendRecords(ctx, tx, records)
	})
	if err != nil {
		return fmt.Errorf("store: update operation %s: %w", op.ID, err)
	}
	op.Version = stored.Version
	return nil
}

// whyNotUpdated tells an operation that moved on from one that never was.
func whyNotUpdated(ctx context.Context, tx *sql.Tx, id string) error {
	var found bool
	if err := tx.QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM operations WHERE id = ?)", id).Scan(&found); err != nil {
		return err
	}
	if !found {
		return store.ErrNotFound
	}
	return store.ErrConflict
}

// Operation implements store.Store.
func (s *Store) Operation(ctx context.Context, id string) (store.Operation, error) {
	var op store.Operation
	c := operationColumns(&op)
	err := s.reader.QueryRowContext(ctx, "SELECT "+c.names()+" FROM operations WHERE id = ?", id).Scan(c.fields()...)
	if errors.Is(err, sql.ErrNoRows) {
		err = store.ErrNotFound
	}
	if err != nil {
		return store.Operation{}, fmt.Errorf("store: operation %s: %w", id, plain(ctx, err))
	}
	return op, nil
}

// Operations implements store.Store.
func (s *Store) Operations(ctx context.Context, q store.OperationQuery) ([]store.Operation, error) {
	before := int64(0)
	if q.Before != "" {
		err := s.reader.QueryRowContext(ctx, "SELECT seq FROM operations WHERE id = ?", q.Before).Scan(&before)
		if errors.Is(err, sql.ErrNoRows) {
			err = store.ErrNotFound
		}
		if err != nil {
			return nil, fmt.Errorf("store: operations before %s: %w", q.Before, plain(ctx, err))
		}
	}
	query, arguments := selectOperations(q, before)
	ops, err := readAll(ctx, s.reader, operationColumns, query, arguments...)
	if err != nil {
		return nil, fmt.Errorf("store: operations: %w", err)
	}
	return ops, nil
}

// selectOperations writes a query; before is the sequence number that q.Before
// stands for.
func selectOperations(q store.OperationQuery, before int64) (query string, arguments []any) {
	var conditions []string
	where := func(condition string, values ...any) {
		conditions = append(conditions, condition)
		arguments = append(arguments, values...)
	}
	for _, filter := range []struct{ column, value string }{
		{"principal", q.Principal}, {"tool", q.Tool}, {"call", q.Call}, {"equal", q.Equal}, {"account", q.Account},
	} {
		if filter.value != "" {
			where(filter.column+" = ?", filter.value)
		}
	}
	if len(q.States) > 0 {
		states := make([]any, len(q.States))
		for i, state := range q.States {
			states[i] = state
		}
		column := "state"
		if q.Call != "" || q.Equal != "" {
			// Few operations share these, many a state: the plus keeps SQLite
			// from choosing the index by state.
			column = "+state"
		}
		where(column+" IN ("+strings.TrimSuffix(strings.Repeat("?, ", len(states)), ", ")+")", states...)
	}
	if q.Undelivered {
		where("(delivered_at IS NULL OR state = 'running')")
	}
	if q.Before != "" {
		where("seq < ?", before)
	}
	query = "SELECT " + operationColumns(&store.Operation{}).names() + " FROM operations"
	if len(conditions) > 0 {
		query += " WHERE " + strings.Join(conditions, " AND ")
	}
	query += " ORDER BY seq DESC"
	if q.Limit > 0 {
		query += " LIMIT ?"
		arguments = append(arguments, q.Limit)
	}
	return query, arguments
}
