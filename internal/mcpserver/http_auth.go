package mcpserver

import (
	"context"
	"errors"
	"net/http"
	"net/netip"
	"sync"
	"time"
)

// Authenticator authenticates requests. An error that is a *Refusal describes the
// response; any other error is a fault of the server and also rejects the request.
type Authenticator interface {
	Authenticate(r *http.Request) (*Caller, error)
}

// Refusal is the error of an Authenticator that rejects a request.
type Refusal struct {
	// Status is 401 or 403, or 503 while callers cannot be authenticated.
	Status int
	// Challenge is the value of WWW-Authenticate.
	Challenge string
	// Reason is for the client and the log. It never contains the credentials.
	Reason string
	// Attempt reports that the request had credentials. The response to such a failed
	// login is delayed.
	Attempt bool
}

// Error implements error.
func (r *Refusal) Error() string { return r.Reason }

// Anyone returns an Authenticator that takes every request for one of c.
func Anyone(c *Caller) Authenticator { return anyone{c} }

type anyone struct{ caller *Caller }

// Authenticate implements Authenticator.
func (a anyone) Authenticate(*http.Request) (*Caller, error) { return a.caller, nil }

const (
	// brakeStep delays the response to the first failed login of an address. The delay
	// doubles with each further one, up to brakeMost.
	brakeStep = 100 * time.Millisecond
	brakeMost = 5 * time.Second
	// brakeMemory is how long failed logins of an address are remembered.
	brakeMemory = 10 * time.Minute
	// brakeAddresses bounds the remembered addresses, brakeWaiting the responses that
	// are delayed at the same time.
	brakeAddresses = 4096
	brakeWaiting   = 128
)

// brake slows down failed logins. Successful ones are never delayed, so somebody who
// guesses tokens cannot shut out others behind the same proxy.
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

// hold waits before the response to a failed login. It returns errTooManyFailures
// without waiting while too many others wait.
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
		// A /64 belongs to one network, so its addresses count as one.
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
