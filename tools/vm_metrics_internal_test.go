package tools

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"countersign/internal/cloud"
)

// TestThinned checks that every sample counts once, whatever the number of points,
// and that an unknown value is not a zero.
func TestThinned(t *testing.T) {
	t.Parallel()
	at := func(n int) *time.Time { return new(time.Unix(int64(n), 0).UTC()) }
	cpu := func(n int, values ...float64) cloud.MetricSample {
		s := cloud.MetricSample{At: at(n)}
		if len(values) > 0 {
			s.CPUPercent = &values[0]
		}
		return s
	}
	tests := []struct {
		name    string
		samples []cloud.MetricSample
		most    int
		want    []cloud.MetricSample
	}{
		{"none", nil, 3, []cloud.MetricSample{}},
		{"fewer than points", []cloud.MetricSample{cpu(1, 1), cpu(2, 2)}, 3, []cloud.MetricSample{cpu(1, 1), cpu(2, 2)}},
		{"one point", []cloud.MetricSample{cpu(1, 1), cpu(2, 2), cpu(3, 6)}, 1, []cloud.MetricSample{cpu(3, 3)}},
		{"unequal parts", []cloud.MetricSample{cpu(1, 1), cpu(2, 2), cpu(3, 3), cpu(4, 4), cpu(5, 5)}, 2, []cloud.MetricSample{cpu(2, 1.5), cpu(5, 4)}},
		{"holes", []cloud.MetricSample{cpu(1), cpu(2, 4), cpu(3), cpu(4)}, 2, []cloud.MetricSample{cpu(2, 4), cpu(4)}},
		{"two decimals", []cloud.MetricSample{cpu(1, 1), cpu(2, 1), cpu(3, 2)}, 1, []cloud.MetricSample{cpu(3, 1.33)}},
	}
	for _, test := range tests {
		if diff := cmp.Diff(test.want, thinned(test.samples, test.most)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.name, diff)
		}
	}
	got := peaks([]cloud.MetricSample{{CPUPercent: new(-1.0), NetworkOutKBs: new(3.0)}, {CPUPercent: new(-2.0)}, {NetworkOutKBs: new(5.0)}})
	if diff := cmp.Diff(cloud.MetricSample{CPUPercent: new(-1.0), NetworkOutKBs: new(5.0)}, got); diff != "" {
		t.Errorf("peaks (-want +got):\n%s", diff)
	}
}
