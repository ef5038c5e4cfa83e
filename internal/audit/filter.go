package audit

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"countersign/internal/store"
)

// Filter selects records; zero fields do not filter.
type Filter struct {
	Operation string
	Kinds     []string
	Account   string
	Principal string
	Since     time.Time // inclusive
	Until     time.Time // exclusive
	// Limit keeps only that many records, the last ones.
	Limit int
}

func (f Filter) takes(r store.Record) bool {
	if f.Operation != "" && r.Operation != f.Operation || len(f.Kinds) > 0 && !slices.Contains(f.Kinds, r.Kind) {
		return false
	}
	if r.At.Before(f.Since) || !f.Until.IsZero() && !r.At.Before(f.Until) {
		return false
	}
	if f.Account == "" && f.Principal == "" {
		return true
	}
	body, _ := ReadBody(r)
	return (f.Account == "" || body.Account == f.Account) && (f.Principal == "" || body.Principal == f.Principal)
}

// Words are the texts in the records of a chain that a filter can name.
type Words struct{ Operations, Kinds, Accounts, Principals []string }

// WordsOf reads the words of a whole chain, each once and in alphabetical order.
func WordsOf(ctx context.Context, s store.Store) (Words, error) {
	var operations, kinds, accounts, principals = map[string]bool{}, map[string]bool{}, map[string]bool{}, map[string]bool{}
	err := s.Records(ctx, 0, func(r store.Record) bool {
		body, _ := ReadBody(r)
		operations[r.Operation], kinds[r.Kind], accounts[body.Account], principals[body.Principal] = true, true, true, true
		return true
	})
	if err != nil {
		return Words{}, fmt.Errorf("read audit: %w", err)
	}
	list := func(set map[string]bool) []string {
		delete(set, "")
		return slices.Sorted(maps.Keys(set))
	}
	return Words{list(operations), list(kinds), list(accounts), list(principals)}, nil
}

// Each calls yield for the records that a filter selects, in the order of the chain.
// It stops at the first error of yield and returns it.
func (f Filter) Each(ctx context.Context, s store.Store, yield func(store.Record) error) error {
	var last []store.Record
	var failed error
	err := s.Records(ctx, 0, func(r store.Record) bool {
		switch {
		case !f.takes(r):
		case f.Limit > 0:
			if last = append(last, r); len(last) >= 2*f.Limit {
				last = slices.Clone(last[len(last)-f.Limit:])
			}
		default:
			failed = yield(r)
		}
		return failed == nil
	})
	if err != nil {
		return fmt.Errorf("read audit: %w", err)
	}
	for i := max(0, len(last)-f.Limit); i < len(last) && failed == nil; i++ {
		failed = yield(last[i])
	}
	return failed
}

// ParseTime reads a time as people write it: RFC 3339, a day, a day and a time, or an
// age such as 90m, 12h or 30d. A time without a zone is in the given one.
func ParseTime(text string, now time.Time, zone *time.Location) (time.Time, error) {
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02 15:04:05", "2006-01-02T15:04:05", "2006-01-02 15:04", time.DateOnly} {
		if t, err := time.ParseInLocation(layout, text, zone); err == nil {
			return t, nil
		}
	}
	if days, ok := strings.CutSuffix(text, "d"); ok {
		var n int
		if _, err := fmt.Sscanf(days, "%d", &n); err == nil && fmt.Sprint(n) == days && n >= 0 {
			return now.AddDate(0, 0, -n), nil
		}
	}
	if ago, err := time.ParseDuration(text); err == nil && ago >= 0 {
		return now.Add(-ago), nil
	}
	return time.Time{}, fmt.Errorf("%q is no time: give a day (2006-01-02), a time (2006-01-02T15:04:05Z) or how long ago (12h, 30d)", text)
}
