package sandboxkit_test

import (
	"encoding/json"
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"countersign/internal/sandboxkit"
)

func TestControlStory(t *testing.T) {
	kit, vendor := newKit(), &shop{}
	mux := http.NewServeMux()
	mux.Handle("/_sandbox/", kit.Control())
	mux.Handle("/", kit.Handler("shop", vendor))
	url := serve(t, mux)

	steps := []struct {
		name, method, path, body string
		want                     reply
	}{
		{"arm", "POST", "/_sandbox/faults", `{"vendor":"shop","kind":"slow","method":"POST","path":"/buy","times":2,"delay":"1ms"}`,
			reply{Status: 201, Body: `{"vendor":"shop","kind":"slow","method":"POST","path":"/buy","times":2,"delay":"1ms"}` + "\n"}},
		{"buy slowly", "POST", "/buy", `{}`, reply{Status: 201, Body: "{\"id\":\"one\"}\n"}},
		{"disarm", "DELETE", "/_sandbox/faults", "", reply{Status: 204}},
		{"buy", "POST", "/buy", ``, reply{Status: 201, Body: "{\"id\":\"one\"}\n"}},
		{"journal", "GET", "/_sandbox/requests?vendor=shop", "",
			reply{Status: 200, Body: `{"requests":[{"vendor":"shop","method":"POST","path":"/buy","body":{},"status":201,"fault":"slow"},{"vendor":"shop","method":"POST","path":"/buy","status":201}]}` + "\n"}},
		{"journal of a route", "GET", "/_sandbox/requests?vendor=shop&method=PUT&path=/b*", "", reply{Status: 200, Body: "{\"requests\":[]}\n"}},
		{"journal of a stranger", "GET", "/_sandbox/requests?vendor=mill", "", reply{Status: 200, Body: "{\"requests\":[]}\n"}},
		{"count", "GET", "/_sandbox/count?vendor=shop&method=POST&path=/b*", "", reply{Status: 200, Body: "{\"count\":2}\n"}},
		{"count nothing", "GET", "/_sandbox/count?method=PUT", "", reply{Status: 200, Body: "{\"count\":0}\n"}},
		{"clock", "POST", "/_sandbox/clock", `{"advance":"1h30m"}`, reply{Status: 200, Body: "{\"now\":\"1970-01-01T01:30:00Z\"}\n"}},
		{"clock stands", "POST", "/_sandbox/clock", `{"stand":true}`, reply{Status: 200, Body: "{\"now\":\"1970-01-01T01:30:00Z\"}\n"}},
		{"clock backwards", "POST", "/_sandbox/clock", `{"advance":"-1h"}`, reply{Status: 400, Body: "{\"error\":\"the clock does not go back\"}\n"}},
		{"unknown field", "POST", "/_sandbox/faults", `{"vendor":"shop","kind":"slow","path_glob":"*"}`, reply{Status: 400, Body: "{\"error\":\"decode body: json: unknown field \\\"path_glob\\\"\"}\n"}},
		{"empty body", "POST", "/_sandbox/clock", ``, reply{Status: 400, Body: "{\"error\":\"the body is empty\"}\n"}},
		{"two bodies", "POST", "/_sandbox/clock", `{"advance":"1h"}{}`, reply{Status: 400, Body: "{\"error\":\"the body holds more than one value\"}\n"}},
	}
	for _, step := range steps {
		got := send(t, step.method, url+step.path, step.body)
		got.header = nil
		if diff := cmp.Diff(step.want, got, cmp.AllowUnexported(reply{})); diff != "" {
			t.Errorf("%s (-want +got):\n%s", step.name, diff)
		}
	}

	for _, body := range []string{`{"vendor":"shop","kind":"explode"}`, `{"vendor":"shop"}`, `{"kind":"slow"}`} {
		if got := send(t, http.MethodPost, url+"/_sandbox/faults", body); got.Status != http.StatusBadRequest {
			t.Errorf("fault %s answered %d, want 400", body, got.Status)
		}
	}
}

func TestFaultJSON(t *testing.T) {
	fault := sandboxkit.Fault{
		Kind: sandboxkit.RateLimited, Method: "GET", Path: "/x", Times: 3, Status: 500,
		RetryAfter: time.Minute, Delay: 5 * time.Millisecond,
	}
	raw, err := json.Marshal(fault)
	if err != nil {
		t.Fatal(err)
	}
	const want = `{"kind":"rate_limited","method":"GET","path":"/x","times":3,"status":500,"retry_after":"1m0s","delay":"5ms"}`
	if string(raw) != want {
		t.Errorf("wrote %s, want %s", raw, want)
	}
	var back sandboxkit.Fault
	if err := json.Unmarshal(raw, &back); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(fault, back); diff != "" {
		t.Errorf("round trip (-want +got):\n%s", diff)
	}
}
