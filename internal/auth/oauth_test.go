package auth_test

import (
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"countersign/internal/auth"
	"countersign/internal/auth/authtest"
	"countersign/internal/cloud"
	"countersign/internal/tool"
)

const audience = "https://countersign.example.com/mcp"

// allScopes is the scope claim of a token that may do everything.
const allScopes = "cloud:read cloud:write cloud:spend cloud:destroy"

// clock is a clock that a test can put ahead.
type clock struct{ ahead time.Duration }

func (c *clock) now() time.Time { return time.Now().Add(c.ahead) }

// front is an authenticator with a test issuer.
type front struct {
	*auth.Authenticator
	issuer *authtest.Issuer
	clock  *clock
}

func newFront(t *testing.T, tokens string) front {
	t.Helper()
	f := front{issuer: authtest.NewIssuer(t), clock: &clock{}}
	opts := auth.Options{
		OAuth: auth.OAuth{Issuer: f.issuer.URL, Audiences: []string{audience, "api://countersign"}, Groups: "groups"},
		Now:   f.clock.now, Accounts: []string{"gpcn", "hostup"},
	}
	if tokens != "" {
		opts.Tokens = file(t, tokens)
	}
	var err error
	if f.Authenticator, err = auth.New(opts); err != nil {
		t.Fatal(err)
	}
	return f
}

