package spelling_test

import (
	"testing"

	"countersign/internal/spelling"
)

// TestNearest pins which misspellings are recognized, and that a word that resembles no
// candidate finds none.
func TestNearest(t *testing.T) {
	t.Parallel()
	candidates := []string{"account", "datacenter_id", "ssh_key_ids", "id"}
	for word, want := range map[string]string{
		"acount": "account", "acocunt": "account", "ACCOUNT": "account", "datacenterId": "datacenter_id",
		"datacentre-id": "datacenter_id", "sshKeyIds": "ssh_key_ids", "di": "id", "x": "", "network": "",
	} {
		if got := spelling.Nearest(word, candidates); got != want {
			t.Errorf("Nearest(%q) = %q, want %q", word, got, want)
		}
	}
}
