package cloud

import (
	"context"
	"errors"
	"iter"
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
