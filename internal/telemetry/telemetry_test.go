package telemetry

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"
	"go.uber.org/goleak"

	"countersign/internal/cloud"
	"countersign/internal/guard"
	"countersign/internal/mcpserver"
	"countersign/internal/rest"
	"countersign/internal/spend"
	"countersign/internal/store"
	"countersign/internal/store/sqlite"
	"countersign/internal/telemetry/telemetrytest"
)

func environment(variables map[string]string) func(string) (string, bool) {
	return func(name string) (string, bool) { value, ok := variables[name]; return value, ok }
}

// TestWanted pins the standard variables: nothing is sent without an endpoint, and an
// unsupported setting is an error that does not contain the values.
func TestWanted(t *testing.T) {
	t.Parallel()
	const at, of = "OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"
	tests := []struct {
		name      string
		variables map[string]string
		on        bool
		wrong     string
	}{
		{"nothing", nil, false, ""},
		{"empty", map[string]string{at: "", of: " "}, false, ""},
		{"an endpoint", map[string]string{at: "http://localhost:4318"}, true, ""},
		{"one for traces", map[string]string{of: "https://collector.example.com/v1/traces"}, true, ""},
		{"the usual place", map[string]string{"OTEL_TRACES_EXPORTER": "otlp"}, true, ""},
		{"none", map[string]string{at: "http://localhost:4318", "OTEL_TRACES_EXPORTER": "none"}, false, ""},
		{"switched off", map[string]string{at: "http://localhost:4318", "OTEL_SDK_DISABLED": "TRUE"}, false, ""},
		{"another exporter", map[string]string{at: "http://localhost:4318", "OTEL_TRACES_EXPORTER": "zipkin"}, true, "zipkin"},
		{"JSON", map[string]string{at: "http://localhost:4318", "OTEL_EXPORTER_OTLP_PROTOCOL": "http/json"}, true, ""},
		{"gRPC", map[string]string{at: "http://localhost:4317", "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"}, true, `the protocol is "grpc"`},
		{"gRPC for others", map[string]string{at: "http://localhost:4318", "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc", "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL": "http/protobuf"}, true, ""},
		{"no URL", map[string]string{at: "user:password@localhost"}, true, "no URL"},
		{"another scheme", map[string]string{at: "unix:///run/password"}, true, "no URL"},
	}
	for _, test := range tests {
		on, err := wanted(environment(test.variables))
		if on != test.on || (err == nil) != (test.wrong == "") || err != nil && !strings.Contains(err.Error(), test.wrong) {
			t.Errorf("%s: %v %v", test.name, on, err)
		}
		if err != nil && strings.Contains(err.Error(), "password") {
			t.Errorf("%s: %v", test.name, err)
		}
	}
}