func file(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "tokens.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// with returns a request with a token.
func with(token string) *http.Request {
	r := httptest.NewRequest(http.MethodPost, "/mcp", nil)
	r.Header.Set("Authorization", "Bearer "+token)
	return r
}

// refused checks that a request is refused with a status and returns the refusal.
func refused(t *testing.T, a *auth.Authenticator, r *http.Request, status int) *auth.Refusal {
	t.Helper()
	id, err := a.Identify(r)
	refusal, ok := errors.AsType[*auth.Refusal](err)
	if !ok || refusal.Status != status {
		t.Errorf("got %+v and %v, want status %d", id, err, status)
		return &auth.Refusal{}
	}
	if id.Principal != "" {
		t.Errorf("refused, and yet %+v", id)
	}
	return refusal
}

// TestAccessToken pins that valid tokens are accepted in all forms that issuers use.
func TestAccessToken(t *testing.T) {
	t.Parallel()
	f := newFront(t, "")
	tests := map[string]struct {
		typ    string
		scope  string
		claims map[string]any
		want   string
	}{
		"as RFC 9068 has it": {"at+jwt", "openid cloud:read other", nil, "cloud:read"},
		"its long type":      {"application/AT+JWT", "cloud:read", nil, "cloud:read"},
		"a plain JWT":        {"JWT", allScopes, nil, allScopes},
		"without a type":     {"", "cloud:write cloud:write", nil, "cloud:write"},
		"several audiences":  {"at+jwt", "cloud:read", map[string]any{"aud": []string{"https://other.example.com", audience}}, "cloud:read"},
		"another name of it": {"at+jwt", "cloud:read", map[string]any{"aud": "api://countersign"}, "cloud:read"},
		"scp as a list":      {"JWT", "", map[string]any{"scope": nil, "scp": []string{"cloud:read", "cloud:spend"}}, "cloud:read cloud:spend"},
		"scp as a text":      {"JWT", "", map[string]any{"scope": nil, "scp": "cloud:read cloud:spend"}, "cloud:read cloud:spend"},
		"both":               {"JWT", "cloud:destroy", map[string]any{"scp": []string{"cloud:read"}}, "cloud:read cloud:destroy"},
		"just over":          {"at+jwt", "cloud:read", map[string]any{"exp": time.Now().Add(-10 * time.Second).Unix()}, "cloud:read"},
		"just before":        {"at+jwt", "cloud:read", map[string]any{"nbf": time.Now().Add(10 * time.Second).Unix()}, "cloud:read"},
		"a part of a second": {"at+jwt", "cloud:read", map[string]any{"exp": float64(time.Now().Unix()) + 60.5}, "cloud:read"},
		"a nonce in it":      {"JWT", "cloud:read", map[string]any{"nonce": "n", "typ": "Bearer"}, "cloud:read"},
		"Cognito's":          {"", "cloud:read", map[string]any{"token_use": "access"}, "cloud:read"},
	}
	for name, test := range tests {
		id, err := f.Identify(with(f.issuer.Sign(test.typ, f.issuer.Claims(audience, "alice", test.scope, test.claims))))
		if err != nil || id.Scopes.String() != test.want || id.Principal != f.issuer.URL+"#alice" || id.Source != auth.SourceOAuth || id.Accounts != nil || id.Policy != "" {
			t.Errorf("%s: %+v %v", name, id, err)
		}
	}
}

// TestTokensThatAreNone pins all reasons to reject a token. The response repeats nothing
// from the token.
func TestTokensThatAreNone(t *testing.T) {
	t.Parallel()
	f := newFront(t, "")
	other := authtest.NewIssuer(t)
	ago, soon := time.Now().Add(-time.Minute).Unix(), time.Now().Add(time.Minute).Unix()
	good := f.issuer.Claims(audience, "hunter2", allScopes, nil)
	tests := map[string]struct {
		typ    string
		claims map[string]any
		says   string
	}{
		"another issuer in it":    {"at+jwt", map[string]any{"iss": other.URL}, "another issuer"},
		"a slash more":            {"at+jwt", map[string]any{"iss": f.issuer.URL + "/"}, "another issuer"},
		"no issuer":               {"at+jwt", map[string]any{"iss": nil}, "another issuer"},
		"two issuers":             {"at+jwt", map[string]any{"iss": []string{f.issuer.URL}}, "another issuer"},
		"another audience":        {"at+jwt", map[string]any{"aud": "https://countersign.example.com/"}, "another audience"},
		"part of the audience":    {"at+jwt", map[string]any{"aud": audience + "/more"}, "another audience"},
		"audiences in one text":   {"at+jwt", map[string]any{"aud": "x " + audience}, "another audience"},
		"no audience":             {"at+jwt", map[string]any{"aud": nil}, "another audience"},
		"an audience of no type":  {"at+jwt", map[string]any{"aud": []any{audience, 1}}, "another audience"},
		"the claim in capitals":   {"at+jwt", map[string]any{"aud": nil, "AUD": audience}, "another audience"},
		"over":                    {"at+jwt", map[string]any{"exp": ago}, "expired"},
		"without an end":          {"at+jwt", map[string]any{"exp": nil}, "when it ends"},
		"an end that is a text":   {"at+jwt", map[string]any{"exp": "2099-01-01"}, "when it ends"},
		"an end out of all time":  {"at+jwt", map[string]any{"exp": 1e300}, "when it ends"},
		"not yet":                 {"at+jwt", map[string]any{"nbf": soon}, "has not come"},
		"made in the future":      {"at+jwt", map[string]any{"iat": soon}, "has not come"},
		"no subject":              {"at+jwt", map[string]any{"sub": nil}, "subject"},
		"an empty subject":        {"at+jwt", map[string]any{"sub": ""}, "subject"},
		"a subject that is long":  {"at+jwt", map[string]any{"sub": strings.Repeat("a", 256)}, "subject"},
		"a subject of no type":    {"at+jwt", map[string]any{"sub": 7}, "subject"},
		"scopes of no type":       {"at+jwt", map[string]any{"scope": 7}, "scopes"},
		"groups of no type":       {"at+jwt", map[string]any{"groups": map[string]any{"a": 1}}, "groups"},
		"bound to a key":          {"at+jwt", map[string]any{"cnf": map[string]any{"jkt": "x"}}, "bound to a key"},
		"an ID token":             {"JWT", map[string]any{"at_hash": "x"}, "ID token"},
		"an ID token with nonce":  {"JWT", map[string]any{"nonce": "x", "scope": nil}, "ID token"},
		"Cognito's ID token":      {"JWT", map[string]any{"token_use": "id"}, "no access token"},
		"Keycloak's ID token":     {"JWT", map[string]any{"typ": "ID"}, "no access token"},
		"Keycloak's refresh":      {"JWT", map[string]any{"typ": "Refresh"}, "no access token"},
		"a logout token":          {"JWT", map[string]any{"events": map[string]any{}}, "no access token"},
		"typed as a logout token": {"logout+jwt", nil, "no access token"},
		"typed as a proof":        {"dpop+jwt", nil, "no access token"},
	}
	for name, test := range tests {
		claims := maps.Clone(good)
		maps.Copy(claims, test.claims)
		maps.DeleteFunc(claims, func(_ string, v any) bool { return v == nil })
		token := f.issuer.Sign(test.typ, claims)
		refusal := refused(t, f.Authenticator, with(token), http.StatusUnauthorized)
		if !strings.Contains(refusal.Reason, test.says) || !refusal.Attempt {
			t.Errorf("%s: %+v, want %s", name, refusal, test.says)
		}
		if !strings.Contains(refusal.Challenge, `error="invalid_token"`) || !strings.Contains(refusal.Challenge, `resource_metadata="https://countersign.example.com/.well-known/oauth-protected-resource/mcp"`) {
			t.Errorf("%s: challenge %s", name, refusal.Challenge)
		}
		if all := refusal.Error() + refusal.Challenge; strings.Contains(all, "hunter2") || strings.Contains(all, token) {
			t.Errorf("%s: the answer repeats the token: %s", name, all)
		}
	}
}

// TestSignatures pins that only signatures with a key of the issuer and an asymmetric
// algorithm are accepted.
func TestSignatures(t *testing.T) {
	t.Parallel()
	f := newFront(t, "")
	claims := f.issuer.Claims(audience, "alice", allScopes, nil)
	stranger := authtest.NewIssuer(t).AddKey(jose.RS256)
	own := f.issuer.AddKey(jose.RS256)
	public, err := json.Marshal(own.Public())
	if err != nil {
		t.Fatal(err)
	}
	unsigned := "eyJhbGciOiJub25lIiwidHlwIjoiYXQrand0In0." + strings.Split(f.issuer.Sign("at+jwt", claims), ".")[1] + "."
	signed := strings.Split(f.issuer.Sign("at+jwt", claims), ".")
	changed := strings.Split(f.issuer.Sign("at+jwt", f.issuer.Claims(audience, "bob", allScopes, nil)), ".")
	embedded, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.RS256, Key: stranger.Key}, &jose.SignerOptions{EmbedJWK: true})
	if err != nil {
		t.Fatal(err)
	}
	payload, _ := json.Marshal(claims)
	ownKey, err := embedded.Sign(payload)
	if err != nil {
		t.Fatal(err)
	}
	carried, _ := ownKey.CompactSerialize()
	stranger.KeyID = "key-1"
	tests := map[string]string{
		"of nobody's":                  "x",
		"no token":                     "a.b.c",
		"unsigned":                     unsigned,
		"with the public key as a MAC": authtest.SignWith(t, public, jose.HS256, "at+jwt", claims),
		"a stranger's":                 authtest.SignWith(t, stranger, jose.RS256, "at+jwt", claims),
		"bringing its own key":         carried,
		"of another token":             signed[0] + "." + changed[1] + "." + signed[2],
		"cut off":                      signed[0] + "." + signed[1] + ".",
		"too long":                     strings.Repeat("a", 20<<10),
	}
	for name, token := range tests {
		refusal := refused(t, f.Authenticator, with(token), http.StatusUnauthorized)
		if !refusal.Attempt {
			t.Errorf("%s is no failed login: %+v", name, refusal)
		}
	}
	for _, alg := range []jose.SignatureAlgorithm{jose.RS256, jose.RS512, jose.PS256, jose.ES256, jose.ES384, jose.EdDSA} {
		f := newFront(t, "") // nobody asks an issuer again so soon
		f.issuer.AddKey(alg)
		if _, err := f.Identify(with(f.issuer.Sign("at+jwt", f.issuer.Claims(audience, "alice", allScopes, nil)))); err != nil {
			t.Errorf("%s: %v", alg, err)
		}
	}
}

