package sandboxkit_test

import (
	"regexp"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"countersign/internal/sandboxkit"
)

func TestSeedForms(t *testing.T) {
	seed := sandboxkit.NewSeed(7)
	forms := []struct {
		name string
		make func() string
		form *regexp.Regexp
	}{
		{"UUID", seed.UUID, regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)},
		{"ULID", func() string { return seed.ULID("ssh") }, regexp.MustCompile(`^ssh_[0-7][0-9a-hjkmnp-tv-z]{25}$`)},
		{"odd Hex", func() string { return seed.Hex(7) }, regexp.MustCompile(`^[0-9a-f]{7}$`)},
		{"even Hex", func() string { return seed.Hex(32) }, regexp.MustCompile(`^[0-9a-f]{32}$`)},
	}
	for _, tt := range forms {
		seen := map[string]bool{}
		for range 200 {
			id := tt.make()
			if !tt.form.MatchString(id) {
				t.Fatalf("%s %q is not of the form %s", tt.name, id, tt.form)
			}
			if seen[id] {
				t.Fatalf("%s %q came twice", tt.name, id)
			}
			seen[id] = true
		}
	}
}

func TestSeedRepeatsItself(t *testing.T) {
	ids := func(n uint64) []string {
		s := sandboxkit.NewSeed(n)
		return []string{s.UUID(), s.ULID("vm"), s.Hex(8), s.UUID()}
	}
	if diff := cmp.Diff(ids(1), ids(1)); diff != "" {
		t.Errorf("same seed, other IDs:\n%s", diff)
	}
	if ids(1)[0] == ids(2)[0] {
		t.Error("other seed, same ID")
	}
}

func TestClocks(t *testing.T) {
	start := time.Date(2026, 4, 27, 12, 0, 0, 0, time.UTC)
	still := sandboxkit.NewClock(start)
	still.Advance(time.Hour)
	still.Advance(time.Minute)
	if got, want := still.Now(), start.Add(61*time.Minute); !got.Equal(want) {
		t.Errorf("still clock at %s, want %s", got, want)
	}

	running := sandboxkit.NewRunningClock()
	before := time.Now()
	running.Advance(24 * time.Hour)
	if got := running.Now(); got.Before(before.Add(24 * time.Hour)) {
		t.Errorf("running clock at %s, want at least a day after %s", got, before)
	}
	running.Stand()
	stood := running.Now()
	if got := running.Now(); !got.Equal(stood) {
		t.Errorf("stopped clock went from %s to %s", stood, got)
	}
	running.Advance(time.Hour)
	if got, want := running.Now(), stood.Add(time.Hour); !got.Equal(want) {
		t.Errorf("stopped clock at %s, want %s", got, want)
	}
}

func TestOffset(t *testing.T) {
	items := []int{1, 2, 3, 4, 5}
	tests := []struct {
		limit, offset int
		want          []int
		more          bool
	}{
		{2, 0, []int{1, 2}, true},
		{2, 2, []int{3, 4}, true},
		{2, 4, []int{5}, false},
		{5, 0, items, false},
		{0, 3, []int{4, 5}, false},
		{2, 9, []int{}, false},
		{2, -1, []int{1, 2}, true},
		{int(^uint(0) >> 1), 1, []int{2, 3, 4, 5}, false},
	}
	for _, tt := range tests {
		page, more := sandboxkit.Offset(items, tt.limit, tt.offset)
		if diff := cmp.Diff(tt.want, page); diff != "" || more != tt.more {
			t.Errorf("limit %d offset %d: more %v, want %v; page:\n%s", tt.limit, tt.offset, more, tt.more, diff)
		}
	}
}
