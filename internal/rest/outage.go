package rest

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"github.com/sony/gobreaker/v2"

	"countersign/internal/cloud"
)

const (
	// outageFailures in a row make a vendor count as down.
	outageFailures = 8
	// outageRest is how long a vendor that is down is left alone.
	outageRest = 10 * time.Second
)

// outage keeps requests from a vendor that is down: each would cost the agent a
// whole timeout, and the vendor a request.
type outage struct {
	breaker *gobreaker.TwoStepCircuitBreaker[struct{}]
	// since is when the vendor was last found to be down, in nanoseconds.
	since atomic.Int64
}

func newOutage() *outage {
	o := &outage{}
	o.breaker = gobreaker.NewTwoStepCircuitBreaker[struct{}](gobreaker.Settings{
		Timeout:     outageRest,
		ReadyToTrip: func(c gobreaker.Counts) bool { return c.ConsecutiveFailures >= outageFailures },
		// A call that was given up says nothing about the vendor.
		IsExcluded: func(err error) bool { return errors.Is(err, context.Canceled) },
		OnStateChange: func(_ string, _, to gobreaker.State) {
			if to == gobreaker.StateOpen {
				o.since.Store(time.Now().UnixNano())
			}
		},
	})
	return o
}

// errDown is what settle tells the breaker of a vendor that gave no usable answer.
var errDown = errors.New("no usable answer")

// allow says whether a request may be sent; settle is told how it went.
func (o *outage) allow() (settle func(context.Context, *cloud.Error), failure *cloud.Error) {
	done, err := o.breaker.Allow()
	if err != nil {
		left := time.Until(time.Unix(0, o.since.Load()).Add(outageRest))
		return nil, &cloud.Error{
			Kind: cloud.ErrUnavailable, Err: err, RetryAfter: max(left, time.Second),
			Hint:    "Wait retry_after_seconds, then repeat this call; until then nothing is sent to this cloud.",
			Message: "the cloud gave no usable answer many times in a row, so it is left alone for a moment and nothing was sent",
		}
	}
	return func(ctx context.Context, failure *cloud.Error) {
		switch {
		case failure == nil || failure.Kind != cloud.ErrUnavailable:
			done(nil)
		case errors.Is(ctx.Err(), context.Canceled):
			done(context.Canceled)
		default:
			done(errDown)
		}
	}, nil
}
