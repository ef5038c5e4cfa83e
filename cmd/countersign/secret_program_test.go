package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"countersign/internal/guard"
	"countersign/internal/store/sqlite"
	"countersign/internal/tool"
)

// inProcess runs the program in this process and keeps all its output.
type inProcess struct {
	t     *testing.T
	state string
	null  *os.File
	said  bytes.Buffer
}

func (p *inProcess) run(args ...string) (int, string) {
	p.t.Helper()
	var out, log bytes.Buffer
	code := execute(p.t.Context(), args, streams{in: p.null, out: &out, err: &log})
	fmt.Fprintf(&p.said, "%s\n%s\n", out.Bytes(), log.Bytes())
	return code, out.String()
}

// call calls a tool. If it needs approval, it is approved at the desk and called
// again. It returns the last output.
func (p *inProcess) call(name, arguments string) tool.Outcome {
	p.t.Helper()
	var outcome tool.Outcome
	for range 2 {
		_, out := p.run("call", name, arguments)
		if outcome = (tool.Outcome{}); json.Unmarshal([]byte(out), &outcome) != nil || outcome.Status != tool.StatusApprovalRequired {
			break
		}
		p.approve(outcome.Operation)
	}
	return outcome
}

// lastOf returns the end of a text, for a message.
func lastOf(text string) string { return text[max(0, len(text)-2000):] }

func (p *inProcess) approve(operation string) {
	p.t.Helper()
	s, err := sqlite.Open(p.t.Context(), p.state)
	if err != nil {
		p.t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	op, err := s.Operation(p.t.Context(), operation)
	if err != nil {
		p.t.Fatal(err)
	}
	desk := guard.Desk{Store: s, Now: time.Now, UseTTL: time.Minute}
	if err := desk.Approve(p.t.Context(), op, guard.Approval{By: "ana", Road: "terminal", Terminal: "/dev/pts/1"}); err != nil {
		p.t.Fatal(err)
	}
	p.run("show", operation)
}

// find reads one ID from the output of a read.
func (p *inProcess) find(path, name, arguments string) string {
	p.t.Helper()
	code, out := p.run("call", name, arguments)
	var at any
	if code != exitOK || json.Unmarshal([]byte(out), &at) != nil {
		p.t.Fatalf("%s: code %d: %s", name, code, out)
	}
	for part := range strings.SplitSeq(path, ".") {
		switch v := at.(type) {
		case map[string]any:
			at = v[part]
		case []any:
			i := 0
			if member, value, ok := strings.Cut(part, "="); ok {
				i = slices.IndexFunc(v, func(row any) bool { return row.(map[string]any)[member] == value })
			}
			if i < 0 || i >= len(v) {
				p.t.Fatalf("%s has no %s: %s", name, path, out)
			}
			at = v[i]
		}
	}
	id, ok := at.(string)
	if !ok {
		p.t.Fatalf("%s: %s is %v", name, path, at)
	}
	return id
}
