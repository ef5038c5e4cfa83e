package mcpserver

// One test for each fault of mcp-go v1.2.1 that this package works around. They stay when
// mcp-go is updated, because they pin our own behaviour.

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"

	"countersign/internal/tool"
)

// TestUpstream1_ProgressAfterItsResult: the last notification of a call is
// written after its result, when clients have dropped their handler.
func TestUpstream1_ProgressAfterItsResult(t *testing.T) {
	const calls, steps = 60, 3
	reporting := look(func(ctx context.Context, _ actInput) error {
		for i := range steps {
			tool.Progress(ctx, float64(i+1), steps, "on it")
		}
		return nil
	})
	for _, era := range eras() {
		t.Run(string(era), func(t *testing.T) {
			w := connect(t, wireOptions{era: era, tools: []*tool.Definition{reporting}})
			for range calls {
				id := w.call("look", acme)
				for step := 1; ; step++ {
					m := w.message()
					if m.Method == "" {
						if m.ID != float64(id) || step != steps+1 {
							t.Fatalf("the result came before notification %d: %s", step, m.raw)
						}
						break
					}
					if m.Method != "notifications/progress" || m.Params.Progress != float64(step) {
						t.Fatalf("notification %d: %s", step, m.raw)
					}
				}
			}
			w.end()
			if rest := w.rest(); len(rest) > 0 {
				t.Errorf("%d messages came after all results, first %s", len(rest), rest[0].raw)
			}
		})
	}
	t.Run("the library alone", func(t *testing.T) { t.Logf("late in %d of %d calls", lateNotifications(t, calls), calls) })
}

// lateNotifications counts, for mcp-go without our workaround, the calls whose
// notification is written after their result.
func lateNotifications(t *testing.T, calls int) int {
	w := connect(t, wireOptions{})
	w.server.mcp.AddTool(mcp.NewTool("plain"), func(ctx context.Context, _ mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		_ = server.ServerFromContext(ctx).SendNotificationToClient(ctx, "notifications/progress", map[string]any{"progressToken": 1, "progress": 1})
		return mcp.NewToolResultText("done"), nil
	})
	late := 0
	for range calls {
		w.call("plain", "{}")
		first := w.message()
		for first.Method == "notifications/tools/list_changed" {
			first = w.message()
		}
		w.message()
		if first.Method == "" {
			late++
		}
	}
	return late
}

// TestUpstream11_EndOfInputDropsCalls: calls that were read before the end of
// input are not answered.
func TestUpstream11_EndOfInputDropsCalls(t *testing.T) {
	for _, era := range eras() {
		t.Run(string(era), func(t *testing.T) {
			const calls = 20
			way := newGate()
			w := connect(t, wireOptions{era: era, tools: []*tool.Definition{look(way.wait)}})
			for i := range calls {
				w.call("look", named(fmt.Sprint(i)))
			}
			way.arrived(t, calls)
			_ = w.in.Close()
			way.open()
			w.ended()
			answered := 0
			for _, m := range w.rest() {
				if m.Result != nil && !m.Result.IsError {
					answered++
				}
			}
			if answered != calls {
				t.Errorf("%d of %d calls were answered", answered, calls)
			}
		})
	}
}

// TestUpstream12_QuestionsBlockCalls: as many unanswered questions as there are
// workers block every other call.
func TestUpstream12_QuestionsBlockCalls(t *testing.T) {
	const questions = 30
	w := connect(t, wireOptions{caps: `{"elicitation":{}}`, tools: []*tool.Definition{act(tool.Disrupt, nothing), look(nothingElse)}})
	for i := range questions {
		w.call("act", named(fmt.Sprint(i)))
	}
	for range questions {
		if m := w.message(); m.Method != "elicitation/create" {
			t.Fatalf("not a question: %s", m.raw)
		}
	}
	if m := w.ask("look", acme); m.Result == nil || m.Result.IsError {
		t.Errorf("a read beside them: %s", m.raw)
	}
	w.end()
}

// TestUpstream13_OneSessionOfAProcess: the session over stdio is one for the whole process,
// and a second server begins with what the first one's client has declared.
func TestUpstream13_OneSessionOfAProcess(t *testing.T) {
	asking := []*tool.Definition{act(tool.Disrupt, nothing)}
	w := connect(t, wireOptions{caps: `{"elicitation":{}}`, tools: asking})
	w.call("act", acme)
	if m := w.message(); m.Method != "elicitation/create" {
		t.Fatalf("not a question: %s", m.raw)
	}
	w.end()
	second := connect(t, wireOptions{tools: asking})
	if m := second.ask("act", acme); m.Result == nil || !strings.Contains(m.raw, "approval_required") {
		t.Errorf("a client without forms, after one with forms: %s", m.raw)
	}
	second.end()
}

// TestUpstream14_CallBeforeInitialize: calls are served although nobody has initialized.
// Here such a client has declared nothing, and is not asked in a form.
func TestUpstream14_CallBeforeInitialize(t *testing.T) {
	w := connect(t, wireOptions{era: modern, tools: []*tool.Definition{act(tool.Disrupt, nothing)}})
	w.send(`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"act","arguments":` + acme + `}}`)
	if m := w.message(); !strings.Contains(m.raw, "approval_required") {
		t.Errorf("it is met with %s", m.raw)
	}
	w.end()
}

// TestUpstream16_ErrorsLeakText: errors and panics of handlers are sent word for
// word.
func TestUpstream16_ErrorsLeakText(t *testing.T) {
	const secret = "hunter2"
	fails := map[string]func(context.Context, actInput) error{
		"error":               func(context.Context, actInput) error { return errors.New("open /home/" + secret) },
		"panic":               func(context.Context, actInput) error { panic(secret) },
		"panic with an error": func(context.Context, actInput) error { panic(errors.New(secret)) },
		"nil map": func(context.Context, actInput) error {
			var m map[string]int
			m[secret] = 1 //nolint:staticcheck // it is to panic
			return nil
		},
	}
	for name, fail := range fails {
		for _, era := range eras() {
			t.Run(name+"/"+string(era), func(t *testing.T) {
				var log strings.Builder
				w := connect(t, wireOptions{era: era, tools: []*tool.Definition{look(fail)}, log: &log})
				for range 3 { // and the worker survives
					m := w.ask("look", acme)
					if m.Error != nil || m.code() != tool.CodeInternal || strings.Contains(m.raw, secret) || strings.Contains(m.raw, "nil map") {
						t.Errorf("the client got %s", m.raw)
					}
				}
				w.end()
				if !strings.Contains(log.String(), secret) && name != "nil map" {
					t.Errorf("the log does not say why: %s", log.String())
				}
			})
		}
	}
}
