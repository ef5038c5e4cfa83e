package mcpserver

import (
	"context"
	"net/http"
	"sync"
)

const (
	// maxBody is the longest message over HTTP.
	maxBody = 1 << 20
	// streamsPerCaller bounds the event streams that one caller holds open.
	streamsPerCaller = 64
	// maxStreams bounds those of all of them.
	maxStreams = 1024
)

// limit bounds what is under way at once, for each principal and in all.
type limit struct {
	all, each int

	mu     sync.Mutex
	total  int
	of     map[string]int
	closed bool
	// idle is closed when nothing is under way after the limit was closed.
	idle chan struct{}
}

func newLimit(all, each int) *limit {
	return &limit{all: all, each: each, of: map[string]int{}, idle: make(chan struct{})}
}

// enter takes a place; leave, which may be called more than once, gives it back.
// Without a place there is the status that says why.
func (l *limit) enter(principal string) (leave func(), status int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case l.closed || l.total >= l.all:
		return nil, http.StatusServiceUnavailable
	case l.of[principal] >= l.each:
		return nil, http.StatusTooManyRequests
	}
	l.total++
	l.of[principal]++
	return sync.OnceFunc(func() { l.leave(principal) }), 0
}

func (l *limit) leave(principal string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.total--
	if l.of[principal]--; l.of[principal] == 0 {
		delete(l.of, principal)
	}
	if l.closed && l.total == 0 {
		close(l.idle)
	}
}

// close lets nothing in any more.
func (l *limit) close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return
	}
	l.closed = true
	if l.total == 0 {
		close(l.idle)
	}
}

// wait returns when nothing is under way after close, and how much still is when
// ctx is done before.
func (l *limit) wait(ctx context.Context) int {
	select {
	case <-l.idle:
		return 0
	case <-ctx.Done():
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.total
}
