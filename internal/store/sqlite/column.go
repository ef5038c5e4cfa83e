package sqlite

import (
	"database/sql/driver"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"countersign/internal/store"
)

// columns maps the columns of a table to the fields of a Go value, for reading and
// for writing.
type columns []column

// column is a column's name and a pointer to the field that it fills.
type column struct {
	name  string
	field any
}

// names lists the columns for SELECT and INSERT.
func (c columns) names() string { return c.join("%s") }

// marks lists one placeholder per column.
func (c columns) marks() string { return strings.TrimSuffix(strings.Repeat("?, ", len(c)), ", ") }

// assignments lists the columns for UPDATE.
func (c columns) assignments() string { return c.join("%s = ?") }

func (c columns) join(form string) string {
	parts := make([]string, len(c))
	for i, column := range c {
		parts[i] = fmt.Sprintf(form, column.name)
	}
	return strings.Join(parts, ", ")
}

// fields lists the pointers to the fields, for Scan and for the arguments of a
// statement.
func (c columns) fields() []any {
	fields := make([]any, len(c))
	for i, column := range c {
		fields[i] = column.field
	}
	return fields
}

// insertInto returns the statement that inserts a row.
func (c columns) insertInto(table string) string {
	return fmt.Sprintf("INSERT INTO %s (%s) VALUES (%s)", table, c.names(), c.marks())
}

// instant stores a time as FormatTime writes it; NULL is the zero time.
type instant struct{ *time.Time }

// Value implements driver.Valuer.
func (i instant) Value() (driver.Value, error) {
	text, err := store.FormatTime(*i.Time)
	if err != nil || text == "" {
		return nil, err
	}
	return text, nil
}

// Scan implements sql.Scanner.
func (i instant) Scan(stored any) error {
	switch stored := stored.(type) {
	case nil:
		*i.Time = time.Time{}
		return nil
	case string:
		t, err := store.ParseTime(stored)
		*i.Time = t
		return err
	}
	return fmt.Errorf("a time is stored as %T", stored)
}

// document stores a JSON text byte for byte; NULL is an empty one.
type document struct{ *json.RawMessage }

// Value implements driver.Valuer.
func (d document) Value() (driver.Value, error) {
	if len(*d.RawMessage) == 0 {
		return nil, nil
	}
	return string(*d.RawMessage), nil
}

// Scan implements sql.Scanner.
func (d document) Scan(stored any) error {
	switch stored := stored.(type) {
	case nil:
		*d.RawMessage = nil
		return nil
	case string:
		*d.RawMessage = json.RawMessage(stored)
		return nil
	}
	return fmt.Errorf("a JSON text is stored as %T", stored)
}
