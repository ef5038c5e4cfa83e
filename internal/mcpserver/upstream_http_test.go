package mcpserver

// The faults of mcp-go v1.2.1 over HTTP that this package works around; upstream_test.go
// has those over stdio. "the library alone" logs the behaviour of mcp-go without us: when
// it changes, a workaround may have become unnecessary.

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"

	"countersign/internal/tool"
)

// alone starts mcp-go's own handler with a tool.
func alone(t *testing.T, name string, do server.ToolHandlerFunc, opts ...server.StreamableHTTPOption) *web {
	t.Helper()
	s := server.NewMCPServer("plain", "1")
	s.AddTool(mcp.NewTool(name), do)
	opts = append(opts, server.WithStreamableHTTPLogger(slog.New(slog.DiscardHandler)))
	return serveAlone(t, server.NewStreamableHTTPServer(s, opts...))
}

func serveAlone(t *testing.T, handler http.Handler) *web {
	t.Helper()
	ts := httptest.NewServer(handler)
	t.Cleanup(ts.Close)
	return &web{t: t, url: ts.URL, client: ts.Client()}
}

// TestUpstream1_LastNotificationOverHTTP: the last notification before a result is
// lost.
func TestUpstream1_LastNotificationOverHTTP(t *testing.T) {
	const calls, steps, side = 50, 3, 4
	reporting := look(func(ctx context.Context, _ actInput) error {
		time.Sleep(2 * time.Millisecond)
		for i := range steps {
			tool.Progress(ctx, float64(i+1), steps, "on it")
		}
		return nil
	})
	for _, era := range eras() {
		t.Run(string(era), func(t *testing.T) {
			w := newWeb(t, wireOptions{tools: []*tool.Definition{reporting}}, nil)
			v := w.visit("alice", era, "{}")
			// A stream of the session is open during the calls, and receives nothing.
			stream, err := w.open(t.Context(), http.MethodGet, "/mcp", "alice", "", sessionHeader+": "+v.session)
			if err != nil {
				t.Fatal(err)
			}
			var all sync.WaitGroup
			for n := range side {
				all.Go(func() {
					for i := range calls {
						id := n*calls + i + 1
						a, err := v.post(context.Background(), id, "tools/call", "look", toolCall("look", acme))
						if err != nil || a.message.ID != float64(id) || len(a.before) != steps {
							t.Errorf("call %d: %v %s", id, err, a.body)
							continue
						}
						for step, m := range a.before {
							if m.Params.Progress != float64(step+1) || !strings.Contains(m.raw, fmt.Sprintf(`"progressToken":%d`, id)) {
								t.Errorf("call %d, notification %d: %s", id, step+1, m.raw)
							}
						}
					}
				})
			}
			all.Wait()
			w.stop()
			if rest, _ := io.ReadAll(stream.Body); len(rest) > 0 && era == legacy {
				t.Errorf("the stream beside them brought %s", rest)
			}
			_ = stream.Body.Close()
		})
	}
	t.Run("the oldest transport", func(t *testing.T) {
		w := newWeb(t, wireOptions{tools: []*tool.Definition{reporting}}, nil)
		v := w.visitOld("alice")
		for range calls {
			id := v.start("look", acme)
			for step := 1; step <= steps; step++ {
				if m := next(t, v.messages); m.Params.Progress != float64(step) {
					t.Fatalf("notification %d: %s", step, m.raw)
				}
			}
			if m := next(t, v.messages); m.ID != float64(id) {
				t.Fatalf("the result: %s", m.raw)
			}
		}
	})
	for _, era := range eras() {
		t.Run("the library alone "+string(era), func(t *testing.T) {
			w := alone(t, "plain", func(ctx context.Context, _ mcp.CallToolRequest) (*mcp.CallToolResult, error) {
				time.Sleep(2 * time.Millisecond) // as a call that has something to do
				_ = server.ServerFromContext(ctx).SendNotificationToClient(ctx, "notifications/progress", map[string]any{"progressToken": 1, "progress": 1})
				return mcp.NewToolResultText("done"), nil
			})
			v, lost := w.visitAlone(era), 0
			for range calls {
				if !strings.Contains(v.call("plain", "{}").body, "notifications/progress") {
					lost++
				}
			}
			t.Logf("lost in %d of %d calls", lost, calls)
		})
	}
}

// visitAlone returns a client of mcp-go's own handler.
func (w *web) visitAlone(era era) *visitor {
	w.url = strings.TrimSuffix(w.url, "/")
	return w.visit("", era, "{}")
}

