package mcpserver

import (
	"context"
	"time"

	"github.com/mark3labs/mcp-go/mcp"

	"countersign/internal/guard"
	"countersign/internal/tool"
)

// Observer is told of every call of a tool and of every request over HTTP, for those
// who watch over the server. Nothing depends on it.
type Observer interface {
	// Called is told of a call before it is carried out, which is done with the
	// context that it returns, and then how it ended.
	Called(ctx context.Context, c Incoming) (_ context.Context, end func(Called))
	// Served is told of a request over HTTP when it is over.
	Served(s Served)
}

// Incoming is a call that has come.
type Incoming struct {
	// Tool is one of the server's.
	Tool string
	// Message and Request read what came in the _meta of the message, and in the
	// headers of its request, under a key such as traceparent; empty for nothing.
	Message, Request func(key string) string
}

// Called is how a call ended.
type Called struct {
	// Outcome is the status of an outcome, done for a read, or failed.
	Outcome string
	// Code is that of the error; empty without one.
	Code tool.Code
}

// Served is a request over HTTP that has been answered.
type Served struct {
	// Route and Method are of closed sets: what is none of them is other.
	Route, Method string
	// Status is 0 where the client had left.
	Status int
}

// The outcomes that a call can have beside the statuses of tool.Outcome.
const (
	outcomeFailed = "failed"
	other         = "other"
)

// observe tells the observer of a call, and the log.
func (s *Server) observe(ctx context.Context, r mcp.CallToolRequest) (context.Context, func(guard.Reply, error)) {
	began, end := time.Now(), func(Called) {}
	if s.opts.Observe != nil {
		ctx, end = s.opts.Observe.Called(ctx, Incoming{
			Tool: r.Params.Name, Request: r.Header.Get,
			Message: func(key string) string {
				if r.Params.Meta == nil {
					return ""
				}
				value, _ := r.Params.Meta.AdditionalFields[key].(string)
				return value
			},
		})
	}
	return ctx, func(reply guard.Reply, err error) {
		c := howCalled(reply, err)
		end(c)
		if err != nil {
			return // what failed has a line that says why
		}
		s.opts.Log.Info().Ctx(ctx).Str("principal", principalOf(ctx)).Str("tool", r.Params.Name).Str("outcome", c.Outcome).
			Dur("ms", time.Since(began)).Msg("called")
	}
}

func howCalled(reply guard.Reply, err error) Called {
	if err != nil {
		return Called{outcomeFailed, tool.AsError(err).Code}
	}
	if reply.Ask != nil {
		return Called{Outcome: string(tool.StatusApprovalRequired)}
	}
	if outcome, ok := reply.Output.(tool.Outcome); ok {
		return Called{Outcome: string(outcome.Status)}
	}
	return Called{Outcome: string(tool.StatusDone)}
}
