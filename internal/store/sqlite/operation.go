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
		{"needs", &op.Needs},
		{"charge", document{&op.Charge}},
		{"granted", &op.Grant},
		{"version", &op.Version},
	}
}

// InsertOperation implements store.Store.
func (s *Store) InsertOperation(ctx context.Context, op *store.Operation, records ...store.Record) error {
	return s.Reserve(ctx, op, "", nil, records...)
}

// UpdateOperation implements store.Store.
func (s *Store) UpdateOperation(ctx context.Context, op *store.Operation, from store.State, records ...store.Record) error {
	if from == "" {
		return fmt.Errorf("store: update operation %s from no state: %w", op.ID, store.ErrConflict)
	}
	return s.Reserve(ctx, op, from, nil, records...)
}

// Reserve implements store.Store. The transaction takes the write lock before it
// checks the condition, so that there is no race between the check and the write.
func (s *Store) Reserve(ctx context.Context, op *store.Operation, from store.State, hold store.Condition, records ...store.Record) error {
	stored := *op
	stored.Version++
	if from == "" {
		stored.Version = 1
		// A new operation has sent nothing yet, so it can still be refused.
		if s.witness != nil {
			if err := s.witness.Ready(); err != nil {
				return fmt.Errorf("store: operation %s: nothing new begins: %w", op.ID, err)
			}
		}
	}
	err := s.write(ctx, func(tx *sql.Tx) error {
		if hold != nil {
			if err := hold(ctx, view{tx}); err != nil {
				return err
			}
		}
		if err := putOperation(ctx, tx, stored, from); err != nil {
			return err
		}
		return appendRecords(ctx, tx, records)
	})
	if err != nil {
		return fmt.Errorf("store: operation %s to %s: %w", op.ID, op.State, err)
	}
	op.Version = stored.Version
	return nil
}

// putOperation inserts an operation where from is empty, and else updates it.
func putOperation(ctx context.Context, tx *sql.Tx, op store.Operation, from store.State) error {
	c := operationColumns(&op)
	if from == "" {
		_, err := tx.ExecContext(ctx, c.insertInto("operations"), c.fields()...)
		if taken(err) {
			return store.ErrConflict
		}
		return err
	}
	result, err := tx.ExecContext(ctx,
		"UPDATE operations SET "+c.assignments()+" WHERE id = ? AND version = ? AND state = ?", //nolint:gosec // column names of our own
		append(c.fields(), op.ID, op.Version-1, from)...)
	if err != nil {
		return err
	}
	switch n, err := result.RowsAffected(); {
	case err != nil:
		return err
	case n == 0:
		return whyNotUpdated(ctx, tx, "operations", op.ID)
	case !from.CanBecome(op.State):
		return fmt.Errorf("%w: from %q to %q", store.ErrTransition, from, op.State)
	}
	return nil
}

// whyNotUpdated returns ErrConflict for a row that exists, because it has changed, and
// otherwise ErrNotFound.
func whyNotUpdated(ctx context.Context, tx *sql.Tx, table, id string) error {
	var found bool
	if err := tx.QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM "+table+" WHERE id = ?)", id).Scan(&found); err != nil {
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
	return readOperations(ctx, s.reader, q)
}

func readOperations(ctx context.Context, from queryer, q store.OperationQuery) ([]store.Operation, error) {
	before := int64(0)
	if q.Before != "" {
		err := from.QueryRowContext(ctx, "SELECT seq FROM operations WHERE id = ?", q.Before).Scan(&before)
		if errors.Is(err, sql.ErrNoRows) {
			err = store.ErrNotFound
		}
		if err != nil {
			return nil, fmt.Errorf("store: operations before %s: %w", q.Before, plain(ctx, err))
		}
	}
	query, arguments := selectOperations(q, before)
	ops, err := readAll(ctx, from, operationColumns, query, arguments...)
	if err != nil {
		return nil, fmt.Errorf("store: operations: %w", err)
	}
	return ops, nil
}

// selectOperations returns the SQL of a query; before is the sequence number of the
// operation q.Before.
func selectOperations(q store.OperationQuery, before int64) (query string, arguments []any) {
	var conditions []string
	where := func(condition string, values ...any) {
		conditions = append(conditions, condition)
		arguments = append(arguments, values...)
	}
	for _, filter := range []struct{ column, value string }{
		{"principal", q.Principal}, {"tool", q.Tool}, {"call", q.Call}, {"equal", q.Equal}, {"account", q.Account}, {"granted", q.Grant},
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
		if q.Call != "" || q.Equal != "" || q.Grant != "" || q.Charged || !q.EndedAfter.IsZero() {
			// Few operations match these fields, but many have the same state. The
			// plus keeps SQLite from using the index by state.
			column = "+state"
		}
		where(column+" IN ("+strings.TrimSuffix(strings.Repeat("?, ", len(states)), ", ")+")", states...)
	}
	if q.Charged {
		where("charge IS NOT NULL")
	}
	order := "seq"
	if !q.EndedAfter.IsZero() {
		order = "+seq" // else SQLite walks through all rows in this order
		where("coalesce(ended_at, 'open') > ?", instant{&q.EndedAfter})
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
	query += " ORDER BY " + order + " DESC"
	if q.Limit > 0 {
		query += " LIMIT ?"
		arguments = append(arguments, q.Limit)
	}
	return query, arguments
}
