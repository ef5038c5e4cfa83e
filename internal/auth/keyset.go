package auth

import (
	"context"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"
)

const (
	// keysFresh is how long keys are used before they are read again.
	keysFresh = 10 * time.Minute
	// keysGood is how long keys are used while the issuer cannot be reached.
	keysGood = time.Hour
	// askAgain is the shortest time between two reads, whatever keys tokens name, so
	// that made-up tokens cannot flood the issuer.
	askAgain = 10 * time.Second
	// askWait bounds one read of the keys.
	askWait = 10 * time.Second
	// maxAnswer bounds a response of the issuer, in bytes.
	maxAnswer = 1 << 20
	// maxKeys bounds the keys that are tried for a token that names no key.
	maxKeys = 64
	// minRSA is the shortest RSA key that is accepted, in bits.
	minRSA = 2048
)

// unreachableError reports that a token cannot be checked, because the keys of the issuer
// cannot be read.
type unreachableError struct{ err error }

func (e *unreachableError) Error() string { return "the issuer cannot be asked: " + e.err.Error() }

func (e *unreachableError) Unwrap() error { return e.err }

// keySet are the keys of an issuer. They are read when they are needed and cached.
type keySet struct {
	issuer string
	client *http.Client
	now    func() time.Time
	// asking has room for one goroutine, which reads the keys.
	asking chan struct{}

	mu sync.Mutex
	// keys were read at the time read. tried is the time of the last attempt, and failed
	// its error.
	keys        []jose.JSONWebKey
	read, tried time.Time
	failed      error
}

