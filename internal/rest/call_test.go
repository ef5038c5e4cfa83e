package rest_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"countersign/internal/cloud"
	"countersign/internal/rest"
	"countersign/internal/sandboxkit"
)

// planted is the key of all tests; no error may contain it.
const planted = "sk-planted-9f8e7d6c"

// thing is a resource of the tests' vendor.
type thing struct {
	ID   string `json:"id"`
	Note string `json:"note,omitempty"`
}

func giveKey(context.Context) (cloud.Secret, error) { return cloud.NewSecret(planted), nil }

// decodeError reads {"code":…,"message":…,"field":…}.
func decodeError(body []byte, e *cloud.Error) {
	var b struct{ Code, Message, Field string }
	_ = json.Unmarshal(body, &b)
	e.Code, e.Message = b.Code, b.Message
	if b.Field != "" {
		e.Issues = []cloud.Issue{{Field: b.Field, Message: b.Message, Code: b.Code}}
	}
	if b.Code == "behind_us" {
		e.Kind = cloud.ErrUnavailable
	}
}

// newClient makes a client; change may alter its options.
func newClient(t *testing.T, url string, change func(*rest.Options)) *rest.Client {
	t.Helper()
	opts := rest.Options{Account: "shop", BaseURL: url, Credential: giveKey, DecodeError: decodeError, Version: "1.2.3"}
	if change != nil {
		change(&opts)
	}
	c, err := rest.New(opts)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func serve(t *testing.T, h http.HandlerFunc) string {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	return server.URL
}

func read(ctx context.Context, c *rest.Client) error {
	_, err := rest.Get[thing](ctx, c, "read thing", "/things/1", nil)
	return err
}

func write(ctx context.Context, c *rest.Client) error {
	_, err := rest.Send[thing](ctx, c, "make thing", http.MethodPost, "/things", thing{Note: "n"})
	return err
}

// failure checks that err is a cloud error without the key in it.
func failure(t *testing.T, err error) *cloud.Error {
	t.Helper()
	var e *cloud.Error
	if !errors.As(err, &e) {
		t.Fatalf("error %v (%T) is no cloud error", err, err)
	}
	if e.Account != "shop" || e.Operation == "" {
		t.Errorf("account %q, operation %q", e.Account, e.Operation)
	}
	shown, jsonErr := json.Marshal(e)
	if jsonErr != nil {
		t.Error(jsonErr)
	}
	for cause := err; cause != nil; cause = errors.Unwrap(cause) {
		shown = fmt.Appendf(shown, "%v %+v %#v %s", cause, cause, cause, cause.Error())
	}
	if strings.Contains(string(shown), planted) {
		t.Errorf("the key is in the error: %s", shown)
	}
	return e
}

func TestWhatIsSent(t *testing.T) {
	type sent struct{ Method, URI, Body, Authorization, Accept, ContentType, UserAgent string }
	var got sent
	url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		h := r.Header
		got = sent{r.Method, r.RequestURI, string(body), h.Get("Authorization"), h.Get("Accept"), h.Get("Content-Type"), h.Get("User-Agent")}
		_, _ = io.WriteString(w, `{"id":"one","unknown":[1]}`)
	})
	client := newClient(t, url+"/base/", nil)
	if client.BaseURL() != url+"/base" {
		t.Errorf("base URL %q", client.BaseURL())
	}

	answer, err := rest.Get[thing](t.Context(), client, "read", "/things/"+rest.ID("a/b?c ü"), map[string][]string{"q": {"1&2"}})
	if err != nil || answer.ID != "one" {
		t.Fatalf("read %+v, error %v", answer, err)
	}
	want := sent{"GET", "/base/things/a%2Fb%3Fc%20%C3%BC?q=1%262", "", "Bearer " + planted, "application/json", "", "countersign/1.2.3"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("read (-want +got):\n%s", diff)
	}

	if _, err := rest.Send[rest.Nothing](t.Context(), client, "write", "PATCH", "/things/1", thing{ID: "1", Note: "<a> & b"}); err != nil {
		t.Fatal(err)
	}
	want = sent{"PATCH", "/base/things/1", `{"id":"1","note":"<a> & b"}`, "Bearer " + planted, "application/json", "application/json", "countersign/1.2.3"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("write (-want +got):\n%s", diff)
	}

	if _, err := rest.Send[rest.Nothing](t.Context(), client, "delete", "DELETE", "/things/1", nil); err != nil {
		t.Fatal(err)
	}
	want = sent{"DELETE", "/base/things/1", "", "Bearer " + planted, "application/json", "", "countersign/1.2.3"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("delete (-want +got):\n%s", diff)
	}
}

