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

// TestKnownToolsReachTheGuard checks that a call of a tool which is there, but which the
// login has no scope for, is refused by the guard and not as an unknown tool; the list
// stays without it.
func TestKnownToolsReachTheGuard(t *testing.T) {
	w := newWeb(t, wireOptions{tools: []*tool.Definition{act(tool.Change, nothing)}}, func(o *HTTPOptions) {
		bob := o.Auth.(people)["bob"]
		bob.Scopes = new(tool.NewScopes(tool.ScopeRead))
		bob.Serves = func(string) bool { return false }
		bob.Knows = func(name string) bool { return name == "act" }
	})
	for _, era := range eras() {
		bob := w.visit("bob", era, `{}`)
		if a := bob.list(); strings.Contains(a.body, `"act"`) {
			t.Errorf("%s: the list: %s", era, a.body)
		}
		if a := bob.call("act", acme); !strings.Contains(a.body, "missing_scopes") || !strings.Contains(a.body, "lacks cloud:write") {
			t.Errorf("%s: %s", era, a.body)
		}
	}
	old := w.visitOld("bob")
	old.start("act", acme)
	if m := next(t, old.messages); !strings.Contains(m.raw, "lacks cloud:write") {
		t.Errorf("sse: %s", m.raw)
	}
	old.start("look", acme)
	if m := next(t, old.messages); !strings.Contains(m.raw, "tool 'look' not found") {
		t.Errorf("sse: %s", m.raw)
	}
}

// TestUnknownTools checks that a call of a tool that is not there is told once that it is
// not, and which tool of those that the caller sees it may have meant.
func TestUnknownTools(t *testing.T) {
	definitions := []*tool.Definition{look(nothingElse), act(tool.Change, nothing)}
	w := newWeb(t, wireOptions{tools: definitions}, func(o *HTTPOptions) {
		o.Auth.(people)["bob"].Serves = func(name string) bool { return name == "act" }
		o.Auth.(people)["carol"] = &Caller{Principal: "carol", Guard: o.Auth.(people)["bob"].Guard, Tools: definitions[:1]}
	})
	for who, says := range map[string]string{
		"alice": "tool 'loook' not found; did you mean 'look'?", "carol": "tool 'loook' not found; did you mean 'look'?",
		"bob": "tool 'loook' not found: list the tools and use one of them",
	} {
		for _, era := range eras() {
			a := w.visit(who, era, `{}`).call("loook", acme)
			if a.message.Error == nil || a.message.Error.Message != says || a.message.Error.Code != -32602 || a.message.ID == nil {
				t.Errorf("%s, %s: %d %s", who, era, a.status, a.body)
			}
		}
		old := w.visitOld(who)
		old.start("loook", acme)
		if m := next(t, old.messages); m.Error == nil || m.Error.Message != says {
			t.Errorf("%s, sse: %s", who, m.raw)
		}
	}
	stdio := connect(t, wireOptions{tools: definitions})
	if m := stdio.ask("ac", acme); m.Error == nil || m.Error.Message != "tool 'ac' not found; did you mean 'act'?" {
		t.Errorf("stdio: %s", m.raw)
	}
	stdio.end()
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
