package mcpserver

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"
)

const (
	// flushWait bounds how long a result waits for earlier notifications.
	flushWait = 250 * time.Millisecond
	// flushSettle gives mcp-go time to write a notification that it has received from
	// the channel.
	flushSettle = time.Millisecond
)

// progress reports progress of one call to its client.
type progress struct {
	server *server.MCPServer
	ctx    context.Context //nolint:containedctx // the call's own context, for its own notifications
	token  mcp.ProgressToken
	sent   atomic.Bool
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
	if p.server.SendNotificationToClient(p.ctx, "notifications/progress", params) == nil {
		p.sent.Store(true)
	}
}

// flush waits until the notifications of the call are written. Otherwise mcp-go would
// send the last of them after the result, when clients have dropped their handler. A
// call without notifications does not wait.
//
// If the session is mcp-go's own, flush polls: the library receives notifications from
// the channel in a goroutine of its own and gives no signal when one has been written.
func (p *progress) flush(ctx context.Context) {
	session := server.ClientSessionFromContext(ctx)
	if !p.sent.Load() || session == nil {
		return
	}
	if own, ok := session.(*messageClient); ok {
		own.flush()
		return
	}
	channel := session.NotificationChannel()
	deadline := time.Now().Add(flushWait)
	for len(channel) > 0 && time.Now().Before(deadline) {
		time.Sleep(100 * time.Microsecond)
	}
	time.Sleep(flushSettle)
}
