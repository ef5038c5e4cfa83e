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
	// outageFailures is the number of failures in a row after which a vendor counts as
	// down.
	outageFailures = 8
	// outageRest is how long no request is sent to a vendor that is down.
	outageRest = 10 * time.Second
)

// outage is a circuit breaker. It sends no requests to a vendor that is down, because
// the agent would wait for a timeout each time and the vendor has enough to do.
type outage struct {
	breaker *gobreaker.TwoStepCircuitBreaker[struct{}]
	// since is when the breaker opened last, in Unix nanoseconds.
	since atomic.Int64
}

func newOutage() *outage {
	o := &outage{}
	o.breaker = gobreaker.NewTwoStepCircuitBreaker[struct{}](gobreaker.Settings{
		Timeout:     outageRest,
		ReadyToTrip: func(c gobreaker.Counts) bool { return c.ConsecutiveFailures >= outageFailures },
		// A cancelled call says nothing about the vendor.
		IsExcluded: func(err error) bool { return errors.Is(err, context.Canceled) },
		OnStateChange: func(_ string, _, to gobreaker.State) {
			if to == gobreaker.StateOpen {
				o.since.Store(time.Now().UnixNano())
			}
		},
	})
	return o
}

// errDown is the error that the breaker counts as a failure.
var errDown = errors.New("no usable answer")

// allow returns an error where no request may be sent now. After a request, call settle
// with its context and its result.
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
