package cloud

import (
	"context"
	"errors"
	"iter"
	"strconv"
)

// PageRequest asks for one page of a list: at most Limit rows after Cursor. An
// empty cursor is the beginning; only its provider knows the form of a cursor.
type PageRequest struct {
	Limit  int
	Cursor string
}

// Page is one page of a list. Next is empty on the last one.
type Page[T any] struct {
	Items []T
	Next  string
}

// maxPages ends an iteration over a list whose vendor reports no last page.
const maxPages = 1000

// All iterates over a paged list until its end. It yields the first error and stops. It
// also stops where a vendor sends an empty page or repeats a cursor.
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

// MapPage returns a page with the rows translated.
func MapPage[From, To any](page Page[From], translate func(From) To) Page[To] {
	out := Page[To]{Items: make([]To, 0, len(page.Items)), Next: page.Next}
	for _, item := range page.Items {
		out.Items = append(out.Items, translate(item))
	}
	return out
}

// maxOffset is the greatest offset in a cursor; no list is that long.
const maxOffset = 1_000_000_000

// ReadOffset reads a cursor that is an offset; empty is the beginning. ok is false
// where the cursor is not valid.
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

// CutPage returns one page of a complete list; a limit below 1 returns all of the rest.
// Its cursors are offsets; ok is false where the cursor is not valid.
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
