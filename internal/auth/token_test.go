package auth_test

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"countersign/internal/auth"
	"countersign/internal/cloud"
	"countersign/internal/tool"
)

func everything() tool.Scopes { return tool.NewScopes(tool.AllScopes()...) }

// added makes a token in a file and returns it.
func added(t *testing.T, path, name string, change ...func(*auth.Token)) string {
	t.Helper()
	token, hash := auth.NewToken()
	entry := auth.Token{Name: name, Hash: hash, Access: auth.Access{Scopes: everything()}}
	for _, f := range change {
		f(&entry)
	}
	if err := auth.AddToken(path, entry); err != nil {
		t.Fatal(err)
	}
	return token.Reveal()
}

func tokensOnly(t *testing.T, path string, now func() time.Time) *auth.Authenticator {
	t.Helper()
	a, err := auth.New(auth.Options{Tokens: path, Accounts: []string{"gpcn", "hostup"}, Now: now})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// TestStaticToken pins a token from its creation to its expiry.
func TestStaticToken(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "tokens.yaml")
	until := time.Now().Add(time.Hour)
	alice := added(t, path, "alice", func(e *auth.Token) {
		e.Scopes, e.Accounts, e.Policy, e.Expires = tool.NewScopes(tool.ScopeRead, tool.ScopeSpend), []cloud.AccountName{"gpcn"}, filepath.Join(filepath.Dir(path), "alice.yaml"), until
	})
	bob := added(t, path, "bob")
	if !regexp.MustCompile(`^cs_[A-Za-z0-9_-]{43}$`).MatchString(alice) || alice == bob {
		t.Errorf("tokens %s and %s", alice, bob)
	}
	text, err := os.ReadFile(path)
	if err != nil || strings.Contains(string(text), alice[3:]) || !strings.Contains(string(text), "policy: \"alice.yaml\"\n") {
		t.Errorf("%s %v", text, err)
	}
	clock := &clock{}
	a := tokensOnly(t, path, clock.now)
	id, err := a.Identify(with(alice))
	if err != nil || id.Principal != "alice" || id.Scopes.String() != "cloud:read cloud:spend" || !slices.Equal(id.Accounts, []cloud.AccountName{"gpcn"}) ||
		id.Policy != filepath.Join(filepath.Dir(path), "alice.yaml") || id.Source != auth.SourceToken {
		t.Errorf("%+v %v", id, err)
	}
	if id, err = a.Identify(with(bob)); err != nil || id.Principal != "bob" || id.Accounts != nil || id.Policy != "" || id.Scopes != everything() {
		t.Errorf("%+v %v", id, err)
	}
	clock.ahead = time.Hour + time.Second
	if refusal := refused(t, a, with(alice), http.StatusUnauthorized); !strings.Contains(refusal.Reason, "expired") || !refusal.Attempt {
		t.Errorf("%+v", refusal)
	}
	if _, err := a.Identify(with(bob)); err != nil {
		t.Error(err)
	}
}

