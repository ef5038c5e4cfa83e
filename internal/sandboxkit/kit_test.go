package sandboxkit_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"countersign/internal/sandboxkit"
)

// shop is the sandbox of a vendor; it counts the requests that it carried out.
type shop struct {
	mu   sync.Mutex
	sold int
}

func (s *shop) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodPost {
		s.mu.Lock()
		s.sold++
		s.mu.Unlock()
	}
	sandboxkit.WriteJSON(w, http.StatusCreated, map[string]string{"id": "one"})
}

func (s *shop) done() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.sold
}

// wordyShop writes errors in its own format.
type wordyShop struct{ shop }

func (*wordyShop) WriteError(w http.ResponseWriter, _ *http.Request, status int, code, _ string) {
	sandboxkit.WriteJSON(w, status, map[string]string{"vendor_says": code})
}

func newKit() *sandboxkit.Kit {
	return sandboxkit.NewKit(sandboxkit.NewClock(time.Unix(0, 0).UTC()), 1)
}

func serve(t *testing.T, h http.Handler) string {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	return server.URL
}

// reply is the response to a client; broken says that it was incomplete.
type reply struct {
	Status int
	Body   string
	Broken bool
	header http.Header
}

func send(t *testing.T, method, url, body string) reply {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return reply{Broken: true}
	}
	defer func() { _ = resp.Body.Close() }()
	raw, err := io.ReadAll(resp.Body)
	return reply{Status: resp.StatusCode, Body: string(raw), Broken: err != nil, header: resp.Header}
}

func TestFaults(t *testing.T) {
	whole := reply{Status: 201, Body: "{\"id\":\"one\"}\n"}
	tests := []struct {
		fault     sandboxkit.Fault
		want      reply
		wantDone  int // whether the sandbox did the work
		wantNoted int // status in the journal
	}{
		{sandboxkit.Fault{Kind: sandboxkit.RateLimited}, reply{Status: 429, Body: "{\"code\":\"rate_limited\",\"message\":\"Too many requests. Try again later.\"}\n"}, 0, 429},
		{sandboxkit.Fault{Kind: sandboxkit.ServerError}, reply{Status: 503, Body: "{\"code\":\"internal_error\",\"message\":\"Something went wrong on our side.\"}\n"}, 0, 503},
		{sandboxkit.Fault{Kind: sandboxkit.ServerError, Status: 500}, reply{Status: 500, Body: "{\"code\":\"internal_error\",\"message\":\"Something went wrong on our side.\"}\n"}, 0, 500},
		{sandboxkit.Fault{Kind: sandboxkit.Slow, Delay: time.Millisecond}, whole, 1, 201},
		{sandboxkit.Fault{Kind: sandboxkit.ServerError, Status: 400, Message: "no"}, reply{Status: 400, Body: "{\"code\":\"internal_error\",\"message\":\"no\"}\n"}, 0, 400},
		{sandboxkit.Fault{Kind: sandboxkit.ServerError, Status: 200, Body: "[1]"}, reply{Status: 200, Body: "[1]"}, 0, 200},
		{sandboxkit.Fault{Kind: sandboxkit.Cut}, reply{Status: 201, Body: "{\"id\":", Broken: true}, 1, 201},
		{sandboxkit.Fault{Kind: sandboxkit.Garbled}, reply{Status: 200, Body: "{\"data\": \x00\xff[ #"}, 1, 200},
		{sandboxkit.Fault{Kind: sandboxkit.HTML}, reply{Status: 502, Body: "<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>\n"}, 0, 502},
		{sandboxkit.Fault{Kind: sandboxkit.LostAnswer}, reply{Broken: true}, 1, 0},
		{sandboxkit.Fault{Kind: sandboxkit.LateAnswer, Delay: time.Millisecond}, whole, 1, 201},
		{sandboxkit.Fault{Kind: sandboxkit.Refuse}, reply{Broken: true}, 0, 0},
	}
	for _, tt := range tests {
		t.Run(string(tt.fault.Kind), func(t *testing.T) {
			kit, vendor := newKit(), &shop{}
			url := serve(t, kit.Handler("shop", vendor))
			kit.AddFault("shop", tt.fault)

			got := send(t, http.MethodPost, url+"/buy", `{"n":1}`)
			got.header = nil
			if diff := cmp.Diff(tt.want, got, cmp.AllowUnexported(reply{})); diff != "" {
				t.Errorf("answer (-want +got):\n%s", diff)
			}
			if got := vendor.done(); got != tt.wantDone {
				t.Errorf("work done %d times, want %d", got, tt.wantDone)
			}
			wantJournal := []sandboxkit.Request{{
				Vendor: "shop", Method: "POST", Path: "/buy", Body: json.RawMessage(`{"n":1}`),
				Status: tt.wantNoted, Fault: tt.fault.Kind,
			}}
			if diff := cmp.Diff(wantJournal, kit.Requests("shop")); diff != "" {
				t.Errorf("journal (-want +got):\n%s", diff)
			}
			if again := send(t, http.MethodPost, url+"/buy", ""); again.Status != 201 || again.Broken {
				t.Errorf("the fault did not end: %+v", again)
			}
		})
	}
}

