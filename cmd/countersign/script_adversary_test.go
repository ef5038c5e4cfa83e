package main

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

// cmdEdit sets a variable to TEXT with its only occurrence of OLD replaced: edit
// VARIABLE TEXT OLD NEW. NEW can contain escapes such as \u200b.
func cmdEdit(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) != 4 {
		ts.Fatalf("usage: edit VARIABLE TEXT OLD NEW")
	}
	if !strings.Contains(args[1], args[2]) {
		ts.Fatalf("%q is not in %s", args[2], args[1])
	}
	ts.Setenv(args[0], strings.Replace(args[1], args[2], characters(args[3]), 1))
}

// characters expands Go escapes.
func characters(text string) string {
	written, err := strconv.Unquote(`"` + strings.ReplaceAll(text, `"`, `\"`) + `"`)
	if err != nil {
		return text
	}
	return written
}

// cmdUncovered makes calls that an approved operation does not cover, and checks
// that each is rejected or is a question of its own: uncovered NAME OPERATION TOOL
// JSON...
func cmdUncovered(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) < 4 {
		ts.Fatalf("usage: uncovered NAME OPERATION TOOL JSON...")
	}
	for _, arguments := range args[3:] {
		r := callNow(ts, args[0], args[2], arguments)
		switch {
		case r.Failed != "" || r.Result.IsError:
			continue
		case !strings.Contains(string(r.Result.Structured), `"approval_required"`) || strings.Contains(string(r.Result.Structured), args[1]):
			ts.Fatalf("%s is answered with %s", arguments, r.Result.Structured)
		}
	}
}

// callNow makes a call and waits for its result, which can be an error.
func callNow(ts *testscript.TestScript, name, tool, arguments string) hostReport {
	h := hostNamed(ts, name)
	cmdStart(ts, false, []string{name, tool, arguments})
	return h.await(ts, func(r hostReport) bool { return r.ID == h.pending })
}

// cmdEveryTool calls every tool that a client sees, except the named ones, with a
// text in every argument that accepts one, and with further members that look like
// a yes: everytool NAME TEXT [BUT ...].
func cmdEveryTool(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) < 2 {
		ts.Fatalf("usage: everytool NAME TEXT [BUT ...]")
	}
	names := toolsOf(ts, args[0])
	for _, but := range args[2:] {
		if !slices.Contains(names, but) {
			ts.Fatalf("there is no tool %s", but)
		}
	}
	for _, name := range names {
		if slices.Contains(args[2:], name) {
			continue
		}
		d := golden(ts, name)
		filled := d.InputSchema.filled(ts.Getenv("ACCOUNT"), args[1], ts.Getenv("KIND"))
		for _, arguments := range []any{
			filled,
			map[string]any{"operation": args[1]},
			with(filled, map[string]any{"operation": args[1], "approved": true, "approval": "accept", "confirm": "yes", "answer": map[string]any{"action": "accept"}}),
		} {
			raw, err := json.Marshal(arguments)
			ts.Check(err)
			if r := callNow(ts, args[0], name, string(raw)); r.Failed == "" {
				ts.Logf("%s %s: %v %s", name, raw, r.Result.IsError, outputOf(r))
			}
		}
	}
}

// cmdUnlisted checks that a client sees no tool above a read, and cannot call one
// by its name either: unlisted NAME.
func cmdUnlisted(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) != 1 {
		ts.Fatalf("usage: unlisted NAME")
	}
	seen := toolsOf(ts, args[0])
	files, err := filepath.Glob(filepath.Join(ts.Getenv("GOLDENS"), "*.json"))
	ts.Check(err)
	writes := 0
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".json")
		if name == "catalogue" || golden(ts, name).Annotations.ReadOnlyHint {
			continue
		}
		writes++
		if slices.Contains(seen, name) {
			ts.Fatalf("%s is listed", name)
		}
		for _, arguments := range []string{"{}", ts.Getenv("DELETE"), ts.Getenv("STOP"), ts.Getenv("CREATE")} {
			if r := callNow(ts, args[0], name, arguments); !strings.Contains(r.Failed, "not found") {
				ts.Fatalf("%s is there: %s %+v", name, r.Failed, r.Result)
			}
		}
	}
	if writes == 0 || len(seen) == 0 {
		ts.Fatalf("%d tools above a read, %d below", writes, len(seen))
	}
}

// toolGolden is the part of the golden of a tool that a story needs.
type toolGolden struct {
	InputSchema argumentSchema `json:"inputSchema"`
	Annotations struct {
		ReadOnlyHint bool `json:"readOnlyHint"`
	} `json:"annotations"`
}

func golden(ts *testscript.TestScript, name string) toolGolden {
	raw, err := os.ReadFile(filepath.Join(ts.Getenv("GOLDENS"), name+".json"))
	ts.Check(err)
	var d toolGolden
	ts.Check(json.Unmarshal(raw, &d))
	return d
}

// argumentSchema is the part of a schema that is needed to fill it in.
type argumentSchema struct {
	Type       string                    `json:"type"`
	Enum       []string                  `json:"enum"`
	Minimum    *float64                  `json:"minimum"`
	Properties map[string]argumentSchema `json:"properties"`
	Items      *argumentSchema           `json:"items"`
}

// filled returns a value that matches a schema, with the text in every string. An
// object has all members, except the blocks of other kinds of machines.
func (s argumentSchema) filled(account, text, kind string) any {
	switch s.Type {
	case "object":
		object := map[string]any{}
		for name, member := range s.Properties {
			_, ofKind := s.Properties[kind]
			isBlock := member.Type == "object" && strings.Contains(name, "_")
			if !isBlock || name == kind || !ofKind && strings.HasPrefix(name, account+"_") {
				object[name] = member.filled(account, text, kind)
			}
		}
		return object
	case "array":
		return []any{s.Items.filled(account, text, kind)}
	case "string":
		switch {
		case slices.Contains(s.Enum, account):
			return account
		case len(s.Enum) > 0:
			return s.Enum[0]
		}
		return text
	case "boolean":
		return true
	}
	if s.Minimum != nil {
		return *s.Minimum
	}
	return 1
}

// with returns an object with further members.
func with(object any, more map[string]any) map[string]any {
	all := map[string]any{}
	for _, from := range []any{object, more} {
		maps.Copy(all, from.(map[string]any))
	}
	return all
}

// cmdMany makes a call N times, several concurrently, with the number in place of
// each #, and checks that each asks: many NAME N TOOL JSON.
func cmdMany(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) != 4 {
		ts.Fatalf("usage: many NAME N TOOL JSON")
	}
	n, err := strconv.Atoi(args[1])
	ts.Check(err)
	h := hostNamed(ts, args[0])
	const atOnce = 16
	answered := 0
	for i := range n + atOnce {
		if i < n {
			cmdStart(ts, false, []string{args[0], args[2], strings.ReplaceAll(args[3], "#", strconv.Itoa(i))})
		}
		if i >= atOnce || i >= n {
			if answered == n {
				break
			}
			r := h.await(ts, func(r hostReport) bool { return r.ID != 0 })
			if r.Failed != "" || !strings.Contains(string(r.Result.Structured), `"approval_required"`) {
				ts.Fatalf("call %d is answered with %s %+v", r.ID, r.Failed, r.Result)
			}
			answered++
		}
	}
	if answered != n {
		ts.Fatalf("%d of %d calls were answered", answered, n)
	}
}
