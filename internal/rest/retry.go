package rest

import (
	"context"
	"math/rand/v2"
	"time"

	"countersign/internal/cloud"
)

const (
	// firstPause and longestPause limit the pause before a retry. The pause is random,
	// so that clients that failed together do not retry together.
	firstPause   = 250 * time.Millisecond
	longestPause = 4 * time.Second
	// patience is the longest Retry-After that is waited for here; the agent receives a
	// longer one in the error.
	patience = 5 * time.Second
)

// again reports whether to send a failed request again, and after which pause.
func (c *Client) again(r request, attempt int, failure *cloud.Error) (wait time.Duration, ok bool) {
	if !r.reads || attempt >= c.opts.Retries {
		return 0, false
	}
	switch failure.Kind {
	case cloud.ErrRateLimited:
		// Without a Retry-After, a retry would make it worse.
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

// pause waits. It returns false where the context ends before the pause does.
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

// enter waits until fewer than maxInFlight requests are under way.
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