// TestWrongTokens pins which tokens are refused, and that the response repeats nothing of them.
func TestWrongTokens(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "tokens.yaml")
	good := added(t, path, "alice")
	a := tokensOnly(t, path, nil)
	header := func(values ...string) *http.Request {
		r := httptest.NewRequest(http.MethodPost, "/mcp", nil)
		for _, v := range values {
			r.Header.Add("Authorization", v)
		}
		return r
	}
	hash := sha256.Sum256([]byte(good))
	for name, r := range map[string]*http.Request{
		"another":           with("cs_hunter2"),
		"its hash":          with(hex.EncodeToString(hash[:])),
		"cut off":           with(good[:len(good)-1]),
		"one more":          with(good + "A"),
		"in small letters":  with(strings.ToLower(good)),
		"without cs_":       with(good[3:]),
		"empty":             header("Bearer "),
		"no scheme":         header(good),
		"another scheme":    header("Basic " + good),
		"twice":             header("Bearer "+good, "Bearer "+good),
		"two in one":        header("Bearer " + good + " " + good),
		"a comma":           header("Bearer " + good + ", Bearer x"),
		"a JWT":             with("eyJhbGciOiJub25lIn0.e30."),
		"more than it may":  with(strings.Repeat("A", 17<<10)),
		"a null at the end": header("Bearer " + good + "\x00"),
	} {
		refusal := refused(t, a, r, http.StatusUnauthorized)
		if !refusal.Attempt || strings.Contains(refusal.Error()+refusal.Challenge, "hunter2") || strings.Contains(refusal.Error()+refusal.Challenge, good[3:20]) {
			t.Errorf("%s: %+v", name, refusal)
		}
		if strings.Contains(refusal.Challenge, "resource_metadata") {
			t.Errorf("%s: an issuer that there is none of: %s", name, refusal.Challenge)
		}
	}
	if refusal := refused(t, a, header(), http.StatusUnauthorized); refusal.Attempt || refusal.Challenge != `Bearer realm="countersign"` {
		t.Errorf("without a token: %+v", refusal)
	}
	r := httptest.NewRequest(http.MethodPost, "/mcp?access_token="+good, nil)
	refused(t, a, r, http.StatusUnauthorized)
	if _, err := a.Identify(header("bearer " + good)); err != nil {
		t.Errorf("the scheme in small letters: %v", err)
	}
}

