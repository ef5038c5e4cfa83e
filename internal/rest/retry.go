package rest

import (
	"context"
	"math/rand/v2"
	"time"

	"countersign/internal/cloud"
)

const (
	// firstPause and longestPause bound the time before another attempt, which is
	// drawn anew each time, so that clients which failed together do not come back
	// together.
	firstPause   = 250 * time.Millisecond
	longestPause = 4 * time.Second
	// patience is the longest that a vendor's Retry-After is waited for here; a
	// longer one is the agent's to wait for.
	patience = 5 * time.Second
)

// again says whether a failed request may be attempted again, and after how long.
func (c *Client) again(r request, attempt int, failure *cloud.Error) (wait time.Duration, ok bool) {
	if !r.reads || attempt >= c.opts.Retries {
		return 0, false
	}
	switch failure.Kind {
	case cloud.ErrRateLimited:
		// Without a word on when to come back, coming back soon makes it worse.
		return failure.RetryAfter, failure.RetryAfter > 0 && failure.RetryAfter <= patience
	case cloud.ErrUnavailable:
		if failure.RetryAfter > 0 {
			return failure.RetryAfter, failure.RetryAfter <= patience
		}
		most := min(longestPause, firstPause<<min(attempt, 8))
		return time.Duration(rand.Int64N(int64(most))), true //nolint:gosec // jitter is no secret
	}
	return 0, false
}

// pause waits, unless the call would be over before or is given up.
func pause(ctx context.Context, wait time.Duration) bool {
	if deadline, ok := ctx.Deadline(); ok && time.Until(deadline) <= wait {
		return false
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return ctx.Err() == nil
	case <-ctx.Done():
		return false
	}
}

// enter waits for a seat among the requests that may be under way at a time.
func (c *Client) enter(ctx context.Context) (leave func(), failure *cloud.Error) {
	select {
	case c.seats <- struct{}{}:
		return func() { <-c.seats }, nil
	default:
	}
	select {
	case c.seats <- struct{}{}:
		return func() { <-c.seats }, nil
	case <-ctx.Done():
		e := unanswered(ctx.Err(), false)
		if ctx.Err() == context.DeadlineExceeded {
			e.Message = "too many requests to this cloud were under way, so this one was not sent"
		}
		return nil, e
	}
}
