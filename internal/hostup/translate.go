package hostup

import (
	"strings"
	"time"

	"countersign/internal/cloud"
)

// gate converts a gate; one that was not sent is unknown, which is nil.
func gate(g *Gate) *cloud.Gate {
	if g == nil {
		return nil
	}
	return &cloud.Gate{Allowed: g.Allowed, Reason: text(g.Reason), Code: text(g.Code)}
}

// text cleans a text that may be null.
func text[T ~string](s *T) string {
	if s == nil {
		return ""
	}
	return cloud.CleanText(string(*s))
}

// moment reads an ISO 8601 time; nil where there is none.
func moment(s *string) *time.Time {
	if s == nil {
		return nil
	}
	at, err := time.Parse(time.RFC3339, *s)
	if err != nil {
		return nil
	}
	return &at
}

// count returns a whole number; nil where the vendor sent none.
func count(n Number) *int {
	value, ok := n.Int()
	if !ok {
		return nil
	}
	return &value
}

// sentences joins our issues in one line.
func sentences(issues []cloud.Issue) string {
	lines := make([]string, 0, len(issues))
	for _, issue := range issues {
		lines = append(lines, issue.Field+": "+issue.Message)
	}
	return strings.Join(lines, "; ")
}
