package mcpserver

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"countersign/internal/guard"
	"countersign/internal/prompt"
	"countersign/internal/tool"
)

// shelf is two prompts with given texts and completions.
type shelf struct {
	text     string
	complete prompt.Completion
	err      error
	do       func(context.Context)
}

func (*shelf) List() []prompt.Prompt {
	return []prompt.Prompt{
		{Name: "look_around", Title: "Look around", Description: "Looks."},
		{Name: "tell_why", Title: "Why", Description: "Tells why.", Arguments: []prompt.Argument{
			{Name: "operation", Description: "Which.", Complete: prompt.Operation, Required: true},
			{Name: "account", Description: "Whose.", Complete: prompt.Account, Otherwise: "all"},
		}},
	}
}

func (s *shelf) Get(ctx context.Context, name string, given map[string]string) (string, error) {
	if s.do != nil {
		s.do(ctx)
	}
	return s.text + name + fmt.Sprint(given), s.err
}

func (s *shelf) Complete(ctx context.Context, _ prompt.Query) (prompt.Completion, error) {
	if s.do != nil {
		s.do(ctx)
	}
	return s.complete, s.err
}

// empty is a shelf without prompts.
type empty struct{ shelf }

func (*empty) List() []prompt.Prompt { return nil }

// TestPromptsAreDeclared pins the declared capabilities in both eras: prompts and
// completions only if there are prompts, and byte-equal tools.
func TestPromptsAreDeclared(t *testing.T) {
	for _, era := range eras() {
		t.Run(string(era), func(t *testing.T) {
			tools := map[string]string{}
			for name, p := range map[string]Prompts{"none": nil, "empty": &empty{}, "some": &shelf{}} {
				w := connect(t, wireOptions{era: era, prompts: p, tools: []*tool.Definition{look(nothingElse)}})
				declared := w.declared()
				if got := declared["prompts"] != nil && declared["completions"] != nil; got != (name == "some") ||
					(declared["prompts"] != nil) != (declared["completions"] != nil) {
					t.Errorf("%s: declared %v", name, declared)
				}
				if string(declared["prompts"]) != "{}" && name == "some" {
					t.Errorf("prompts are declared as %s, and they never change", declared["prompts"])
				}
				list := w.request("tools/list", "")
				_, tools[name], _ = strings.Cut(list.raw, `"result"`)
				if m := w.request("prompts/list", ""); (m.Error == nil) != (name == "some") {
					t.Errorf("%s: %s", name, m.raw)
				}
				w.end()
			}
			if tools["some"] != tools["none"] || tools["empty"] != tools["none"] {
				t.Errorf("tools/list differs:\n%s\n%s\n%s", tools["none"], tools["empty"], tools["some"])
			}
		})
	}
}

// declared returns the capabilities that a server declares in an era.
func (w *wire) declared() map[string]json.RawMessage {
	w.t.Helper()
	var m struct {
		Result struct{ Capabilities map[string]json.RawMessage }
	}
	raw := w.greeting
	if w.era == modern {
		raw = w.request("server/discover", "").raw
	}
	if err := json.Unmarshal([]byte(raw), &m); err != nil || m.Result.Capabilities["tools"] == nil {
		w.t.Fatalf("%v in %s", err, raw)
	}
	return m.Result.Capabilities
}