// TestKeysThatAreNone pins that a key set with unusable keys still works with its other
// keys, and that weak and shared keys verify nothing.
func TestKeysThatAreNone(t *testing.T) {
	t.Parallel()
	f := newFront(t, "")
	weak := map[string]any{"kty": "RSA", "kid": "weak", "n": "AQAB", "e": "AQAB"}
	shared := map[string]any{"kty": "oct", "kid": "shared", "k": "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LXNlY3JldA"}
	f.issuer.Extra = []any{weak, shared, map[string]any{"kty": "new"}, "nothing", nil, map[string]any{"kty": "RSA", "kid": "enc", "use": "enc"}}
	claims := f.issuer.Claims(audience, "alice", allScopes, nil)
	if _, err := f.Identify(with(f.issuer.Sign("at+jwt", claims))); err != nil {
		t.Error(err)
	}
	key := jose.JSONWebKey{Key: []byte("secret-secret-secret-secret-secret"), KeyID: "shared"}
	refused(t, f.Authenticator, with(authtest.SignWith(t, key, jose.HS256, "at+jwt", claims)), http.StatusUnauthorized)
}

// TestPrincipals pins that no two subjects share a name, whatever the issuer calls them.
func TestPrincipals(t *testing.T) {
	t.Parallel()
	f := newFront(t, "")
	seen := map[string]string{}
	for _, subject := range []string{"alice", "Alice", "local", "a#b", "a%23b", "a/b", "a b", "ünï", "../..", "\x00", "https://x#alice"} {
		id, err := f.Identify(with(f.issuer.Token(audience, subject, "cloud:read", nil)))
		if err != nil {
			t.Fatal(err)
		}
		if other, taken := seen[id.Principal]; taken || auth.CheckName(id.Principal) == nil || strings.Count(id.Principal, "#") != 1 || strings.ContainsAny(id.Principal, " \x00") {
			t.Errorf("%q is %q, as is %q", subject, id.Principal, other)
		}
		seen[id.Principal] = subject
	}
}

