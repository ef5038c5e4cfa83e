package mcpserver

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"
)

const (
	methodProgress = "notifications/progress"
	// flushWait bounds how long a result waits for earlier notifications.
	flushWait = 250 * time.Millisecond
	flushPoll = 100 * time.Microsecond
)

// progress reports progress of one call to its client.
type progress struct {
	server *server.MCPServer
	ctx    context.Context //nolint:containedctx // the call's own context, for its own notifications
	token  mcp.ProgressToken
	// last is the number of the last notification; zero until one was sent.
	last atomic.Int64
}

func (s *Server) progress(ctx context.Context, r mcp.CallToolRequest) *progress {
	p := &progress{server: s.mcp, ctx: ctx}
	if r.Params.Meta != nil {
		p.token = r.Params.Meta.ProgressToken
	}
	return p
}

func (p *progress) report(done, total float64, message string) {
	if p.token == nil {
		return
	}
	params := map[string]any{"progressToken": p.token, "progress": done, "total": total, "message": message}
	send := func() bool { return p.server.SendNotificationToClient(p.ctx, methodProgress, params) == nil }
	if pipe := pipeOf(p.ctx); pipe != nil {
		pipe.notes.number(send, &p.last)
	} else if send() {
		p.last.Store(1)
	}
}

// flush waits until the notifications of the call are written. Otherwise mcp-go would
// send the last of them after the result, when clients have dropped their handler. A
// call without notifications does not wait.
func (p *progress) flush(ctx context.Context) {
	last := p.last.Load()
	if last == 0 {
		return
	}
	if own, ok := server.ClientSessionFromContext(ctx).(*messageClient); ok {
		own.flush()
	}
	if pipe := pipeOf(ctx); pipe != nil {
		pipe.notes.wait(last)
	}
}

// notes numbers the notifications of a pipe. mcp-go writes them in their order, from a
// goroutine of its own.
type notes struct {
	mu      sync.Mutex
	sent    int64 // guarded by mu
	written atomic.Int64
}

// number sends a notification and stores its number in last.
func (n *notes) number(send func() bool, last *atomic.Int64) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if send() {
		n.sent++
		last.Store(n.sent)
	}
}

// wait returns when a notification is written, after flushWait at the latest.
func (n *notes) wait(number int64) {
	for deadline := time.Now().Add(flushWait); n.written.Load() < number && time.Now().Before(deadline); {
		time.Sleep(flushPoll)
	}
}
