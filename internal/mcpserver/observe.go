package mcpserver

import (
	"context"
	"time"

	"github.com/mark3labs/mcp-go/mcp"

	"countersign/internal/guard"
	"countersign/internal/tool"
)

// Observer observes the calls of tools and the requests over HTTP, for metrics and
// traces. It has no influence on them.
type Observer interface {
	// Called is called before a call is carried out, which uses the returned context.
	// end is called after it.
	Called(ctx context.Context, c Incoming) (_ context.Context, end func(Called))
	// Served is called after a request over HTTP.
	Served(s Served)
}

// Incoming is a call that was received.
type Incoming struct {
	// Tool is the name of a tool of the server.
	Tool string
	// Message returns the value of a key, such as traceparent, in the _meta of the
	// message, and Request its value in the headers of the request; empty if it is
	// missing.
	Message, Request func(key string) string
}

// Called is how a call ended.
type Called struct {
	// Outcome is the status of the outcome, done for a read, or failed.
	Outcome string
	// Code is the code of the error; empty without an error.
	Code tool.Code
}

// Served is a request over HTTP after its response.
type Served struct {
	// Route and Method are from closed sets; everything else is other.
	Route, Method string
	// Status is 0 if the client disconnected before the response.
	Status int
}

// The outcomes of a call beyond the statuses of tool.Outcome.
const (
	outcomeFailed = "failed"
	other         = "other"
)

// observe reports a call to the observer, and its end to the observer and the log.
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
			return // failure logs the reason
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
