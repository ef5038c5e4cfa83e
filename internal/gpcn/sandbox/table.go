package sandbox

import (
	"cmp"
	"math"
	"net/http"
	"slices"
	"strings"

	"countersign/internal/gpcn"
	"countersign/internal/sandboxkit"
)

// defaultLimitOfLists is how many rows a page has when no limit is given.
const defaultLimitOfLists = 10

// table is a list that can be searched, sorted and paged.
type table[T any] struct {
	message string
	rows    []T
	// columns are what it can be sorted by; order is the default.
	columns map[string]func(T) string
	order   string
	// search returns the texts of a row that a search looks in.
	search func(T) []string
}

// page returns the requested page; f has the issues of other parameters. That a page or
// a limit out of range is refused, and that a search matches parts of names in any case,
// is [inferred].
func (t table[T]) page(r *http.Request, f *form) answer {
	page := f.queryNumber(r, "page", 1, 1, math.MaxInt32)
	limit := f.queryNumber(r, "limit", defaultLimitOfLists, 1, gpcn.MaxLimit)
	rows := t.sorted(cmp.Or(r.URL.Query().Get("sort"), t.order), f)
	if a, refused := f.refused(); refused {
		return a
	}
	if text := strings.ToLower(r.URL.Query().Get("search")); text != "" {
		rows = slices.DeleteFunc(rows, func(row T) bool {
			return !slices.ContainsFunc(t.search(row), func(in string) bool { return strings.Contains(strings.ToLower(in), text) })
		})
	}
	items, next := sandboxkit.Offset(rows, limit, (page-1)*limit)
	if items == nil {
		items = []T{}
	}
	total, pages, previous := len(rows), (len(rows)+limit-1)/limit, page > 1
	a := ok(t.message, items)
	if body, isSuccess := a.body.(success); isSuccess {
		body.Meta = gpcn.Meta{
			Total: &total, Page: &page, PageSize: &limit, TotalPages: &pages, HasNextPage: &next, HasPreviousPage: &previous,
		}
		a.body = body
	}
	return a
}

// sorted returns the rows in an order such as name:asc,createdAt:desc.
func (t table[T]) sorted(order string, f *form) []T {
	rows := make([]*T, 0, len(t.rows)) // rows are large, and sorting moves them often
	for i := range t.rows {
		rows = append(rows, &t.rows[i])
	}
	terms := strings.Split(order, ",")
	slices.Reverse(terms) // the first term decides, so it is sorted by last
	for _, term := range terms {
		name, direction, _ := strings.Cut(term, ":")
		column, known := t.columns[name]
		if !known || direction != "asc" && direction != "desc" {
			f.report("sort", "Expected field:asc or field:desc")
			return nil
		}
		slices.SortStableFunc(rows, func(a, b *T) int {
			if direction == "desc" {
				a, b = b, a
			}
			return cmp.Compare(column(*a), column(*b))
		})
	}
	sorted := make([]T, 0, len(rows))
	for _, row := range rows {
		sorted = append(sorted, *row)
	}
	return sorted
}
