package mcpserver

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"time"

	"countersign/internal/tool"
)

const ping = `{"jsonrpc":"2.0","id":7,"method":"ping"}`

// TestRequestsAtTheDoor pins, for every route, which requests are served and how the
// others are rejected.
func TestRequestsAtTheDoor(t *testing.T) {
	w := newWeb(t, wireOptions{tools: looking}, func(o *HTTPOptions) {
		o.AllowedHosts = []string{"mcp.example.com", "other.example.com:8443"}
		o.AllowedOrigins = []string{"https://app.example.com"}
	})
	port := w.url[strings.LastIndex(w.url, ":"):]
	get := func(path, who string, header ...string) []string {
		return append([]string{"GET", path, who, ""}, header...)
	}
	post := func(path, who, body string, header ...string) []string {
		return append([]string{"POST", path, who, body}, header...)
	}
	tests := []struct {
		name    string
		request []string
		status  int
		says    string // in the body or, after a colon, in a header
	}{
		{"a known caller", post("/mcp", "alice", ping), 200, `"id":7`},
		{"by localhost", post("/mcp", "alice", ping, "Host: localhost"+port), 200, ""},
		{"by localhost without a port", post("/mcp", "alice", ping, "Host: LOCALHOST."), 200, ""},
		{"by an allowed name", post("/mcp", "alice", ping, "Host: MCP.example.com:99"), 200, ""},
		{"by an allowed name and port", post("/mcp", "alice", ping, "Host: other.example.com:8443"), 200, ""},
		{"by an allowed name and another port", post("/mcp", "alice", ping, "Host: other.example.com:99"), 403, "--allowed-hosts"},
		{"by a name that points here", post("/mcp", "alice", ping, "Host: evil.example"+port), 403, "--allowed-hosts"},
		{"by a name that looks like loopback", post("/mcp", "alice", ping, "Host: localhost.evil.example"), 403, ""},
		{"by an address of another machine", post("/mcp", "alice", ping, "Host: 192.0.2.1"+port), 403, ""},
		{"by another address of loopback", post("/mcp", "alice", ping, "Host: [::1]"+port), 403, ""},
		{"health by a name that points here", get("/healthz", "", "Host: evil.example"), 403, ""},
		{"readiness by a name that points here", get("/readyz", "", "Host: evil.example"), 403, ""},
		{"stream by a name that points here", get("/sse", "alice", "Host: evil.example"), 403, ""},
		{"message by a name that points here", post("/message", "alice", ping, "Host: evil.example"), 403, ""},
		{"nothing by a name that points here", get("/none", "alice", "Host: evil.example"), 403, ""},

		{"from an allowed page", post("/mcp", "alice", ping, "Origin: https://app.example.com"), 200, "Access-Control-Allow-Origin: https://app.example.com"},
		{"from a page of this machine", post("/mcp", "alice", ping, "Origin: http://localhost:3000"), 200, "Access-Control-Allow-Origin: http://localhost:3000"},
		{"from a page of this machine, by address", post("/mcp", "alice", ping, "Origin: http://[::1]:3000"), 200, ""},
		{"from a page of the web", post("/mcp", "alice", ping, "Origin: https://evil.example"), 403, "--allowed-origins"},
		{"from a page that looks allowed", post("/mcp", "alice", ping, "Origin: https://app.example.com.evil.example"), 403, ""},
		{"from a page on another port", post("/mcp", "alice", ping, "Origin: https://app.example.com:8443"), 403, ""},
		{"from a page without encryption", post("/mcp", "alice", ping, "Origin: http://app.example.com"), 403, ""},
		{"from a file", post("/mcp", "alice", ping, "Origin: null"), 403, ""},
		{"from a browser's extension", post("/mcp", "alice", ping, "Origin: chrome-extension://localhost"), 403, ""},
		{"from two pages", post("/mcp", "alice", ping, "Origin: https://app.example.com", "+Origin: https://evil.example"), 403, ""},
		{"stream from a page of the web", get("/sse", "alice", "Origin: https://evil.example"), 403, ""},
		{"stream of a session from a page of the web", get("/mcp", "alice", "Origin: https://evil.example"), 403, ""},
		{"message from a page of the web", post("/message", "alice", ping, "Origin: https://evil.example"), 403, ""},
		{"health from a page of the web", get("/healthz", "", "Origin: https://evil.example"), 403, ""},
		{"what an allowed page may send", []string{"OPTIONS", "/mcp", "", "", "Origin: https://app.example.com", "Access-Control-Request-Method: POST", "Access-Control-Request-Headers: mcp-name"}, 204, "Access-Control-Allow-Headers: mcp-name"},
		{"what a page of the web may send", []string{"OPTIONS", "/mcp", "", "", "Origin: https://evil.example", "Access-Control-Request-Method: POST"}, 403, ""},

		{"without a token", post("/mcp", "", ping), 401, `WWW-Authenticate: Bearer realm="countersign"`},
		{"stream of a session without a token", get("/mcp", ""), 401, "WWW-Authenticate: Bearer"},
		{"end of a session without a token", []string{"DELETE", "/mcp", "", ""}, 401, "WWW-Authenticate: Bearer"},
		{"stream without a token", get("/sse", ""), 401, "WWW-Authenticate: Bearer"},
		{"message without a token", post("/message", "", ping), 401, "WWW-Authenticate: Bearer"},
		{"with a token of nobody", post("/mcp", "mallory", ping), 401, ""},
		{"with a token in the address", post("/mcp?access_token=alice&token=alice", "", ping), 401, ""},

		{"plain text", post("/mcp", "alice", ping, "Content-Type: text/plain"), 415, "application/json"},
		{"a form", post("/mcp", "alice", ping, "Content-Type: application/x-www-form-urlencoded"), 415, ""},
		{"no type", post("/mcp", "alice", ping, "Content-Type: "), 415, ""},
		{"a type with a character set", post("/mcp", "alice", ping, "Content-Type: application/json; charset=utf-8"), 200, ""},
		{"no message", post("/mcp", "alice", "garbage"), 400, "-32700"},
		{"several messages", post("/mcp", "alice", " ["+ping+"]"), 400, "send one message at a time"},
		{"several messages, as the protocol calls it", post("/mcp", "alice", "["+ping+"]"), 400, "-32600"},
		{"the longest message", post("/mcp", "alice", ping+strings.Repeat(" ", maxBody-len(ping))), 200, ""},
		{"one byte more", post("/mcp", "alice", ping+strings.Repeat(" ", maxBody+1-len(ping))), 413, "1048576"},
		{"an unknown revision", post("/mcp", "alice", ping, "Mcp-Protocol-Version: 2030-01-01x"), 400, ""},
		{"another method", []string{"PUT", "/mcp", "alice", ping}, 405, "Allow: DELETE, GET, POST"},
		{"another method, and what to do", []string{"PUT", "/mcp", "alice", ping}, 405, "Use DELETE, GET or POST here."},
		{"another route", post("/else", "alice", ping), 404, "/mcp"},
		{"alive", get("/healthz", ""), 200, "ok"},
		{"ready", get("/readyz", ""), 200, "ok"},
		{"health is read only", post("/healthz", "", "{}"), 405, "Allow: GET, HEAD"},
		{"health is read only, and what to do", post("/healthz", "", "{}"), 405, "Use GET or HEAD here."},
	}
	for _, test := range tests {
		r := test.request
		a := w.must(r[0], r[1], r[2], r[3], r[4:]...)
		if a.status != test.status {
			t.Errorf("%s: %d, want %d: %.200s", test.name, a.status, test.status, a.body)
		}
		name, value, header := strings.Cut(test.says, ": ")
		if !header && !strings.Contains(a.body+strings.Join(a.header.Values("WWW-Authenticate"), ""), test.says) ||
			header && !strings.Contains(strings.Join(a.header.Values(name), ", "), value) {
			t.Errorf("%s: %q is not said: %v %s", test.name, test.says, a.header, a.body)
		}
		if a.header.Get("Access-Control-Allow-Origin") == "*" || a.status == 403 && a.header.Get("Access-Control-Allow-Origin") != "" {
			t.Errorf("%s: pages of the web may read: %v", test.name, a.header)
		}
		if a.status >= 400 && strings.HasPrefix(a.header.Get("Content-Type"), "application/json") && (a.message.Error == nil || a.message.Error.Message == "") {
			t.Errorf("%s: no reason is given: %s", test.name, a.body)
		}
	}
}