// TestTokensAreReadAgain pins that a new token works immediately, that a revoked one does
// not, and that no token works while the file cannot be read.
func TestTokensAreReadAgain(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "tokens.yaml")
	alice := added(t, path, "alice")
	a := tokensOnly(t, path, nil)
	in := func(token string) bool {
		_, err := a.Identify(with(token))
		return err == nil
	}
	bob := added(t, path, "bob")
	if !in(alice) || !in(bob) {
		t.Error("a new token is not taken")
	}
	if err := auth.RemoveToken(path, "alice"); err != nil || in(alice) || !in(bob) {
		t.Errorf("revoked: %v", err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	// The same size, in place, and possibly with the same modification time.
	broken := []byte(strings.Replace(string(text), "name:", "nome:", 1))
	if err := os.WriteFile(path, broken, 0o600); err != nil {
		t.Fatal(err)
	}
	refusal := refused(t, a, with(bob), http.StatusServiceUnavailable)
	if refusal.Attempt || strings.Contains(refusal.Reason, path) || !strings.Contains(refusal.Error(), path+":") {
		t.Errorf("%+v", refusal)
	}
	if err := os.WriteFile(path, text, 0o600); err != nil || !in(bob) {
		t.Errorf("mended, and yet bob is not in: %v", err)
	}
	if runtime.GOOS != "windows" {
		if err := os.Chmod(path, 0o640); err != nil || in(bob) {
			t.Errorf("others can read it: %v", err)
		}
		if err := os.Chmod(path, 0o600); err != nil || !in(bob) {
			t.Errorf("only its owner can read it, and yet: %v", err)
		}
	}
	if err := os.Remove(path); err != nil || in(bob) {
		t.Errorf("the file is gone: %v", err)
	}
}

// TestFileOfTokens pins the errors in a file, and that they name the line.
func TestFileOfTokens(t *testing.T) {
	t.Parallel()
	hash := strings.Repeat("ab", 32)
	entry := "  - {name: alice, hash: " + hash + ", scopes: cloud:read}\n"
	for text, want := range map[string]string{
		"tokens:\n" + entry: "",
		"tokens: []\n":      "",
		"subjects:\n  - {group: a, accounts: gpcn}\n": "",
		"tokens:\n" + entry + "subjects: []\n":        "",
		"":                                            "is empty",
		"tokns: []\n":                                 `:1:1: file of tokens: there is no key "tokns"; did you mean tokens?`,
		"tokens: {}\n":                                ":1:9: tokens: expected a list",
		"tokens:\n" + entry + entry:                   ":3:5: token: the name alice stands there twice",
		"tokens:\n" + entry + strings.Replace(entry, "alice", "bob", 1):                                          ":3:5: token: alice and bob are the same token",
		"tokens:\n  - {name: alice, scopes: cloud:read}\n":                                                       ":2:5: token: hash is missing",
		"tokens:\n  - {hash: " + hash + ", scopes: cloud:read}\n":                                                ":2:5: token: name is missing",
		"tokens:\n  - {name: alice, hash: " + hash + "}\n":                                                       ":2:5: token: scopes is missing",
		"tokens:\n  - {name: alice, hash: " + hash[1:] + ", scopes: cloud:read}\n":                               ":2:25: hash: expected the SHA-256",
		"tokens:\n  - {name: alice, hash: hunter2, scopes: cloud:read}\n":                                        ":2:25: hash: expected the SHA-256",
		"tokens:\n  - {name: Alice, hash: " + hash + ", scopes: cloud:read}\n":                                   ":2:12: name: a name has up to 63",
		"tokens:\n  - {name: 'https://x#alice', hash: " + hash + ", scopes: cloud:read}\n":                       ":2:12: name: a name has up to 63",
		"tokens:\n  - {name: local, hash: " + hash + ", scopes: cloud:read}\n":                                   `:2:12: name: "local" is the name`,
		"tokens:\n  - {name: alice, hash: " + hash + ", scopes: cloud:approve}\n":                                `scopes: there is no scope "cloud:approve"`,
		"tokens:\n  - {name: alice, hash: " + hash + ", scopes: [cloud:read, [cloud:write]]}\n":                  "scopes: expected a text, got a list",
		"tokens:\n  - {name: alice, hash: " + hash + ", scopes: cloud:read, accounts: gcpn}\n":                   `accounts: there is no account "gcpn"; did you mean gpcn?`,
		"tokens:\n  - {name: alice, hash: " + hash + ", scopes: cloud:read, accounts: }\n":                       "accounts: expected a text, got nothing",
		"tokens:\n  - {name: alice, hash: " + hash + ", scopes: cloud:read, expires: soon}\n":                    "expires: expected a day",
		"tokens:\n  - {name: alice, hash: " + hash + ", scopes: cloud:read, token: cs_hunter2}\n":                `token: there is no key "token"`,
		"subjects:\n  - {subject: a, group: b}\n":                                                                ":2:5: subject: give either subject or group",
		"subjects:\n  - {accounts: gpcn}\n":                                                                      ":2:5: subject: give either subject or group",
		"subjects:\n  - {subject: a, expires: 2027-01-01}\n":                                                     `subject: there is no key "expires"`,
		"tokens:\n  - {name: &a alice, hash: " + hash + ", scopes: cloud:read}\n":                                "anchors and aliases are not taken",
		"tokens:\n  - {name: alice, name: bob, hash: " + hash + ", scopes: cloud:read}\n":                        `"name" stands on line 2 already`,
		"tokens:\n  - {name: alice, hash: " + hash + ", scopes: cloud:read, expires: 2026-01-01, policy: [a]}\n": "policy: expected a text, got a list",
	} {
		path := file(t, text)
		_, err := auth.ReadFile(path, []string{"gpcn", "hostup"})
		if (err == nil) != (want == "") || err != nil && (!strings.HasPrefix(err.Error(), path+":") || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "hunter2")) {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
}

// TestFileOfOthers pins that a file that others can read or write is not used, and that
// the error says how to change that.
func TestFileOfOthers(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("its files have no such modes")
	}
	for _, mode := range []os.FileMode{0o644, 0o640, 0o604, 0o620, 0o602, 0o610} {
		path := file(t, "tokens: []\n")
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		if _, err := auth.ReadFile(path, nil); err == nil || !strings.Contains(err.Error(), "chmod 600 "+path) {
			t.Errorf("%o: %v", mode, err)
		}
		token, hash := auth.NewToken()
		if err := auth.AddToken(path, auth.Token{Name: "alice", Hash: hash, Access: auth.Access{Scopes: everything()}}); err == nil {
			t.Errorf("%o: %v was added", mode, token)
		}
	}
	if _, err := auth.ReadFile(t.TempDir(), nil); err == nil || !strings.Contains(err.Error(), "is a folder") {
		t.Error(err)
	}
}

// TestFileIsEditedByHandToo pins that edits by hand are kept, and that a file that cannot
// be changed safely is left alone.
func TestFileIsEditedByHandToo(t *testing.T) {
	t.Parallel()
	hash := strings.Repeat("ab", 32)
	const subjects = "subjects: # whom the issuer knows\n- subject: carol\n  scopes: []\n"
	tests := map[string]struct{ text, after string }{
		"made anew":          {"", "tokens:\n  NEW\n"},
		"blank":              {"\n\n", "\n\ntokens:\n  NEW\n"},
		"an empty list":      {"tokens: [] # ours\n", "tokens: # ours\n  NEW\n"},
		"comments":           {"# the team\ntokens:\n    # alice, until spring\n    - name: alice\n      hash: " + hash + "\n      scopes: cloud:read\n\n# the end\n", "# the team\ntokens:\n    # alice, until spring\n    - name: alice\n      hash: " + hash + "\n      scopes: cloud:read\n    NEW\n\n# the end\n"},
		"a section behind":   {"tokens:\n- name: alice\n  hash: " + hash + "\n  scopes:\n  - cloud:read\n  - cloud:write\n\n" + subjects, "tokens:\n- name: alice\n  hash: " + hash + "\n  scopes:\n  - cloud:read\n  - cloud:write\nNEW\n\n" + subjects},
		"a section before":   {subjects + "tokens: # ours\n", ""},
		"no tokens":          {subjects, subjects + "tokens:\n  NEW\n"},
		"no end of line":     {"tokens:\n- name: alice\n  hash: " + hash + "\n  scopes: cloud:read", "tokens:\n- name: alice\n  hash: " + hash + "\n  scopes: cloud:read\nNEW\n"},
		"all on one line":    {"tokens: [{name: alice, hash: " + hash + ", scopes: cloud:read}]\n", ""},
		"the whole as JSON":  {`{"tokens": []}` + "\n", ""},
		"in quotes":          {"\"tokens\":\n- name: alice\n  hash: " + hash + "\n  scopes: cloud:read\n", ""},
		"something is wrong": {"tokens:\n- name: alice\n", ""},
	}
	for name, test := range tests {
		path := filepath.Join(t.TempDir(), "tokens.yaml")
		if test.text != "" {
			path = file(t, test.text)
		}
		_, fresh := auth.NewToken()
		err := auth.AddToken(path, auth.Token{Name: "new", Hash: fresh, Access: auth.Access{Scopes: tool.NewScopes(tool.ScopeRead)}})
		got, _ := os.ReadFile(path)
		if test.after == "" {
			if err == nil || string(got) != test.text {
				t.Errorf("%s: %v\n%s", name, err, got)
			}
			continue
		}
		pattern := regexp.MustCompile(`( *)- name: new\n *hash: ` + hex.EncodeToString(fresh[:]) + `\n *scopes: \[cloud:read\]`)
		if marked := pattern.ReplaceAllString(string(got), "${1}NEW"); err != nil || marked != test.after {
			t.Errorf("%s: %v\n%s\nwant\n%s", name, err, marked, test.after)
		}
		if err := auth.RemoveToken(path, "new"); err != nil {
			t.Errorf("%s: remove: %v", name, err)
		}
		if back, _ := os.ReadFile(path); test.text != "" && strings.Contains(test.text, "alice") && strings.TrimSpace(string(back)) != strings.TrimSpace(test.text) {
			t.Errorf("%s: after the removal:\n%s", name, back)
		}
	}
}

// TestRemoveToken pins that only the lines of one token are removed.
func TestRemoveToken(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "tokens.yaml")
	for _, name := range []string{"alice", "bob", "carol"} {
		added(t, path, name)
	}
	for i, name := range []string{"bob", "carol", "alice"} {
		if err := auth.RemoveToken(path, name); err != nil {
			t.Fatal(err)
		}
		f, err := auth.ReadFile(path, nil)
		if err != nil || len(f.Tokens) != 2-i || slices.ContainsFunc(f.Tokens, func(t auth.Token) bool { return t.Name == name }) {
			t.Errorf("after %s: %+v %v", name, f, err)
		}
	}
	if err := auth.RemoveToken(path, "alice"); !errors.Is(err, auth.ErrNoToken) {
		t.Error(err)
	}
	added(t, path, "alice")
	_, hash := auth.NewToken()
	if err := auth.AddToken(path, auth.Token{Name: "alice", Hash: hash, Access: auth.Access{Scopes: everything()}}); !errors.Is(err, auth.ErrTokenExists) {
		t.Error(err)
	}
}

