package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"countersign/internal/store"
	"countersign/internal/store/sqlite/sqlitetest"
)

// cmdRPC checks that every line of the last stdout is one JSON-RPC message and
// that N of them are responses to different requests: rpc N.
func cmdRPC(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) != 1 {
		ts.Fatalf("usage: rpc N")
	}
	responses := map[string]bool{}
	for line := range strings.Lines(ts.ReadFile("stdout")) {
		var m struct {
			Version string          `json:"jsonrpc"`
			ID      json.RawMessage `json:"id"`
			Method  string          `json:"method"`
			Result  json.RawMessage `json:"result"`
			Error   json.RawMessage `json:"error"`
		}
		if err := json.Unmarshal([]byte(line), &m); err != nil || m.Version != "2.0" {
			ts.Fatalf("not a JSON-RPC message (%v): %s", err, line)
		}
		id := string(m.ID)
		if m.Method != "" || id == "" || id == "null" {
			continue
		}
		if responses[id] {
			ts.Fatalf("request %s was answered twice", id)
		}
		if (m.Result == nil) == (m.Error == nil) {
			ts.Fatalf("neither or both of result and error: %s", line)
		}
		responses[id] = true
	}
	if strconv.Itoa(len(responses)) != args[0] {
		ts.Fatalf("%d requests were answered, want %s", len(responses), args[0])
	}
}

// cmdLongLine writes a file of one line with N bytes: longline FILE N.
func cmdLongLine(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) != 2 {
		ts.Fatalf("usage: longline FILE N")
	}
	n, err := strconv.Atoi(args[1])
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), append(bytes.Repeat([]byte("x"), n), '\n'), 0o600))
}

// cmdNowhere checks that a text, plain or in a usual encoding, is in no file of the
// state folder, in no message to a client and in no log: nowhere TEXT.
func cmdNowhere(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) != 1 {
		ts.Fatalf("usage: nowhere TEXT")
	}
	places := map[string][]byte{}
	ts.Check(filepath.WalkDir(ts.Getenv("COUNTERSIGN_STATE"), func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		places[path], err = os.ReadFile(path)
		return err
	}))
	if len(places) == 0 {
		ts.Fatalf("there is no state to look through")
	}
	for name, h := range theWorld(ts).hosts {
		places["the log of "+name] = []byte(h.stderr.String())
		places["what was told to "+name] = []byte(h.heard.String())
	}
	for name, s := range theWorld(ts).servers {
		places["the log of "+name] = []byte(s.log.String())
	}
	text := []byte(args[0])
	for place, content := range places {
		for _, form := range [][]byte{text, []byte(hex.EncodeToString(text)), []byte(base64.RawStdEncoding.EncodeToString(text))} {
			if bytes.Contains(content, form) {
				ts.Fatalf("%q stands in %s", form, place)
			}
		}
	}
}

// cmdSQL changes the database without the program; it has to change something: sql
// STATEMENT.
func cmdSQL(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) != 1 {
		ts.Fatalf("usage: sql STATEMENT")
	}
	changed, err := sqlitetest.Tamper(context.Background(), ts.Getenv("COUNTERSIGN_STATE"), args[0])
	ts.Check(err)
	if changed == 0 {
		ts.Fatalf("nothing was changed")
	}
}

// cmdRecompute changes the audit without the program and computes all hashes again,
// so that the chain is valid: recompute KIND NEWKIND, or recompute age DURATION,
// which makes all records older.
func cmdRecompute(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) != 2 {
		ts.Fatalf("usage: recompute KIND NEWKIND | recompute age DURATION")
	}
	changed := 0
	change := func(r *store.Record) bool {
		if r.Kind == args[0] {
			r.Kind = args[1]
			changed++
		}
		return true
	}
	if args[0] == "age" {
		age, err := time.ParseDuration(args[1])
		ts.Check(err)
		change = func(r *store.Record) bool {
			r.At = r.At.Add(-age)
			changed++
			return true
		}
	}
	ts.Check(sqlitetest.Recompute(context.Background(), ts.Getenv("COUNTERSIGN_STATE"), change))
	if changed == 0 {
		ts.Fatalf("nothing was changed")
	}
}

// cmdLogged waits until the log of a client's server matches: logged NAME REGEXP.
func cmdLogged(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) != 2 {
		ts.Fatalf("usage: logged NAME REGEXP")
	}
	h, want := hostNamed(ts, args[0]), regexp.MustCompile(args[1])
	defer func() { ts.Logf("the log of %s:\n%s", args[0], h.stderr.String()) }()
	poll(ts, args[1]+" in the log", func() bool { return want.MatchString(h.stderr.String()) })
}
