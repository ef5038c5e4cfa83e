package rest

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"countersign/internal/cloud"
)

// Exchange is one request to a vendor: one attempt of a call.
type Exchange struct {
	Account cloud.AccountName
	// Operation is what error messages call it, such as "list VMs": words of ours.
	Operation string
	Method    string
	// Host is where it goes.
	Host string
	// Reads says that it changes nothing, whatever its method.
	Reads bool
	// Attempt counts from 0; what is above is tried again.
	Attempt int
}

// Exchanged is how a request ended.
type Exchanged struct {
	// Status is 0 where no answer came.
	Status int
	// Failure is empty for a success.
	Failure cloud.ErrorKind
	// Left is what the vendor says of its rate limit; nil where it says nothing.
	Left *RateLimit
}

// RateLimit is what a vendor says of how much more it takes.
type RateLimit struct {
	Limit, Remaining int64
	// Reset is when it starts anew; zero where that is not said.
	Reset time.Time
}

// Observer is told of each request before it is sent, which is done with the
// context that it returns, and then how it ended. It is shown no address, no body
// and no words of a vendor.
type Observer func(ctx context.Context, e Exchange) (_ context.Context, end func(Exchanged))

// seen is what an observer is told of one request; nil without an observer.
type seen struct {
	tell func(Exchanged)
	Exchanged
}

// observe tells the observer, if there is one.
func (c *Client) observe(ctx context.Context, r request, attempt int) (context.Context, *seen) {
	if c.opts.Observe == nil {
		return ctx, nil
	}
	ctx, end := c.opts.Observe(ctx, Exchange{
		Account: c.opts.Account, Operation: r.operation, Method: r.method, Host: c.base.Host, Reads: r.reads, Attempt: attempt,
	})
	return ctx, &seen{tell: end}
}

func (s *seen) answered(resp *http.Response) {
	if s != nil {
		s.Status, s.Left = resp.StatusCode, rateLimit(resp.Header)
	}
}

func (s *seen) end(failure *cloud.Error) {
	if s == nil {
		return
	}
	if failure != nil {
		s.Failure = failure.Kind
	}
	s.tell(s.Exchanged)
}

// rateLimit reads the headers that say how much more a vendor takes. Half of them
// is no answer.
func rateLimit(h http.Header) *RateLimit {
	limit, err := strconv.ParseInt(h.Get("X-RateLimit-Limit"), 10, 64)
	if err != nil || limit < 0 {
		return nil
	}
	remaining, err := strconv.ParseInt(h.Get("X-RateLimit-Remaining"), 10, 64)
	if err != nil || remaining < 0 {
		return nil
	}
	left := &RateLimit{Limit: limit, Remaining: remaining}
	if at, ok := resetTime(h.Get("X-RateLimit-Reset")); ok {
		left.Reset = at
	}
	return left
}
