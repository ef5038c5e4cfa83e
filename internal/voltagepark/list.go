package voltagepark

import (
	"net/url"
	"strconv"
)

// List is the envelope of the vendor's paged lists.
type List[T any] struct {
	Results          []T   `json:"results"`
	TotalResultCount *int  `json:"total_result_count"`
	HasPrevious      *bool `json:"has_previous"`
	HasNext          *bool `json:"has_next"`
}

// ListOptions are the query parameters that all paged lists share. Zero values are not
// sent, so that the vendor's defaults apply.
type ListOptions struct {
	Limit  int
	Offset int
}

func (o ListOptions) query() url.Values {
	q := url.Values{}
	if o.Limit > 0 {
		q.Set("limit", strconv.Itoa(o.Limit))
	}
	if o.Offset > 0 {
		q.Set("offset", strconv.Itoa(o.Offset))
	}
	return q
}

// more reports whether rows follow after a page that began at offset. The samples of the
// API page have has_next after the only row, so it counts only where the total agrees.
func (l List[T]) more(offset, limit int) bool {
	if len(l.Results) == 0 {
		return false
	}
	end := offset + len(l.Results)
	switch {
	case l.HasNext != nil && !*l.HasNext:
		return false
	case l.TotalResultCount != nil:
		return end < *l.TotalResultCount
	case l.HasNext != nil:
		return true
	}
	return limit > 0 && len(l.Results) >= limit
}
