package sandboxkit

import (
	"sync"
	"time"
)

// Clock is the time of a sandbox. It stands still unless told to advance, or
// runs with wall time plus what was advanced. It is safe for concurrent use.
type Clock struct {
	mu       sync.Mutex
	now      func() time.Time
	advanced time.Duration
}

// NewClock makes a clock that stands at start until it is advanced.
func NewClock(start time.Time) *Clock {
	return &Clock{now: func() time.Time { return start }}
}

// NewRunningClock makes a clock that runs with wall time.
func NewRunningClock() *Clock { return &Clock{now: time.Now} }

// Now is the sandbox's time.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now().Add(c.advanced)
}

// Stand lets no time pass any more but by Advance.
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
