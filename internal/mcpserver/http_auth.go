package mcpserver

import (
	"context"
	"errors"
	"net/http"
	"net/netip"
	"sync"
	"time"
)

// Authenticator finds out who makes a request. An error that is a *Refusal says
// how to answer; any other is a fault of the server's, and nobody gets in.
type Authenticator interface {
	Authenticate(r *http.Request) (*Caller, error)
}

// Refusal is an Authenticator's no.
type Refusal struct {
	// Status is 401 or 403, or 503 where nobody can be told apart right now.
	Status int
	// Challenge is the value of WWW-Authenticate.
	Challenge string
	// Reason is for the client and the log. It never holds what was given.
	Reason string
	// Attempt says that credentials were given: a failed login, which is slowed.
	Attempt bool
}

// Error implements error.
func (r *Refusal) Error() string { return r.Reason }

// Anyone lets everybody in as one caller.
func Anyone(c *Caller) Authenticator { return anyone{c} }

type anyone struct{ caller *Caller }

// Authenticate implements Authenticator.
func (a anyone) Authenticate(*http.Request) (*Caller, error) { return a.caller, nil }

const (
	// brakeStep is how long the first failed login of an address waits for its
	// answer; each further one twice as long, up to brakeMost.
	brakeStep = 100 * time.Millisecond
	brakeMost = 5 * time.Second
	// brakeMemory is for how long an address is remembered.
	brakeMemory = 10 * time.Minute
	// brakeAddresses bounds the memory, brakeWaiting the answers held back at once.
	brakeAddresses = 4096
	brakeWaiting   = 128
)

// brake slows failed logins. Those that succeed are never held up, so a guesser
// behind the same proxy is no way to shut others out.
type brake struct {
	mu      sync.Mutex
	failed  map[netip.Addr]failures
	waiting int
}

type failures struct {
	count int
	last  time.Time
}

var errTooManyFailures = errors.New("too many failed logins wait for their answer")

// hold holds back the answer to a failed login.
func (b *brake) hold(ctx context.Context, address netip.Addr) error {
	wait, err := b.begin(address, time.Now())
	if err != nil {
		return err
	}
	defer b.end()
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
	return nil
}

func (b *brake) begin(address netip.Addr, now time.Time) (time.Duration, error) {
	if address.Is6() && !address.Is4In6() {
		// Whoever has one address of a /64 has them all.
		if p, err := address.Prefix(64); err == nil {
			address = p.Addr()
		}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.failed == nil || len(b.failed) >= brakeAddresses {
		b.failed = map[netip.Addr]failures{}
	}
	f := b.failed[address]
	if now.Sub(f.last) > brakeMemory {
		f.count = 0
	}
	f.count, f.last = f.count+1, now
	b.failed[address] = f
	if b.waiting >= brakeWaiting {
		return 0, errTooManyFailures
	}
	b.waiting++
	return min(brakeStep<<min(f.count-1, 10), brakeMost), nil
}

func (b *brake) end() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.waiting--
}