// TestTokensAtOnce pins that concurrent changes of a file are not lost, and that only the
// owner can read the file.
func TestTokensAtOnce(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "tokens.yaml")
	var all sync.WaitGroup
	for i := range 16 {
		all.Go(func() { added(t, path, "token-"+string(rune('a'+i))) })
	}
	all.Wait()
	f, err := auth.ReadFile(path, nil)
	if err != nil || len(f.Tokens) != 16 {
		t.Errorf("%+v %v", f, err)
	}
	info, err := os.Stat(path)
	if err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("%v %v", info.Mode(), err)
	}
}

// TestOneToken pins which Authorization headers are accepted.
func TestOneToken(t *testing.T) {
	t.Parallel()
	a := auth.OneToken("local", sha256.Sum256([]byte("secret")))
	for header, want := range map[string]string{
		"Bearer secret": "", "bearer secret": "",
		"": "Bearer realm", "Bearer secret2": "invalid_token", "Bearer secre": "invalid_token",
		"Bearer": "invalid_request", "Bearer ": "invalid_request", "secret": "invalid_request", "Basic secret": "invalid_request",
		"Basic YWxpY2U6": "invalid_request", "Bearer secret secret": "invalid_request", "Bearer sécret": "invalid_request", "Bearer " + strings.Repeat("x", 1<<15): "invalid_request",
	} {
		r := &http.Request{Header: http.Header{}}
		if header != "" {
			r.Header.Set("Authorization", header)
		}
		if want == "" {
			if id, err := a.Identify(r); err != nil || id.Principal != "local" {
				t.Errorf("%q: %+v %v", header, id, err)
			}
			continue
		}
		refusal := refused(t, a, r, http.StatusUnauthorized)
		if !strings.Contains(refusal.Challenge, want) || strings.Contains(refusal.Error(), "secre") || refusal.Attempt != (header != "") {
			t.Errorf("%.40q: %+v", header, refusal)
		}
	}
	twice := &http.Request{Header: http.Header{"Authorization": {"Bearer secret", "Bearer secret"}}}
	refused(t, a, twice, http.StatusUnauthorized)
}