// TestHostOffLoopback pins that a server that other machines can reach accepts no host
// name of loopback and no web page of this machine.
func TestHostOffLoopback(t *testing.T) {
	t.Parallel()
	h := &HTTP{opts: HTTPOptions{AllowedHosts: []string{"mcp.example.com"}}}
	local := netip.MustParseAddr("192.0.2.7")
	for host, want := range map[string]bool{
		"192.0.2.7:8080": true, "192.0.2.7": true, "mcp.example.com": true, "[::ffff:192.0.2.7]:1": true,
		"localhost": false, "127.0.0.1:8080": false, "192.0.2.8": false, "": false, ":80": false, "evil.example": false,
	} {
		if got := h.hostAllowed(host, local); got != want {
			t.Errorf("host %q: %v", host, got)
		}
	}
	for _, origin := range []string{"http://localhost:3000", "http://127.0.0.1", "null", ""} {
		if h.originAllowed(origin, local) {
			t.Errorf("origin %q is let in", origin)
		}
	}
}

type faulty struct {
	caller *Caller
	err    error
}

func (f faulty) Authenticate(*http.Request) (*Caller, error) { return f.caller, f.err }

// TestFaultyLogins pins that a faulty authenticator rejects every request.
func TestFaultyLogins(t *testing.T) {
	var log lockedBuilder
	for name, test := range map[string]struct {
		auth   faulty
		status int
	}{
		"an error of its own":        {faulty{nil, errors.New("no keys at 10.0.0.1")}, 500},
		"an error beside a caller":   {faulty{&Caller{Principal: "alice"}, errors.New("no keys at 10.0.0.1")}, 500},
		"nobody":                     {faulty{nil, nil}, 500},
		"somebody without a name":    {faulty{&Caller{}, nil}, 500},
		"a scope that is not enough": {faulty{nil, &Refusal{Status: 403, Challenge: `Bearer error="insufficient_scope", scope="cloud:write"`, Reason: "more is needed"}}, 403},
	} {
		w := newWeb(t, wireOptions{tools: looking, log: &log}, func(o *HTTPOptions) { o.Auth = test.auth })
		a := w.must(http.MethodPost, "/mcp", "alice", ping)
		if a.status != test.status || strings.Contains(a.body, "10.0.0.1") {
			t.Errorf("%s: %d %s", name, a.status, a.body)
		}
		if test.status == 403 && !strings.Contains(a.header.Get("WWW-Authenticate"), "insufficient_scope") {
			t.Errorf("%s: %v", name, a.header)
		}
	}
	if !strings.Contains(log.String(), "10.0.0.1") {
		t.Error("the log does not say why")
	}
}