func TestStatuses(t *testing.T) {
	tests := []struct {
		status    int
		kind      cloud.ErrorKind
		ambiguous bool // of a write; a read never is
	}{
		{304, cloud.ErrVendor, false},
		{400, cloud.ErrInvalid, false},
		{401, cloud.ErrUnauthorized, false},
		{402, cloud.ErrVendor, false},
		{403, cloud.ErrForbidden, false},
		{404, cloud.ErrUnknownID, false},
		{409, cloud.ErrBlocked, false},
		{418, cloud.ErrVendor, false},
		{422, cloud.ErrInvalid, false},
		{429, cloud.ErrRateLimited, false},
		{500, cloud.ErrUnavailable, true},
		{502, cloud.ErrUnavailable, true},
		{503, cloud.ErrUnavailable, true},
		{504, cloud.ErrUnavailable, true},
	}
	for _, tt := range tests {
		t.Run(fmt.Sprint(tt.status), func(t *testing.T) {
			client := newClient(t, serve(t, func(w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(tt.status)
				if tt.status != http.StatusNotModified {
					_, _ = io.WriteString(w, `{"code":"c1","message":"no"}`)
				}
			}), nil)
			for name, call := range map[string]func(context.Context, *rest.Client) error{"read": read, "write": write} {
				e := failure(t, call(t.Context(), client))
				if e.Kind != tt.kind || e.Status != tt.status {
					t.Errorf("%s: kind %s, status %d", name, e.Kind, e.Status)
				}
				if e.Ambiguous != (tt.ambiguous && name == "write") {
					t.Errorf("%s: ambiguous %v", name, e.Ambiguous)
				}
				if tt.status != http.StatusNotModified && (e.Message != "no" || e.Code != "c1") {
					t.Errorf("%s: message %q, code %q", name, e.Message, e.Code)
				}
			}
		})
	}
}

func TestBrokenAnswers(t *testing.T) {
	tests := []struct {
		fault     sandboxkit.Fault
		status    int
		kind      cloud.ErrorKind
		ambiguous bool // of a write; a read never is
		message   string
	}{
		{sandboxkit.Fault{Kind: sandboxkit.Cut}, 200, cloud.ErrUnavailable, true, "the answer was cut off"},
		{sandboxkit.Fault{Kind: sandboxkit.Garbled}, 200, cloud.ErrUnavailable, true, "the answer is not the JSON that is documented"},
		{sandboxkit.Fault{Kind: sandboxkit.LostAnswer}, 0, cloud.ErrUnavailable, true, "no answer"},
		{sandboxkit.Fault{Kind: sandboxkit.Refuse}, 0, cloud.ErrUnavailable, true, "no answer"},
		{sandboxkit.Fault{Kind: sandboxkit.Slow, Delay: time.Minute}, 0, cloud.ErrUnavailable, true, "no answer within the time allowed"},
		{sandboxkit.Fault{Kind: sandboxkit.HTML}, 502, cloud.ErrUnavailable, true, "HTTP 502 Bad Gateway, without a reason that could be read"},
		{sandboxkit.Fault{Kind: sandboxkit.ServerError}, 503, cloud.ErrUnavailable, true, "Something went wrong on our side."},
		{sandboxkit.Fault{Kind: sandboxkit.RateLimited}, 429, cloud.ErrRateLimited, false, "Too many requests. Try again later."},
	}
	for _, tt := range tests {
		t.Run(string(tt.fault.Kind), func(t *testing.T) {
			kit := sandboxkit.NewKit(sandboxkit.NewRunningClock(), 1)
			url := serve(t, kit.Handler("shop", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				sandboxkit.WriteJSON(w, 200, thing{ID: "one"})
			})).ServeHTTP)
			// The transport sends a read again when a connection breaks.
			tt.fault.Times = 10
			kit.AddFault("shop", tt.fault)
			client := newClient(t, url, func(o *rest.Options) {
				if tt.fault.Kind == sandboxkit.Slow {
					o.Timeout = 50 * time.Millisecond
				}
			})
			for name, call := range map[string]func(context.Context, *rest.Client) error{"read": read, "write": write} {
				e := failure(t, call(t.Context(), client))
				if e.Kind != tt.kind || e.Status != tt.status || e.Message != tt.message {
					t.Errorf("%s: kind %s, status %d, message %q", name, e.Kind, e.Status, e.Message)
				}
				if e.Ambiguous != (tt.ambiguous && name == "write") {
					t.Errorf("%s: ambiguous %v", name, e.Ambiguous)
				}
			}
			posts := 0
			for _, r := range kit.Requests("shop") {
				if r.Method == http.MethodPost {
					posts++
				}
			}
			if posts != 1 {
				t.Errorf("the write was sent %d times", posts)
			}
		})
	}
}

