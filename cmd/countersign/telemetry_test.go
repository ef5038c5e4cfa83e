package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"countersign/internal/config"
	"countersign/internal/guard"
	"countersign/internal/telemetry/telemetrytest"
)

const (
	aboveTrace = "4bf92f3577b34da6a3ce929d0e0e4736"
	aboveSpan  = "00f067aa0ba902b7"
)

// traced calls a tool as part of a trace of the client, which the message names.
func (o *office) traced(token, name, arguments string) string {
	o.t.Helper()
	return o.post(token, "tools/call", fmt.Sprintf(`{"name":%q,"arguments":%s,"_meta":{"traceparent":"00-%s-%s-01","tracestate":"vendor=client","baggage":"user=carried-along"}}`,
		name, arguments, aboveTrace, aboveSpan))
}

// outcome returns the typed output of a call.
func outcome(t *testing.T, answer string) map[string]any {
	t.Helper()
	var read struct {
		Result struct {
			StructuredContent map[string]any `json:"structuredContent"`
		} `json:"result"`
	}
	if err := json.Unmarshal([]byte(answer), &read); err != nil || read.Result.StructuredContent == nil {
		t.Fatalf("%v: %s", err, answer)
	}
	return read.Result.StructuredContent
}

// tree returns the spans below a parent as lines, indented by depth.
func tree(spans []telemetrytest.Span, parent, indent string) string {
	var b strings.Builder
	for _, s := range spans {
		if s.Parent == parent {
			b.WriteString(indent + s.Name + "\n" + tree(spans, s.ID, indent+"  "))
		}
	}
	return b.String()
}

