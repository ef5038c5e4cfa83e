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
	// keysFresh is how long keys are used without a look whether they are still the
	// issuer's.
	keysFresh = 10 * time.Minute
	// keysGood is how long they are used while the issuer cannot be reached.
	keysGood = time.Hour
	// askAgain is how long the issuer is left alone after it was asked, whoever comes
	// with whatever key: made-up tokens are no way to flood it.
	askAgain = 10 * time.Second
	// askWait bounds one look.
	askWait = 10 * time.Second
	// maxAnswer bounds what it may answer.
	maxAnswer = 1 << 20
	// maxKeys bounds the keys that are tried for a token that does not name its own.
	maxKeys = 64
	// minRSA is the shortest RSA key that is taken, in bits.
	minRSA = 2048
)

// unreachableError says that it cannot be told whether a token is the issuer's.
type unreachableError struct{ err error }

func (e *unreachableError) Error() string { return "the issuer cannot be asked: " + e.err.Error() }

func (e *unreachableError) Unwrap() error { return e.err }

// keySet are the keys of an issuer, read when they are needed and kept for a while.
type keySet struct {
	issuer string
	client *http.Client
	now    func() time.Time
	// asking has room for the one who asks the issuer.
	asking chan struct{}

	mu sync.Mutex
	// keys were read at read; tried is when the issuer was last asked, and failed why
	// that came to nothing.
	keys        []jose.JSONWebKey
	read, tried time.Time
	failed      error
}

func newKeySet(issuer string, now func() time.Time) *keySet {
	return &keySet{
		issuer: issuer, now: now, asking: make(chan struct{}, 1),
		client: &http.Client{
			Timeout: askWait,
			// What an issuer says about itself stands at its own URL.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}
}

var errSignature = errors.New("it is not signed by a key of the issuer")

// verify returns what a token says, if a key of the issuer has signed it.
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

// state is what is known at a moment.
type state struct {
	fitting []jose.JSONWebKey
	// good says that there are keys that can be used, fresh that they need no look,
	// early that it is too early to ask.
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

// fit are the keys that may have made a signature.
func fit(keys []jose.JSONWebKey, header jose.Header) []jose.JSONWebKey {
	var all []jose.JSONWebKey
	for _, k := range keys {
		if (header.KeyID == "" || k.KeyID == header.KeyID) && (k.Algorithm == "" || k.Algorithm == header.Algorithm) {
			all = append(all, k)
		}
	}
	return all
}

// fitting are the keys that may have made a signature, after a look at the issuer
// where that is due.
func (s *keySet) fitting(ctx context.Context, header jose.Header) ([]jose.JSONWebKey, error) {
	known := s.state(header)
	switch {
	case known.fresh && len(known.fitting) > 0:
		return known.fitting, nil
	case !known.early && len(known.fitting) > 0:
		// One looks; all others go on with what is there.
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

// askOnce waits for its turn, and asks unless somebody has since.
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

// ask reads the keys of the issuer. A client that goes away does not end it: others
// wait for it.
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

// fetch reads what the issuer says about itself, and then its keys.
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

// oauthMetadata is where an issuer that knows only OAuth describes itself, by RFC 8414.
func (s *keySet) oauthMetadata() string {
	u, err := plainURL(s.issuer)
	if err != nil {
		return "" // the issuer was checked when it was configured
	}
	return u.Scheme + "://" + u.Host + "/.well-known/oauth-authorization-server" + strings.TrimSuffix(u.EscapedPath(), "/")
}

// usable reports whether a key is one to verify signatures with. A shared key is none.
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
	r.Close = true // minutes pass before the next one
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
