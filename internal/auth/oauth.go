package auth

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"

	"countersign/internal/tool"
)

// OAuth is the issuer whose access tokens are accepted.
type OAuth struct {
	// Issuer is its URL, exactly as in the iss of its tokens.
	Issuer string
	// Audiences are the values of aud that mean this server. The first is the URL that
	// clients use for it.
	Audiences []string
	// Groups is the name of the claim with the groups of a subject.
	Groups string
}

// resource is this server as a resource of an issuer.
type resource struct {
	OAuth
	url  *url.URL
	keys *keySet
	now  func() time.Time
}

func newResource(o OAuth, now func() time.Time) (*resource, error) {
	if _, err := plainURL(o.Issuer); err != nil {
		return nil, fmt.Errorf("the OAuth issuer %q: %w", o.Issuer, err)
	}
	if len(o.Audiences) == 0 {
		return nil, errors.New("an OAuth issuer needs an audience: the URL of this server, as clients have it")
	}
	at, err := plainURL(o.Audiences[0])
	if err != nil {
		return nil, fmt.Errorf("the OAuth audience %q, which is to be the URL of this server: %w", o.Audiences[0], err)
	}
	if slices.Contains(o.Audiences, "") {
		return nil, errors.New("an OAuth audience is empty")
	}
	return &resource{OAuth: o, url: at, keys: newKeySet(o.Issuer, now), now: now}, nil
}

// plainURL parses the URL of an issuer or a server: https, or http on loopback.
func plainURL(text string) (*url.URL, error) {
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Host == "" || u.Opaque != "":
		return nil, errors.New("that is not a URL with a host")
	case u.User != nil || u.RawQuery != "" || u.ForceQuery || strings.Contains(text, "#"):
		return nil, errors.New("a URL without user, query and fragment is expected")
	}
	return u, safe(u)
}

// safe returns an error for a URL whose responses others could forge.
func safe(u *url.URL) error {
	if u.Scheme == "https" || u.Scheme == "http" && isLoopback(u.Hostname()) {
		return nil
	}
	return errors.New("https is expected; http is taken on loopback only")
}

func isLoopback(host string) bool {
	address, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && address.IsLoopback()
}

// claims are the claims of a token that are used.
type claims struct {
	issuer, subject string
	scopes          tool.Scopes
	groups          []string
}

// principal returns the issuer and the subject as one name. Neither an issuer nor an
// escaped subject contains "#", so no two subjects of any issuers share a name.
func (c claims) principal() string { return c.issuer + "#" + url.PathEscape(c.subject) }

// leeway is how far the clocks of the issuer and this machine may differ.
const leeway = 30 * time.Second

// maxSubject is the longest subject that OpenID Connect allows.
const maxSubject = 255

// check verifies a token and returns its claims. The error is an *unreachableError, or
// may be shown to the client: it contains nothing from the token.
func (s *resource) check(ctx context.Context, token string) (claims, error) {
	signed, err := jose.ParseSignedCompact(token, algorithms())
	if err != nil {
		return claims{}, errors.New("it is no signed token, or its algorithm is not taken")
	}
	header := signed.Signatures[0].Protected
	if err := rightType(header); err != nil {
		return claims{}, err
	}
	payload, err := s.keys.verify(ctx, signed, header)
	if err != nil {
		return claims{}, err
	}
	// Names of claims are case-sensitive; encoding/json would ignore the case for the
	// fields of a struct.
	var all map[string]json.RawMessage
	if err := json.Unmarshal(payload, &all); err != nil {
		return claims{}, errors.New("it has no claims")
	}
	return s.read(all, declared(header))
}

// algorithms returns the accepted signature algorithms. Those with a shared key, and
// "none", are not among them.
func algorithms() []jose.SignatureAlgorithm {
	return []jose.SignatureAlgorithm{
		jose.RS256, jose.RS384, jose.RS512, jose.PS256, jose.PS384, jose.PS512, jose.ES256, jose.ES384, jose.ES512, jose.EdDSA,
	}
}

// accessTokenType is the type in the header of an access token. Many issuers use only
// "JWT".
const accessTokenType = "at+jwt"

// typeOf returns the type in the header of a token.
func typeOf(header jose.Header) string {
	kind, _ := header.ExtraHeaders[jose.HeaderType].(string)
	return strings.TrimPrefix(strings.ToLower(kind), "application/")
}

// declared reports whether the header has the type of an access token.
func declared(header jose.Header) bool { return typeOf(header) == accessTokenType }

func rightType(header jose.Header) error {
	if kind := typeOf(header); kind != "" && kind != "jwt" && kind != accessTokenType {
		return errors.New("it is no access token")
	}
	return nil
}

