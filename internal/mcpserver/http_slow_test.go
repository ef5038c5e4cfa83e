package mcpserver

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"countersign/internal/tool"
)

// dial sends the beginning of a request as it stands.
func (w *web) dial(head string) net.Conn {
	w.t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(w.url, "http://"))
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { _ = conn.Close() })
	if _, err := io.WriteString(conn, strings.ReplaceAll(head, "\n", "\r\n")); err != nil {
		w.t.Fatal(err)
	}
	return conn
}

// slowPost is a message that announces more than it sends.
func slowPost(who string) string {
	return "POST /mcp HTTP/1.1\nHost: localhost\nAuthorization: Bearer " + who + "\nContent-Type: application/json\nContent-Length: 100\n\n{"
}

// TestNoBodyWhereNoneBelongs checks that a request which announces a body that its method
// does not have is rejected and its connection closed, without waiting for the body.
func TestNoBodyWhereNoneBelongs(t *testing.T) {
	w := newWeb(t, wireOptions{tools: looking}, func(o *HTTPOptions) {
		o.Public = map[string]http.Handler{"/.well-known/about": http.NotFoundHandler()}
	})
	for _, request := range []string{
		"GET /mcp", "GET /sse", "GET /healthz", "HEAD /readyz", "GET /metrics", "GET /.well-known/about", "DELETE /mcp", "OPTIONS /mcp", "GET /none",
	} {
		for _, length := range []string{"Content-Length: 10", "Transfer-Encoding: chunked"} {
			for _, login := range []string{"", "Authorization: Bearer alice\n"} {
				conn, begun := w.dial(request+" HTTP/1.1\nHost: localhost\n"+login+length+"\n\n"), time.Now()
				_ = conn.SetReadDeadline(begun.Add(patience))
				raw, err := io.ReadAll(conn)
				if err != nil || !strings.HasPrefix(string(raw), "HTTP/1.1 400") {
					t.Errorf("%s, %s: %v %s", request, length, err, raw)
				}
				if took := time.Since(begun); took > refusedWait/2 {
					t.Errorf("%s, %s: closed after %s", request, length, took)
				}
			}
		}
	}
}

// TestStreamsOutliveTheirRequest checks that the time in which a request has to arrive
// does not end the stream that it opens.
func TestStreamsOutliveTheirRequest(t *testing.T) {
	w := newWeb(t, wireOptions{tools: looking}, nil)
	session := w.visit("alice", legacy, "{}").session
	w.http.bodyWait = 50 * time.Millisecond
	streams := map[string]chan error{"/mcp": make(chan error, 1), "/sse": make(chan error, 1)}
	for path, ended := range streams {
		r, err := w.open(t.Context(), http.MethodGet, path, "alice", "", sessionHeader+": "+session)
		if err != nil || r.StatusCode != http.StatusOK {
			t.Fatal(path, r, err)
		}
		defer func() { _ = r.Body.Close() }()
		go func() {
			_, err := io.Copy(io.Discard, r.Body)
			ended <- err
		}()
	}
	time.Sleep(4 * w.http.bodyWait)
	for path, ended := range streams {
		select {
		case err := <-ended:
			t.Errorf("%s ended: %v", path, err)
		default:
		}
	}
}

// TestSlowPostsOfOneCaller checks that a caller who holds all their places with messages
// that do not arrive is told so, and that others go on.
func TestSlowPostsOfOneCaller(t *testing.T) {
	const each, all = 2, 8
	w := newWeb(t, wireOptions{tools: looking, maxCalls: all}, func(o *HTTPOptions) { o.MaxCallsPerCaller = each })
	w.http.bodyWait = patience
	for range busyMost * each {
		w.dial(slowPost("alice"))
	}
	eventually(t, "they hold places", func() bool { return w.http.busy.underWay() == busyMost*each })
	for range busyMost * (all - each) {
		w.dial(slowPost("alice"))
	}
	wantBusy(t, w.must(http.MethodPost, "/mcp", "alice", ping))
	if a := w.must(http.MethodPost, "/mcp", "bob", ping); a.status != http.StatusOK {
		t.Errorf("bob: %d %s", a.status, a.body)
	}
}

func wantBusy(t *testing.T, a answer) {
	t.Helper()
	if a.status != http.StatusTooManyRequests || a.header.Get("Retry-After") == "" || !strings.Contains(a.body, "of yours") {
		t.Errorf("%d %v %s", a.status, a.header, a.body)
	}
}

// TestSlowPostsWithoutALogin checks that a message which does not arrive holds no place
// before its sender is known, nor while the answer to a failed login is delayed.
func TestSlowPostsWithoutALogin(t *testing.T) {
	w := newWeb(t, wireOptions{tools: looking, maxCalls: 1}, nil)
	conns := make([]net.Conn, 0, 2*busyMost+2)
	for range busyMost + 1 {
		conns = append(conns, w.dial(slowPost("mallory")), w.dial(strings.ReplaceAll(slowPost(""), "Authorization: Bearer \n", "")))
	}
	eventually(t, "failed logins are delayed", func() bool {
		w.http.brake.mu.Lock()
		defer w.http.brake.mu.Unlock()
		return w.http.brake.waiting > busyMost
	})
	if n := w.http.busy.underWay(); n != 0 {
		t.Errorf("%d places are held", n)
	}
	if a := w.must(http.MethodPost, "/mcp", "alice", ping); a.status != http.StatusOK {
		t.Errorf("alice: %d %s", a.status, a.body)
	}
	for _, conn := range conns {
		_ = conn.Close()
	}
}

// TestLookupsOfOneCaller checks that one caller's prompts and completions leave room for
// those of others.
func TestLookupsOfOneCaller(t *testing.T) {
	way := newGate()
	w := newWeb(t, wireOptions{prompts: &shelf{do: func(ctx context.Context) { _ = way.wait(ctx, actInput{}) }}, tools: []*tool.Definition{look(nothingElse)}}, nil)
	ended := make(chan struct{}, lookupsPerCaller+1)
	complete := func(who string) {
		_, _ = w.request(context.Background(), http.MethodPost, "/mcp", who, fmt.Sprintf(`{"jsonrpc":"2.0","id":"c","method":"completion/complete","params":{%s}}`, completeWhy))
		ended <- struct{}{}
	}
	for range lookupsPerCaller {
		go complete("alice")
	}
	way.arrived(t, lookupsPerCaller)
	const get = `{"jsonrpc":"2.0","id":1,"method":"prompts/get","params":{"name":"look_around"}}`
	if a := w.must(http.MethodPost, "/mcp", "alice", get); a.message.Error == nil || !strings.Contains(a.message.Error.Message, "under way") {
		t.Errorf("one more: %s", a.body)
	}
	go complete("bob")
	way.arrived(t, 1)
	way.open()
	for range lookupsPerCaller + 1 {
		<-ended
	}
}