// TestFailedLoginsAreSlow pins that the delay of failed logins grows, that the memory for
// them is bounded, and that others are not delayed.
func TestFailedLoginsAreSlow(t *testing.T) {
	t.Parallel()
	var b brake
	now := time.Now()
	one, two := netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("192.0.2.2")
	begin := func(address netip.Addr, at time.Time) time.Duration {
		wait, err := b.begin(address, at)
		if err != nil {
			t.Fatal(err)
		}
		b.end()
		return wait
	}
	for i, want := range []time.Duration{100, 200, 400, 800, 1600, 3200, 5000, 5000, 5000, 5000, 5000, 5000, 5000} {
		if got := begin(one, now); got != want*time.Millisecond {
			t.Errorf("failure %d waits %s", i+1, got)
		}
	}
	if got := begin(two, now); got != brakeStep {
		t.Errorf("another address waits %s", got)
	}
	if got := begin(one, now.Add(brakeMemory+time.Second)); got != brakeStep {
		t.Errorf("much later it waits %s", got)
	}
	begin(netip.MustParseAddr("2001:db8::1"), now)
	if got := begin(netip.MustParseAddr("2001:db8::2"), now); got != 2*brakeStep {
		t.Errorf("the neighbour of an IPv6 address waits %s", got)
	}
	for i := range 2 * brakeAddresses {
		begin(netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)}), now)
	}
	if len(b.failed) > brakeAddresses {
		t.Errorf("%d addresses are remembered", len(b.failed))
	}
	for range brakeWaiting {
		if _, err := b.begin(one, now); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := b.begin(one, now); !errors.Is(err, errTooManyFailures) {
		t.Errorf("more than %d wait: %v", brakeWaiting, err)
	}
}

