package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"countersign/internal/store"
)

// view reads within one write transaction.
type view struct{ tx *sql.Tx }

// Operations implements store.View.
func (v view) Operations(ctx context.Context, q store.OperationQuery) ([]store.Operation, error) {
	return readOperations(ctx, v.tx, q)
}

// Grant implements store.View.
func (v view) Grant(ctx context.Context, id string) (store.Grant, error) {
	return readGrant(ctx, v.tx, id)
}

// grantColumns maps every field of a grant.
func grantColumns(g *store.Grant) columns {
	return columns{
		{"id", &g.ID},
		{"principal", &g.Principal},
		{"account", &g.Account},
		{"tool", &g.Tool},
		{"equal", &g.Equal},
		{"summary", &g.Summary},
		{"uses", &g.Uses},
		{"per_hour", &g.PerHour},
		{"operation", &g.Operation},
		{"approver", &g.Approver},
		{"road", &g.Road},
		{"created_at", instant{&g.CreatedAt}},
		{"until", instant{&g.Until}},
		{"revoked_at", instant{&g.RevokedAt}},
		{"revoked_by", &g.RevokedBy},
		{"plan", document{&g.Plan}},
		{"version", &g.Version},
	}
}

// InsertGrant implements store.Store.
func (s *Store) InsertGrant(ctx context.Context, g *store.Grant, records ...store.Record) error {
	stored := *g
	stored.Version = 1
	err := s.write(ctx, func(tx *sql.Tx) error {
		c := grantColumns(&stored)
		if _, err := tx.ExecContext(ctx, c.insertInto("grants"), c.fields()...); err != nil {
			if taken(err) {
				return store.ErrConflict
			}
			return err
		}
		return appendRecords(ctx, tx, records)
	})
	if err != nil {
		return fmt.Errorf("store: insert grant %s: %w", g.ID, err)
	}
	g.Version = stored.Version
	return nil
}

// UpdateGrant implements store.Store.
func (s *Store) UpdateGrant(ctx context.Context, g *store.Grant, records ...store.Record) error {
	stored := *g
	stored.Version++
	err := s.write(ctx, func(tx *sql.Tx) error {
		c := grantColumns(&stored)
		result, err := tx.ExecContext(ctx,
			"UPDATE grants SET "+c.assignments()+" WHERE id = ? AND version = ?", //nolint:gosec // column names of our own
			append(c.fields(), g.ID, g.Version)...)
		if err != nil {
			return err
		}
		if n, err := result.RowsAffected(); err != nil {
			return err
		} else if n == 0 {
			return whyNotUpdated(ctx, tx, "grants", g.ID)
		}
		return appendRecords(ctx, tx, records)
	})
	if err != nil {
		return fmt.Errorf("store: update grant %s: %w", g.ID, err)
	}
	g.Version = stored.Version
	return nil
}

// Grant implements store.Store.
func (s *Store) Grant(ctx context.Context, id string) (store.Grant, error) {
	return readGrant(ctx, s.reader, id)
}

func readGrant(ctx context.Context, from queryer, id string) (store.Grant, error) {
	var g store.Grant
	c := grantColumns(&g)
	err := from.QueryRowContext(ctx, "SELECT "+c.names()+" FROM grants WHERE id = ?", id).Scan(c.fields()...)
	if errors.Is(err, sql.ErrNoRows) {
		err = store.ErrNotFound
	}
	if err != nil {
		return store.Grant{}, fmt.Errorf("store: grant %s: %w", id, plain(ctx, err))
	}
	return g, nil
}

// Grants implements store.Store.
func (s *Store) Grants(ctx context.Context, q store.GrantQuery) ([]store.Grant, error) {
	var conditions []string
	var arguments []any
	for _, filter := range []struct{ column, value string }{
		{"principal", q.Principal}, {"account", q.Account}, {"tool", q.Tool}, {"equal", q.Equal}, {"operation", q.Operation},
	} {
		if filter.value != "" {
			conditions = append(conditions, filter.column+" = ?")
			arguments = append(arguments, filter.value)
		}
	}
	query := "SELECT " + grantColumns(&store.Grant{}).names() + " FROM grants"
	if len(conditions) > 0 {
		query += " WHERE " + strings.Join(conditions, " AND ")
	}
	grants, err := readAll(ctx, s.reader, grantColumns, query+" ORDER BY seq DESC", arguments...)
	if err != nil {
		return nil, fmt.Errorf("store: grants: %w", err)
	}
	return grants, nil
}
