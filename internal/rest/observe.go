package rest

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"countersign/internal/cloud"
)

// Exchange is one request to a vendor, which is one attempt of a call.
type Exchange struct {
	Account cloud.AccountName
	// Operation is its name in error messages, such as "list VMs".
	Operation string
	Method    string
	// Host is the host name of the vendor.
	Host string
	// Reads says that the request changes nothing, whatever its method.
	Reads bool
	// Attempt counts from 0; the others are retries.
	Attempt int
}

// Exchanged is the end of a request.
type Exchanged struct {
	// Status is the HTTP status; 0 without a response.
	Status int
	// Failure is empty for a success.
	Failure cloud.ErrorKind
	// Left is the rate limit in the response, or nil.
	Left *RateLimit
}

// RateLimit is a vendor's report on how many more requests it accepts.
type RateLimit struct {
	Limit, Remaining int64
	// Reset is when the count starts again; zero where that is not reported.
	Reset time.Time
}

// Observer is called before each request, which is sent with the context that it
// returns; end is called after the request. An observer sees no path, no body and no
// text of a vendor.
type Observer func(ctx context.Context, e Exchange) (_ context.Context, end func(Exchanged))

// seen collects the Exchanged of one request; it is nil without an observer.
type seen struct {
	tell func(Exchanged)
	Exchanged
}

// observe calls the observer, if there is one.
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

// rateLimit reads the headers of a vendor's rate limit. It returns nil unless both the
// limit and the rest are there.
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
