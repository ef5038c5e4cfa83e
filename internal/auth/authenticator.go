package auth

import (
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"countersign/internal/refresh"
	"countersign/internal/tool"
)

// Options say how callers authenticate.
type Options struct {
	// Tokens is the path of the file of tokens; empty for none.
	Tokens string
	// Accounts are the names that the file may use.
	Accounts []string
	// OAuth is the issuer of access tokens; the zero value for none.
	OAuth OAuth
	// Now returns the time; nil is time.Now.
	Now func() time.Time
}

// Configured reports whether there is a file of tokens or an issuer.
func (o Options) Configured() bool { return o.Tokens != "" || o.OAuth.Issuer != "" }

// Authenticator identifies the callers of requests.
type Authenticator struct {
	// tokens is the file of tokens; nil for none. While it cannot be read or is invalid,
	// no token of it is accepted, because the change may be a revocation.
	tokens *refresh.Value[*File]
	oauth  *resource
	now    func() time.Time
}

// New returns an authenticator. An invalid file of tokens is an error. The issuer is
// asked when it is first needed.
func New(o Options) (*Authenticator, error) {
	if !o.Configured() {
		return nil, errors.New("neither a file of tokens nor an OAuth issuer is given")
	}
	a := &Authenticator{now: o.Now}
	if a.now == nil {
		a.now = time.Now
	}
	if o.Tokens != "" {
		a.tokens = &refresh.Value[*File]{
			Paths: []string{o.Tokens}, Read: readPrivate, Now: a.now,
			Parse: func(texts [][]byte) (*File, error) { return parse(o.Tokens, texts[0], o.Accounts) },
		}
		if _, err := a.tokens.Get(); err != nil {
			return nil, err
		}
	}
	if o.OAuth.Issuer != "" {
		var err error
		if a.oauth, err = newResource(o.OAuth, a.now); err != nil {
			return nil, err
		}
	}
	return a, nil
}

// OneToken returns an authenticator that accepts one token, given by its hash.
func OneToken(name string, hash [sha256.Size]byte) *Authenticator {
	only := &File{Tokens: []Token{{Name: name, Hash: hash}}}
	return &Authenticator{tokens: &refresh.Value[*File]{Parse: func([][]byte) (*File, error) { return only, nil }}, now: time.Now}
}

// Policies returns the policy files that the file of tokens names now.
func (a *Authenticator) Policies() ([]OwnPolicy, error) {
	f, err := a.file()
	if err != nil {
		return nil, err
	}
	return f.policies(), nil
}

// Ready returns an error while the file of tokens cannot be read or is invalid: then
// nobody is let in by it.
func (a *Authenticator) Ready() error {
	_, err := a.file()
	return err
}

// file returns the file of tokens as it is now, or an empty one if there is none.
func (a *Authenticator) file() (*File, error) {
	if a.tokens == nil {
		return &File{}, nil
	}
	return a.tokens.Get()
}

// Identify returns the identity of the caller of a request. The error is a *Refusal.
func (a *Authenticator) Identify(r *http.Request) (Identity, error) {
	token, given := bearer(r)
	switch {
	case !given:
		return Identity{}, &Refusal{Status: http.StatusUnauthorized, Challenge: a.challenge("", "", a.wanted()), Reason: "This server wants a token: Authorization: Bearer TOKEN."}
	case token == "":
		return Identity{}, &Refusal{
			Status: http.StatusUnauthorized, Challenge: a.challenge("invalid_request", "", ""), Attempt: true,
			Reason: "The header has to be Authorization: Bearer TOKEN, once.",
		}
	}
	f, err := a.file()
	if err != nil {
		return Identity{}, &Refusal{Status: http.StatusServiceUnavailable, Reason: "The file of tokens cannot be read; the log of the server says why.", Cause: err}
	}
	if a.oauth == nil || strings.HasPrefix(token, tokenPrefix) {
		return a.byToken(f, token)
	}
	return a.byIssuer(r, f, token)
}

