package process

import (
	"context"
	"errors"
	"time"
)

// watchEvery is the interval between the checks of Watch.
const watchEvery = 2 * time.Second

// Watch blocks until ctx is done or the process has ended. In the second case it calls
// gone once. If the system does not say whether the process has ended, it counts as
// running.
func Watch(ctx context.Context, watched Ident, gone func()) {
	tick := time.NewTicker(watchEvery)
	defer tick.Stop()
	for running(watched) {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
	if ctx.Err() == nil {
		gone()
	}
}

// running reports whether a process exists and is not another one with the same PID.
func running(watched Ident) bool {
	found, err := lookup(watched.PID)
	if err != nil {
		return !errors.Is(err, errGone)
	}
	return found.Started == watched.Started || found.Started == 0 || watched.Started == 0
}
