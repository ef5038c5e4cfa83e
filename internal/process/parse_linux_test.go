package process

import (
	"errors"
	"strings"
	"testing"
)

func TestParseStat(t *testing.T) {
	tail := " 42 " + strings.Repeat("0 ", 17) + "777 0 0\n"
	tests := []struct {
		name, text string
		want       entry
		fails      bool
	}{
		{"plain", "7 (sh) S" + tail, entry{Ident{7, 777}, 42}, false},
		{"spaces and parentheses", "7 (a) R 1 (b) S" + tail, entry{Ident{7, 777}, 42}, false},
		{"ended", "7 (sh) Z" + tail, entry{}, true},
		{"empty", "", entry{}, true},
		{"no command", "7 sh S" + tail, entry{}, true},
		{"cut off", "7 (sh) S 42 0 0", entry{}, true},
		{"garbage", "x (sh) S" + tail, entry{}, true},
		{"garbage for the start", "7 (sh) S" + strings.ReplaceAll(tail, "777", "x"), entry{}, true},
		{"garbage for the parent", "7 (sh) S" + strings.ReplaceAll(tail, "42", "x"), entry{}, true},
	}
	for _, test := range tests {
		got, err := parseStat([]byte(test.text))
		if got != test.want || (err != nil) != test.fails {
			t.Errorf("%s: got %+v, %v", test.name, got, err)
		}
	}
	if _, err := parseStat([]byte("7 (sh) Z" + tail)); !errors.Is(err, errGone) {
		t.Errorf("a process that ended: %v", err)
	}
}
