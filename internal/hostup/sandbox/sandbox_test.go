package sandbox_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"countersign/internal/hostup"
	"countersign/internal/hostup/sandbox"
	"countersign/internal/sandboxkit"
)

func newSandbox() (*sandboxkit.Kit, *sandbox.Sandbox) {
	kit := sandboxkit.NewKit(sandboxkit.NewClock(time.Date(2026, 4, 27, 12, 34, 56, 0, time.UTC)), 1)
	return kit, sandbox.New(kit)
}

// send makes a request as the holder of a key; without one when key is empty.
func send(h http.Handler, key, method, path, body string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	if key != "" {
		r.Header.Set("Authorization", key)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func decode[T any](t *testing.T, w *httptest.ResponseRecorder) T {
	t.Helper()
	var v T
	dec := json.NewDecoder(bytes.NewReader(w.Body.Bytes()))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&v); err != nil {
		t.Fatalf("%v in %s", err, w.Body)
	}
	return v
}

func TestProblemsHaveTheDocumentedShape(t *testing.T) {
	_, s := newSandbox()
	documented, ok := documentedShape(t, readCases(t)["rename_ssh_key_400"].Response).(map[string]any)
	if !ok {
		t.Fatal("the documented problem is no object")
	}
	delete(documented, "extensions") // shown without any content
	w := send(s, "Bearer k", "PATCH", "/api/v2/ssh-keys/"+string(s.SSHKeys()[0].ID), `{}`)
	if diff := cmp.Diff(documented, shape(decode[any](t, w))); diff != "" {
		t.Errorf("shape (-documented +sandbox):\n%s", diff)
	}
	got := decode[hostup.Problem](t, w)
	got.RequestID = ""
	want := hostup.Problem{
		Type: "https://developer.hostup.se/errors/invalid_request", Title: "Validation failed", Status: 400,
		Detail: "The request body failed validation.", Code: "invalid_request",
		Instance:  "/api/v2/ssh-keys/" + string(s.SSHKeys()[0].ID),
		Timestamp: "2026-04-27T12:34:56.000Z",
		Errors:    []hostup.ProblemIssue{{Pointer: "/name", Detail: "`name` is required.", Code: "missing_required"}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("problem (-want +got):\n%s", diff)
	}
}

func TestWhoMayDoWhat(t *testing.T) {
	_, s := newSandbox()
	path := "/api/v2/ssh-keys/" + string(s.SSHKeys()[0].ID)
	tests := []struct {
		name, key, method, path string
		status                  int
		code                    string
	}{
		{"no key", "", "GET", "/api/v2/ssh-keys", 401, "unauthorized"},
		{"empty key", "Bearer ", "GET", "/api/v2/ssh-keys", 401, "unauthorized"},
		{"another scheme", "Basic k", "GET", "/api/v2/ssh-keys", 401, "unauthorized"},
		{"wrong key", "Bearer wrong-key", "GET", "/api/v2/ssh-keys", 401, "unauthorized"},
		{"wrong key writes", "Bearer wrong-key", "PATCH", path, 401, "unauthorized"},
		{"reader reads", "Bearer read-only", "GET", "/api/v2/ssh-keys", 200, ""},
		{"reader writes", "Bearer read-only", "PATCH", path, 403, "forbidden"},
		{"good key", "Bearer k", "PATCH", path, 200, ""},
		{"unknown route", "Bearer k", "GET", "/api/v2/nothing", 404, "not_found"},
		{"method without a page", "Bearer k", "DELETE", path, 404, "not_found"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := send(s, tt.key, tt.method, tt.path, `{"name":"x"}`)
			var code string
			if w.Code != http.StatusOK {
				code = decode[hostup.Problem](t, w).Code
			}
			if w.Code != tt.status || code != tt.code {
				t.Errorf("answered %d %q, want %d %q", w.Code, code, tt.status, tt.code)
			}
		})
	}
}

func TestRenameBodies(t *testing.T) {
	missing := hostup.ProblemIssue{Pointer: "/name", Detail: "`name` is required.", Code: "missing_required"}
	typed := hostup.ProblemIssue{Pointer: "/name", Detail: "`name` must be a string.", Code: "invalid_type"}
	empty := hostup.ProblemIssue{Pointer: "/name", Detail: "`name` must not be empty.", Code: "too_short"}
	extra := hostup.ProblemIssue{Pointer: "/publicKey", Detail: "`publicKey` is not accepted here.", Code: "unknown_field"}
	tests := []struct {
		body   string
		issues []hostup.ProblemIssue
	}{
		{`{}`, []hostup.ProblemIssue{missing}},
		{`{"name":""}`, []hostup.ProblemIssue{empty}},
		{`{"name":"  "}`, []hostup.ProblemIssue{empty}},
		{`{"name":null}`, []hostup.ProblemIssue{typed}},
		{`{"name":7}`, []hostup.ProblemIssue{typed}},
		{`{"name":"x","publicKey":"y"}`, []hostup.ProblemIssue{extra}},
		{`{"publicKey":"y"}`, []hostup.ProblemIssue{extra, missing}},
		{`no JSON`, nil},
		{``, nil},
	}
	for _, tt := range tests {
		_, s := newSandbox()
		before := s.SSHKeys()
		w := send(s, "Bearer k", "PATCH", "/api/v2/ssh-keys/"+string(before[0].ID), tt.body)
		got := decode[hostup.Problem](t, w)
		if w.Code != 400 || got.Code != "invalid_request" {
			t.Errorf("%s answered %d %q", tt.body, w.Code, got.Code)
		}
		if diff := cmp.Diff(tt.issues, got.Errors); diff != "" {
			t.Errorf("%s: issues (-want +got):\n%s", tt.body, diff)
		}
		if diff := cmp.Diff(before, s.SSHKeys()); diff != "" {
			t.Errorf("%s changed something:\n%s", tt.body, diff)
		}
	}
}

func TestClosedGate(t *testing.T) {
	_, s := newSandbox()
	refused := 0
	for _, key := range s.SSHKeys() {
		w := send(s, "Bearer k", "PATCH", "/api/v2/ssh-keys/"+string(key.ID), `{"name":"x"}`)
		if key.Actions.CanRename.Allowed != (w.Code == http.StatusOK) {
			t.Errorf("%q: the gate says %v, the rename %d", key.Name, key.Actions.CanRename.Allowed, w.Code)
		}
		if w.Code == http.StatusConflict {
			refused++
			if p := decode[hostup.Problem](t, w); p.Code != "pending_order" || p.Detail != *key.Actions.CanRename.Reason {
				t.Errorf("refused with %+v", p)
			}
		}
	}
	if refused != 1 {
		t.Errorf("%d keys cannot be renamed, want 1", refused)
	}
}

func TestListPages(t *testing.T) {
	_, s := newSandbox()
	var seen []hostup.SSHKey
	path := "/api/v2/ssh-keys"
	for {
		page := decode[hostup.SSHKeyList](t, send(s, "Bearer k", "GET", path, ""))
		seen = append(seen, page.Data...)
		if page.NextCursor == nil {
			break
		}
		path = "/api/v2/ssh-keys?cursor=" + *page.NextCursor
	}
	if diff := cmp.Diff(s.SSHKeys(), seen); diff != "" {
		t.Errorf("all pages (-want +got):\n%s", diff)
	}
	for _, query := range []string{"limit=0", "limit=101", "limit=x", "cursor=x", "cursor=bm8gSlNPTg=="} {
		if w := send(s, "Bearer k", "GET", "/api/v2/ssh-keys?"+query, ""); w.Code != 400 {
			t.Errorf("%s answered %d, want 400", query, w.Code)
		}
	}
}

func TestKeysAreKeys(t *testing.T) {
	_, s := newSandbox()
	ids := map[string]bool{}
	for _, key := range s.SSHKeys() {
		fields := strings.Fields(key.PublicKey)
		if len(fields) != 3 || fields[0] != "ssh-ed25519" {
			t.Fatalf("public key %q", key.PublicKey)
		}
		blob, err := base64.StdEncoding.DecodeString(fields[1])
		if err != nil || !bytes.HasPrefix(blob, []byte("\x00\x00\x00\x0bssh-ed25519\x00\x00\x00\x20")) || len(blob) != 51 {
			t.Errorf("%q: key material %q, error %v", key.Name, blob, err)
		}
		sum := sha256.Sum256(blob)
		if want := "SHA256:" + base64.RawStdEncoding.EncodeToString(sum[:]); *key.Fingerprint != want {
			t.Errorf("%q: fingerprint %s, want %s", key.Name, *key.Fingerprint, want)
		}
		if ids[string(key.ID)] || ids[*key.Fingerprint] {
			t.Errorf("%q: ID or fingerprint came twice", key.Name)
		}
		ids[string(key.ID)], ids[*key.Fingerprint] = true, true
	}
	_, twin := newSandbox()
	if diff := cmp.Diff(s.SSHKeys(), twin.SSHKeys()); diff != "" {
		t.Errorf("the same seed made other keys:\n%s", diff)
	}
}

func TestRateLimitHeaders(t *testing.T) {
	kit, s := newSandbox()
	kit.AddFault("hostup", sandboxkit.Fault{Kind: sandboxkit.RateLimited, RetryAfter: 30 * time.Second})
	w := send(kit.Handler("hostup", s), "Bearer k", "GET", "/api/v2/ssh-keys", "")
	got := map[string]string{}
	for _, name := range []string{"Retry-After", "X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset", "Content-Type"} {
		got[name] = w.Header().Get(name)
	}
	want := map[string]string{
		"Retry-After": "30", "X-RateLimit-Limit": "60", "X-RateLimit-Remaining": "0",
		"X-RateLimit-Reset": "2026-04-27T12:35:26.000Z", "Content-Type": "application/problem+json",
	}
	if diff := cmp.Diff(want, got); diff != "" || w.Code != 429 {
		t.Errorf("status %d, headers (-want +got):\n%s", w.Code, diff)
	}
}

func TestArrangingTheWorld(t *testing.T) {
	_, s := newSandbox()
	first := s.SSHKeys()[0].ID
	control := s.Control()

	w := send(control, "", "POST", "/_sandbox/hostup/keys/"+string(first)+"/rename", `{"name":"renamed behind your back"}`)
	if w.Code != 200 || s.SSHKeys()[0].Name != "renamed behind your back" {
		t.Errorf("rename answered %d %s", w.Code, w.Body)
	}
	list := decode[struct{ Keys []hostup.SSHKey }](t, send(control, "", "GET", "/_sandbox/hostup/keys", ""))
	if diff := cmp.Diff(s.SSHKeys(), list.Keys); diff != "" {
		t.Errorf("list (-want +got):\n%s", diff)
	}
	for path, body := range map[string]string{"ssh_none/rename": `{"name":"x"}`, string(first) + "/rename": `{"nom":"x"}`} {
		if w := send(control, "", "POST", "/_sandbox/hostup/keys/"+path, body); w.Code < 400 {
			t.Errorf("%s %s answered %d", path, body, w.Code)
		}
	}

	for path, body := range map[string]string{"next-power": `{"outcome":"409"}`, "page-size": `{"row":2}`} {
		if w := send(control, "", "POST", "/_sandbox/hostup/"+path, body); w.Code != 400 {
			t.Errorf("%s %s answered %d", path, body, w.Code)
		}
	}
	for path, body := range map[string]string{"next-power": `{"outcome":"409_despite_gate"}`, "page-size": `{"rows":2}`} {
		if w := send(control, "", "POST", "/_sandbox/hostup/"+path, body); w.Code != 204 {
			t.Errorf("%s %s answered %d", path, body, w.Code)
		}
	}
	if page := decode[hostup.SSHKeyList](t, send(s, "Bearer k", "GET", "/api/v2/ssh-keys?limit=100", "")); len(page.Data) != 2 || page.NextCursor == nil {
		t.Errorf("a page of at most 2: %+v", page)
	}
	server := "/api/v2/vps/" + string(s.VPS()[0].ID)
	refused(t, s, "POST", server+"/actions/restart", "", 409, "vps_not_ready")
	if w := send(s, "Bearer k", "POST", server+"/actions/restart", ""); w.Code != 202 {
		t.Errorf("the second restart answered %d %s", w.Code, w.Body)
	}

	made := s.NewSSHKey("extra")
	s.PutSSHKey(made)
	made.Name = "extra, replaced"
	s.PutSSHKey(made)
	keys := s.SSHKeys()
	if last := keys[len(keys)-1]; last.Name != "extra, replaced" {
		t.Errorf("last key %+v", last)
	}
	if !s.RemoveSSHKey(made.ID) || s.RemoveSSHKey(made.ID) || len(s.SSHKeys()) != len(keys)-1 {
		t.Error("the key was not removed exactly once")
	}
}
