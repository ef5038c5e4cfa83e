package mcpserver

import (
	"net/http"
	"strings"
	"testing"

	"countersign/internal/tool"
)

// TestStepUp pins that a client that lacks a scope for a tool gets a challenge, on every
// transport, and that its other messages are served.
func TestStepUp(t *testing.T) {
	const challenge = `Bearer error="insufficient_scope", scope="cloud:destroy"`
	w := newWeb(t, wireOptions{tools: looking}, func(o *HTTPOptions) {
		o.Auth.(people)["bob"].StepUp = func(name string) string { return map[string]string{"wipe": challenge}[name] }
	})
	refused := func(what string, a answer) {
		t.Helper()
		if a.status != http.StatusForbidden || a.header.Get("WWW-Authenticate") != challenge || !strings.Contains(a.body, "lacks a scope") {
			t.Errorf("%s: %+v", what, a)
		}
	}
	for _, era := range eras() {
		bob := w.visit("bob", era, `{}`)
		refused(string(era), bob.call("wipe", `{}`))
		if a := bob.call("look", `{"account":"acme"}`); a.status != http.StatusOK || !strings.Contains(a.body, "result") {
			t.Errorf("%s: another tool: %+v", era, a)
		}
	}
	old := w.visitOld("bob")
	refused("sse", old.post(7, "tools/call", toolCall("wipe", `{}`)))
	if a := old.post(8, "ping", ""); a.status != http.StatusAccepted {
		t.Errorf("ping: %+v", a)
	}
}

// TestScopesGoToTheGuard pins that the scopes of a caller reach the guard, on every
// transport.
func TestScopesGoToTheGuard(t *testing.T) {
	w := newWeb(t, wireOptions{tools: looking}, func(o *HTTPOptions) {
		o.Auth.(people)["bob"].Scopes = new(tool.NewScopes(tool.ScopeWrite))
	})
	for who, refused := range map[string]bool{"alice": false, "bob": true} {
		for _, era := range eras() {
			if a := w.visit(who, era, `{}`).call("look", `{"account":"acme"}`); a.status != http.StatusOK || strings.Contains(a.body, `lacks cloud:read`) != refused {
				t.Errorf("%s, %s: %+v", who, era, a)
			}
		}
		old := w.visitOld(who)
		old.start("look", `{"account":"acme"}`)
		if m := next(t, old.messages); strings.Contains(m.raw, "lacks cloud:read") != refused {
			t.Errorf("%s, sse: %s", who, m.raw)
		}
	}
}

// TestPublicRoutes pins that public routes need no login, and check Host and Origin like
// all others.
func TestPublicRoutes(t *testing.T) {
	w := newWeb(t, wireOptions{tools: looking}, func(o *HTTPOptions) {
		o.Public = map[string]http.Handler{"/.well-known/about": http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			_, _ = w.Write([]byte("about"))
		})}
	})
	if a, err := w.request(t.Context(), http.MethodGet, "/.well-known/about", "", ""); err != nil || a.status != http.StatusOK || a.body != "about" {
		t.Errorf("%+v %v", a, err)
	}
	for _, header := range []string{"Host: evil.example", "Origin: https://evil.example"} {
		if a, err := w.request(t.Context(), http.MethodGet, "/.well-known/about", "", "", header); err != nil || a.status != http.StatusForbidden {
			t.Errorf("%s: %+v %v", header, a, err)
		}
	}
}
