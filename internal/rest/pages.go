package rest

import (
	"context"
	"errors"
	"iter"

	"countersign/internal/cloud"
)

// maxPages ends an iteration over a vendor that never says "last page".
const maxPages = 1000

// All iterates over a paged list until its end. It stops at the first error,
// which is yielded, and where a vendor sends an empty page or repeats a cursor.
func All[T any](ctx context.Context, pageSize int, list func(context.Context, cloud.PageRequest) (cloud.Page[T], error)) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var zero T
		request := cloud.PageRequest{Limit: pageSize}
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