// TestNothingWasSent checks the failures after which a write has certainly not been
// carried out.
func TestNothingWasSent(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed := "http://" + listener.Addr().String()
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	// A server whose certificate is not trusted.
	stranger := httptest.NewUnstartedServer(http.NotFoundHandler())
	stranger.Config.ErrorLog = log.New(io.Discard, "", 0)
	stranger.StartTLS()
	t.Cleanup(stranger.Close)
	gone, cancel := context.WithCancel(t.Context())
	cancel()

	tests := []struct {
		name    string
		ctx     context.Context
		url     string
		change  func(*rest.Options)
		kind    cloud.ErrorKind
		message string
	}{
		{"dial refused", t.Context(), closed, nil, cloud.ErrUnavailable, "no connection could be made"},
		{"no such host", t.Context(), "https://host.invalid", nil, cloud.ErrUnavailable, ""},
		{"strange certificate", t.Context(), stranger.URL, nil, cloud.ErrUnavailable, "no answer"},
		{"cancelled before", gone, closed, nil, cloud.ErrUnavailable, "the call was cancelled before an answer came"},
		{"no credential", t.Context(), closed, func(o *rest.Options) {
			o.Credential = func(context.Context) (cloud.Secret, error) {
				return cloud.Secret{}, errors.New("SHOP_API_KEY is not set\u202e")
			}
		}, cloud.ErrUnauthorized, "SHOP_API_KEY is not set"},
		{"empty credential", t.Context(), closed, func(o *rest.Options) {
			o.Credential = func(context.Context) (cloud.Secret, error) { return cloud.Secret{}, nil }
		}, cloud.ErrUnauthorized, "there is no key for this account"},
		{"credential that is no header", t.Context(), closed, func(o *rest.Options) {
			o.Credential = func(context.Context) (cloud.Secret, error) { return cloud.NewSecret(planted + "\n"), nil }
		}, cloud.ErrUnavailable, "no answer"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			e := failure(t, write(tt.ctx, newClient(t, tt.url, tt.change)))
			if e.Ambiguous {
				t.Error("the write is said to be possibly done")
			}
			if e.Kind != tt.kind || tt.message != "" && e.Message != tt.message {
				t.Errorf("kind %s, message %q", e.Kind, e.Message)
			}
		})
	}
}

func TestResetAfterSendingIsInDoubt(t *testing.T) {
	url := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		conn, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		if tcp, ok := conn.(*net.TCPConn); ok {
			_ = tcp.SetLinger(0) // makes Close a reset
		}
		_ = conn.Close()
	})
	if e := failure(t, write(t.Context(), newClient(t, url, nil))); !e.Ambiguous || e.Kind != cloud.ErrUnavailable {
		t.Errorf("got %+v", e)
	}
}

func TestVendorBlamesWhatStandsBehindIt(t *testing.T) {
	client := newClient(t, serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusConflict)
		_, _ = io.WriteString(w, `{"code":"behind_us"}`)
	}), nil)
	if e := failure(t, write(t.Context(), client)); !e.Ambiguous {
		t.Errorf("write: %+v", e)
	}
	if e := failure(t, read(t.Context(), client)); e.Ambiguous {
		t.Errorf("read: %+v", e)
	}
}

func TestAnswersAreCapped(t *testing.T) {
	const limit = 8 << 20
	for _, size := range []int{limit, limit + 1} {
		client := newClient(t, serve(t, func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, `{"id":"`+strings.Repeat("x", size-len(`{"id":""}`))+`"}`)
		}), nil)
		err := write(t.Context(), client)
		if size <= limit {
			if err != nil {
				t.Errorf("%d bytes: %v", size, err)
			}
			continue
		}
		if e := failure(t, err); e.Message != "the answer is larger than 8 MiB" || !e.Ambiguous {
			t.Errorf("%d bytes: %+v", size, e)
		}
	}
}

func TestOddSuccesses(t *testing.T) {
	tests := []struct {
		name, body string
		ok         bool
	}{
		{"null", `null`, true},
		{"unknown fields", `{"id":"1","more":{"a":[]}}`, true},
		{"empty", ``, false},
		{"page of a proxy", `<html>hello</html>`, false},
		{"wrong type", `{"id":{}}`, false},
		{"two values", `{"id":"1"}{}`, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			client := newClient(t, serve(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, tt.body) }), nil)
			err := write(t.Context(), client)
			if tt.ok {
				if err != nil {
					t.Error(err)
				}
				return
			}
			if e := failure(t, err); !e.Ambiguous || e.Status != 200 {
				t.Errorf("got %+v", e)
			}
			if _, err := rest.Send[rest.Nothing](t.Context(), client, "make", "POST", "/", nil); err != nil {
				t.Errorf("where nothing is read: %v", err)
			}
		})
	}
}