// TestTraces follows a machine from the message through plan, approval and
// execution to each request to the cloud, as a collector sees it.
func TestTraces(t *testing.T) {
	collector := telemetrytest.NewReceiver(t)
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.URL)
	t.Setenv("OTEL_EXPORTER_OTLP_HEADERS", "x-key=collector-secret")
	t.Setenv("OTEL_RESOURCE_ATTRIBUTES", "deployment.environment=test")
	t.Setenv("OTEL_BSP_SCHEDULE_DELAY", "50")
	o := newOffice(t)
	token := o.issuer.Token(resourceURL, "alice-4711", everything, nil)
	list := outcome(t, o.call(token, "list_offers", `{"account":"voltagepark","in_stock_only":true}`))
	offers, _ := list["offers"].([]any)
	offer, _ := offers[0].(map[string]any)
	create := fmt.Sprintf(`{"account":"voltagepark","voltagepark_vm":{"config_id":%q,"name":"secret-project-web"}}`, offer["id"])

	asked := outcome(t, o.traced(token, "create_vm", create))
	id, _ := asked["operation"].(string)
	if asked["status"] != "approval_required" {
		t.Fatal(asked)
	}
	op, err := o.store.Operation(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	if err := o.desk(o.cfg).Approve(t.Context(), op, guard.Approval{By: "bob", Road: guard.RoadTerminal, Terminal: "/dev/pts/1"}); err != nil {
		t.Fatal(err)
	}
	if done := outcome(t, o.traced(token, "create_vm", create)); done["status"] != "done" {
		t.Fatal(done)
	}
	if got := o.traced(token, "get_vm", `{"account":"voltagepark","vm_id":"6f1c1f2e-0000-4000-8000-000000000000"}`); !strings.Contains(got, "unknown_id") {
		t.Fatal(got)
	}

	spans := waitForSpans(t, collector, aboveSpan, 3)
	// Concurrent reads have no order, and the number of reads varies.
	got := tree(spans, aboveSpan, "")
	for _, want := range []string{
		`(?s)^tools/call create_vm\n  plan\n(    voltagepark [a-zA-Z ]+\n)+  books\n(    voltagepark [a-zA-Z ]+\n)+  approval\n`,
		`(?s)\ntools/call create_vm\n  plan\n(    voltagepark [a-zA-Z ]+\n)+  execute\n(    voltagepark [a-zA-Z ]+\n)+`,
		`(?s)\ntools/call get_vm\n(  voltagepark [a-zA-Z ]+\n)+$`,
	} {
		if !regexp.MustCompile(want).MatchString(got) {
			t.Errorf("the tree does not match %q:\n%s", want, got)
		}
	}
	checkSpans(t, spans, id)
	if r := collector.Resource(); r["service.name"] != "countersign" || r["deployment.environment"] != "test" {
		t.Errorf("from %v", r)
	}
	// Traces contain no names, arguments, callers, baggage or keys.
	raw, header := collector.Raw()
	for _, private := range []string{"secret-project-web", "alice-4711", "carried-along", sandboxKey + "\"", "collector-secret", fmt.Sprint(offer["id"]), "6f1c1f2e", token} {
		if bytes.Contains(raw, []byte(private)) {
			t.Errorf("%q was sent to the collector", private)
		}
	}
	if header.Get("X-Key") != "collector-secret" {
		t.Errorf("the headers of the environment were not sent: %v", header)
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, request := range o.sent {
		if bytes.Contains(bytes.ToLower(request), []byte("traceparent")) || bytes.Contains(request, []byte("carried-along")) {
			t.Errorf("a cloud was told who asks: %s", request)
		}
	}
}

// waitForSpans waits until that many calls below a span were sent.
func waitForSpans(t *testing.T, collector *telemetrytest.Receiver, parent string, calls int) []telemetrytest.Span {
	t.Helper()
	for deadline := time.Now().Add(patience); ; time.Sleep(20 * time.Millisecond) {
		spans, n := collector.Spans(), 0
		for _, s := range spans {
			if s.Parent == parent {
				n++
			}
		}
		if n >= calls {
			return spans
		}
		if time.Now().After(deadline) {
			t.Fatalf("%d of %d calls were sent:\n%s", n, calls, tree(spans, parent, ""))
		}
	}
}

// checkSpans checks the attributes in the spans of an operation.
func checkSpans(t *testing.T, spans []telemetrytest.Span, operation string) {
	t.Helper()
	known := []string{
		"mcp.method.name", "gen_ai.tool.name", "gen_ai.operation.name", "error.type", "http.request.method", "http.response.status_code",
		"http.request.resend_count", "server.address", "countersign.account", "countersign.operation", "countersign.outcome",
		"countersign.approval.road", "countersign.approval.seconds", "countersign.vendor.operation",
	}
	seen := map[string]bool{}
	for _, s := range spans {
		for key := range s.Attributes {
			if !slices.Contains(known, key) {
				t.Errorf("%s has %s", s.Name, key)
			}
		}
		switch {
		case s.Parent == aboveSpan && (s.Trace != aboveTrace || s.Attributes["countersign.account"] != "voltagepark" || s.Kind != "SPAN_KIND_SERVER"):
			t.Errorf("%+v is no call in the trace of the client", s)
		case s.Kind == "SPAN_KIND_CLIENT" && (s.Attributes["server.address"] == "" || s.Attributes["http.request.method"] == "" || s.Attributes["countersign.account"] != "voltagepark"):
			t.Errorf("%+v is no request to a cloud", s)
		case s.Name == "execute" && (s.Attributes["countersign.operation"] != operation || s.Attributes["countersign.approval.road"] != "terminal" || s.Attributes["countersign.approval.seconds"] == ""):
			t.Errorf("%+v does not say how it was approved", s)
		case s.Name == "approval" && (s.Attributes["countersign.operation"] != operation || s.Attributes["countersign.outcome"] != "asked"):
			t.Errorf("%+v does not say that it was asked", s)
		case s.Name == "tools/call get_vm" && (!s.Failed || s.Attributes["error.type"] != "unknown_id"):
			t.Errorf("%+v does not say what went wrong", s)
		}
		seen[s.Name] = true
	}
	for _, name := range []string{"execute", "approval", "tools/call get_vm"} {
		if !seen[name] {
			t.Errorf("there is no span %q", name)
		}
	}
}

// get reads a route of the server.
func (o *office) get(token, path string) (status int, body string) {
	o.t.Helper()
	r, err := http.NewRequest(http.MethodGet, o.url+path, nil)
	if err != nil {
		o.t.Fatal(err)
	}
	return o.send(token, r)
}

// TestWhoMayReadMetrics checks that only callers with the scope can read the
// metrics of everybody, and that the scope permits nothing else.
func TestWhoMayReadMetrics(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	scraper := o.issuer.Token(resourceURL, "prometheus", "server:metrics", nil)
	for token, want := range map[string]int{
		"": http.StatusUnauthorized, "wrong": http.StatusUnauthorized, scraper: http.StatusOK,
		o.issuer.Token(resourceURL, "alice", everything, nil): http.StatusForbidden,
	} {
		if status, body := o.get(token, "/metrics"); status != want || (status == http.StatusOK) != strings.Contains(body, "countersign_build_info") {
			t.Errorf("%d, want %d: %.200s", status, want, body)
		}
	}
	if names := o.names(scraper); slices.ContainsFunc(names, func(name string) bool { return name != "" }) {
		t.Errorf("a scraper sees %q", names)
	}
	if got := o.call(scraper, "list_vms", `{}`); strings.Contains(got, `"vms"`) {
		t.Errorf("a scraper reads machines: %s", got)
	}
	// The metrics have what was called, but no names and no callers.
	reader := o.issuer.Token(resourceURL, "alice-oncall", "cloud:read", nil)
	o.call(reader, "list_vms", `{"account":"hostup"}`)
	o.call(reader, "get_vm", `{"account":"hostup","vm_id":"no-such-machine"}`)
	_, body := o.get(scraper, "/metrics")
	for _, want := range []string{
		`countersign_calls_total{account="hostup",outcome="done",tool="list_vms"} 1`,
		`countersign_call_errors_total{account="hostup",code="unknown_id",tool="get_vm"} 1`,
		`countersign_vendor_requests_total{access="read",account="hostup",status="200"}`,
		`countersign_operations_open{state="waiting"} 0`, `countersign_state_readable 1`,
	} {
		if !strings.Contains(body, want) {
			t.Errorf("no %s in\n%s", want, body)
		}
	}
	for _, private := range []string{"alice", "oncall", "no-such-machine", "no_such_tool"} {
		if strings.Contains(body, private) {
			t.Errorf("%q stands in the metrics", private)
		}
	}
}

// TestMetricsOfTheirOwnAddress checks that the address without a login can be read
// from this machine only, and not by pages in its browser.
func TestMetricsOfTheirOwnAddress(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	var said bytes.Buffer
	o.cfg.MetricsAddr = "0.0.0.0:0"
	if err := o.serveMetrics(t.Context(), streams{err: &said}); err == nil || !strings.Contains(err.Error(), "server:metrics") {
		t.Errorf("at %s: %v", o.cfg.MetricsAddr, err)
	}
	o.cfg.MetricsAddr = "127.0.0.1:0"
	if err := o.serveMetrics(t.Context(), streams{err: &said}); err != nil {
		t.Fatal(err)
	}
	at := regexp.MustCompile(`http://\S+/metrics`).FindString(said.String())
	for _, test := range []struct {
		method, url, host, origin string
		want                      int
	}{
		{"GET", at, "", "", 200}, {"HEAD", at, "", "", 200}, {"GET", at, "localhost", "", 200}, {"GET", at, "[::1]:9464", "", 200},
		{"GET", at, "evil.example", "", 403}, {"GET", at, "evil.example:9464", "", 403}, {"GET", at, "10.0.0.1", "", 403},
		{"GET", at, "", "http://localhost", 403}, {"POST", at, "", "", 405}, {"GET", strings.TrimSuffix(at, "/metrics"), "", "", 404},
		{"GET", strings.TrimSuffix(at, "/metrics") + "/debug/requests", "", "", 404},
	} {
		r, err := http.NewRequest(test.method, test.url, nil)
		if err != nil {
			t.Fatal(err)
		}
		if test.host != "" {
			r.Host = test.host
		}
		if test.origin != "" {
			r.Header.Set("Origin", test.origin)
		}
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		raw, err := io.ReadAll(answer.Body)
		_ = answer.Body.Close()
		if err != nil || answer.StatusCode != test.want || test.want != 200 && bytes.Contains(raw, []byte("countersign_")) {
			t.Errorf("%+v: %d %v %.100s", test, answer.StatusCode, err, raw)
		}
	}
}

// TestNoTelemetry checks that a server on stdio without metrics and traces sets
// up no telemetry.
func TestNoTelemetry(t *testing.T) {
	for _, name := range []string{"OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_TRACES_EXPORTER"} {
		t.Setenv(name, "")
	}
	a := &app{cfg: &config.Config{}}
	a.startTelemetry(t.Context(), os.LookupEnv)
	if a.telemetry != nil {
		t.Errorf("%+v", a.telemetry)
	}
}
