package process_test

import (
	"os"
	"strings"
	"testing"
	"time"

	"countersign/internal/process"
)

// TestSurveyTakesTheCarefulSide pins the answers for a file that is not a terminal, for
// clients that are not known exactly, and for ancestors of this process.
func TestSurveyTakesTheCarefulSide(t *testing.T) {
	me, none := process.Self(), process.Ident{PID: process.Self().PID, Started: 1}
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _, _ = r.Close(), w.Close() }()
	for _, test := range []struct {
		name, want, fails string
		client            process.Ident
	}{
		{"under a client", "runs under an MCP client", "", me},
		{"a pipe", "", "is no terminal", none},
		{"a client without a start", "", "not known exactly", process.Ident{PID: 7}},
	} {
		found, err := process.SurveyTerminal(r, []process.Client{{Ident: test.client}})
		if !strings.Contains(found.Under, test.want) || (err != nil) != (test.fails != "") || err != nil && !strings.Contains(err.Error(), test.fails) {
			t.Errorf("%s: %+v, %v", test.name, found, err)
		}
	}
	if group := process.Group(process.Ident{PID: me.PID, Started: me.Started + 1}); group != "" {
		t.Errorf("the group of another process of that number is %q", group)
	}
	if booted := process.Booted(); booted.IsZero() || booted.After(time.Now()) {
		t.Errorf("booted at %s", booted)
	}
}
