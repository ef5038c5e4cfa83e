package mcpserver

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"countersign/internal/guard"
	"countersign/internal/tool"
)

// TestWhoIsAskedByForm pins, for every set of capabilities in both eras, that a form is
// sent only to clients that declared that they can show one.
func TestWhoIsAskedByForm(t *testing.T) {
	tests := map[string]bool{
		`{}`:                                     false,
		`{"sampling":{},"roots":{}}`:             false,
		`{"elicitation":null}`:                   false,
		`{"elicitation":{}}`:                     true,
		`{"elicitation":{"form":{}}}`:            true,
		`{"elicitation":{"url":{}}}`:             false,
		`{"elicitation":{"form":{},"url":{}}}`:   true,
		`{"elicitation":{"something":{}}}`:       true, // of tomorrow, beside what {} means
		`{"experimental":{"elicitation":{}}}`:    false,
		`{"elicitation":{"form":null,"url":{}}}`: false,
	}
	for caps, want := range tests {
		for _, era := range eras() {
			t.Run(string(era)+" "+caps, func(t *testing.T) {
				w := connect(t, wireOptions{era: era, caps: caps, tools: []*tool.Definition{act(tool.Disrupt, nothing)}})
				w.call("act", acme)
				m := w.message()
				asked := m.Method == "elicitation/create" || m.Result != nil && len(m.Result.InputRequests) > 0
				if asked != want || !asked && m.status() != "approval_required" {
					t.Errorf("asked by form: %v, want %v: %s", asked, want, m.raw)
				}
				w.end()
			})
		}
	}
}

// answerForm sends the answer of a legacy client to a question.
func (w *wire) answerForm(question message, result string) {
	w.t.Helper()
	id, err := json.Marshal(question.ID)
	if err != nil {
		w.t.Fatal(err)
	}
	w.send(fmt.Sprintf(`{"jsonrpc":"2.0","id":%s,%s}`, id, result))
}

// TestFormAnswersOnTheWire pins the effect of every answer that clients of both eras can
// send.
func TestFormAnswersOnTheWire(t *testing.T) {
	tests := []struct {
		name   string
		effect tool.Effect
		answer string
		want   string // status or code
	}{
		{"yes", tool.Disrupt, `{"action":"accept","content":{}}`, "done"},
		{"yes without content", tool.Disrupt, `{"action":"accept"}`, "done"},
		{"yes, with a field that says no", tool.Disrupt, `{"action":"accept","content":{"confirm":"no"}}`, "denied"},
		{"yes, with a field that says false", tool.Disrupt, `{"action":"accept","content":{"confirm":false}}`, "denied"},
		{"yes, with a field of its own", tool.Disrupt, `{"action":"accept","content":{"approve":"no"}}`, "denied"},
		{"yes, with content of another shape", tool.Disrupt, `{"action":"accept","content":"no"}`, "denied"},
		{"no", tool.Disrupt, `{"action":"decline"}`, "denied"},
		{"closed", tool.Disrupt, `{"action":"cancel"}`, "denied"},
		{"name typed", tool.Destroy, `{"action":"accept","content":{"confirm":"web"}}`, "done"},
		{"nothing typed", tool.Destroy, `{"action":"accept","content":{}}`, "denied"},
		{"another name", tool.Destroy, `{"action":"accept","content":{"confirm":"db"}}`, "denied"},
		{"another field", tool.Destroy, `{"action":"accept","content":{"name":"web"}}`, "denied"},
		{"the name, and a field of its own", tool.Destroy, `{"action":"accept","content":{"confirm":"web","approve":false}}`, "denied"},
		{"a list", tool.Destroy, `{"action":"accept","content":{"confirm":["web"]}}`, "denied"},
		{"true", tool.Destroy, `{"action":"accept","content":{"confirm":true}}`, "denied"},
		{"content of another shape", tool.Destroy, `{"action":"accept","content":"web"}`, "denied"},
		{"a no with the name typed", tool.Destroy, `{"action":"decline","content":{"confirm":"web"}}`, "denied"},
	}
	for _, test := range tests {
		for _, era := range eras() {
			t.Run(string(era)+" "+test.name, func(t *testing.T) {
				w := connect(t, wireOptions{era: era, caps: `{"elicitation":{}}`, tools: []*tool.Definition{act(test.effect, nothing)}})
				w.call("act", acme)
				asked := w.message()
				var m message
				if era == legacy {
					if !strings.Contains(asked.Params.Message, "vm-123456") {
						t.Errorf("the question does not show the plan: %s", asked.raw)
					}
					w.answerForm(asked, `"result":`+test.answer)
					m = w.message()
				} else {
					m = w.ask("act", acme, fmt.Sprintf(`"requestState":%q,"inputResponses":{"countersign":%s}`, asked.Result.RequestState, test.answer))
				}
				if got := m.status() + string(m.code()); got != test.want {
					t.Errorf("got %q: %s", got, m.raw)
				}
				w.end()
			})
		}
	}
}

// TestFormThatFails pins that a call is answered although its client declared forms and
// cannot show one: the person can approve elsewhere.
func TestFormThatFails(t *testing.T) {
	w := connect(t, wireOptions{
		caps: `{"elicitation":{}}`, tools: []*tool.Definition{act(tool.Disrupt, nothing)},
		limits: func(l *guard.Limits) { l.FormWait = 50 * time.Millisecond },
	})
	for i, answer := range []string{`"error":{"code":-32601,"message":"no"}`, `"result":"yes"`, `"result":{"action":1}`, ""} {
		w.call("act", named(fmt.Sprint(i)))
		asked := w.message()
		if answer != "" {
			w.answerForm(asked, answer)
		}
		if m := w.message(); m.status() != "approval_required" || !strings.Contains(m.raw, "countersign approve op_") {
			t.Errorf("answered by %s: %s", answer, m.raw)
		}
	}
	w.end()
}

// TestFormWhenTheClientLeaves pins that a question to a client that has disconnected does
// not delay the end of the server.
func TestFormWhenTheClientLeaves(t *testing.T) {
	w := connect(t, wireOptions{caps: `{"elicitation":{}}`, tools: []*tool.Definition{act(tool.Disrupt, nothing)}})
	w.call("act", acme)
	w.message()
	start := time.Now()
	w.end()
	if waited := time.Since(start); waited > patience/2 {
		t.Errorf("the end took %s", waited)
	}
}
