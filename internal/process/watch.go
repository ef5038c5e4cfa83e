package process

import (
	"context"
	"errors"
	"time"
)

// watchEvery is how often Watch looks.
const watchEvery = 2 * time.Second

// Watch returns when ctx ends, or calls gone once when the given process is
// gone and returns then; run it in a goroutine of its own. Where the system
// does not tell, the process counts as running.
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

// running reports whether a process is there and is not another one that got
// its number.
func running(watched Ident) bool {
	found, err := lookup(watched.PID)
	if err != nil {
		return !errors.Is(err, errGone)
	}
	return found.Started == watched.Started || found.Started == 0 || watched.Started == 0
}
