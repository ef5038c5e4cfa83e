package cloud

import (
	"context"
	"errors"
	"iter"
	"strconv"
)

// PageRequest asks for one page of a list: at most Limit rows after Cursor. An
// empty cursor starts at the beginning; a cursor is the provider's own.
type PageRequest struct {
	Limit  int
	Cursor string
}

// Page is one page of a list. Next is empty on the last one.
type Page[T any] struct {
	Items []T
	Next  string
}

// maxPages ends an iteration over a vendor that never says "last page".
const maxPages = 1000

// All iterates over a paged list until its end. It stops at the first error,
// which is yielded, and where a vendor sends an empty page or repeats a cursor.
func All[T any](ctx context.Context, pageSize int, list func(context.Context, PageRequest) (Page[T], error)) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var zero T
		request := PageRequest{Limit: pageSize}
		for range maxPages {
			page, err := list(ctx, request)
			if err != nil {
				yield(zero, err)
				return
			}
			for _, item := range page.Items {
				if !yield(item, nil) {
					return
				}
			}
			if page.Next == "" || page.Next == request.Cursor || len(page.Items) == 0 {
				return
			}
			request.Cursor = page.Next
		}
		yield(zero, errors.New("the list does not end"))
	}
}

// MapPage translates the rows of a page.
func MapPage[From, To any](page Page[From], translate func(From) To) Page[To] {
	out := Page[To]{Items: make([]To, 0, len(page.Items)), Next: page.Next}
	for _, item := range page.Items {
		out.Items = append(out.Items, translate(item))
	}
	return out
}

// maxOffset keeps a cursor within what any list can hold.
const maxOffset = 1_000_000_000

// ReadOffset reads a cursor that is an offset; empty is the beginning. It is not
// ok where no list gave such a cursor.
func ReadOffset(cursor string) (offset int, ok bool) {
	if cursor == "" {
		return 0, true
	}
	offset, err := strconv.Atoi(cursor)
	if err != nil || offset < 0 || offset > maxOffset {
		return 0, false
	}
	return offset, true
}

// CutPage cuts one page out of a list that is known whole; a limit below 1 is all
// of the rest. Its cursors are offsets; it is not ok for one that it never gave.
func CutPage[T any](items []T, request PageRequest) (page Page[T], ok bool) {
	offset, ok := ReadOffset(request.Cursor)
	if !ok {
		return Page[T]{}, false
	}
	rest := items[min(offset, len(items)):]
	if request.Limit > 0 && len(rest) > request.Limit {
		return Page[T]{Items: rest[:request.Limit], Next: strconv.Itoa(offset + request.Limit)}, true
	}
	return Page[T]{Items: rest}, true
}

// BadCursor returns the error of a list that never gave the cursor it was asked to
// go on from.
func BadCursor(account AccountName, operation string) *Error {
	return &Error{
		Kind: ErrInvalid, Account: account, Operation: operation,
		Message: "the cursor is not one that this list gave", Hint: "Leave the cursor out to begin anew.",
	}
}