// TestSubjects pins the entries of the file for subjects of the issuer: the first that
// matches counts, and it can remove scopes but not add any.
func TestSubjects(t *testing.T) {
	t.Parallel()
	f := newFront(t, `
subjects:
  - subject: alice
    accounts: gpcn
    policy: alice.yaml
  - group: readers
    scopes: [cloud:read, cloud:write]
    accounts: []
  - subject: bob
    accounts: hostup
  - subject: "*"
    scopes: []
`)
	tests := []struct {
		subject  string
		groups   any
		scope    string
		status   int
		scopes   string
		accounts []cloud.AccountName
	}{
		{"alice", nil, allScopes, 0, allScopes, []cloud.AccountName{"gpcn"}},
		{"alice", []string{"readers"}, "cloud:read", 0, "cloud:read", []cloud.AccountName{"gpcn"}},
		{"carol", []string{"x", "readers"}, allScopes, 0, "cloud:read cloud:write", []cloud.AccountName{}},
		{"carol", "readers", "cloud:write cloud:destroy", 0, "cloud:write", []cloud.AccountName{}},
		{"bob", []string{"readers"}, "cloud:destroy", http.StatusForbidden, "", nil},
		{"bob", nil, "cloud:destroy", 0, "cloud:destroy", []cloud.AccountName{"hostup"}},
		{"mallory", []string{"readers2"}, allScopes, http.StatusForbidden, "", nil},
		{"Alice", nil, allScopes, http.StatusForbidden, "", nil},
	}
	for _, test := range tests {
		r := with(f.issuer.Token(audience, test.subject, test.scope, map[string]any{"groups": test.groups}))
		if test.status != 0 {
			refused(t, f.Authenticator, r, test.status)
			continue
		}
		id, err := f.Identify(r)
		if err != nil || id.Scopes.String() != test.scopes || !slices.Equal(id.Accounts, test.accounts) || (id.Accounts == nil) != (test.accounts == nil) {
			t.Errorf("%s: %+v %v", test.subject, id, err)
		}
		if policy := filepath.Base(id.Policy); (test.subject == "alice") != (policy == "alice.yaml" && filepath.IsAbs(id.Policy)) {
			t.Errorf("%s: policy %s", test.subject, id.Policy)
		}
	}
}

