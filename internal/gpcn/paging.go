package gpcn

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"countersign/internal/cloud"
)

// position is where a list continues: a page of the vendor's, counted from 1 and
// always of MaxLimit rows, and a row in it. So our pages may have any size, and a
// different one each time.
type position struct{ page, row int }

func (at position) String() string { return strconv.Itoa(at.page) + ":" + strconv.Itoa(at.row) }

// readPosition reads a cursor; empty is the beginning.
func (p *Provider) readPosition(operation, cursor string) (position, error) {
	if cursor == "" {
		return position{1, 0}, nil
	}
	page, row, _ := strings.Cut(cursor, ":")
	at := position{}
	var pageErr, rowErr error
	at.page, pageErr = strconv.Atoi(page)
	at.row, rowErr = strconv.Atoi(row)
	if pageErr != nil || rowErr != nil || at.page < 1 || at.row < 0 {
		return position{}, cloud.BadCursor(p.account, operation)
	}
	return at, nil
}

// lister requests one page of a list from the vendor.
type lister[T any] func(context.Context, ListOptions) (List[T], error)

// listPage reads one page of a list; a limit below 1 returns as many rows as the
// vendor's page has.
func listPage[T any](ctx context.Context, p *Provider, operation string, request cloud.PageRequest, list lister[T]) (cloud.Page[T], error) {
	at, err := p.readPosition(operation, request.Cursor)
	if err != nil {
		return cloud.Page[T]{}, err
	}
	answer, err := list(ctx, ListOptions{Page: at.page, Limit: MaxLimit})
	if err != nil {
		return cloud.Page[T]{}, err
	}
	rows := answer.Items[min(at.row, len(answer.Items)):]
	if request.Limit > 0 && len(rows) > request.Limit {
		return cloud.Page[T]{Items: rows[:request.Limit], Next: position{at.page, at.row + request.Limit}.String()}, nil
	}
	out := cloud.Page[T]{Items: rows}
	if next := answer.NextPage(at.page); next > 0 {
		out.Next = position{next, 0}.String()
	}
	return out, nil
}

// everything reads a list to its end.
func everything[T any](ctx context.Context, p *Provider, operation string, list lister[T]) ([]T, error) {
	var out []T
	pages := func(ctx context.Context, request cloud.PageRequest) (cloud.Page[T], error) {
		return listPage(ctx, p, operation, request, list)
	}
	for row, err := range cloud.All(ctx, MaxLimit, pages) {
		if err != nil {
			return nil, err
		}
		out = append(out, row)
	}
	return out, nil
}

// failedList returns which list failed and how, without the vendor's text.
func failedList(what string, err error) string {
	e, ok := errors.AsType[*cloud.Error](err)
	switch {
	case !ok:
		return what + ": " + err.Error()
	case e.Status == 0:
		return fmt.Sprintf("%s: %s.", what, e.Kind)
	}
	return fmt.Sprintf("%s: %s (HTTP %d).", what, e.Kind, e.Status)
}