// TestUpstream2_OldestTransportIsOpen: any web page can drive a server by /sse.
func TestUpstream2_OldestTransportIsOpen(t *testing.T) {
	w := newWeb(t, wireOptions{tools: looking}, nil)
	const page = "Origin: https://evil.example"
	if a := w.must(http.MethodGet, "/sse", "alice", "", page); a.status != http.StatusForbidden || a.header.Get("Access-Control-Allow-Origin") != "" {
		t.Errorf("GET %d %v", a.status, a.header)
	}
	v := w.visitOld("alice")
	if a := w.must(http.MethodPost, v.endpoint, "alice", ping, "Content-Type: text/plain"); a.status != http.StatusUnsupportedMediaType {
		t.Errorf("plain text: %d", a.status)
	}
	t.Run("the library alone", func(t *testing.T) {
		old := server.NewSSEServer(server.NewMCPServer("plain", "1"))
		w := serveAlone(t, old)
		r, err := w.open(t.Context(), http.MethodGet, "/sse", "", "", page)
		if err != nil {
			t.Fatal(err)
		}
		defer old.CloseSessions()
		defer func() { _ = r.Body.Close() }()
		a := w.must(http.MethodPost, next(t, events(t, r.Body)).raw, "", ping, "Content-Type: text/plain", page)
		t.Logf("GET allows %q, plain text is met with %d", r.Header.Get("Access-Control-Allow-Origin"), a.status)
	})
}

// TestUpstream3_StrangersCancel: other clients can cancel a call. TestCancellation pins
// that they cannot here; this logs whether they still can in mcp-go.
func TestUpstream3_StrangersCancel(t *testing.T) {
	began := make(chan struct{}, 1)
	ended := make(chan string, 1)
	w := alone(t, "slow", func(ctx context.Context, _ mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		began <- struct{}{}
		select {
		case <-ctx.Done():
			ended <- "is cancelled"
		case <-time.After(300 * time.Millisecond):
			ended <- "goes on"
		}
		return mcp.NewToolResultText("done"), nil
	})
	victim, stranger := w.visitAlone(modern), w.visitAlone(modern)
	go func() { _, _ = victim.post(context.Background(), 77, "tools/call", "slow", toolCall("slow", "{}")) }()
	<-began
	if _, err := stranger.post(t.Context(), 0, "notifications/cancelled", "", `"requestId":77`); err != nil {
		t.Fatal(err)
	}
	t.Logf("the library alone: the call of another client %s", <-ended)
}

// TestUpstream4_OneStreamForAll: without sessions, notifications of one client's call go to
// another client's stream. Here there is no stream without a session.
func TestUpstream4_OneStreamForAll(t *testing.T) {
	const path, steps = "/mcp", 20
	reporting := look(func(ctx context.Context, _ actInput) error {
		for i := range steps {
			tool.Progress(ctx, float64(i+1), steps, "on it")
		}
		return nil
	})
	w := newWeb(t, wireOptions{tools: []*tool.Definition{reporting}}, nil)
	if a := w.must(http.MethodGet, path, "alice", ""); a.status < 400 {
		t.Errorf("a stream without a session: %d", a.status)
	}
	v := w.visit("bob", legacy, "{}")
	v.session = ""
	if a := v.call("look", acme); len(a.before) != steps {
		t.Errorf("a call without a session: %d notifications\n%s", len(a.before), a.body)
	}
	t.Run("the library alone", func(t *testing.T) {
		w := alone(t, "plain", func(ctx context.Context, _ mcp.CallToolRequest) (*mcp.CallToolResult, error) {
			for i := range steps {
				_ = server.ServerFromContext(ctx).SendNotificationToClient(ctx, "notifications/progress", map[string]any{"progressToken": 1, "progress": i})
				time.Sleep(2 * time.Millisecond)
			}
			return mcp.NewToolResultText("done"), nil
		}, server.WithStateLess(true))
		ctx, leave := context.WithCancel(t.Context())
		stream, err := w.open(ctx, http.MethodGet, "", "", "")
		if err != nil {
			t.Fatal(err)
		}
		a := w.must(http.MethodPost, "", "", `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"plain","_meta":{"progressToken":1}}}`)
		got := strings.Count(a.body, "notifications/progress")
		leave()
		_ = stream.Body.Close()
		t.Logf("of %d notifications, %d reached the client whose call it was", steps, got)
	})
}