// request sends a request with the params of its era and waits for the response.
func (w *wire) request(method, params string) message {
	w.t.Helper()
	w.next++
	meta := ""
	if w.era == modern {
		meta = fmt.Sprintf(`"_meta":{"io.modelcontextprotocol/protocolVersion":%q,"io.modelcontextprotocol/clientCapabilities":{},"io.modelcontextprotocol/clientInfo":{"name":"test","version":"1"}}`, w.era)
		if params != "" {
			meta = "," + meta
		}
	}
	id := w.next
	w.send(fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"method":%q,"params":{%s%s}}`, id, method, params, meta))
	for {
		if m := w.message(); m.ID == float64(id) && m.Method == "" {
			return m
		}
	}
}

// TestPromptsOnTheWire pins the responses to the three requests in both eras.
func TestPromptsOnTheWire(t *testing.T) {
	for _, era := range eras() {
		t.Run(string(era), func(t *testing.T) {
			one := &shelf{text: "do ", complete: prompt.Completion{
				Values: []prompt.Value{{ID: "op_1", Name: `a "name"`}, {ID: "op_2"}}, Total: 2,
			}}
			w := connect(t, wireOptions{era: era, prompts: one})
			for _, test := range []struct{ method, params, want string }{
				{"prompts/list", "", `"prompts":[{"name":"look_around","title":"Look around","description":"Looks."},` +
					`{"name":"tell_why","title":"Why","description":"Tells why.","arguments":[{"name":"operation","description":"Which.","required":true},{"name":"account","description":"Whose."}]}]`},
				{"prompts/get", `"name":"tell_why","arguments":{"operation":"op_1"}`,
					`"description":"Tells why.","messages":[{"role":"user","content":{"type":"text","text":"do tell_whymap[operation:op_1]"}}]`},
				{"prompts/get", `"name":"look_around"`, `"text":"do look_aroundmap[]"`},
				{"completion/complete", `"ref":{"type":"ref/prompt","name":"tell_why"},"argument":{"name":"operation","value":"o"},"context":{"arguments":{"account":"a"}}`,
					`"completion":{"values":["op_1","op_2"],"total":2}`},
				{"completion/complete", `"ref":{"type":"ref/prompt","name":"tell_why"},"argument":{"name":"operation","value":"o"}`,
					`"_meta":{"countersign/names":{"op_1":"a \"name\""}`},
			} {
				m := w.request(test.method, test.params)
				if !strings.Contains(m.raw, test.want) {
					t.Errorf("%s {%s}:\n%s\nwant %s", test.method, test.params, m.raw, test.want)
				}
			}
			one.complete = prompt.Completion{More: true}
			m := w.request("completion/complete", `"ref":{"type":"ref/prompt","name":"tell_why"},"argument":{"name":"operation","value":"o"}`)
			if !strings.Contains(m.raw, `"completion":{"values":[],"hasMore":true}`) || strings.Contains(m.raw, "names") {
				t.Errorf("nothing to offer: %s", m.raw)
			}
			kept := 0
			w.server.names.byRequest.Range(func(any, any) bool { kept++; return true })
			if kept > 0 {
				t.Errorf("the names of %d completions are kept for ever", kept)
			}
			w.end()
		})
	}
}

const completeWhy = `"ref":{"type":"ref/prompt","name":"tell_why"},"argument":{"name":"operation","value":""}`

// TestUpstream18_ErrorsOfPromptsAreInternal: mcp-go sends every error of a handler of
// prompts or completions as an internal error with its text, and the text of a panic
// too.
func TestUpstream18_ErrorsOfPromptsAreInternal(t *testing.T) {
	const secret = "hunter2"
	tests := []struct {
		name string
		with shelf
		code int
		text string
	}{
		{"the client's", shelf{err: tool.Errorf(tool.CodeInvalidArguments, "Give one.", `There is no "x\y".`)}, -32602, `Invalid params: There is no "x\y". Give one.`},
		{"a failure", shelf{err: tool.Errorf(tool.CodeBusy, "Wait.", "Busy.")}, -32603, "Busy. Wait."},
		{"unknown", shelf{err: errors.New(secret)}, -32603, "Something went wrong inside Countersign"},
		{"panic", shelf{do: func(context.Context) { panic(secret) }}, -32603, "Something went wrong inside Countersign"},
	}
	for _, test := range tests {
		for _, era := range eras() {
			t.Run(test.name+"/"+string(era), func(t *testing.T) {
				var log strings.Builder
				w := connect(t, wireOptions{era: era, prompts: &test.with, log: &log})
				for method, params := range map[string]string{"prompts/get": `"name":"look_around"`, "completion/complete": completeWhy} {
					m := w.request(method, params)
					if m.Error == nil || m.Error.Code != test.code || !strings.Contains(m.Error.Message, test.text) || strings.Contains(m.raw, secret) {
						t.Errorf("%s: %s", method, m.raw)
					}
				}
				w.end()
				if leaks := strings.Contains(log.String(), secret); leaks != (test.name == "unknown" || test.name == "panic") {
					t.Errorf("the log: %s", log.String())
				}
			})
		}
	}
	t.Run("unknown prompt", func(t *testing.T) {
		w := connect(t, wireOptions{prompts: &shelf{}})
		if m := w.request("prompts/get", `"name":"nothing_such"`); m.Error == nil || m.Error.Code != -32602 {
			t.Errorf("%s", m.raw)
		}
		w.end()
	})
}

// TestOnlyErrorsAreCorrected pins that a result that contains the text of an error is
// not changed.
func TestOnlyErrorsAreCorrected(t *testing.T) {
	t.Parallel()
	for _, message := range []string{
		`{"jsonrpc":"2.0","id":1,"result":{"error":{"code":-32603,"message":"Invalid params: x"}}}`,
		`{"jsonrpc":"2.0","id":1,"error":{"code":-32603,"message":"x"}}`,
		`{"jsonrpc":"2.0","id":1,"error":{"code":-32603,"message":"\"error\":{\"code\":-32603,\"message\":\"Invalid params: "}}`,
		`{"jsonrpc":"2.0","id":1,"result":{"error":{"code":-32602,"message":"tool 'x' not found: tool not found"}}}`,
		`{"jsonrpc":"2.0","id":1,"error":{"code":-32602,"message":"tool 'x' requires task augmentation"}}`,
		`{"jsonrpc":"2.0","id":1,"result":{}}`, `"error":{"code":-32603,"message":"Invalid params: `, ``,
	} {
		if got := string(new(Server).correct(nil, []byte(message))); got != message {
			t.Errorf("%s became %s", message, got)
		}
	}
}

// TestPromptsTakeNoPlaceFromCalls pins the limit of lookups, that they do not block
// calls, that they are answered at the end of input, and their principal.
func TestPromptsTakeNoPlaceFromCalls(t *testing.T) {
	way := newGate()
	var principal string
	waiting := &shelf{do: func(ctx context.Context) { _ = way.wait(ctx, actInput{}) }}
	w := connect(t, wireOptions{prompts: waiting, tools: []*tool.Definition{look(nothingElse)}})
	for i := range maxLookups {
		w.send(fmt.Sprintf(`{"jsonrpc":"2.0","id":"c%d","method":"completion/complete","params":{%s}}`, i, completeWhy))
	}
	way.arrived(t, maxLookups)
	if m := w.request("prompts/get", `"name":"look_around"`); m.Error == nil || !strings.Contains(m.Error.Message, "under way") {
		t.Errorf("one more: %s", m.raw)
	}
	if m := w.ask("look", acme); m.Result == nil || m.Result.IsError {
		t.Errorf("a call beside them: %s", m.raw)
	}
	_ = w.in.Close()
	time.AfterFunc(50*time.Millisecond, way.open)
	w.ended()
	if rest := w.rest(); len(rest) != maxLookups {
		t.Errorf("%d of %d were answered", len(rest), maxLookups)
	}

	one := &shelf{do: func(ctx context.Context) { principal = guard.PrincipalOf(ctx) }}
	w = connect(t, wireOptions{prompts: one})
	w.request("prompts/get", `"name":"look_around"`)
	w.end()
	if principal != "alice" {
		t.Errorf("on behalf of %q", principal)
	}
}

// TestCompletionGivenUp pins that a client can cancel a completion.
func TestCompletionGivenUp(t *testing.T) {
	gone, begun := make(chan struct{}), make(chan struct{})
	w := connect(t, wireOptions{prompts: &shelf{do: func(ctx context.Context) {
		close(begun)
		<-ctx.Done()
		close(gone)
	}}})
	w.send(fmt.Sprintf(`{"jsonrpc":"2.0","id":7,"method":"completion/complete","params":{%s}}`, completeWhy))
	<-begun
	w.send(`{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":7}}`)
	select {
	case <-gone:
	case <-time.After(patience):
		t.Fatal("it goes on")
	}
	w.end()
}
