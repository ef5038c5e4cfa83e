package sqlite

import (
	"context"
	"database/sql"
	"errors"
)

// queryer is a connection pool or a transaction.
type queryer interface {
	QueryContext(ctx context.Context, query string, arguments ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, arguments ...any) *sql.Row
}

// readAll returns the rows of a query that selects exactly the given columns.
func readAll[T any](ctx context.Context, from queryer, of func(*T) columns, query string, arguments ...any) (values []T, err error) {
	rows, err := from.QueryContext(ctx, query, arguments...)
	if err != nil {
		return nil, plain(ctx, err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var value T
		if err := rows.Scan(of(&value).fields()...); err != nil {
			return nil, err
		}
		values = append(values, value)
	}
	return values, plain(ctx, rows.Err())
}