func TestFailedLoginIsHeldAndLogged(t *testing.T) {
	var log lockedBuilder
	w := newWeb(t, wireOptions{tools: looking, log: &log}, nil)
	begun := time.Now()
	w.must(http.MethodPost, "/mcp", "hunter2", ping)
	w.must(http.MethodPost, "/mcp", "hunter2", ping)
	if took := time.Since(begun); took < 3*brakeStep {
		t.Errorf("two failures took %s", took)
	}
	begun = time.Now()
	w.must(http.MethodPost, "/mcp", "", ping) // not a try
	if a := w.must(http.MethodPost, "/mcp", "alice", ping); a.status != 200 || time.Since(begun) > 4*brakeStep {
		t.Errorf("who has a token waits too: %d after %s", a.status, time.Since(begun))
	}
	if text := log.String(); strings.Count(text, "a login failed") != 2 || !strings.Contains(text, "127.0.0.1") || strings.Contains(text, "hunter2") {
		t.Errorf("the log: %s", text)
	}
}

// TestNobodyIsWaitedFor pins that a client that sends slowly is disconnected, in the
// headers and in the body.
func TestNobodyIsWaitedFor(t *testing.T) {
	w := newWeb(t, wireOptions{tools: looking}, nil)
	w.http.bodyWait = 100 * time.Millisecond
	for name, head := range map[string]string{
		"a message":            "POST /mcp HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer alice\r\nContent-Type: application/json\r\nContent-Length: 10\r\n\r\n{",
		"without a token":      "POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 10\r\n\r\n{",
		"to another route":     "POST /none HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\n{",
		"a body where none is": "DELETE /mcp HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer alice\r\nContent-Length: 10\r\n\r\n{",
	} {
		conn, err := net.Dial("tcp", strings.TrimPrefix(w.url, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.WriteString(conn, head)
		_ = conn.SetReadDeadline(time.Now().Add(patience))
		raw, err := io.ReadAll(conn)
		if err != nil || !strings.HasPrefix(string(raw), "HTTP/1.1 4") {
			t.Errorf("%s: %v %s", name, err, raw)
		}
		if name == "a message" && !strings.HasPrefix(string(raw), "HTTP/1.1 408") {
			t.Errorf("%s: %s", name, raw)
		}
		_ = conn.Close()
	}
}

// TestPlacesAreBounded pins the response when one caller, or all of them, have too many
// requests under way, and that others are still served.
func TestPlacesAreBounded(t *testing.T) {
	for _, era := range eras() {
		t.Run(string(era), func(t *testing.T) {
			way := newGate()
			w := newWeb(t, wireOptions{maxCalls: 5, tools: []*tool.Definition{look(way.wait)}}, func(o *HTTPOptions) { o.MaxCallsPerCaller = 3 })
			alice, bob := w.visit("alice", era, "{}"), w.visit("bob", era, "{}")
			held := make([]<-chan message, 0, 5)
			for _, v := range []*visitor{alice, alice, alice, bob, bob} {
				held = append(held, background(v, "look"))
				way.arrived(t, 1)
				if len(held) == 3 {
					wantRefused(t, alice.call("look", acme), http.StatusTooManyRequests)
					if a := bob.list(); a.message.Result == nil {
						t.Errorf("bob: %d %s", a.status, a.body)
					}
				}
			}
			wantRefused(t, bob.call("look", acme), http.StatusServiceUnavailable)
			way.open()
			for _, messages := range held {
				if m := next(t, messages); m.Result == nil || m.Result.IsError {
					t.Errorf("%s", m.raw)
				}
			}
			eventually(t, "places are given back", func() bool { return alice.call("look", acme).message.Result != nil })
		})
	}
}

func (v *visitor) list() answer {
	v.t.Helper()
	v.next++
	a, err := v.post(context.Background(), v.next, "tools/list", "", "")
	if err != nil {
		v.t.Fatal(err)
	}
	return a
}

func wantRefused(t *testing.T, a answer, status int) {
	t.Helper()
	if a.status != status || a.header.Get("Retry-After") == "" || a.message.Error == nil || a.message.ID == nil {
		t.Errorf("%d %v %s, want %d", a.status, a.header, a.body, status)
	}
}

// background calls a tool and sends the response to the channel.
func background(v *visitor, name string) <-chan message {
	out := make(chan message, 1)
	v.next++
	id := v.next
	go func() {
		a, err := v.post(context.Background(), id, "tools/call", name, toolCall(name, named(fmt.Sprint(id))))
		if err != nil {
			a.message.raw = err.Error()
		}
		out <- a.message
	}()
	return out
}

// TestStreamsAreBounded likewise.
func TestStreamsAreBounded(t *testing.T) {
	w := newWeb(t, wireOptions{tools: looking}, nil)
	v := w.visit("alice", legacy, "{}")
	ctx, leave := context.WithCancel(t.Context())
	for range streamsPerCaller {
		r, err := w.open(ctx, http.MethodGet, "/mcp", "alice", "", sessionHeader+": "+v.session)
		if err != nil || r.StatusCode != 200 {
			t.Fatal(r, err)
		}
		defer func() { _ = r.Body.Close() }()
	}
	for _, path := range []string{"/mcp", "/sse"} {
		if a := w.must(http.MethodGet, path, "alice", "", sessionHeader+": "+v.session); a.status != http.StatusTooManyRequests {
			t.Errorf("%s: %d", path, a.status)
		}
	}
	other := w.visit("bob", legacy, "{}")
	r, err := w.open(ctx, http.MethodGet, "/mcp", "bob", "", sessionHeader+": "+other.session)
	if err != nil || r.StatusCode != 200 {
		t.Fatal(r, err)
	}
	_ = r.Body.Close()
	leave()
	eventually(t, "streams are given back", func() bool { return w.http.streams.wait(ended()) == 0 })
}

func ended() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx
}

// TestCallers pins that a caller sees and uses only their own tools, tool descriptions,
// prompts and operations.
func TestCallers(t *testing.T) {
	theirs := act(tool.Change, nothing)
	theirs.Description = "Acts on what is bob's."
	for _, era := range eras() {
		t.Run(string(era), func(t *testing.T) {
			definitions := []*tool.Definition{look(nothingElse), act(tool.Change, nothing)}
			w := newWeb(t, wireOptions{tools: definitions, prompts: &shelf{text: "t"}}, func(o *HTTPOptions) {
				all := o.Auth.(people)
				all["bob"].Serves = func(name string) bool { return name == "act" }
				all["bob"].Tools = []*tool.Definition{theirs}
				all["bob"].Prompts = nil
				all["carol"] = &Caller{Principal: "carol", Guard: all["bob"].Guard, Tools: []*tool.Definition{definitions[0]}, Prompts: &empty{}}
			})
			for who, want := range map[string]struct{ tools, prompts string }{
				"alice": {"act Acts. look Looks.", "look_around tell_why"}, "bob": {"act Acts on what is bob's.", ""}, "carol": {"look Looks.", ""},
			} {
				v := w.visit(who, era, "{}")
				var listed struct {
					Result struct {
						Tools, Prompts []struct{ Name, Description string }
					}
				}
				if err := json.Unmarshal([]byte(v.list().body), &listed); err != nil {
					t.Fatal(err)
				}
				var got []string
				for _, l := range listed.Result.Tools {
					got = append(got, l.Name, l.Description)
				}
				if strings.Join(got, " ") != want.tools {
					t.Errorf("%s sees the tools %q", who, got)
				}
				a, err := v.post(t.Context(), 99, "prompts/list", "", "")
				if err != nil || json.Unmarshal([]byte(a.body), &listed) != nil {
					t.Fatal(err, a.body)
				}
				got = nil
				for _, l := range listed.Result.Prompts {
					got = append(got, l.Name)
				}
				if strings.Join(got, " ") != want.prompts {
					t.Errorf("%s sees the prompts %q", who, got)
				}
				for _, name := range []string{"act", "look"} {
					if a := v.call(name, acme); (a.message.Result != nil) != strings.Contains(want.tools, name) {
						t.Errorf("%s calls %s: %s", who, name, a.body)
					}
				}
				a, err = v.post(t.Context(), 98, "prompts/get", "look_around", `"name":"look_around"`)
				if err != nil || (a.message.Result != nil) != (want.prompts != "") {
					t.Errorf("%s gets a prompt: %v %s", who, err, a.body)
				}
			}
		})
	}
}
