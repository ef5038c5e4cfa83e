package auth_test

import (
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"countersign/internal/auth/authtest"
)

// TestKeysAreKept pins that keys are cached, and read again when they are old.
func TestKeysAreKept(t *testing.T) {
	t.Parallel()
	f := newFront(t, "")
	token := f.issuer.Token(audience, "alice", "cloud:read", map[string]any{"exp": time.Now().Add(24 * time.Hour).Unix()})
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			if _, err := f.Identify(with(token)); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if n := f.issuer.Asked(); n != 1 {
		t.Errorf("20 requests asked the issuer %d times", n)
	}
	f.clock.ahead = 11 * time.Minute
	for range 3 {
		if _, err := f.Identify(with(token)); err != nil {
			t.Error(err)
		}
	}
	if n := f.issuer.Asked(); n != 2 {
		t.Errorf("after 11 minutes it was asked %d times", n)
	}
}

// TestNewKey pins that a new key of the issuer is found, and that tokens with made-up keys
// do not flood the issuer.
func TestNewKey(t *testing.T) {
	t.Parallel()
	f := newFront(t, "")
	if _, err := f.Identify(with(f.issuer.Token(audience, "alice", "cloud:read", nil))); err != nil {
		t.Fatal(err)
	}
	f.clock.ahead = 11 * time.Second
	f.issuer.AddKey(jose.ES256)
	if _, err := f.Identify(with(f.issuer.Token(audience, "alice", "cloud:read", nil))); err != nil {
		t.Error(err)
	}
	stranger := authtest.NewIssuer(t)
	for _, ahead := range []time.Duration{11 * time.Second, 22 * time.Second} {
		f.clock.ahead = ahead
		for range 10 {
			key := stranger.AddKey(jose.EdDSA)
			key.KeyID = "made up " + key.KeyID
			refused(t, f.Authenticator, with(authtest.SignWith(t, key, jose.EdDSA, "at+jwt", f.issuer.Claims(audience, "alice", "cloud:read", nil))), http.StatusUnauthorized)
		}
	}
	if n := f.issuer.Asked(); n != 3 {
		t.Errorf("the issuer was asked %d times", n)
	}
}

// TestDroppedKey pins that a key that the issuer has removed is soon rejected.
func TestDroppedKey(t *testing.T) {
	t.Parallel()
	f := newFront(t, "")
	old := f.issuer.Token(audience, "alice", "cloud:read", nil)
	if _, err := f.Identify(with(old)); err != nil {
		t.Fatal(err)
	}
	f.issuer.AddKey(jose.RS256)
	f.issuer.DropKeys()
	f.clock.ahead = 11 * time.Minute
	refused(t, f.Authenticator, with(old), http.StatusUnauthorized)
}

// TestIssuerOutOfReach pins that tokens with unknown keys are rejected while the issuer
// cannot be reached, that this is not a failed login, and that cached keys are used for a
// while.
func TestIssuerOutOfReach(t *testing.T) {
	t.Parallel()
	f := newFront(t, "")
	f.issuer.Break(true)
	day := map[string]any{"exp": time.Now().Add(24 * time.Hour).Unix()}
	token := f.issuer.Token(audience, "alice", "cloud:read", day)
	for range 5 {
		refusal := refused(t, f.Authenticator, with(token), http.StatusServiceUnavailable)
		if refusal.Attempt || refusal.Challenge != "" || !strings.Contains(refusal.Error(), "status 500") || strings.Contains(refusal.Reason, "500") {
			t.Errorf("%+v", refusal)
		}
	}
	if n := f.issuer.Asked(); n != 1 {
		t.Errorf("an issuer that is down was asked %d times at once", n)
	}
	f.issuer.Break(false)
	f.clock.ahead = 11 * time.Second
	if _, err := f.Identify(with(token)); err != nil {
		t.Errorf("it is back, and yet %v", err)
	}
	f.issuer.Break(true)
	f.clock.ahead = 50 * time.Minute
	if _, err := f.Identify(with(token)); err != nil {
		t.Errorf("its keys are known, and yet %v", err)
	}
	f.issuer.AddKey(jose.ES256)
	refused(t, f.Authenticator, with(f.issuer.Token(audience, "alice", "cloud:read", day)), http.StatusServiceUnavailable)
	f.clock.ahead = 70 * time.Minute
	refused(t, f.Authenticator, with(token), http.StatusServiceUnavailable)
}

// TestIssuerSaysSomethingElse pins that metadata of another issuer is rejected, and that
// an issuer that supports only OAuth is found.
func TestIssuerSaysSomethingElse(t *testing.T) {
	t.Parallel()
	f := newFront(t, "")
	f.issuer.Says = "https://login.example.com"
	refusal := refused(t, f.Authenticator, with(f.issuer.Token(audience, "alice", "cloud:read", nil)), http.StatusServiceUnavailable)
	if !strings.Contains(refusal.Error(), "says that it is the issuer") {
		t.Error(refusal)
	}
	g := newFront(t, "")
	g.issuer.OAuthOnly = true
	if _, err := g.Identify(with(g.issuer.Token(audience, "alice", "cloud:read", nil))); err != nil {
		t.Error(err)
	}
}
