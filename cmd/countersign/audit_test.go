package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"countersign/internal/help"
	"countersign/internal/store"
	"countersign/internal/store/sqlite"
)

// recorded creates a state folder with the records of one operation.
func recorded(t *testing.T) (operation string) {
	t.Helper()
	state := filepath.Join(t.TempDir(), "state")
	operation = "op_0123456789abcdefghij"
	t.Setenv("COUNTERSIGN_STATE", state)
	s, err := sqlite.Open(t.Context(), state)
	if err != nil {
		t.Fatal(err)
	}
	op := store.Operation{ID: operation, Call: "c", State: store.Done, EndedAt: time.Now()}
	body := json.RawMessage(`{"principal":"local","account":"gpcn","tool":"delete_vm","summary":"Delete 1 VM\u001b[2J","by":"ana","road":"terminal","terminal":"/dev/pts/3","seconds":4}`)
	var records []store.Record
	for _, kind := range []string{"asked", "approved", "sent", "done"} {
		records = append(records, store.Record{At: time.Now(), Operation: operation, Kind: kind, Body: body})
	}
	if err := s.InsertOperation(t.Context(), &op, records...); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return operation
}

// TestAuditCommandsOfTheManual runs every command that the manual names, in its
// order, and checks that it names every audit command.
func TestAuditCommandsOfTheManual(t *testing.T) {
	operation := recorded(t)
	t.Chdir(t.TempDir())
	text, err := help.Topic("audit")
	if err != nil {
		t.Fatal(err)
	}
	null, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = null.Close() }()
	named := map[string]bool{}
	for _, found := range regexp.MustCompile(`(?m)^    countersign (.*?)(?:   +.*)?$`).FindAllStringSubmatch(text, -1) {
		args := strings.Fields(strings.NewReplacer("OPERATION", operation, "RECORD", "2").Replace(found[1]))
		named[args[1]] = true
		var out, complaints bytes.Buffer
		code := execute(t.Context(), args, streams{in: null, out: &out, err: &complaints})
		want := exitOK
		switch {
		case args[1] == "compact":
			want = exitRefused // no person here; audit_compact.txtar has one
		case slices.Contains(args, "--archive"):
			want = exitUsage // and so no archive
		}
		if code != want {
			t.Errorf("%v ended with %d, want %d: %s", args, code, want, complaints.String())
		}
	}
	for _, c := range newRoot(streams{}).Commands() {
		if c.Name() != "audit" {
			continue
		}
		for _, sub := range c.Commands() {
			if !named[sub.Name()] {
				t.Errorf("the manual does not name audit %s", sub.Name())
			}
		}
	}
	if len(named) != 5 {
		t.Errorf("the manual names %v", named)
	}
}

// TestAuditListOnATerminal checks that people get a table and programs get JSON
// lines, and that no record can send control sequences to the terminal.
func TestAuditListOnATerminal(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("terminals of their own are made on Linux only")
	}
	recorded(t)
	run := func(args ...string) string {
		t.Helper()
		keys, tty, err := openTerminal()
		if err != nil {
			t.Fatal(err)
		}
		shown := make(chan []byte)
		go func() {
			raw, _ := io.ReadAll(keys) // reading a terminal whose other end is closed returns an error
			shown <- raw
		}()
		if code := execute(context.Background(), args, streams{in: tty, out: tty, err: tty}); code != exitOK {
			t.Errorf("%v ended with %d", args, code)
		}
		_ = tty.Close()
		screen := string(<-shown)
		_ = keys.Close()
		return screen
	}
	table := run("audit", "list")
	lines := strings.Split(strings.TrimSpace(table), "\n")
	if len(lines) != 5 || !regexp.MustCompile(`^RECORD +TIME +OPERATION +KIND +CALLER +ACCOUNT +TOOL +WHAT`).MatchString(lines[0]) {
		t.Fatalf("no table:\n%s", table)
	}
	if !strings.Contains(lines[2], "ana by the terminal /dev/pts/3 after 4.0 s") || strings.Contains(table, "\x1b") {
		t.Errorf("table:\n%q", table)
	}
	if !regexp.MustCompile(`^1 +\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC +op_\w+ +asked +local +gpcn +delete_vm `).MatchString(lines[1]) {
		t.Errorf("row:\n%q", lines[1])
	}
	if text := run("audit", "list", "--json"); !strings.HasPrefix(text, `{"seq":1,`) {
		t.Errorf("with --json:\n%s", text)
	}
}

// TestAuditListRefusesWrongWords checks that a filter with a typing error is refused with
// the nearest right word, and that one which only finds nothing is not.
func TestAuditListRefusesWrongWords(t *testing.T) {
	operation := recorded(t)
	for _, test := range []struct {
		args []string
		want string // empty where the list is empty and right
	}{
		{[]string{"--kind", "approved,aproved"}, `--kind: there are no records of the kind "aproved"; did you mean "approved"?`},
		{[]string{"--kind", "xyz"}, "there are: allowed, approved"},
		{[]string{"--operation", "op_nope"}, `--operation: no record is about the operation "op_nope"; there are: ` + operation},
		{[]string{"--operation", operation[:len(operation)-1] + "x"}, `did you mean "` + operation + `"?`},
		{[]string{"--account", "gpnc"}, `--account: there is no account "gpnc"; did you mean "gpcn"?`},
		{[]string{"--principal", "locla"}, `--principal: no record has the principal "locla"; did you mean "local"?`},
		{[]string{"--account", "hostup"}, ""},
		{[]string{"--kind", "denied"}, ""},
		{[]string{"--principal", "local", "--until", "2020-01-01"}, ""},
	} {
		var out, complaints bytes.Buffer
		code := execute(t.Context(), append([]string{"audit", "list"}, test.args...), streams{out: &out, err: &complaints})
		want := exitOK
		if test.want != "" {
			want = exitUsage
		}
		if code != want || out.Len() > 0 || !strings.Contains(complaints.String(), test.want) {
			t.Errorf("%v ended with %d: %s%s", test.args, code, out.String(), complaints.String())
		}
	}
}