// TestNothingWanted pins that nothing is made without settings, and that metrics work
// although traces cannot be sent.
func TestNothingWanted(t *testing.T) {
	t.Parallel()
	grpc := environment(map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": "http://localhost:4317", "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"})
	for _, test := range []struct {
		opts        Options
		there, fine bool
	}{
		{Options{Lookup: environment(nil)}, false, true},
		{Options{Lookup: environment(nil), Metrics: true}, true, true},
		{Options{Lookup: grpc}, false, false},
		{Options{Lookup: grpc, Metrics: true}, true, false},
	} {
		told, err := New(t.Context(), test.opts)
		if (told != nil) != test.there || (err == nil) != test.fine || told.Traced() {
			t.Errorf("%+v: %v %v", test.opts, told, err)
		}
		if err := told.Close(t.Context()); err != nil {
			t.Error(err)
		}
	}
}

// tracing returns telemetry that sends traces to a collector of the test.
func tracing(t *testing.T, log zerolog.Logger) (*Telemetry, *telemetrytest.Receiver) {
	t.Helper()
	collector := telemetrytest.NewReceiver(t)
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.URL)
	told, err := New(t.Context(), Options{Version: "v1.2.3", Lookup: environment(map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": collector.URL}), Log: log})
	if err != nil {
		t.Fatal(err)
	}
	return told, collector
}

const (
	traceA, spanA = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
	traceB, spanB = "5bf92f3577b34da6a3ce929d0e0e4737", "10f067aa0ba902b8"
)

// TestWhereASpanBelongs pins that the parent of a call comes from the message before the
// HTTP request, that the other is linked, and that invalid trace context is ignored.
func TestWhereASpanBelongs(t *testing.T) {
	ignored := goleak.IgnoreCurrent()
	told, collector := tracing(t, zerolog.Nop())
	a, b := "00-"+traceA+"-"+spanA+"-01", "00-"+traceB+"-"+spanB+"-01"
	tests := []struct {
		name, message, request string
		parent                 string
		links                  []string
		unsampled              bool
	}{
		{name: "nothing"},
		{name: "message", message: a, parent: spanA},
		{name: "request", request: b, parent: spanB},
		{name: "both", message: a, request: b, parent: spanA, links: []string{spanB}},
		{name: "twice the same", message: a, request: a, parent: spanA},
		{name: "garbage", message: "00-xyz", request: strings.Repeat("0", 10_000)},
		{name: "garbage in the message", message: "garbage", request: b, parent: spanB},
		{name: "not sampled", message: "00-" + traceA + "-" + spanA + "-00", unsampled: true},
	}
	for _, test := range tests {
		ctx, end := told.Called(t.Context(), mcpserver.Incoming{Tool: test.name,
			Message: func(key string) string { return map[string]string{"traceparent": test.message}[key] },
			Request: func(key string) string { return map[string]string{"traceparent": test.request}[key] }})
		_, sent := told.Exchange(ctx, rest.Exchange{Account: "acme", Operation: "list " + test.name, Attempt: 2})
		sent(rest.Exchanged{Status: 503, Failure: cloud.ErrUnavailable})
		end(mcpserver.Called{Outcome: "done"})
	}
	_, end := told.Exchange(t.Context(), rest.Exchange{Account: "acme", Operation: "beside every call"})
	end(rest.Exchanged{Status: 200})
	if err := told.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	spans := collector.Spans()
	find := func(name string) (telemetrytest.Span, bool) {
		i := slices.IndexFunc(spans, func(s telemetrytest.Span) bool { return s.Name == name })
		if i < 0 {
			return telemetrytest.Span{}, false
		}
		return spans[i], true
	}
	for _, test := range tests {
		call, there := find("tools/call " + test.name)
		below, too := find("acme list " + test.name)
		switch {
		case there == test.unsampled || too == test.unsampled:
			t.Errorf("%s: sent %v %v", test.name, there, too)
		case test.unsampled:
		case call.Parent != test.parent || !slices.Equal(call.Links, test.links) || call.Failed:
			t.Errorf("%s: %+v", test.name, call)
		case below.Parent != call.ID || below.Trace != call.Trace || !below.Failed || below.Attributes["http.request.resend_count"] != "2" || below.Attributes["error.type"] != "cloud_unavailable":
			t.Errorf("%s: %+v below %+v", test.name, below, call)
		}
	}
	if _, there := find("acme beside every call"); there {
		t.Error("a request that belongs to no call was sent")
	}
	if r := collector.Resource(); r["service.name"] != "countersign" || r["service.version"] != "v1.2.3" {
		t.Errorf("from %v", r)
	}
	http.DefaultTransport.(*http.Transport).CloseIdleConnections()
	goleak.VerifyNone(t, ignored, goleak.IgnoreAnyFunction("net/http.(*persistConn).readLoop"), goleak.IgnoreAnyFunction("net/http.(*persistConn).writeLoop"), goleak.IgnoreAnyFunction("net/http.(*conn).serve"), goleak.IgnoreAnyFunction("net/http.(*Server).Serve"))
}

// TestTraceInTheLog pins that the log lines of a call have the ID of its trace, and that
// others have none.
func TestTraceInTheLog(t *testing.T) {
	told, _ := tracing(t, zerolog.Nop())
	var out bytes.Buffer
	log := zerolog.New(&out).Hook(LogHook())
	ctx, end := told.Called(t.Context(), mcpserver.Incoming{Tool: "look",
		Message: func(key string) string {
			return map[string]string{"traceparent": "00-" + traceA + "-" + spanA + "-01"}[key]
		}, Request: func(string) string { return "" }})
	log.Info().Ctx(ctx).Msg("inside")
	end(mcpserver.Called{Outcome: "done"})
	log.Info().Msg("outside")
	lines := strings.Split(out.String(), "\n")
	if !strings.Contains(lines[0], `"trace_id":"`+traceA+`","span_id":"`) || strings.Contains(lines[1], "trace_id") {
		t.Errorf("%s", out.String())
	}
	if err := told.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// TestCollectorIsGone pins that a collector that cannot be reached causes two log lines
// and delays nothing.
func TestCollectorIsGone(t *testing.T) {
	var out bytes.Buffer
	gone := httptest.NewServer(http.NotFoundHandler())
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", gone.URL)
	told, err := New(t.Context(), Options{Lookup: environment(map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": gone.URL}), Log: zerolog.New(&out)})
	if err != nil {
		t.Fatal(err)
	}
	gone.Close()
	began := time.Now()
	for range 5000 {
		_, end := told.Began(t.Context(), guard.Step{Part: guard.PartPlan, Tool: "look"})
		end("ok")
	}
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("5000 spans took %s", took)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
	defer cancel()
	_ = told.Close(ctx)
	var line struct{ Level, Message string }
	first, _, _ := strings.Cut(out.String(), "\n")
	if err := json.Unmarshal([]byte(first), &line); err != nil || line.Level != "warn" || !strings.HasPrefix(line.Message, "traces cannot be sent") || strings.Count(out.String(), "\n") > 2 {
		t.Errorf("%s", out.String())
	}
}

// scrape returns the metrics.
func scrape(t *testing.T, h http.Handler) string {
	t.Helper()
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	if w.Code != http.StatusOK {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	return w.Body.String()
}

func wantLines(t *testing.T, text string, lines ...string) {
	t.Helper()
	for _, line := range lines {
		if !strings.Contains(text, "\n"+line+"\n") {
			t.Errorf("no line %q in\n%s", line, own(text))
		}
	}
}

// own returns the lines of our own metrics.
func own(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, "countersign_") && !strings.Contains(line, "_bucket") {
			b.WriteString(line)
		}
	}
	return b.String()
}

func money(text string) cloud.Money {
	var m cloud.Money
	if err := m.UnmarshalText([]byte(text)); err != nil {
		panic(err)
	}
	return m
}

func TestNumbers(t *testing.T) {
	t.Parallel()
	s, err := sqlite.Open(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	told, err := New(t.Context(), Options{Version: "v1.2.3", Metrics: true, Lookup: environment(nil)})
	if err != nil {
		t.Fatal(err)
	}
	h := told.Metrics.Handler(guard.Watch{Store: s, Now: time.Now}, zerolog.Nop())
	ctx, end := told.Called(t.Context(), mcpserver.Incoming{Tool: "list_vms"})
	told.Decoded(ctx, "acme")
	_, sent := told.Exchange(ctx, rest.Exchange{Account: "acme", Reads: true, Attempt: 1})
	sent(rest.Exchanged{Status: 429, Failure: cloud.ErrRateLimited, Left: &rest.RateLimit{Limit: 100, Remaining: 3, Reset: time.Unix(1900000000, 0)}})
	_, sent = told.Exchange(ctx, rest.Exchange{Account: "acme"})
	sent(rest.Exchanged{Failure: cloud.ErrUnavailable})
	_, sent = told.Exchange(ctx, rest.Exchange{Account: "acme"})
	sent(rest.Exchanged{Status: 777})
	end(mcpserver.Called{Outcome: "failed", Code: "rate_limited"})
	told.Served(mcpserver.Served{Route: "/mcp", Method: "POST", Status: 200})
	told.Counted(spend.Tally{Account: "acme", PerHour: spend.Sums{money("3 SEK"), money("2.5 USD")}, Day: spend.Sums{money("40 USD")}, Month: spend.Sums{money("400 USD")}, Unknown: 1, Incomplete: []string{"volumes"}}, time.Unix(1800000000, 0))
	wantLines(t, scrape(t, h),
		`countersign_build_info{version="v1.2.3"} 1`,
		`countersign_calls_total{account="acme",outcome="failed",tool="list_vms"} 1`,
		`countersign_call_errors_total{account="acme",code="rate_limited",tool="list_vms"} 1`,
		`countersign_call_duration_seconds_count{account="acme",tool="list_vms"} 1`,
		`countersign_http_requests_total{method="POST",route="/mcp",status="200"} 1`,
		`countersign_vendor_requests_total{access="read",account="acme",status="429"} 1`,
		`countersign_vendor_requests_total{access="write",account="acme",status="none"} 1`,
		`countersign_vendor_requests_total{access="write",account="acme",status="other"} 1`,
		`countersign_vendor_request_duration_seconds_count{access="read",account="acme"} 1`,
		`countersign_vendor_failures_total{account="acme",kind="rate_limited"} 1`,
		`countersign_vendor_retries_total{account="acme"} 1`,
		`countersign_vendor_rate_limit{account="acme"} 100`,
		`countersign_vendor_rate_limit_remaining{account="acme"} 3`,
		`countersign_vendor_rate_limit_reset_timestamp_seconds{account="acme"} 1.9e+09`,
		`countersign_spend_per_hour{account="acme",currency="SEK"} 3`,
		`countersign_spend_per_hour{account="acme",currency="USD"} 2.5`,
		`countersign_spend_today{account="acme",currency="USD"} 40`,
		`countersign_spend_this_month{account="acme",currency="USD"} 400`,
		`countersign_spend_unknown{account="acme"} 2`,
		`countersign_spend_read_timestamp_seconds{account="acme"} 1.8e+09`,
		`countersign_operations_open{state="waiting"} 0`, `countersign_operations_total{state="done"} 0`, `countersign_state_readable 1`,
	)
	// A currency without running machines is absent and does not keep its old value.
	told.Counted(spend.Tally{Account: "acme", PerHour: spend.Sums{money("1 USD")}}, time.Unix(1800000000, 0))
	text := scrape(t, h)
	wantLines(t, text, `countersign_spend_per_hour{account="acme",currency="USD"} 1`)
	if strings.Contains(text, `currency="SEK"`) || strings.Contains(text, "countersign_spend_today{") {
		t.Errorf("what was before is still told:\n%s", own(text))
	}
}

// TestNumbersOfTheState pins the metrics from the state: events since the start in any
// process, and current numbers. A metric that cannot be read is absent.
func TestNumbersOfTheState(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s, err := sqlite.Open(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	record := func(kind, body string) store.Record {
		return store.Record{At: time.Now(), Operation: "op_1", Kind: kind, Body: json.RawMessage(body)}
	}
	if err := s.Append(t.Context(), record("approved", `{"road":"form","seconds":4}`)); err != nil {
		t.Fatal(err)
	}
	told, err := New(t.Context(), Options{Metrics: true, Lookup: environment(nil)})
	if err != nil {
		t.Fatal(err)
	}
	watch := guard.Watch{Store: s, Now: time.Now}
	if err := told.Metrics.Begin(t.Context(), watch); err != nil {
		t.Fatal(err)
	}
	h := told.Metrics.Handler(watch, zerolog.Nop())
	other, err := sqlite.Open(t.Context(), dir) // another process
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range []store.Record{
		record("approved", `{"road":"terminal","seconds":42}`), record("sent", `{}`), record("done", `{}`), record("denied", `{"road":"form","seconds":2}`),
		record("expired", `{"reason":"from waiting"}`), record("forbidden", `{}`), record("pin_right", `{}`), record("of a later version", `garbage`),
	} {
		if string(r.Body) == "garbage" {
			r.Body = json.RawMessage(`["garbage"]`)
		}
		if err := other.Append(t.Context(), r); err != nil {
			t.Fatal(err)
		}
	}
	now := time.Now()
	for i, op := range []store.Operation{
		{ID: "op_2", State: store.Waiting, Account: "acme", CreatedAt: now, ExpiresAt: now.Add(time.Hour)},
		{ID: "op_3", State: store.Executing, Account: "acme", Charge: json.RawMessage(`{"per_hour":"1.5 USD"}`)},
		{ID: "op_4", State: store.Unknown, Account: "acme", Charge: json.RawMessage(`{"unknown":"no price"}`)},
	} {
		op.Call, op.Principal = strings.Repeat("c", i+1), "alice-4711"
		if err := other.InsertOperation(t.Context(), &op); err != nil {
			t.Fatal(err)
		}
	}
	for range 2 { // what was counted is not counted again
		text := scrape(t, h)
		wantLines(t, text,
			`countersign_approvals_total{answer="approved",road="terminal"} 1`,
			`countersign_approvals_total{answer="denied",road="form"} 1`,
			`countersign_approvals_total{answer="lapsed",road=""} 1`,
			`countersign_approvals_total{answer="forbidden",road="policy"} 1`,
			`countersign_approval_wait_seconds_sum{answer="approved",road="terminal"} 42`,
			`countersign_operations_total{state="approved"} 1`, `countersign_operations_total{state="done"} 1`, `countersign_operations_total{state="expired"} 1`,
			`countersign_operations_open{state="waiting"} 1`, `countersign_operations_open{state="executing"} 1`, `countersign_operations_open{state="unknown"} 1`,
			`countersign_spend_reserved_per_hour{account="acme",currency="USD"} 1.5`, `countersign_spend_reserved_unknown{account="acme"} 1`,
		)
		if strings.Contains(text, "alice-4711") || strings.Contains(text, "op_") || !strings.Contains(text, "countersign_oldest_question_timestamp_seconds 1") {
			t.Errorf("%s", own(text))
		}
	}
	if err := errors.Join(other.Close(), s.Close()); err != nil {
		t.Fatal(err)
	}
	text := scrape(t, h)
	wantLines(t, text, `countersign_state_readable 0`, `countersign_approvals_total{answer="approved",road="terminal"} 1`)
	for _, stale := range []string{"countersign_operations_open{", "countersign_spend_reserved", "countersign_oldest_question_timestamp_seconds "} {
		if strings.Contains(text, "\n"+stale) {
			t.Errorf("%s is told though it cannot be read:\n%s", stale, own(text))
		}
	}
}

// TestTable pins that the names and types of the metrics follow the conventions.
func TestTable(t *testing.T) {
	t.Parallel()
	for _, m := range Table() {
		if !strings.HasPrefix(m.Name, "countersign_") || strings.HasSuffix(m.Name, "_total") != (m.Type == "counter") || m.Type == "histogram" && !strings.HasSuffix(m.Name, "_seconds") || m.Help == "" {
			t.Errorf("%+v", m)
		}
		for _, label := range m.Labels {
			if slices.Contains([]string{"principal", "operation", "id", "name"}, label) {
				t.Errorf("%s tells apart by %s", m.Name, label)
			}
		}
	}
}

// BenchmarkCalled measures the cost of observing a call.
func BenchmarkCalled(b *testing.B) {
	told, err := New(b.Context(), Options{Metrics: true, Lookup: environment(nil)})
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		ctx, end := told.Called(b.Context(), mcpserver.Incoming{Tool: "list_vms"})
		told.Decoded(ctx, "acme")
		_, sent := told.Exchange(ctx, rest.Exchange{Account: "acme", Reads: true})
		sent(rest.Exchanged{Status: 200})
		end(mcpserver.Called{Outcome: "done"})
	}
}
