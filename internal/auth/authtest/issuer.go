// Package authtest is an issuer of access tokens for tests, on loopback.
//
// It must never be part of the product.
package authtest

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// TB is the part of testing.TB that an issuer needs.
type TB interface {
	Helper()
	Fatal(args ...any)
	Error(args ...any)
	Cleanup(end func())
}

// Issuer signs tokens and publishes its keys.
type Issuer struct {
	*httptest.Server
	tb TB

	mu     sync.Mutex
	keys   []jose.JSONWebKey
	made   int
	asked  int
	broken bool
	// OAuthOnly makes it serve its metadata by RFC 8414 and not by OpenID Connect.
	OAuthOnly bool
	// Says is the issuer in its metadata; empty for its own URL.
	Says string
	// Extra are keys that it publishes beside its own.
	Extra []any
}

// NewIssuer starts an issuer with one RSA key.
func NewIssuer(tb TB) *Issuer {
	tb.Helper()
	i := &Issuer{tb: tb}
	i.Server = httptest.NewServer(http.HandlerFunc(i.serve))
	tb.Cleanup(i.Close)
	i.AddKey(jose.RS256)
	return i
}

// AddKey makes a new key, which signs all further tokens.
func (i *Issuer) AddKey(alg jose.SignatureAlgorithm) jose.JSONWebKey {
	i.tb.Helper()
	key, err := makeKey(alg)
	if err != nil {
		i.tb.Fatal(err)
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	i.made++
	k := jose.JSONWebKey{Key: key, KeyID: fmt.Sprintf("key-%d", i.made), Algorithm: string(alg), Use: "sig"}
	i.keys = append(i.keys, k)
	return k
}

func makeKey(alg jose.SignatureAlgorithm) (crypto.Signer, error) {
	switch alg {
	case jose.ES256:
		return ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	case jose.ES384:
		return ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	case jose.EdDSA:
		_, key, err := ed25519.GenerateKey(rand.Reader)
		return key, err
	}
	return rsa.GenerateKey(rand.Reader, 2048)
}

// DropKeys removes all keys but the newest.
func (i *Issuer) DropKeys() {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.keys = i.keys[len(i.keys)-1:]
}

// Break makes its responses useless, or valid again.
func (i *Issuer) Break(broken bool) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.broken = broken
}

// Asked returns how often its keys were read.
func (i *Issuer) Asked() int {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.asked
}

// Token returns an access token that is valid for an hour. The claims in more are added;
// nil removes a claim.
func (i *Issuer) Token(audience, subject, scope string, more map[string]any) string {
	i.tb.Helper()
	return i.Sign("at+jwt", i.Claims(audience, subject, scope, more))
}

// Claims returns the claims of Token.
func (i *Issuer) Claims(audience, subject, scope string, more map[string]any) map[string]any {
	claims := map[string]any{
		"iss": i.URL, "aud": audience, "sub": subject, "scope": scope, "client_id": "a client",
		"iat": time.Now().Unix(), "exp": time.Now().Add(time.Hour).Unix(),
	}
	maps.Copy(claims, more)
	maps.DeleteFunc(claims, func(_ string, v any) bool { return v == nil })
	return claims
}

// Sign signs claims with the newest key. typ is the type in the header.
func (i *Issuer) Sign(typ string, claims map[string]any) string {
	i.tb.Helper()
	i.mu.Lock()
	key := i.keys[len(i.keys)-1]
	i.mu.Unlock()
	return SignWith(i.tb, key, jose.SignatureAlgorithm(key.Algorithm), typ, claims)
}

// SignWith signs claims with any key.
func SignWith(tb TB, key any, alg jose.SignatureAlgorithm, typ string, claims map[string]any) string {
	tb.Helper()
	opts := &jose.SignerOptions{}
	if typ != "" {
		opts = opts.WithType(jose.ContentType(typ))
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: alg, Key: key}, opts)
	if err != nil {
		tb.Fatal(err)
	}
	payload, err := json.Marshal(claims)
	if err != nil {
		tb.Fatal(err)
	}
	signed, err := signer.Sign(payload)
	if err != nil {
		tb.Fatal(err)
	}
	token, err := signed.CompactSerialize()
	if err != nil {
		tb.Fatal(err)
	}
	return token
}

func (i *Issuer) serve(w http.ResponseWriter, r *http.Request) {
	i.mu.Lock()
	defer i.mu.Unlock()
	about := "/.well-known/openid-configuration"
	if i.OAuthOnly {
		about = "/.well-known/oauth-authorization-server"
	}
	says := i.URL
	if i.Says != "" {
		says = i.Says
	}
	switch {
	case i.broken:
		i.asked++
		http.Error(w, "down", http.StatusInternalServerError)
	case r.URL.Path == about:
		i.answer(w, map[string]any{"issuer": says, "jwks_uri": i.URL + "/keys"})
	case r.URL.Path == "/keys":
		i.asked++
		keys := append([]any{}, i.Extra...)
		for _, k := range i.keys {
			keys = append(keys, k.Public())
		}
		i.answer(w, map[string]any{"keys": keys})
	default:
		http.NotFound(w, r)
	}
}

func (i *Issuer) answer(w http.ResponseWriter, body any) {
	if err := json.NewEncoder(w).Encode(body); err != nil {
		i.tb.Error(err)
	}
}
