package policy_test

import (
	"testing"
	"time"

	"countersign/internal/policy"
)

// TestHours checks times against windows, days and zones, including midnight and summer
// time.
func TestHours(t *testing.T) {
	t.Parallel()
	tests := []struct {
		when string
		at   string
		want bool
	}{
		// 2026-01-05 is a Monday.
		{"between: 08:00-18:00", "2026-01-05T08:00:00Z", true},
		{"between: 08:00-18:00", "2026-01-05T07:59:59Z", false},
		{"between: 08:00-18:00", "2026-01-05T17:59:59Z", true},
		{"between: 08:00-18:00", "2026-01-05T18:00:00Z", false},
		{"between: 08:00-18:00", "2026-01-05T08:30:00+01:00", false}, // UTC unless a zone is given
		{"between: [08:00-09:00, 17:00-24:00]", "2026-01-05T23:59:59Z", true},
		{"between: [08:00-09:00, 17:00-24:00]", "2026-01-05T12:00:00Z", false},
		{"between: 22:00-06:00", "2026-01-05T23:00:00Z", true},
		{"between: 22:00-06:00", "2026-01-05T05:59:00Z", true},
		{"between: 22:00-06:00", "2026-01-05T06:00:00Z", false},
		{"between: 22:00-06:00", "2026-01-05T21:59:00Z", false},
		{"between: 00:00-06:00", "2026-01-05T00:00:00Z", true},
		{"days: mon", "2026-01-05T00:00:00Z", true},
		{"days: mon", "2026-01-04T23:59:59Z", false},
		{"days: mon-fri", "2026-01-09T12:00:00Z", true},
		{"days: mon-fri", "2026-01-10T12:00:00Z", false},
		{"days: sat-mon", "2026-01-11T12:00:00Z", true},
		{"days: sat-mon", "2026-01-05T12:00:00Z", true},
		{"days: sat-mon", "2026-01-06T12:00:00Z", false},
		{"days: [tue, thu-fri]", "2026-01-08T12:00:00Z", true},
		{"days: [tue, thu-fri]", "2026-01-07T12:00:00Z", false},
		// A night belongs to the day on which it begins.
		{"days: fri, between: 22:00-06:00", "2026-01-10T03:00:00Z", true},
		{"days: fri, between: 22:00-06:00", "2026-01-09T03:00:00Z", false},
		{"days: sun, between: 22:00-06:00", "2026-01-05T03:00:00Z", true},
		{"between: 08:00-18:00, zone: Europe/Berlin", "2026-01-05T07:00:00Z", true},
		{"between: 08:00-18:00, zone: Europe/Berlin", "2026-07-06T06:00:00Z", true},
		{"between: 08:00-18:00, zone: Europe/Berlin", "2026-07-06T16:30:00Z", false},
		{"days: mon, zone: Pacific/Auckland", "2026-01-04T12:00:00Z", true},
		{"days: mon, zone: UTC", "2026-01-04T12:00:00Z", false},
	}
	for _, test := range tests {
		at, err := time.Parse(time.RFC3339, test.at)
		if err != nil {
			t.Fatal(err)
		}
		c := stop(vm("a"))
		c.At = at
		if v := parsed(t, "rules: [{when: {"+test.when+"}, then: allow}]").Decide(c); (v.Outcome == policy.Allow) != test.want {
			t.Errorf("%s at %s: %+v, want a match %v", test.when, test.at, v, test.want)
		}
	}
}
