package gpcn

import (
	"net/url"
	"strconv"
)

// MaxLimit is the most rows that one page of a list holds.
const MaxLimit = 100

// List is one page of a list. A list that the vendor does not page has no Meta.
type List[T any] struct {
	Items []T   `json:"data"`
	Meta  *Meta `json:"meta"`
}

// Meta is the position of a page in its list, as page "List GPU VMs" shows it.
type Meta struct {
	Total           *int  `json:"total"`
	Page            *int  `json:"page"`
	PageSize        *int  `json:"pageSize"`
	TotalPages      *int  `json:"totalPages"`
	HasNextPage     *bool `json:"hasNextPage"`
	HasPreviousPage *bool `json:"hasPreviousPage"`
}

// ListOptions are the query parameters that all lists share. Zero values are not
// sent, so that the vendor's defaults apply.
type ListOptions struct {
	// Page counts from 1.
	Page int
	// Limit is 1 to MaxLimit; the default of most lists is 10.
	Limit int
	// Sort is field:asc or field:desc, several separated by commas; the default of
	// most lists is createdAt:desc.
	Sort string
	// Search matches a part of a name, in lists of VMs also of an address.
	Search string
}

func (o ListOptions) query() query {
	q := query{}
	q.number("page", o.Page)
	q.number("limit", o.Limit)
	q.text("sort", o.Sort)
	q.text("search", o.Search)
	return q
}

// query collects query parameters without the zero values.
type query url.Values

func (q query) text(name, value string) {
	if value != "" {
		url.Values(q).Set(name, value)
	}
}

func (q query) number(name string, value int) {
	if value != 0 {
		q.text(name, strconv.Itoa(value))
	}
}

func (q query) flag(name string, value *bool) {
	if value != nil {
		q.text(name, strconv.FormatBool(*value))
	}
}

// NextPage returns the number of the page after the requested one, or 0 at the end.
// The samples of the vendor's pages claim a next page after the only row. So the flag
// counts only where the totals agree and the response is about the requested page.
func (l List[T]) NextPage(asked int) int {
	m := l.Meta
	if m == nil || len(l.Items) == 0 {
		return 0
	}
	asked = max(asked, 1)
	size := len(l.Items)
	if m.PageSize != nil {
		size = max(size, *m.PageSize)
	}
	switch {
	case m.Page != nil && *m.Page != asked,
		m.HasNextPage != nil && !*m.HasNextPage,
		m.TotalPages != nil && *m.TotalPages <= asked,
		m.Total != nil && *m.Total <= (asked-1)*size+len(l.Items),
		m.HasNextPage == nil && m.TotalPages == nil && m.Total == nil:
		return 0
	}
	return asked + 1
}