// TestRotateToken checks that a token gets another secret and keeps all else, comments
// and what is written by hand too, and that no other token changes.
func TestRotateToken(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "tokens.yaml")
	const (
		one = "1111111111111111111111111111111111111111111111111111111111111111"
		two = "2222222222222222222222222222222222222222222222222222222222222222"
	)
	text := "# ours\ntokens:\n- hash: \"" + one + "\" # old\n  name: alice\n  scopes: cloud:read\n# bob\n- name: bob\n  hash: " + two + "\n  scopes: [cloud:read]\n"
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"alice", "bob"} {
		token, hash := auth.NewToken()
		if entry, err := auth.RotateToken(path, name, hash); err != nil || entry.Name != name || entry.Hash != hash {
			t.Fatal(entry, err)
		}
		if id, err := tokensOnly(t, path, nil).Identify(with(token.Reveal())); err != nil || id.Principal != name || id.Scopes.String() != "cloud:read" {
			t.Errorf("%+v %v", id, err)
		}
		old := map[string]string{"alice": `"` + one + `"`, "bob": two}[name]
		text = strings.Replace(text, old, hex.EncodeToString(hash[:]), 1)
		if got, err := os.ReadFile(path); err != nil || string(got) != text {
			t.Errorf("%s: %v\n%s\nwant\n%s", name, err, got, text)
		}
	}
	_, hash := auth.NewToken()
	if _, err := auth.RotateToken(path, "carol", hash); !errors.Is(err, auth.ErrNoToken) {
		t.Error(err)
	}
}
