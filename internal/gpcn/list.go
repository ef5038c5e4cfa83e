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

// Meta says where a page stands in its list, as page "List GPU VMs" has it.
type Meta struct {
	Total           *int  `json:"total"`
	Page            *int  `json:"page"`
	PageSize        *int  `json:"pageSize"`
	TotalPages      *int  `json:"totalPages"`
	HasNextPage     *bool `json:"hasNextPage"`
	HasPreviousPage *bool `json:"hasPreviousPage"`
}

// ListOptions are the query parameters that all lists share. Zero values are not
// sent, which leaves the vendor's defaults.
type ListOptions struct {
	// Page counts from 1.
	Page int
	// Limit is 1 to MaxLimit; 10 in most lists unless given.
	Limit int
	// Sort is field:asc or field:desc, several behind commas; createdAt:desc in
	// most lists unless given.
	Sort string
	// Search looks for a part of a name, of VMs also of an address.
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

// query gathers parameters; zero values are left out.
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

// NextPage is the number of the page behind the one that was asked for, 0 at the
// end. The samples of the vendor's pages say that there is a next page behind
// the only row, so that is believed only as far as the totals agree and the
// answer is about the page that was asked for.
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
