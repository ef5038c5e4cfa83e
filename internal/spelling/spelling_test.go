package spelling_test

import (
	"strings"
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

// TestTypos counts the slips between two words, and gives up where there are more
// than are asked about or where a word is too long to be worth it.
func TestTypos(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("a", 65)
	for _, test := range []struct {
		a, b  string
		most  int
		typos int
		ok    bool
	}{
		{"oslo", "oslo", 0, 0, true},
		{"oslo", "olso", 1, 1, true},
		{"oslo", "osl", 1, 1, true},
		{"oslo", "oxlx", 2, 2, true},
		{"oslo", "oxlx", 1, 0, false},
		{"oslo", "oslo-2", 1, 0, false},
		{"åland", "aland", 1, 1, true},
		{long, long, 1, 0, false},
	} {
		if typos, ok := spelling.Typos(test.a, test.b, test.most); typos != test.typos || ok != test.ok {
			t.Errorf("Typos(%q, %q, %d) = %d, %t", test.a, test.b, test.most, typos, ok)
		}
	}
}
