package voltagepark

import (
	"context"
	"strconv"

	"countersign/internal/cloud"
)

// listPage reads one page of an envelope list; a cursor is an offset. A limit of zero, or
// above the vendor's maximum, means the maximum.
func listPage[T any](ctx context.Context, p *Provider, operation string, page cloud.PageRequest, maxLimit int,
	list func(context.Context, ListOptions) (List[T], error),
) (cloud.Page[T], error) {
	offset, ok := cloud.ReadOffset(page.Cursor)
	if !ok {
		return cloud.Page[T]{}, cloud.BadCursor(p.account, operation)
	}
	limit := page.Limit
	if limit <= 0 || limit > maxLimit {
		limit = maxLimit
	}
	answer, err := list(ctx, ListOptions{Limit: limit, Offset: offset})
	if err != nil {
		return cloud.Page[T]{}, err
	}
	out := cloud.Page[T]{Items: answer.Results}
	if len(out.Items) > limit { // never more than requested
		out.Items = out.Items[:limit]
		out.Next = strconv.Itoa(offset + limit)
	} else if answer.more(offset, limit) {
		out.Next = strconv.Itoa(offset + len(out.Items))
	}
	return out, nil
}
