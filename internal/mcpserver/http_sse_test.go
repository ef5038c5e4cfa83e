package mcpserver

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"countersign/internal/tool"
)

// oldVisitor is a client of the transport of revision 2024-11-05.
type oldVisitor struct {
	*web
	who      string
	endpoint string
	messages <-chan message
	leave    context.CancelFunc
	next     int
}

func (w *web) visitOld(who string) *oldVisitor {
	w.t.Helper()
	ctx, leave := context.WithCancel(context.Background())
	w.t.Cleanup(leave)
	r, err := w.open(ctx, http.MethodGet, "/sse", who, "")
	if err != nil || r.StatusCode != 200 || r.Header.Get("Access-Control-Allow-Origin") != "" {
		w.t.Fatal(r, err)
	}
	v := &oldVisitor{web: w, who: who, messages: events(w.t, r.Body), leave: func() { leave(); _ = r.Body.Close() }}
	w.t.Cleanup(v.leave)
	v.endpoint = next(w.t, v.messages).raw
	v.post("init", "initialize", `"protocolVersion":"2024-11-05","capabilities":{"elicitation":{}},"clientInfo":{"name":"old","version":"1"}`)
	if m := next(w.t, v.messages); m.ID != "init" || m.Result == nil {
		w.t.Fatal(m.raw)
	}
	return v
}

func (v *oldVisitor) post(id any, method, params string) answer {
	v.t.Helper()
	return v.must(http.MethodPost, v.endpoint, v.who, fmt.Sprintf(`{"jsonrpc":"2.0","id":%s,"method":%q,"params":{%s}}`, quoted(id), method, params))
}

func quoted(id any) string {
	if text, ok := id.(string); ok {
		return fmt.Sprintf("%q", text)
	}
	return fmt.Sprint(id)
}

func (v *oldVisitor) start(name, arguments string) int {
	v.t.Helper()
	v.next++
	if a := v.post(v.next, "tools/call", toolCall(name, arguments, fmt.Sprintf(`"_meta":{"progressToken":%d}`, v.next))); a.status != http.StatusAccepted {
		v.t.Fatalf("%d %s", a.status, a.body)
	}
	return v.next
}

func (v *oldVisitor) call(name, arguments string) message {
	v.t.Helper()
	id := v.start(name, arguments)
	for {
		if m := next(v.t, v.messages); m.ID == float64(id) && m.Method == "" {
			return m
		}
	}
}

// TestOldestTransport pins calls over /sse: reads, refusals, writes without a form, and
// results that are delivered once.
func TestOldestTransport(t *testing.T) {
	w := newWeb(t, wireOptions{tools: []*tool.Definition{look(nothingElse), act(tool.Disrupt, nothing)}}, nil)
	v := w.visitOld("alice")
	if m := v.call("look", named("x")); m.Result == nil || !strings.Contains(string(m.Result.Structured), "x") {
		t.Errorf("%s", m.raw)
	}
	if m := v.call("look", `{}`); m.code() != tool.CodeInvalidArguments {
		t.Errorf("%s", m.raw)
	}
	if m := v.call("act", acme); m.status() != "approval_required" || !strings.Contains(m.raw, "countersign approve op_") {
		t.Errorf("%s", m.raw)
	}
	modernMeta := `"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{"elicitation":{}}}`
	v.post(99, "tools/call", toolCall("act", named("modern"), modernMeta))
	if m := next(t, v.messages); m.status() != "approval_required" {
		t.Errorf("a form went over a transport that has none: %s", m.raw)
	}
}

func TestOldestTransportDelivers(t *testing.T) {
	w := newWeb(t, wireOptions{tools: []*tool.Definition{act(tool.Change, nothing)}}, nil)
	v := w.visitOld("alice")
	first, second := v.call("act", acme), v.call("act", acme)
	if first.status() != "done" || second.status() != "done" || first.Result.Meta.Operation == second.Result.Meta.Operation {
		t.Errorf("%s\n%s", first.raw, second.raw)
	}
	eventually(t, "deliveries are stored", func() bool {
		stored, err := w.store.Operation(t.Context(), first.Result.Meta.Operation)
		return err == nil && !stored.DeliveredAt.IsZero()
	})
}