func newKeySet(issuer string, now func() time.Time) *keySet {
	return &keySet{
		issuer: issuer, now: now, asking: make(chan struct{}, 1),
		client: &http.Client{
			Timeout: askWait,
			// The metadata and keys of an issuer are served at its own URLs.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}
}

var errSignature = errors.New("it is not signed by a key of the issuer")

// verify returns the payload of a token, if a key of the issuer has signed it.
func (s *keySet) verify(ctx context.Context, signed *jose.JSONWebSignature, header jose.Header) ([]byte, error) {
	keys, err := s.fitting(ctx, header)
	if err != nil {
		return nil, err
	}
	for _, key := range keys {
		if payload, err := signed.Verify(key); err == nil {
			return payload, nil
		}
	}
	return nil, errSignature
}

// state is a snapshot of the cached keys.
type state struct {
	fitting []jose.JSONWebKey
	// good reports that the keys may be used, fresh that they need not be read again,
	// early that it is too early to ask the issuer again.
	good, fresh, early bool
	failed             error
	tried              time.Time
}

func (s *keySet) state(header jose.Header) state {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	known := state{failed: s.failed, tried: s.tried}
	known.good = !s.read.IsZero() && now.Sub(s.read) < keysGood
	known.fresh = known.good && now.Sub(s.read) < keysFresh
	known.early = !s.tried.IsZero() && now.Sub(s.tried) < askAgain
	if known.good {
		known.fitting = fit(s.keys, header)
	}
	return known
}

// fit returns the keys that may have made a signature.
func fit(keys []jose.JSONWebKey, header jose.Header) []jose.JSONWebKey {
	var all []jose.JSONWebKey
	for _, k := range keys {
		if (header.KeyID == "" || k.KeyID == header.KeyID) && (k.Algorithm == "" || k.Algorithm == header.Algorithm) {
			all = append(all, k)
		}
	}
	return all
}

// fitting returns the keys that may have made a signature. It reads the keys of the
// issuer first if that is due.
func (s *keySet) fitting(ctx context.Context, header jose.Header) ([]jose.JSONWebKey, error) {
	known := s.state(header)
	switch {
	case known.fresh && len(known.fitting) > 0:
		return known.fitting, nil
	case !known.early && len(known.fitting) > 0:
		// One goroutine reads the keys, the others go on with the cached ones.
		select {
		case s.asking <- struct{}{}:
			s.ask(ctx)
			<-s.asking
		default:
		}
	case !known.early:
		if err := s.askOnce(ctx, known.tried); err != nil {
			return nil, &unreachableError{err}
		}
	}
	known = s.state(header)
	switch {
	case len(known.fitting) > 0:
		return known.fitting, nil
	case !known.good || known.failed != nil:
		return nil, &unreachableError{known.failed}
	}
	return nil, errSignature
}

// askOnce waits for its turn, and reads the keys unless they were read after since.
func (s *keySet) askOnce(ctx context.Context, since time.Time) error {
	select {
	case s.asking <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { <-s.asking }()
	s.mu.Lock()
	asked := s.tried.After(since)
	s.mu.Unlock()
	if !asked {
		s.ask(ctx)
	}
	return nil
}

// ask reads the keys of the issuer. A client that disconnects does not cancel it,
// because others wait for it.
func (s *keySet) ask(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), askWait)
	defer cancel()
	keys, err := s.fetch(ctx)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tried, s.failed = s.now(), err
	if err == nil {
		s.keys, s.read = keys, s.tried
	}
}

// fetch reads the metadata of the issuer, and then its keys.
func (s *keySet) fetch(ctx context.Context) ([]jose.JSONWebKey, error) {
	var about struct {
		Issuer string `json:"issuer"`
		Keys   string `json:"jwks_uri"`
	}
	err := s.get(ctx, strings.TrimSuffix(s.issuer, "/")+"/.well-known/openid-configuration", &about)
	if errors.Is(err, errNotThere) {
		err = s.get(ctx, s.oauthMetadata(), &about)
	}
	switch {
	case err != nil:
		return nil, err
	case about.Issuer != s.issuer:
		return nil, fmt.Errorf("%s says that it is the issuer %q", s.issuer, about.Issuer)
	}
	at, err := url.Parse(about.Keys)
	if err == nil {
		err = safe(at)
	}
	if err != nil {
		return nil, fmt.Errorf("jwks_uri %q: %w", about.Keys, err)
	}
	var set struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if err := s.get(ctx, about.Keys, &set); err != nil {
		return nil, err
	}
	var keys []jose.JSONWebKey
	for _, raw := range set.Keys {
		var key jose.JSONWebKey
		if json.Unmarshal(raw, &key) == nil && usable(key) && len(keys) < maxKeys {
			keys = append(keys, key)
		}
	}
	if len(keys) == 0 {
		return nil, fmt.Errorf("%s has no key that can be used", about.Keys)
	}
	return keys, nil
}

// oauthMetadata returns the URL of the metadata of an issuer that supports only OAuth
// (RFC 8414).
func (s *keySet) oauthMetadata() string {
	u, err := plainURL(s.issuer)
	if err != nil {
		return "" // the issuer was checked when it was configured
	}
	return u.Scheme + "://" + u.Host + "/.well-known/oauth-authorization-server" + strings.TrimSuffix(u.EscapedPath(), "/")
}

// usable reports whether a key may verify signatures. A shared key may not.
func usable(key jose.JSONWebKey) bool {
	if !key.Valid() || !key.IsPublic() || key.Use != "" && key.Use != "sig" {
		return false
	}
	if k, ok := key.Key.(*rsa.PublicKey); ok {
		return k.N.BitLen() >= minRSA
	}
	return true
}

var errNotThere = errors.New("nothing is there")

func (s *keySet) get(ctx context.Context, from string, into any) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, from, nil)
	if err != nil {
		return err
	}
	r.Header.Set("Accept", "application/json")
	r.Close = true // the next request follows minutes later
	answer, err := s.client.Do(r)
	if err != nil {
		return err
	}
	defer func() { _ = answer.Body.Close() }()
	switch {
	case answer.StatusCode == http.StatusNotFound:
		return fmt.Errorf("%s: %w", from, errNotThere)
	case answer.StatusCode != http.StatusOK:
		return fmt.Errorf("%s: status %d", from, answer.StatusCode)
	}
	raw, err := io.ReadAll(io.LimitReader(answer.Body, maxAnswer+1))
	if err == nil && len(raw) > maxAnswer {
		err = fmt.Errorf("more than %d bytes", maxAnswer)
	}
	if err == nil {
		err = json.Unmarshal(raw, into)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", from, err)
	}
	return nil
}