// read checks the claims of a verified token and returns those that are used.
func (s *resource) read(all map[string]json.RawMessage, isAccess bool) (claims, error) {
	c := claims{}
	var err error
	if c.issuer, err = text1(all, "iss"); err != nil || c.issuer != s.Issuer {
		return claims{}, errors.New("it is from another issuer")
	}
	audiences, err := list(all, "aud", false)
	if err != nil || !slices.ContainsFunc(audiences, func(a string) bool { return slices.Contains(s.Audiences, a) }) {
		return claims{}, errors.New("it is for another audience")
	}
	if err := s.inTime(all); err != nil {
		return claims{}, err
	}
	if c.subject, err = text1(all, "sub"); err != nil || c.subject == "" || len(c.subject) > maxSubject {
		return claims{}, errors.New("it has no subject")
	}
	if err := isOther(all, isAccess); err != nil {
		return claims{}, err
	}
	for _, key := range []string{"scope", "scp"} {
		words, err := list(all, key, true)
		if err != nil {
			return claims{}, errors.New("its scopes cannot be read")
		}
		var scopes []tool.Scope
		for _, word := range words {
			scopes = append(scopes, tool.Scope(word))
		}
		c.scopes = tool.NewScopes(append(scopes, c.scopes.List()...)...)
	}
	if s.Groups != "" {
		if c.groups, err = list(all, s.Groups, false); err != nil {
			return claims{}, errors.New("its groups cannot be read")
		}
	}
	return c, nil
}

// inTime returns an error for a token that never expires, has expired or is not valid
// yet.
func (s *resource) inTime(all map[string]json.RawMessage) error {
	now := s.now()
	until, there, err := moment(all, "exp")
	switch {
	case err != nil || !there:
		return errors.New("it does not say when it ends")
	case !now.Before(until.Add(leeway)):
		return errors.New("it has expired")
	}
	for _, key := range []string{"nbf", "iat"} {
		from, there, err := moment(all, key)
		if err != nil || there && now.Add(leeway).Before(from) {
			return errors.New("its time has not come")
		}
	}
	return nil
}

// isOther returns an error for a token that is not an access token, as far as its claims
// show, and for one that needs a proof of possession, which is not checked here.
func isOther(all map[string]json.RawMessage, isAccess bool) error {
	if _, bound := all["cnf"]; bound {
		return errors.New("it is bound to a key of its client, which this server does not check")
	}
	use, _ := text1(all, "token_use") // Cognito
	kind, _ := text1(all, "typ")      // Keycloak
	_, event := all["events"]
	switch {
	case use != "" && use != "access", kind != "" && !strings.EqualFold(kind, "Bearer"), event:
		return errors.New("it is no access token")
	case isAccess:
		return nil
	}
	for _, key := range []string{"at_hash", "c_hash", "s_hash"} {
		if _, there := all[key]; there {
			return errors.New("it is an ID token; this server takes access tokens")
		}
	}
	_, nonce := all["nonce"]
	_, scope := all["scope"]
	_, scp := all["scp"]
	if nonce && !scope && !scp {
		return errors.New("it is an ID token; this server takes access tokens")
	}
	return nil
}

var errClaim = errors.New("a claim is of another type")

// text1 returns a claim that is one text; empty if it is missing.
func text1(all map[string]json.RawMessage, key string) (string, error) {
	raw, there := all[key]
	if !there {
		return "", nil
	}
	var text *string
	if err := json.Unmarshal(raw, &text); err != nil || text == nil {
		return "", errClaim
	}
	return *text, nil
}

// list returns a claim that is one text or a list of texts. If words is true, one text is
// split at spaces.
func list(all map[string]json.RawMessage, key string, words bool) ([]string, error) {
	raw, there := all[key]
	if !there {
		return nil, nil
	}
	var texts []*string
	if one, err := text1(all, key); err == nil {
		texts = []*string{&one}
	} else if err := json.Unmarshal(raw, &texts); err != nil {
		return nil, errClaim
	}
	var result []string
	for _, text := range texts {
		switch {
		case text == nil:
			return nil, errClaim
		case words:
			result = append(result, strings.Fields(*text)...)
		default:
			result = append(result, *text)
		}
	}
	return result, nil
}

// maxSeconds is later than the expiry of any token, in seconds since 1970.
const maxSeconds = 1 << 40

// moment returns a claim that is a time, in seconds since 1970, and whether it is there.
func moment(all map[string]json.RawMessage, key string) (at time.Time, there bool, err error) {
	raw, there := all[key]
	if !there {
		return time.Time{}, false, nil
	}
	var seconds *float64
	if err := json.Unmarshal(raw, &seconds); err != nil || seconds == nil || math.Abs(*seconds) > maxSeconds {
		return time.Time{}, true, errClaim
	}
	return time.Unix(int64(*seconds), 0), true, nil
}
