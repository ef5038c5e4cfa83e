package sandboxkit

import (
	"sync"
	"time"
)

// Clock is the time of a sandbox. It stands still except for Advance, or it runs with
// wall time plus the sum of Advance. It is safe for concurrent use.
type Clock struct {
	mu       sync.Mutex
	now      func() time.Time
	advanced time.Duration
}

// NewClock returns a clock that stands at start until it is advanced.
func NewClock(start time.Time) *Clock {
	return &Clock{now: func() time.Time { return start }}
}

// NewRunningClock returns a clock that runs with wall time.
func NewRunningClock() *Clock { return &Clock{now: time.Now} }

// Now returns the sandbox's time.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now().Add(c.advanced)
}

// Stand stops the clock; from then on only Advance moves it.
func (c *Clock) Stand() {
	c.mu.Lock()
	defer c.mu.Unlock()
	at := c.now()
	c.now = func() time.Time { return at }
}

// Advance moves the clock forward.
func (c *Clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.advanced += d
}
