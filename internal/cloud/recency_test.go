package cloud_test

import (
	"testing"
	"time"

	"countersign/internal/cloud"
)

// TestRecency checks what a request can have made.
func TestRecency(t *testing.T) {
	t.Parallel()
	sent := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	for after, want := range map[time.Duration]cloud.Recency{
		time.Hour: cloud.Fresh, 0: cloud.Fresh, -time.Minute: cloud.Fresh, -61 * time.Second: cloud.Doubtful, -14 * time.Minute: cloud.Doubtful, -15 * time.Minute: cloud.TooOld, -99 * time.Hour: cloud.TooOld,
	} {
		if got := cloud.RecencyOf(new(sent.Add(after)), sent); got != want {
			t.Errorf("created %s after the request: %d, want %d", after, got, want)
		}
	}
	if got := cloud.RecencyOf(nil, sent); got != cloud.Doubtful {
		t.Errorf("without a creation time: %d", got)
	}
}