// TestUpstream9_Sessions: TestSessionsOverHTTP pins how sessions are checked here; this
// logs what mcp-go's own managers accept.
func TestUpstream9_Sessions(t *testing.T) {
	do := func(context.Context, mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		return mcp.NewToolResultText(""), nil
	}
	const invented = sessionHeader + ": mcp-session-00000000-0000-4000-8000-000000000000"
	for name, opts := range map[string][]server.StreamableHTTPOption{"by default": nil, "stateful": {server.WithStateful(true)}} {
		w := alone(t, "plain", do, opts...)
		v := w.visitAlone(legacy)
		post := w.must(http.MethodPost, "/", "", ping, invented).status
		without := w.must(http.MethodPost, "/", "", ping).status // bug 10
		w.must(http.MethodDelete, "/", "", "", sessionHeader+": "+v.session)
		deleted := w.must(http.MethodPost, "/", "", ping, sessionHeader+": "+v.session).status
		ctx, leave := context.WithCancel(t.Context())
		get, err := w.open(ctx, http.MethodGet, "/", "", "", invented)
		if err != nil {
			t.Fatal(err)
		}
		leave()
		_ = get.Body.Close()
		t.Logf("the library %s: invented POST %d, GET %d; none %d; after DELETE %d", name, post, get.StatusCode, without, deleted)
	}
}

// TestUpstream9_SessionsAreKept: nearly 10 KB are kept for each handshake;
// TestMemoryIsFlat pins that ours keeps nothing.
func TestUpstream9_SessionsAreKept(t *testing.T) {
	const n = 200
	w := alone(t, "plain", nil)
	w.visitAlone(legacy)
	before := heap()
	for range n {
		w.visitAlone(legacy)
	}
	t.Logf("the library alone keeps %d bytes a session", (heap()-before)/n)
}

// TestUpstream10_NoSessionID: a request without the ID of its session is refused,
// and some hosts never send it.
func TestUpstream10_NoSessionID(t *testing.T) {
	w := newWeb(t, wireOptions{tools: looking}, nil)
	v := w.visit("alice", legacy, forms)
	v.session = ""
	for range 3 {
		if a := v.call("look", acme); a.status != 200 || a.message.Result == nil || a.header.Get(sessionHeader) != "" {
			t.Errorf("%d %s", a.status, a.body)
		}
	}
	if a, err := v.post(t.Context(), 0, "notifications/initialized", "", ""); err != nil || a.status != http.StatusAccepted {
		t.Errorf("%d %v", a.status, err)
	}
}

// TestUpstream15_LeavingCancels: a client that goes away cancels its call in both eras.
// TestWhoLeaves pins that what has been sent goes on here.
func TestUpstream15_LeavingCancels(t *testing.T) {
	for _, era := range eras() {
		began, ended := make(chan struct{}, 1), make(chan string, 1)
		w := alone(t, "slow", func(ctx context.Context, _ mcp.CallToolRequest) (*mcp.CallToolResult, error) {
			began <- struct{}{}
			select {
			case <-ctx.Done():
				ended <- "is cancelled"
			case <-time.After(time.Second):
				ended <- "goes on"
			}
			return mcp.NewToolResultText("done"), nil
		})
		v := w.visitAlone(era)
		ctx, leave := context.WithCancel(t.Context())
		go func() { _, _ = v.post(ctx, 77, "tools/call", "slow", toolCall("slow", "{}")) }()
		<-began
		leave()
		t.Logf("the library alone, %s: the call of a client that has left %s", era, <-ended)
	}
}

// TestUpstream17_UnknownResource: the error about a resource that is not there does not
// say which. Here none are declared.
func TestUpstream17_UnknownResource(t *testing.T) {
	const params = `"uri":"file:///none"`
	for _, era := range eras() {
		a, err := newWeb(t, wireOptions{tools: looking}, nil).visit("alice", era, "{}").post(t.Context(), 1, "resources/read", "file:///none", params)
		if err != nil || a.message.Error == nil {
			t.Errorf("%s: %v %s", era, err, a.body)
		}
	}
	s := server.NewMCPServer("plain", "1", server.WithResourceCapabilities(false, false))
	w := serveAlone(t, server.NewStreamableHTTPServer(s))
	a, err := w.visitAlone(legacy).post(t.Context(), 1, "resources/read", "", params)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("the library alone: %s", a.body)
}

// TestUpstream16_PanicsOverHTTP: a panic closes the connection without an answer,
// and an error is sent word for word.
func TestUpstream16_PanicsOverHTTP(t *testing.T) {
	for _, era := range eras() {
		w := newWeb(t, wireOptions{tools: []*tool.Definition{look(func(context.Context, actInput) error { panic("hunter2") })}}, nil)
		if a := w.visit("alice", era, "{}").call("look", acme); a.message.code() != tool.CodeInternal || strings.Contains(a.body, "hunter2") {
			t.Errorf("%s: %d %s", era, a.status, a.body)
		}
		old := w.visitOld("alice")
		if m := old.call("look", acme); m.code() != tool.CodeInternal || strings.Contains(m.raw, "hunter2") {
			t.Errorf("%s", m.raw)
		}
	}
}