func TestRateLimitIsSaidInTheVendorsWords(t *testing.T) {
	kit := newKit()
	url := serve(t, kit.Handler("shop", &wordyShop{}))
	kit.AddFault("shop", sandboxkit.Fault{Kind: sandboxkit.RateLimited, RetryAfter: 1500 * time.Millisecond})

	got := send(t, http.MethodGet, url, "")
	if got.Body != "{\"vendor_says\":\"rate_limited\"}\n" {
		t.Errorf("body %q is not the vendor's", got.Body)
	}
	if after := got.header.Get("Retry-After"); after != "2" {
		t.Errorf("Retry-After %q, want 1.5 s rounded up to 2", after)
	}
}

func TestFaultsHitOnlyWhatTheyName(t *testing.T) {
	tests := []struct {
		name         string
		fault        sandboxkit.Fault
		vendor       string
		method, path string
		want         bool
	}{
		{"anything", sandboxkit.Fault{}, "shop", "GET", "/a/b", true},
		{"other vendor", sandboxkit.Fault{}, "mill", "GET", "/a/b", false},
		{"method", sandboxkit.Fault{Method: "POST"}, "shop", "POST", "/a", true},
		{"other method", sandboxkit.Fault{Method: "POST"}, "shop", "GET", "/a", false},
		{"exact path", sandboxkit.Fault{Path: "/a"}, "shop", "GET", "/a", true},
		{"longer path", sandboxkit.Fault{Path: "/a"}, "shop", "GET", "/a/b", false},
		{"star over slashes", sandboxkit.Fault{Path: "/a/*"}, "shop", "GET", "/a/b/c", true},
		{"star in the middle", sandboxkit.Fault{Path: "/a/*/c"}, "shop", "GET", "/a/b/c", true},
		{"dot is a dot", sandboxkit.Fault{Path: "/a.b"}, "shop", "GET", "/axb", false},
		{"question mark", sandboxkit.Fault{Path: "/?"}, "shop", "GET", "/a", true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			kit := newKit()
			tt.fault.Kind = sandboxkit.ServerError
			kit.AddFault("shop", tt.fault)
			w := httptest.NewRecorder()
			kit.Handler(tt.vendor, &shop{}).ServeHTTP(w, httptest.NewRequest(tt.method, tt.path, nil))
			if hit := w.Code == http.StatusServiceUnavailable; hit != tt.want {
				t.Errorf("hit %v, want %v", hit, tt.want)
			}
		})
	}
}

func TestDelaysEndWithTheClient(t *testing.T) {
	for kind, wantDone := range map[sandboxkit.FaultKind]int{sandboxkit.Slow: 0, sandboxkit.LateAnswer: 1} {
		t.Run(string(kind), func(t *testing.T) {
			kit, vendor := newKit(), &shop{}
			kit.AddFault("shop", sandboxkit.Fault{Kind: kind, Delay: time.Hour})
			ctx, cancel := context.WithCancel(t.Context())
			cancel()
			defer func() {
				if err, _ := recover().(error); !errors.Is(err, http.ErrAbortHandler) {
					t.Error("the exchange was not aborted")
				}
				if got := vendor.done(); got != wantDone {
					t.Errorf("work done %d times for a client that had gone, want %d", got, wantDone)
				}
			}()
			r := httptest.NewRequest(http.MethodPost, "/", nil).WithContext(ctx)
			kit.Handler("shop", vendor).ServeHTTP(httptest.NewRecorder(), r)
		})
	}
}

func TestJournalKeepsNoSecrets(t *testing.T) {
	tests := []struct{ name, body, want string }{
		{"untouched byte for byte", `{ "n" : 1.50 }`, `{ "n" : 1.50 }`},
		{"password", `{"user":"a","password":"hunter2"}`, `{"password":"[secret]","user":"a"}`},
		{"nested, other spellings", `[{"a":{"rootPassword":"hunter2"}}]`, `[{"a":{"rootPassword":"[secret]"}}]`},
		{"no JSON", `password=hunter2`, `"[not JSON]"`},
		{"second value", `{} {"password":"hunter2"}`, `"[not JSON]"`},
		{"empty", ``, ``},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			kit := newKit()
			r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(tt.body))
			r.Header.Set("Authorization", "Bearer hunter2")
			kit.Handler("shop", &shop{}).ServeHTTP(httptest.NewRecorder(), r)
			lines := kit.Requests("")
			if got := string(lines[0].Body); got != tt.want {
				t.Errorf("kept %s, want %s", got, tt.want)
			}
			if raw, err := json.Marshal(lines); err != nil || strings.Contains(string(raw), "hunter2") {
				t.Errorf("journal %s, error %v", raw, err)
			}
		})
	}
}

func TestKitIsSafeForConcurrentUse(t *testing.T) {
	kit, vendor := newKit(), &shop{}
	kit.AddFault("shop", sandboxkit.Fault{Kind: sandboxkit.ServerError, Times: 10})
	handler := kit.Handler("shop", vendor)
	var wg sync.WaitGroup
	for range 50 {
		wg.Go(func() {
			handler.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodPost, "/", nil))
			kit.Clock.Advance(time.Second)
			kit.Seed.UUID()
		})
	}
	wg.Wait()
	if vendor.done() != 40 {
		t.Errorf("%d requests went through, want 40 of 50 beside 10 faults", vendor.done())
	}
	if got := kit.Clock.Now().Unix(); got != 50 {
		t.Errorf("clock at %d s, want 50", got)
	}
}

func TestUnknownFaultPanics(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("a fault that does nothing was accepted")
		}
	}()
	newKit().AddFault("shop", sandboxkit.Fault{Kind: "explode"})
}
