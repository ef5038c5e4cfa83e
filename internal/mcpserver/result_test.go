package mcpserver

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"testing"

	"countersign/internal/cloud"
	"countersign/internal/tool"
)

// TestErrorsOnTheWire pins every kind of refusal as a client receives it: the error as
// text and in _meta, and nothing in structuredContent, which SDK 1.x clients would
// validate against the output schema and throw.
func TestErrorsOnTheWire(t *testing.T) {
	fails := look(func(_ context.Context, in actInput) error {
		switch in.Name {
		case "cloud":
			return &cloud.Error{Kind: cloud.ErrRateLimited, Account: "acme", Operation: "list", Status: 429, Message: "their words", RequestID: "r-1"}
		case "own":
			return tool.Errorf(tool.CodeNotPossible, "Do that.", "It cannot be done.")
		}
		return fmt.Errorf("something else")
	})
	refusing := act(tool.Change, func(context.Context) error {
		return &cloud.Error{Kind: cloud.ErrInvalid, Operation: "act", Status: 400}
	})
	tests := []struct {
		tool, arguments string
		code            tool.Code
	}{
		{"look", `{"account":1}`, tool.CodeInvalidArguments},
		{"look", `{}`, tool.CodeInvalidArguments},
		{"look", `{"account":"acme","other":1}`, tool.CodeInvalidArguments},
		{"look", `[]`, tool.CodeInvalidArguments},
		{"look", named("cloud"), "rate_limited"},
		{"look", named("own"), tool.CodeNotPossible},
		{"look", named("unknown"), tool.CodeInternal},
		{"act", acme, "invalid_request"},
	}
	for _, era := range eras() {
		w := connect(t, wireOptions{era: era, tools: []*tool.Definition{fails, refusing}})
		for _, test := range tests {
			m := w.ask(test.tool, test.arguments)
			if m.Result == nil || !m.Result.IsError || len(m.Result.Structured) > 0 || m.code() != test.code || len(m.Result.Content) != 1 {
				t.Errorf("%s %s %s: %s", era, test.tool, test.arguments, m.raw)
				continue
			}
			var text tool.Error
			if err := json.Unmarshal([]byte(m.Result.Content[0].Text), &text); err != nil || text.Code != test.code || text.Message == "" || text.Hint == "" {
				t.Errorf("%s %s %s: the text is %s", era, test.tool, test.arguments, m.Result.Content[0].Text)
			}
		}
		w.end()
	}
}

// TestResultsOnTheWire pins that a result is structured content and the same JSON as
// text, and that the plan is a separate text.
func TestResultsOnTheWire(t *testing.T) {
	for _, era := range eras() {
		w := connect(t, wireOptions{era: era, tools: []*tool.Definition{look(nothingElse), act(tool.Disrupt, nothing)}})
		read := w.ask("look", named("a<b>&c"))
		if string(read.Result.Structured) != `{"rows":["a\u003cb\u003e\u0026c"]}` && string(read.Result.Structured) != `{"rows":["a<b>&c"]}` {
			t.Errorf("structured content %s", read.Result.Structured)
		}
		var structured, text any
		if json.Unmarshal(read.Result.Structured, &structured) != nil || json.Unmarshal([]byte(read.Result.Content[0].Text), &text) != nil || fmt.Sprint(structured) != fmt.Sprint(text) {
			t.Errorf("text %s, structured %s", read.Result.Content[0].Text, read.Result.Structured)
		}
		asked := w.ask("act", acme)
		if asked.status() != "approval_required" || len(asked.Result.Content) != 2 || asked.Result.Meta.Operation != "" {
			t.Errorf("%s", asked.raw)
		}
		w.end()
	}
}

// TestBusy pins that calls beyond the number of slots are refused without waiting, that
// other requests are still served, and that slots are released, also after a panic.
func TestBusy(t *testing.T) {
	way := newGate()
	panics := tool.NewRead(tool.Spec{Name: "panics"}, func(context.Context, actInput) (lookOutput, error) { panic("no") })
	w := connect(t, wireOptions{tools: []*tool.Definition{look(way.wait), panics}})
	for range maxCalls + 5 {
		if m := w.ask("panics", acme); m.code() != tool.CodeInternal {
			t.Fatalf("%s", m.raw)
		}
	}
	var held []any
	for range maxCalls {
		held = append(held, float64(w.call("look", acme)))
	}
	way.arrived(t, maxCalls)
	for range 3 {
		if m := w.ask("look", acme); m.code() != tool.CodeBusy {
			t.Errorf("%s", m.raw)
		}
	}
	w.send(`{"jsonrpc":"2.0","id":"beside","method":"tools/list"}`)
	if m := w.message(); m.ID != "beside" {
		t.Errorf("%s", m.raw)
	}
	way.open()
	for range maxCalls {
		m := w.message()
		if m.Result == nil || m.Result.IsError || !slices.Contains(held, m.ID) {
			t.Errorf("%s", m.raw)
		}
	}
	if m := w.ask("look", acme); m.Result.IsError {
		t.Errorf("afterwards: %s", m.raw)
	}
	w.end()
}

// TestHintsStandAtTheirCeiling pins the hints of a tool for each effect.
func TestHintsStandAtTheirCeiling(t *testing.T) {
	t.Parallel()
	for _, effect := range tool.Effects()[1:] {
		for _, askHost := range []bool{false, true} {
			d := Describe([]*tool.Definition{act(effect, nothing)}, askHost)[0]
			a := d.Annotations
			if *a.ReadOnlyHint || *a.DestructiveHint != (effect >= tool.Disrupt) || *a.IdempotentHint || !*a.OpenWorldHint {
				t.Errorf("%s: %+v", effect, a)
			}
			marked := d.Meta != nil && d.Meta.AdditionalFields["anthropic/requiresUserInteraction"] == true
			if marked != (askHost && effect == tool.Destroy) {
				t.Errorf("%s, ask host %v: marked %v", effect, askHost, marked)
			}
		}
	}
	read := Describe([]*tool.Definition{look(nothingElse)}, true)[0]
	if a := read.Annotations; !*a.ReadOnlyHint || *a.DestructiveHint || !*a.IdempotentHint || read.Meta != nil {
		t.Errorf("read: %+v", read.Annotations)
	}
	both := Describe([]*tool.Definition{look(nothingElse), act(tool.Bill, nothing)}, false)
	if both[0].Name != "act" || both[1].Name != "look" {
		t.Errorf("order: %s, %s", both[0].Name, both[1].Name)
	}
}