// verdict is a response type that reads its body itself.
type verdict struct{ body string }

func (v *verdict) ReadBody(body []byte) error {
	v.body = string(body)
	if strings.Contains(v.body, `"code"`) {
		return rest.ErrRefused
	}
	if v.body == "garbage" {
		return errors.New("no verdict")
	}
	return nil
}

func TestAnswersThatReadTheBodyOnTheirOwn(t *testing.T) {
	tests := []struct {
		name, body string
		want       *cloud.Error // of a write; nil: a success
	}{
		{"empty", "", nil},
		{"anything", "[1", nil},
		{"unreadable", "garbage", &cloud.Error{Kind: cloud.ErrUnavailable, Message: "the answer is not the JSON that is documented", Ambiguous: true}},
		{"refusal", `{"code":"no","message":"key ` + planted + ` is out"}`, &cloud.Error{Kind: cloud.ErrVendor, Code: "no", Message: "key [secret] is out", Ambiguous: true}},
		{"refusal of a known kind", `{"code":"in_use","message":"no"}`, &cloud.Error{Kind: cloud.ErrBlocked, Code: "in_use", Message: "no"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			client := newClient(t, serve(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, tt.body) }), func(o *rest.Options) {
				o.DecodeError = func(body []byte, e *cloud.Error) {
					if decodeError(body, e); e.Code == "in_use" {
						e.Kind = rest.KindOf(http.StatusConflict)
					}
				}
			})
			read, err := rest.Get[verdict](t.Context(), client, "read", "/", nil)
			if tt.want == nil {
				if err != nil || read.body != tt.body {
					t.Errorf("read %q, error %v", read.body, err)
				}
				return
			}
			if e := failure(t, err); e.Ambiguous || e.Kind != tt.want.Kind {
				t.Errorf("read: %+v", e)
			}
			_, err = rest.Send[verdict](t.Context(), client, "write", "POST", "/", nil)
			got := failure(t, err)
			want := *tt.want
			want.Account, want.Operation, want.Status = "shop", "write", http.StatusOK
			got.Err = nil
			if diff := cmp.Diff(&want, got); diff != "" {
				t.Errorf("write (-want +got):\n%s", diff)
			}
		})
	}
}

func TestErrorsThatRepeatTheKey(t *testing.T) {
	tests := []struct{ name, message string }{
		{"plain", "the key " + planted + " is wrong"},
		{"hidden by invisible characters", "the key " + planted[:5] + "\u200b" + planted[5:] + " is wrong"},
		{"where the text is cut", strings.Repeat("x", 250) + planted},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			body, err := json.Marshal(map[string]string{"code": planted, "message": tt.message, "field": planted})
			if err != nil {
				t.Fatal(err)
			}
			client := newClient(t, serve(t, func(w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(http.StatusUnauthorized)
				_, _ = w.Write(body)
			}), nil)
			e := failure(t, read(t.Context(), client))
			if e.Code != "[secret]" || e.Issues[0].Field != "[secret]" || strings.Contains(e.Message, planted[:3]) {
				t.Errorf("got %+v", e)
			}
		})
	}
}

func TestErrorTextIsCleaned(t *testing.T) {
	client := newClient(t, serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusBadRequest)
		_, _ = io.WriteString(w, `{"code":"a\u0000b","message":"no\u202e\nway","field":"x\u200b"}`)
	}), nil)
	e := failure(t, read(t.Context(), client))
	want := []cloud.Issue{{Field: "x", Message: "noway", Code: "ab"}}
	if diff := cmp.Diff(want, e.Issues); diff != "" || e.Message != "noway" || e.Code != "ab" {
		t.Errorf("message %q, code %q, issues:\n%s", e.Message, e.Code, diff)
	}
}

func TestTruncatedRefusalIsStillThatRefusal(t *testing.T) {
	client := newClient(t, serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "1000")
		w.Header().Set("Retry-After", "7")
		w.WriteHeader(http.StatusTooManyRequests)
		_, _ = io.WriteString(w, `{"code":`)
	}), nil)
	e := failure(t, write(t.Context(), client))
	if e.Kind != cloud.ErrRateLimited || e.RetryAfter != 7*time.Second || e.Ambiguous {
		t.Errorf("got %+v", e)
	}
}

func TestWithoutAnErrorDecoder(t *testing.T) {
	client := newClient(t, serve(t, http.NotFound), func(o *rest.Options) { o.DecodeError = nil })
	if e := failure(t, read(t.Context(), client)); e.Kind != cloud.ErrUnknownID || e.Message == "" {
		t.Errorf("got %+v", e)
	}
}
