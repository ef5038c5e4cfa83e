package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/spf13/pflag"

	"countersign/internal/auth"
	"countersign/internal/auth/authtest"
	"countersign/internal/cloud"
	"countersign/internal/config"
	"countersign/internal/store"
	"countersign/internal/tool"
)

const (
	resourceURL = "https://countersign.example.com/mcp"
	// everything is every scope.
	everything = "cloud:read cloud:write cloud:spend cloud:destroy"
)

// office is a server over HTTP, in front of sandboxes that record all requests.
type office struct {
	*app
	t      *testing.T
	issuer *authtest.Issuer
	url    string

	mu   sync.Mutex
	sent [][]byte
}

func newOffice(t *testing.T, args ...string) *office {
	t.Helper()
	o := &office{t: t, issuer: authtest.NewIssuer(t)}
	routes := sandboxRoutes(1)
	clouds := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		raw, err := httputil.DumpRequest(r, true)
		if err != nil {
			t.Error(err)
		}
		o.mu.Lock()
		o.sent = append(o.sent, raw)
		o.mu.Unlock()
		routes.ServeHTTP(w, r)
	}))
	t.Cleanup(clouds.Close)
	environment := (&sandboxServer{address: clouds.Listener.Addr().String()}).variables()
	cfg, flags := &config.Config{}, pflag.NewFlagSet("test", pflag.ContinueOnError)
	cfg.Bind(flags)
	args = append([]string{"--http", "127.0.0.1:0", "--state", t.TempDir(), "--log-level", "error", "--oauth-issuer", o.issuer.URL, "--oauth-audience", resourceURL}, args...)
	if err := flags.Parse(args); err != nil {
		t.Fatal(err)
	}
	var err error
	o.app, err = newApp(t.Context(), cfg, streams{err: io.Discard}, appOptions{serves: true, lookup: func(name string) (string, bool) {
		if strings.HasPrefix(name, "OTEL_") {
			return os.LookupEnv(name)
		}
		value, ok := environment[name]
		return value, ok
	}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(o.close)
	door, err := o.door()
	if err != nil {
		t.Fatal(err)
	}
	handler, err := o.handler(t.Context(), door)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	o.url = server.URL
	return o
}

// post sends one message and returns the response, whatever its status.
func (o *office) post(token, method, params string) string {
	o.t.Helper()
	body := fmt.Sprintf(`{"jsonrpc":"2.0","id":1,"method":%q,"params":%s}`, method, params)
	r, err := http.NewRequest(http.MethodPost, o.url+"/mcp", strings.NewReader(body))
	if err != nil {
		o.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	_, answer := o.send(token, r)
	return answer
}

// send sends a request as whoever has a token, or as nobody, and returns the status and
// the body of the response.
func (o *office) send(token string, r *http.Request) (status int, body string) {
	o.t.Helper()
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		o.t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	raw, err := io.ReadAll(answer.Body)
	if err != nil {
		o.t.Fatal(err)
	}
	return answer.StatusCode, string(raw)
}

func (o *office) call(token, name, arguments string) string {
	o.t.Helper()
	return o.post(token, "tools/call", fmt.Sprintf(`{"name":%q,"arguments":%s}`, name, arguments))
}

// TestNoTokenReachesACloud checks that requests to the clouds carry the keys of the
// server and no credential of the caller.
func TestNoTokenReachesACloud(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	token := o.issuer.Token(resourceURL, "alice-4711", everything, nil)
	for _, account := range []string{"gpcn", "hostup", "voltagepark"} {
		if got := o.call(token, "list_vms", `{"account":"`+account+`"}`); !strings.Contains(got, `"result"`) || strings.Contains(got, "isError") {
			t.Errorf("%s: %s", account, got)
		}
	}
	got := o.call(token, "list_ssh_keys", `{"account":"hostup"}`)
	var keys struct {
		Result struct {
			StructuredContent struct {
				Keys []struct {
					ID string `json:"id"`
				} `json:"ssh_keys"`
			} `json:"structuredContent"`
		} `json:"result"`
	}
	if err := json.Unmarshal([]byte(got), &keys); err != nil || len(keys.Result.StructuredContent.Keys) == 0 {
		t.Fatal(got, err)
	}
	id := keys.Result.StructuredContent.Keys[0].ID
	if got := o.call(token, "rename_ssh_key", `{"account":"hostup","ssh_key_id":"`+id+`","name":"new"}`); !strings.Contains(got, `"status":"done"`) {
		t.Error(got)
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	wrote := false
	for _, raw := range o.sent {
		wrote = wrote || !bytes.HasPrefix(raw, []byte("GET "))
		for _, part := range append(strings.Split(token, "."), "alice-4711", o.issuer.URL) {
			if bytes.Contains(raw, []byte(part)) {
				t.Errorf("the login is in %s", raw)
			}
		}
		if !bytes.Contains(raw, []byte(sandboxKey)) {
			t.Errorf("not with the server's key: %s", raw)
		}
	}
	if len(o.sent) < 4 || !wrote {
		t.Errorf("%d requests were sent, a write among them: %v", len(o.sent), wrote)
	}
}

// names returns the tools that a caller sees.
func (o *office) names(token string) []string {
	o.t.Helper()
	var answer struct {
		Result struct {
			Tools []struct {
				Name        string          `json:"name"`
				InputSchema json.RawMessage `json:"inputSchema"`
			} `json:"tools"`
		} `json:"result"`
	}
	raw := o.post(token, "tools/list", `{}`)
	if err := json.Unmarshal([]byte(raw), &answer); err != nil {
		o.t.Fatal(raw)
	}
	var names []string
	for _, d := range answer.Result.Tools {
		names = append(names, d.Name)
	}
	return names
}

// TestRealms checks that own rules and accounts decide what a caller sees and does,
// whatever the rules of the server are, and that an empty list permits nothing.
func TestRealms(t *testing.T) {
	t.Parallel()
	policy := filepath.Join(t.TempDir(), "own.yaml")
	write := func(text string) {
		if err := os.WriteFile(policy, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("preset: standard\n")
	tokens := filepath.Join(t.TempDir(), "tokens.yaml")
	text := fmt.Sprintf("subjects:\n- {subject: trusted, policy: %q}\n- {subject: none, accounts: []}\n- {subject: one, accounts: hostup}\n", policy)
	if err := os.WriteFile(tokens, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	server := filepath.Join(t.TempDir(), "server.yaml")
	if err := os.WriteFile(server, []byte("rules: [{name: nothing, when: {effect: [change, disrupt, bill, destroy]}, then: deny, reason: Nothing.}]\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	o := newOffice(t, "--policy", server, "--tokens", tokens)
	token := func(subject string) string {
		return o.issuer.Token(resourceURL, subject, everything, nil)
	}
	const create = `{"account":"hostup","hostup_vps":{"name":"web","cpu_cores":2,"memory_gb":4,"storage_gb":80,"region":"stockholm"}}`
	if got := o.call(token("anybody"), "create_vm", create); !strings.Contains(got, "forbidden") {
		t.Errorf("under the rules of the server: %s", got)
	}
	if got := o.call(token("trusted"), "create_vm", create); !strings.Contains(got, "approval_required") {
		t.Errorf("under rules of their own: %s", got)
	}
	none := o.names(token("none"))
	if slices.Contains(none, "list_vms") || !slices.Contains(none, "list_operations") {
		t.Errorf("without accounts: %q", none)
	}
	if got := o.call(token("none"), "list_accounts", `{}`); !strings.Contains(got, `"accounts":[]`) {
		t.Errorf("without accounts: %s", got)
	}
	if got := o.post(token("one"), "tools/list", `{}`); !strings.Contains(got, "hostup") || strings.Contains(got, `"gpcn"`) {
		t.Errorf("with one account: %s", got)
	}
	// Rules are read again when their file has changed, and invalid ones let
	// nothing through.
	write("preset: read-only\n# changed\n")
	if names := o.names(token("trusted")); slices.Contains(names, "delete_vm") {
		t.Errorf("under changed rules: %q", names)
	}
	for _, wrong := range []string{"prset: standard\n", "prices: {}\n"} {
		write(wrong)
		if got := o.post(token("trusted"), "ping", `{}`); !strings.Contains(got, "rules for this login cannot be read") {
			t.Errorf("under wrong rules: %s", got)
		}
	}
	if err := os.Remove(policy); err != nil {
		t.Fatal(err)
	}
	if got := o.post(token("trusted"), "ping", `{}`); !strings.Contains(got, "rules for this login cannot be read") {
		t.Errorf("without rules: %s", got)
	}
}

// TestRulesChangeWithinOneTick pins that rules which changed again at the same size
// and modification time hold, and that equal rules keep their realm.
func TestRulesChangeWithinOneTick(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	c := &callers{app: o.app}
	path, now := filepath.Join(t.TempDir(), "own.yaml"), time.Now()
	under := func(text string) *realm {
		t.Helper()
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(path, now, now); err != nil {
			t.Fatal(err)
		}
		r, err := c.realm(auth.Identity{Principal: "alice", Policy: path})
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	standard := under("preset: standard\n ")
	if under("preset: standard\n ") != standard {
		t.Error("equal rules made another realm")
	}
	if readOnly := under("preset: read-only\n"); readOnly == standard {
		t.Error("the rules before the change still hold")
	}
}

// TestRealmsAreShared checks that callers with the same accounts and rules share a
// realm, that the number of realms is bounded, and that all guards of the process
// share what is in flight.
func TestRealmsAreShared(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	c := &callers{app: o.app}
	of := func(id auth.Identity) *realm {
		r, err := c.realm(id)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	all := of(auth.Identity{Principal: "alice"})
	gpcn := of(auth.Identity{Principal: "alice", Accounts: []cloud.AccountName{"gpcn", "hostup"}})
	switch {
	case all != &o.realm:
		t.Error("without anything of their own, callers have the realm of the server")
	case gpcn == all || gpcn != of(auth.Identity{Principal: "bob", Accounts: []cloud.AccountName{"hostup", "gpcn"}}):
		t.Error("the same accounts are not the same realm")
	case gpcn.guard.Shared != all.guard.Shared:
		t.Error("two guards of one process do not know what the other has under way")
	case len(gpcn.guard.Accounts) != len(all.guard.Accounts):
		t.Error("the caps of the server count what runs on all accounts")
	}
	for i := range 2 * maxRealms {
		path := filepath.Join(t.TempDir(), fmt.Sprintf("policy-%d.yaml", i))
		if err := os.WriteFile(path, []byte("preset: standard\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		own := of(auth.Identity{Accounts: []cloud.AccountName{"gpcn"}, Policy: path})
		if counted := own.guard.Rules.Caps().Counted; own.guard.Rules == o.rules || len(counted) != 1 {
			t.Errorf("caps of their own count what runs on %v", counted)
		}
		if len(c.realms) > maxRealms {
			t.Fatalf("%d realms are kept", len(c.realms))
		}
	}
}

// TestReadOnlyHoldsForAll checks that --read-only has precedence over own rules.
func TestReadOnlyHoldsForAll(t *testing.T) {
	t.Parallel()
	policy := filepath.Join(t.TempDir(), "own.yaml")
	if err := os.WriteFile(policy, []byte("preset: relaxed\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	tokens := filepath.Join(t.TempDir(), "tokens.yaml")
	if err := os.WriteFile(tokens, fmt.Appendf(nil, "subjects:\n- {subject: \"*\", policy: %q}\n", policy), 0o600); err != nil {
		t.Fatal(err)
	}
	o := newOffice(t, "--read-only", "--tokens", tokens, "--toolsets", "all")
	token := o.issuer.Token(resourceURL, "alice", everything, nil)
	for _, name := range o.names(token) {
		i := slices.IndexFunc(o.tools, func(d *tool.Definition) bool { return d.Name == name })
		if i < 0 || o.tools[i].Effect > tool.Read && name != "cancel_operation" {
			t.Errorf("%s is served", name)
		}
	}
}

// TestServerThatOnlyReads checks that the preset stands above rules of their own as
// --read-only does.
func TestServerThatOnlyReads(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for name, text := range map[string]string{
		"server.yaml": "preset: read-only\n", "own.yaml": "rules: [{name: all, when: {}, then: allow}]\n", "tokens.yaml": "subjects: [{subject: bob, policy: own.yaml}]\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	o := newOffice(t, "--policy", filepath.Join(dir, "server.yaml"), "--tokens", filepath.Join(dir, "tokens.yaml"))
	for _, who := range []string{"alice", "bob"} {
		token := o.issuer.Token(resourceURL, who, everything, nil)
		if names := o.names(token); slices.Contains(names, "create_vm") || !slices.Contains(names, "list_vms") {
			t.Errorf("%s sees %q", who, names)
		}
		got := o.call(token, "create_vm", `{"account":"hostup","hostup_vps":{"name":"web","cpu_cores":2,"memory_gb":4,"storage_gb":80,"region":"stockholm"}}`)
		if strings.Contains(got, `"status"`) {
			t.Errorf("%s: %s", who, got)
		}
	}
}

// TestCapsTellNothingOfOthers checks that a cap over several accounts tells a caller
// nothing of those that are not theirs; the record has the numbers.
func TestCapsTellNothingOfOthers(t *testing.T) {
	t.Parallel()
	for spend, want := range map[string]string{
		"per_hour: [1 USD, 1000 SEK]": "approval_required", "machines: 100": "approval_required", "machines: 1": "pass the cap machines that this server has",
	} {
		dir := t.TempDir()
		for name, text := range map[string]string{"policy.yaml": "spend: {" + spend + "}\n", "tokens.yaml": "subjects: [{subject: bob, accounts: [hostup]}]\n"} {
			if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		o := newOffice(t, "--policy", filepath.Join(dir, "policy.yaml"), "--tokens", filepath.Join(dir, "tokens.yaml"))
		create := func(who string) string {
			token := o.issuer.Token(resourceURL, who, everything, nil)
			return o.call(token, "create_vm", `{"account":"hostup","hostup_vps":{"name":"web-1","cpu_cores":2,"memory_gb":4,"storage_gb":80,"region":"stockholm"}}`)
		}
		got := create("bob")
		if !strings.Contains(got, want) {
			t.Errorf("%s: %s", spend, got)
		}
		for _, told := range []string{"USD", "all: ", "voltagepark", "gpcn", "15 are there"} {
			if strings.Contains(got, told) {
				t.Errorf("%s: bob is told %q: %s", spend, told, got)
			}
		}
		if got := create("alice"); !strings.Contains(got, "all: ") && !strings.Contains(got, "are there or on their way") {
			t.Errorf("%s: alice is told nothing: %s", spend, got)
		}
		if want == "approval_required" {
			continue
		}
		recorded := false
		if err := o.store.Records(t.Context(), 0, func(r store.Record) bool {
			recorded = recorded || r.Kind == "forbidden" && strings.Contains(string(r.Body), "are there or on their way") && strings.Contains(string(r.Body), "#bob")
			return true
		}); err != nil || !recorded {
			t.Errorf("the record lacks the numbers (%v)", err)
		}
	}
}

// TestPromptsNeedRead checks that a caller without cloud:read cannot read through
// prompts.
func TestPromptsNeedRead(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	writer := o.issuer.Token(resourceURL, "alice", "cloud:write", nil)
	if got := o.post(writer, "prompts/list", `{}`); !strings.Contains(got, `"prompts":[]`) {
		t.Errorf("prompts for somebody who may not read: %s", got)
	}
	reader := o.issuer.Token(resourceURL, "alice", "cloud:read", nil)
	if got := o.post(reader, "prompts/list", `{}`); !strings.Contains(got, `"name"`) {
		t.Errorf("prompts for somebody who may: %s", got)
	}
}

// TestScopesOfAllTools checks for every tool which scope each of its calls needs,
// and that only callers with the scope see the tool.
func TestScopesOfAllTools(t *testing.T) {
	t.Parallel()
	o := newOffice(t, "--toolsets", "all")
	c := &callers{app: o.app}
	for _, scope := range tool.AllScopes() {
		id := auth.Identity{Principal: "alice", Scopes: tool.NewScopes(scope), Source: auth.SourceToken}
		caller := c.caller(id, &o.realm)
		for _, d := range o.served {
			if caller.Serves(d.Name) != (d.Needs() == scope) {
				t.Errorf("%s with %s: %v, it needs %s", d.Name, scope, caller.Serves(d.Name), d.Needs())
			}
			if (d.Effect == tool.Read) != (d.Needs() == tool.ScopeRead) {
				t.Errorf("%s, which can %s, needs %s", d.Name, d.Effect, d.Needs())
			}
		}
		if caller.Serves("no_such_tool") {
			t.Error("a tool that is not there is served")
		}
	}
}
