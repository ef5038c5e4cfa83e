package hostup

import (
	"net/url"
	"strconv"
)

// List is one page of rows. NextCursor is opaque. No source shows how the last page is
// marked, so null, missing and empty all mean the end.
type List[T any] struct {
	Data       []T     `json:"data"`
	NextCursor *string `json:"nextCursor"`
}

// listQuery returns the query for one page; a limit of 0 and an empty cursor are not
// sent.
func listQuery(limit int, cursor string) url.Values {
	query := url.Values{}
	if limit != 0 {
		query.Set("limit", strconv.Itoa(limit))
	}
	setUnlessEmpty(query, "cursor", cursor)
	return query
}

func setUnlessEmpty(query url.Values, name, value string) {
	if value != "" {
		query.Set(name, value)
	}
}
