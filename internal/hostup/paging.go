package hostup

import (
	"errors"
	"fmt"

	"countersign/internal/cloud"
)

// within returns a limit that the vendor accepts: the largest where none or a larger one
// is requested.
func within(limit, most int) int {
	if limit < 1 || limit > most {
		return most
	}
	return limit
}

// listed converts one page of the vendor's. A response without a list is an error and
// not an empty list. A cursor that leads back to the same page is dropped, because the
// list would never end.
func listed[Row, Out any](p *Provider, operation string, about subject, list List[Row], cursor string, translate func(Row) Out) (cloud.Page[Out], error) {
	if list.Data == nil {
		e := p.refuse(cloud.ErrUnavailable, operation, "the answer holds no list")
		e.Hint = hintFor(cloud.ErrUnavailable, about)
		return cloud.Page[Out]{}, e
	}
	var out cloud.Page[Out]
	for _, row := range list.Data {
		out.Items = append(out.Items, translate(row))
	}
	if list.NextCursor != nil && *list.NextCursor != cursor {
		out.Next = *list.NextCursor
	}
	return out, nil
}

// failedList returns which list failed and how, without the vendor's text.
func failedList(err error) string {
	var e *cloud.Error
	switch {
	case !errors.As(err, &e):
		return err.Error()
	case e.Status == 0:
		return fmt.Sprintf("%s: %s", e.Operation, e.Kind)
	}
	return fmt.Sprintf("%s: %s (HTTP %d)", e.Operation, e.Kind, e.Status)
}