// TestOldestTransportLostResult pins that a result whose stream has ended is returned to
// the repeated call, and that the end of the stream cancels what was not sent yet.
func TestOldestTransportLostResult(t *testing.T) {
	way := newGate()
	reading := look(way.wait)
	w := newWeb(t, wireOptions{tools: []*tool.Definition{
		reading, act(tool.Change, func(ctx context.Context) error { return way.wait(ctx, actInput{}) }),
	}}, nil)
	v := w.visitOld("alice")
	v.start("look", acme) // ends with the stream: the gate stays shut for it
	v.start("act", acme)
	way.arrived(t, 2)
	v.leave()
	eventually(t, "the places are given back", func() bool { return w.http.calls.wait(ended()) == 0 })
	way.open()
	again := w.visitOld("alice")
	for end := time.Now().Add(patience); ; {
		m := again.call("act", acme)
		if m.status() == "done" && strings.Contains(m.raw, `"repeated":true`) {
			break
		}
		if time.Now().After(end) || m.status() == "done" {
			t.Fatalf("the lost result is not given again: %s", m.raw)
		}
	}
}

// TestOldestTransportSessions pins that only its owner can post to a stream.
func TestOldestTransportSessions(t *testing.T) {
	w := newWeb(t, wireOptions{tools: looking}, nil)
	alice, bob := w.visitOld("alice"), w.visitOld("bob")
	streamable := w.visit("alice", legacy, "{}").session
	unopened := w.http.ids.mint("alice", traitStream)
	for name, test := range map[string]struct {
		path, who string
		status    int
	}{
		"own": {alice.endpoint, "alice", 202}, "somebody else's": {alice.endpoint, "bob", 404}, "nobody's": {"/message", "alice", 404},
		"of the newer transport": {"/message?sessionId=" + streamable, "alice", 404}, "that is not open": {"/message?sessionId=" + unopened, "alice", 404},
		"invented": {"/message?sessionId=00000000-0000-4000-8000-000000000000", "bob", 404},
	} {
		if a := w.must(http.MethodPost, test.path, test.who, ping); a.status != test.status {
			t.Errorf("%s: %d %s", name, a.status, a.body)
		}
	}
	if m := next(t, alice.messages); m.ID != 7. {
		t.Errorf("%s", m.raw)
	}
	select {
	case m := <-bob.messages:
		t.Errorf("bob got %s", m.raw)
	default:
	}
	for _, id := range []string{`{"a":1}`, "[1]", "true"} {
		if a := w.must(http.MethodPost, alice.endpoint, "alice", `{"jsonrpc":"2.0","id":`+id+`,"method":"ping"}`); a.status != 400 {
			t.Errorf("an ID that is %s: %d", id, a.status)
		}
	}
	for method, path := range map[string]string{"POST": "/sse", "GET": alice.endpoint, "DELETE": alice.endpoint} {
		if a := w.must(method, path, "alice", ""); a.status != http.StatusMethodNotAllowed {
			t.Errorf("%s %s: %d", method, path, a.status)
		}
	}
	if a := w.must(http.MethodPost, alice.endpoint, "alice", ping, "Content-Type: text/plain"); a.status != 415 {
		t.Errorf("plain text: %d", a.status)
	}
	if a := w.must(http.MethodPost, alice.endpoint, "alice", ping+strings.Repeat(" ", maxBody)); a.status != 413 {
		t.Errorf("too long: %d", a.status)
	}
}

// TestOldestTransportIsOff pins that the oldest transport is off by default.
func TestOldestTransportIsOff(t *testing.T) {
	w := newWeb(t, wireOptions{tools: looking}, func(o *HTTPOptions) { o.SSE = false })
	for method, path := range map[string]string{"GET": "/sse", "POST": "/message"} {
		if a := w.must(method, path, "alice", ""); a.status != 404 || !strings.Contains(a.body, "--sse") {
			t.Errorf("%s: %d %s", path, a.status, a.body)
		}
	}
}

// TestOldestTransportIsBounded pins that a call keeps its place until its response is
// written, although its POST ended before.
func TestOldestTransportIsBounded(t *testing.T) {
	way := newGate()
	w := newWeb(t, wireOptions{maxCalls: 3, tools: []*tool.Definition{look(way.wait)}}, nil)
	v := w.visitOld("alice")
	free := func() bool { return w.http.calls.wait(ended()) == 0 }
	eventually(t, "the place of the handshake is given back", free)
	for range 3 {
		v.start("look", acme)
	}
	way.arrived(t, 3)
	if a := v.post(99, "tools/call", toolCall("look", acme)); a.status != http.StatusServiceUnavailable || a.header.Get("Retry-After") == "" {
		t.Errorf("%d %s", a.status, a.body)
	}
	way.open()
	for range 3 {
		if m := next(t, v.messages); m.Result == nil {
			t.Errorf("%s", m.raw)
		}
	}
	eventually(t, "the places are given back", free)
	v.call("look", acme)
}
