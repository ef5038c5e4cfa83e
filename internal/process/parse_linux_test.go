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

func TestParseGroup(t *testing.T) {
	for text, want := range map[string]string{
		"0::/user.slice/user-1000.slice/user@1000.service/app.slice/app-gnome-code-7.scope\n": "/user.slice/user-1000.slice/user@1000.service/app.slice/app-gnome-code-7.scope",
		"9:name=systemd:/session-3.scope\n8:pids:/\n0::/\n":                                   "/session-3.scope",
		"0::/a\n9:name=systemd:/b\n":                                                          "/b",
		"0::/with:colon\n":                                                                    "/with:colon",
		"4:memory:/x\n":                                                                       "",
		"":                                                                                    "",
	} {
		if got := parseGroup([]byte(text)); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

func TestTTYIndex(t *testing.T) {
	for text, want := range map[string]int64{
		"pos:\t0\nflags:\t02100002\nmnt_id:\t24\nino:\t91\ntty-index:\t12\n": 12,
		"tty-index:\t0\n":             0,
		"pos:\t0\nflags:\t02100002\n": -1,
		"tty-index:\tx\n":             -1,
		"":                            -1,
	} {
		if got := ttyIndex([]byte(text)); got != want {
			t.Errorf("%q: %d, want %d", text, got, want)
		}
	}
}

// TestLoose pins what looseIn says about the topmost process of a chain, depending on the
// clients. The chain is that of this test, with a reaper added above it.
func TestLoose(t *testing.T) {
	me := Self()
	chain := []entry{{Ident: me, parent: rootPID}, {Ident: Ident{PID: rootPID, Started: 1}}}
	group := Group(me)
	for _, test := range []struct {
		name  string
		chain []entry
		c     Client
		want  bool
	}{
		{"began before, the same group", chain, Client{Ident: Ident{7, me.Started - 1}, Group: group}, true},
		{"its group is not known", chain, Client{Ident: Ident{7, me.Started - 1}}, true},
		{"began later", chain, Client{Ident: Ident{7, me.Started + 1}, Group: group}, false},
		{"began at the same moment", chain, Client{Ident: Ident{7, me.Started}, Group: group}, true},
		{"another group", chain, Client{Ident: Ident{7, me.Started - 1}, Group: "/another"}, false},
		{"before the machine was started", chain, Client{Ident: Ident{7, me.Started - 1}, Group: group, Earlier: true}, false},
		{"a parent that is no reaper", []entry{{Ident: me, parent: 2}, {Ident: Ident{PID: 2, Started: 1}}}, Client{Ident: Ident{7, me.Started - 1}, Group: group}, false},
		{"nothing above it", chain[:1], Client{Ident: Ident{7, me.Started - 1}, Group: group}, false},
	} {
		if got := looseIn(test.chain, []Client{test.c}); (got != "") != test.want {
			t.Errorf("%s: %q", test.name, got)
		}
	}
	if got := looseIn(chain, nil); got != "" {
		t.Errorf("without any client: %q", got)
	}
}
