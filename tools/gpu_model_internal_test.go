package tools

import "testing"

func TestMatchesModel(t *testing.T) {
	t.Parallel()
	tests := []struct {
		asked, model string
		want         bool
	}{
		{"h100", "h100-sxm5-80gb", true},
		{"H100", "NVIDIA H100 80GB SXM", true},
		{"h100 sxm", "NVIDIA H100 80GB SXM", true},
		{"h100-80gb", "NVIDIA H100 80GB SXM", true},
		{"80gb h100", "NVIDIA H100 80GB SXM", true},
		{"rtx4090", "NVIDIA RTX 4090", true},
		{"rtx 4090", "RTX4090", true},
		{"nvidia rtx a6000", "NVIDIA RTX A6000", true},
		{"h100", "NVIDIA H200 141GB", false},
		{"a10", "NVIDIA A100", false},
		{"h200", "GH200", false},
		{"l40", "NVIDIA L40S", false},
		{"h100 pcie", "NVIDIA H100 80GB SXM", false},
		{"8", "h100-sxm5-80gb", false},
		{"", "h100", true},
		{"---", "h100", true},
		{"h100", "", false},
	}
	for _, tt := range tests {
		if got := matchesModel(tt.asked, tt.model); got != tt.want {
			t.Errorf("%q asked, %q there: %t", tt.asked, tt.model, got)
		}
	}
}
