package voltagepark

import (
	"context"
	"strconv"

	"countersign/internal/cloud"
)

// listPage reads one page of an envelope list; a cursor is an offset. A limit of
// zero, and one above what the vendor takes, is the largest that it takes.
func listPage[T any](ctx context.Context, p *Provider, operation string, page cloud.PageRequest, maxLimit int,
	list func(context.Context, ListOptions) (List[T], error),
) (cloud.Page[T], error) {
	offset, err := p.offset(operation, page.Cursor)
	if err != nil {
		return cloud.Page[T]{}, err
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
	if len(out.Items) > limit { // never more than asked for
		out.Items = out.Items[:limit]
		out.Next = strconv.Itoa(offset + limit)
	} else if answer.more(offset, limit) {
		out.Next = strconv.Itoa(offset + len(out.Items))
	}
	return out, nil
}

// slicePage cuts one page out of a list that is known whole.
func slicePage[T any](p *Provider, operation string, items []T, page cloud.PageRequest) (cloud.Page[T], error) {
	offset, err := p.offset(operation, page.Cursor)
	if err != nil {
		return cloud.Page[T]{}, err
	}
	rest := items[min(offset, len(items)):]
	if page.Limit > 0 && len(rest) > page.Limit {
		return cloud.Page[T]{Items: rest[:page.Limit], Next: strconv.Itoa(offset + page.Limit)}, nil
	}
	return cloud.Page[T]{Items: rest}, nil
}

// mapPage translates the rows of a page.
func mapPage[From, To any](page cloud.Page[From], translate func(From) To) cloud.Page[To] {
	out := cloud.Page[To]{Items: make([]To, 0, len(page.Items)), Next: page.Next}
	for _, item := range page.Items {
		out.Items = append(out.Items, translate(item))
	}
	return out
}

// maxOffset keeps a cursor within what any list can hold.
const maxOffset = 1_000_000_000

func (p *Provider) offset(operation, cursor string) (int, error) {
	if cursor == "" {
		return 0, nil
	}
	offset, err := strconv.Atoi(cursor)
	if err != nil || offset < 0 || offset > maxOffset {
		return 0, p.refuse(cloud.ErrInvalid, operation, "the cursor is not one that this list gave; leave it out to begin anew")
	}
	return offset, nil
}
