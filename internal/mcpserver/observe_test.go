package mcpserver

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"countersign/internal/tool"
)

// watcher is an Observer that records its calls.
type watcher struct {
	mu   sync.Mutex
	said []string
}

func (o *watcher) say(format string, args ...any) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.said = append(o.said, fmt.Sprintf(format, args...))
}

type watchedKey struct{}

// Called implements Observer.
func (o *watcher) Called(ctx context.Context, c Incoming) (context.Context, func(Called)) {
	o.say("%s in %q or %q", c.Tool, c.Message("traceparent"), c.Request("traceparent"))
	return context.WithValue(ctx, watchedKey{}, true), func(how Called) { o.say("%s %s %s", c.Tool, how.Outcome, how.Code) }
}

// Served implements Observer.
func (o *watcher) Served(s Served) { o.say("%s %s %d", s.Method, s.Route, s.Status) }

// told returns the records since the last call of told.
func (o *watcher) told() []string {
	o.mu.Lock()
	defer o.mu.Unlock()
	said := o.said
	o.said = nil
	return said
}

// TestCallsAreObserved pins what an observer sees of calls: the trace context of the
// message and how the call ended, including a panic. The call uses its context.
func TestCallsAreObserved(t *testing.T) {
	for _, era := range eras() {
		o, inside := &watcher{}, false
		w := connect(t, wireOptions{era: era, observe: o, tools: []*tool.Definition{look(func(ctx context.Context, _ actInput) error {
			inside, _ = ctx.Value(watchedKey{}).(bool)
			panic("in the middle")
		}), act(tool.Disrupt, nothing)}})
		w.ask("look", `{"account":"acme"}`)
		w.ask("act", acme)
		w.ask("act", `{"account":1}`)
		want := []string{
			`look in "" or ""`, "look failed internal", `act in "" or ""`, "act approval_required ", `act in "" or ""`, "act failed invalid_arguments",
		}
		if got := o.told(); !slices.Equal(got, want) || !inside {
			t.Errorf("%s: %q, want %q", era, got, want)
		}
	}
}

// TestRequestsAreObserved pins what is observed and logged of requests: routes and
// methods from closed sets, one line each, and no token in any.
func TestRequestsAreObserved(t *testing.T) {
	var log lockedBuilder
	o := &watcher{}
	w := newWeb(t, wireOptions{tools: looking, observe: o, log: &log}, func(options *HTTPOptions) {
		options.Metrics = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("numbers")) })
	})
	v := w.visit("alice", modern, "{}")
	const parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
	body, header := v.compose(1, "tools/call", "look", toolCall("look", `{"account":"acme"}`))
	body = strings.Replace(body, `"_meta":{`, `"_meta":{"traceparent":"`+parent+`",`, 1)
	if a := w.must(http.MethodPost, "/mcp", "alice", body, append(header, "Traceparent: of the request")...); a.status != http.StatusOK {
		t.Fatalf("%d %s", a.status, a.body)
	}
	for _, request := range []struct {
		method, path, who string
		want              int
	}{
		{"GET", "/healthz", "", 200}, {"GET", "/readyz", "", 200}, {"GET", "/metrics", "alice", 200}, {"GET", "/metrics", "", 401},
		{"GET", "/metrics", "carol-and-her-token", 401}, {"DELETE", "/metrics", "alice", 405}, {"PATCH", "/mcp", "alice", 405}, {"GET", "/secret?token=abc", "alice", 404},
	} {
		if a := w.must(request.method, request.path, request.who, ""); a.status != request.want {
			t.Errorf("%+v: %d", request, a.status)
		}
	}
	want := []string{
		`look in "` + parent + `" or "of the request"`, "look done ", "POST /mcp 200", "GET /healthz 200", "GET /readyz 200", "GET /metrics 200", "GET /metrics 401",
		"GET /metrics 401", "DELETE /metrics 405", "other /mcp 405", "GET other 404",
	}
	var got []string
	eventually(t, "all is told", func() bool { got = append(got, o.told()...); return len(got) >= len(want) })
	slices.Sort(got) // a request is over a moment after its answer has come
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("%q\nwant %q", got, want)
	}
	lines := log.String()
	if n := strings.Count(lines, `"path":`); n != 9 {
		t.Errorf("%d lines for 9 requests:\n%s", n, lines)
	}
	for _, secret := range []string{"carol-and-her-token", "abc", "Bearer alice"} {
		if strings.Contains(lines, secret) {
			t.Errorf("%q is in the log:\n%s", secret, lines)
		}
	}
	if !strings.Contains(lines, `"level":"info","principal":"alice","tool":"look","outcome":"done"`) {
		t.Errorf("no line of the call:\n%s", lines)
	}
}

// TestMetricsAreNotForAll pins that reading the metrics needs a scope of its own, and
// that a server without metrics answers 404.
func TestMetricsAreNotForAll(t *testing.T) {
	scoped := func(scopes ...tool.Scope) *tool.Scopes { return new(tool.NewScopes(scopes...)) }
	for _, there := range []bool{true, false} {
		w := newWeb(t, wireOptions{tools: looking}, func(options *HTTPOptions) {
			known, _ := options.Auth.(people)
			known["reader"] = &Caller{Principal: "reader", Guard: known["alice"].Guard, Scopes: scoped(tool.AllScopes()...)}
			known["scraper"] = &Caller{Principal: "scraper", Guard: known["alice"].Guard, Scopes: scoped(tool.ScopeMetrics)}
			if there {
				options.Metrics = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("numbers")) })
			}
		})
		for who, want := range map[string]int{"alice": 200, "scraper": 200, "reader": 403, "nobody": 401} {
			if !there && who != "nobody" {
				want = http.StatusNotFound
			}
			if a := w.must(http.MethodGet, "/metrics", who, ""); a.status != want || strings.Contains(a.body, "numbers") != (want == 200) {
				t.Errorf("%s, metrics %v: %d %s", who, there, a.status, a.body)
			}
		}
	}
}

// TestOneLineOfEachCall pins that a call is one line at the level info, whether it
// succeeds or fails, and that mcp-go logs it at a lower level.
func TestOneLineOfEachCall(t *testing.T) {
	var log lockedBuilder
	w := newWeb(t, wireOptions{tools: looking, log: &log}, nil)
	v := w.visit("alice", modern, "{}")
	v.call("look", `{"account":"acme"}`)
	v.call("look", `{"account":1}`)
	eventually(t, "both are told", func() bool { return strings.Count(log.String(), `"principal":"alice"`) == 2 })
	for _, want := range []string{`"principal":"alice","tool":"look","outcome":"done"`, `"principal":"alice","tool":"look","code":"invalid_arguments"`} {
		if n := strings.Count(log.String(), want); n != 1 {
			t.Errorf("%d lines have %s:\n%s", n, want, log.String())
		}
	}
}

// TestLibraryIsQuiet pins that mcp-go's info lines are logged as debug, and that its
// warnings stay warnings.
func TestLibraryIsQuiet(t *testing.T) {
	var log lockedBuilder
	at := new(slog.LevelVar)
	l := quiet(slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: at}))).With("from", "mcp-go").WithGroup("g")
	l.Info("one")
	l.Warn("two", "a", 1)
	at.Set(slog.LevelDebug)
	l.Info("three")
	if got := log.String(); strings.Contains(got, "one") || !strings.Contains(got, `level=WARN msg=two from=mcp-go g.a=1`) || !strings.Contains(got, `level=DEBUG msg=three from=mcp-go`) {
		t.Errorf("%s", got)
	}
}