// TestStepUp pins the challenge for callers who could do more with another token, and that
// there is none if another token would not help.
func TestStepUp(t *testing.T) {
	t.Parallel()
	f := newFront(t, "subjects:\n  - subject: bob\n    scopes: [cloud:read, cloud:write]\n")
	refusal := refused(t, f.Authenticator, with(f.issuer.Token(audience, "alice", "openid profile", nil)), http.StatusForbidden)
	if refusal.Attempt || !strings.HasPrefix(refusal.Challenge, `Bearer realm="countersign", error="insufficient_scope", `) || !strings.Contains(refusal.Challenge, `scope="cloud:read"`) {
		t.Errorf("%+v", refusal)
	}
	alice, err := f.Identify(with(f.issuer.Token(audience, "alice", "cloud:read cloud:write", nil)))
	if err != nil {
		t.Fatal(err)
	}
	if got := f.StepUp(alice, []tool.Scope{tool.ScopeDestroy}); !strings.Contains(got, `scope="cloud:read cloud:write cloud:destroy"`) || !strings.Contains(got, `error="insufficient_scope"`) {
		t.Errorf("%s", got)
	}
	bob, err := f.Identify(with(f.issuer.Token(audience, "bob", "cloud:read", nil)))
	if err != nil {
		t.Fatal(err)
	}
	if got := f.StepUp(bob, []tool.Scope{tool.ScopeWrite}); !strings.Contains(got, `scope="cloud:read cloud:write"`) {
		t.Errorf("%s", got)
	}
	if got := f.StepUp(bob, []tool.Scope{tool.ScopeWrite, tool.ScopeDestroy}); got != "" {
		t.Errorf("bob is sent for what he cannot have: %s", got)
	}
	if got := f.StepUp(alice, []tool.Scope{"cloud:effect(7)"}); got != "" {
		t.Errorf("alice is sent for what nobody can have: %s", got)
	}
}

// TestMetadata pins the metadata of the server and its paths.
func TestMetadata(t *testing.T) {
	t.Parallel()
	f := newFront(t, "")
	handler, paths := f.Metadata()
	if !slices.Equal(paths, []string{"/.well-known/oauth-protected-resource", "/.well-known/oauth-protected-resource/mcp"}) {
		t.Errorf("paths %q", paths)
	}
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, httptest.NewRequest(http.MethodGet, paths[1], nil))
	var got map[string]any
	if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil || w.Code != http.StatusOK || w.Header().Get("Content-Type") != "application/json" {
		t.Fatal(w.Code, w.Body, err)
	}
	if got["resource"] != audience || got["authorization_servers"].([]any)[0] != f.issuer.URL || len(got["scopes_supported"].([]any)) != 4 || got["bearer_methods_supported"].([]any)[0] != "header" {
		t.Errorf("%v", got)
	}
	w = httptest.NewRecorder()
	handler.ServeHTTP(w, httptest.NewRequest(http.MethodPost, paths[0], nil))
	if w.Code != http.StatusMethodNotAllowed {
		t.Errorf("POST: %d", w.Code)
	}
	refusal := refused(t, f.Authenticator, httptest.NewRequest(http.MethodPost, "/mcp", nil), http.StatusUnauthorized)
	want := `Bearer realm="countersign", scope="` + allScopes + `", resource_metadata="https://countersign.example.com/.well-known/oauth-protected-resource/mcp"`
	if refusal.Challenge != want || refusal.Attempt {
		t.Errorf("%+v", refusal)
	}
}

// TestOAuthSettings pins which issuers and audiences are refused at the start.
func TestOAuthSettings(t *testing.T) {
	t.Parallel()
	tests := []struct{ issuer, audience, says string }{
		{"https://login.example.com/realms/team", audience, ""},
		{"http://localhost:8080/", "http://127.0.0.1:7777/mcp", ""},
		{"http://[::1]:8080", audience, ""},
		{"http://login.example.com", audience, "https is expected"},
		{"http://localhost.example.com", audience, "https is expected"},
		{"login.example.com", audience, "not a URL"},
		{"https://login.example.com?tenant=1", audience, "without user, query and fragment"},
		{"https://login.example.com#", audience, "without user, query and fragment"},
		{"https://user@login.example.com", audience, "without user, query and fragment"},
		{"file:///etc/issuer", audience, "not a URL"},
		{"https://login.example.com", "", "audience"},
		{"https://login.example.com", "api://countersign", "https is expected"},
		{"https://login.example.com", "http://countersign.example.com/mcp", "https is expected"},
	}
	for _, test := range tests {
		o := auth.OAuth{Issuer: test.issuer}
		if test.audience != "" {
			o.Audiences = []string{test.audience}
		}
		_, err := auth.New(auth.Options{OAuth: o})
		if (err == nil) != (test.says == "") || err != nil && !strings.Contains(err.Error(), test.says) {
			t.Errorf("%s for %q: %v, want %q", test.issuer, test.audience, err, test.says)
		}
	}
	if _, err := auth.New(auth.Options{}); err == nil || (auth.Options{}).Configured() {
		t.Error("nothing is configured, and yet there is an authenticator")
	}
}
