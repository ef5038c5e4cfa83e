package approver_test

import (
	"testing"
	"time"

	"countersign/internal/approver"
)

func TestTries(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)
	var tries approver.Tries
	for i, want := range []struct {
		lock time.Duration
		left int
	}{
		{0, 2}, {0, 1}, {time.Minute, 3},
		{0, 2}, {0, 1}, {4 * time.Minute, 3},
		{0, 2}, {0, 1}, {16 * time.Minute, 3},
		{0, 2}, {0, 1}, {64 * time.Minute, 3},
		{0, 2}, {0, 1}, {256 * time.Minute, 3},
		{0, 2}, {0, 1}, {1024 * time.Minute, 3},
		{0, 2}, {0, 1}, {24 * time.Hour, 3},
		{0, 2}, {0, 1}, {24 * time.Hour, 3},
	} {
		tries = tries.Fail(now)
		if tries.Wrong != i+1 || tries.Left() != want.left || tries.Locked(now) != (want.lock > 0) {
			t.Fatalf("wrong try %d: %+v, %d left, locked %v", i+1, tries, tries.Left(), tries.Locked(now))
		}
		if want.lock > 0 {
			now = now.Add(want.lock)
			if !tries.Locked(now.Add(-1)) || tries.Locked(now) {
				t.Fatalf("wrong try %d does not lock for %s: %+v", i+1, want.lock, tries)
			}
		}
	}
	if many := (approver.Tries{Wrong: 3_000_000_000 - 1}).Fail(now); !many.LockedUntil.Equal(now.Add(24 * time.Hour)) {
		t.Errorf("after very many: %+v", many)
	}
}
