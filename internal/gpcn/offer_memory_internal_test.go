package gpcn

import (
	"fmt"
	"testing"
	"time"

	"countersign/internal/cloud"
)

// TestOfferReadsAreFew pins how many machines are read in a minute, whatever the clock
// does, and that memory is bounded.
func TestOfferReadsAreFew(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 8, 1, 12, 0, 0, 0, time.UTC)
	m := newOfferMemory(func() time.Time { return now })
	for _, step := range []struct {
		after        time.Duration
		wanted, most int
	}{
		{0, 20, 20}, {30 * time.Second, 20, 10}, {20 * time.Second, 1, 0}, {10 * time.Second, 100, 30}, {0, 0, 0}, {-time.Hour, 5, 5},
	} {
		now = now.Add(step.after)
		if got := m.allow(step.wanted); got != step.most {
			t.Errorf("%d of %d at %s, want %d", got, step.wanted, now, step.most)
		}
	}
	four := 4
	hardware := Hardware{CPU: &four, RAM: &four, Disk: &four}
	for i := range maxOffersKnown + 1 {
		m.saw(VM{ID: cloud.VMID(fmt.Sprint(i)), Configuration: VMConfiguration{SKUID: "sku", Hardware: hardware}})
	}
	if len(m.known) > maxOffersKnown {
		t.Errorf("%d machines are remembered", len(m.known))
	}
	last := cloud.VMID(fmt.Sprint(maxOffersKnown))
	if offer, known := m.of(VMRow{ID: last, Configuration: hardware}); !known || offer != "sku" {
		t.Errorf("%q %v", offer, known)
	}
	five := 5
	for name, other := range map[string]Hardware{
		"another size": {CPU: &five, RAM: &four, Disk: &four}, "a size that is not told": {CPU: &four, RAM: &four}, "none": {},
	} {
		if _, known := m.of(VMRow{ID: last, Configuration: other}); known {
			t.Errorf("%s: its offer is taken for known", name)
		}
	}
}
