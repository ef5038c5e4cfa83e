package mcpserver

import (
	"context"
	"net/http"
	"sync"
)

// limit bounds the requests that are under way, in total and for each principal.
type limit struct {
	all, each int

	mu     sync.Mutex
	total  int
	of     map[string]int
	closed bool
	// idle is closed when the limit is closed and nothing is under way.
	idle chan struct{}
}

func newLimit(all, each int) *limit {
	return &limit{all: all, each: each, of: map[string]int{}, idle: make(chan struct{})}
}

// enter takes a place and returns a function that gives it back, which may be called
// more than once. If there is no place, status is the HTTP status to reject with.
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

// close makes every further enter fail.
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

func (l *limit) isClosed() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.closed
}

// wait returns 0 when the limit is closed and nothing is under way, or the number that
// is still under way when ctx is done.
func (l *limit) wait(ctx context.Context) int {
	select {
	case <-l.idle:
		return 0
	case <-ctx.Done():
	}
	return l.underWay()
}

// underWay returns how many requests are under way.
func (l *limit) underWay() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.total
}

// places are the places of requests that are not answered yet. Responses are not matched
// to their requests, so any response gives back any place.
type places struct {
	mu    sync.Mutex
	held  []func()
	ended bool
}

// hold keeps the place of a request until it is answered, or until end.
func (p *places) hold(leave func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.ended {
		leave()
		return
	}
	p.held = append(p.held, leave)
}

// answered gives one place back.
func (p *places) answered() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if n := len(p.held); n > 0 {
		p.held[n-1]()
		p.held = p.held[:n-1]
	}
}

func (p *places) end() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.ended = true
	for _, leave := range p.held {
		leave()
	}
	p.held = nil
}