// byToken identifies a caller by a static token. It compares the hashes of all tokens,
// each in constant time.
func (a *Authenticator) byToken(f *File, token string) (Identity, error) {
	hash := sha256.Sum256([]byte(token))
	var found *Token
	for i := range f.Tokens {
		if subtle.ConstantTimeCompare(hash[:], f.Tokens[i].Hash[:]) == 1 {
			found = &f.Tokens[i]
		}
	}
	switch {
	case found == nil:
		return Identity{}, a.invalid("The token is not one of this server.", nil)
	case !found.Expires.IsZero() && !a.now().Before(found.Expires):
		return Identity{}, a.invalid("The token has expired.", fmt.Errorf("token %s expired at %s", found.Name, found.Expires.UTC().Format(time.RFC3339)))
	}
	return Identity{
		Principal: found.Name, Scopes: found.Scopes, Limit: found.Scopes, Accounts: found.Accounts, Policy: found.Policy, Source: SourceToken,
	}, nil
}

// byIssuer identifies a caller by an access token of the issuer, within the limits that
// the file sets for its subject.
func (a *Authenticator) byIssuer(r *http.Request, f *File, token string) (Identity, error) {
	c, err := a.oauth.check(r.Context(), token)
	if unreachable, ok := errors.AsType[*unreachableError](err); ok {
		return Identity{}, &Refusal{Status: http.StatusServiceUnavailable, Reason: "The issuer of tokens cannot be reached, so nobody can be told who you are.", Cause: unreachable}
	}
	if err != nil {
		return Identity{}, a.invalid("The token is not valid here: "+err.Error()+".", nil)
	}
	id := Identity{Principal: c.principal(), Scopes: c.scopes, Limit: tool.NewScopes(append(tool.AllScopes(), tool.ScopeMetrics)...), Source: SourceOAuth}
	if s := f.subject(c); s != nil {
		id.Accounts, id.Policy = s.Accounts, s.Policy
		if s.Capped {
			id.Limit = s.Scopes
		}
	}
	id.Scopes = id.Scopes.Intersect(id.Limit)
	if !id.Scopes.IsEmpty() {
		return id, nil
	}
	refusal := &Refusal{Status: http.StatusForbidden, Reason: "This login may do nothing here: its token has no scope of this server."}
	if id.Limit.IsEmpty() {
		refusal.Reason = "This login may do nothing here."
	} else {
		refusal.Challenge = a.StepUp(id, []tool.Scope{tool.ScopeRead})
	}
	return Identity{}, refusal
}

func (a *Authenticator) invalid(reason string, cause error) *Refusal {
	return &Refusal{Status: http.StatusUnauthorized, Challenge: a.challenge("invalid_token", reason, ""), Reason: reason, Attempt: true, Cause: cause}
}

// StepUp returns the challenge that asks a client for a token with further scopes, beside
// those that it has. It is empty if no token could have them.
func (a *Authenticator) StepUp(id Identity, missing []tool.Scope) string {
	want := tool.NewScopes(missing...).Intersect(id.Limit)
	if a.oauth == nil || id.Source != SourceOAuth || len(want.List()) < len(missing) {
		return ""
	}
	return a.challenge("insufficient_scope", "This needs more scopes.", tool.NewScopes(append(id.Scopes.List(), missing...)...).String())
}

// wanted returns the scopes that a client without a token should request.
func (a *Authenticator) wanted() string {
	if a.oauth == nil {
		return ""
	}
	return tool.NewScopes(tool.AllScopes()...).String()
}

// challenge returns a value for WWW-Authenticate. Nothing in it comes from the request.
func (a *Authenticator) challenge(code, description, scope string) string {
	text := `Bearer realm="countersign"`
	add := func(key, value string) {
		if value != "" {
			text += `, ` + key + `="` + strings.NewReplacer(`"`, "'", `\`, "").Replace(value) + `"`
		}
	}
	add("error", code)
	add("error_description", description)
	add("scope", scope)
	if a.oauth != nil {
		add("resource_metadata", a.oauth.metadataURL())
	}
	return text
}
