package mcpserver

import (
	"context"
	"errors"
	"slices"

	"github.com/mark3labs/mcp-go/mcp"

	"countersign/internal/guard"
	"countersign/internal/tool"
)

// Caller is the principal of a request, with the guard, tools and prompts that serve it.
type Caller struct {
	// Principal is the verified name. It never comes from the client's messages.
	Principal string
	// Scopes are what the principal may do; nil is everything. The guard checks them.
	Scopes *tool.Scopes
	// StepUp returns the challenge for a call of a tool for which the token lacks a scope
	// that another token could have; otherwise it is empty. It may be nil.
	StepUp func(toolName string) string
	// Guard carries out the calls.
	Guard *guard.Guard
	// Serves reports whether the principal may see and call a tool; nil allows all tools.
	Serves func(toolName string) bool
	// Tools describe the tools for a principal whose accounts differ from the server's;
	// nil shows the descriptions of the server.
	Tools []*tool.Definition
	// Prompts are the prompts of the principal; nil for none.
	Prompts Prompts
}

type callerKey struct{}

func withCaller(ctx context.Context, c *Caller) context.Context {
	return context.WithValue(ctx, callerKey{}, c)
}

// callerOf returns the caller of a request; nil if it was not authenticated, and then
// nothing is allowed.
func callerOf(ctx context.Context) *Caller {
	c, _ := ctx.Value(callerKey{}).(*Caller)
	return c
}

// principalOf returns the name of the caller, for the log.
func principalOf(ctx context.Context) string {
	if c := callerOf(ctx); c != nil {
		return c.Principal
	}
	return ""
}

var errNoCaller = errors.New("a request without a caller")

// visible returns the tools that a caller may see. mcp-go calls it with all tools for a
// list, and with one tool for a call.
func (s *Server) visible(ctx context.Context, all []mcp.Tool) []mcp.Tool {
	c := callerOf(ctx)
	switch {
	case c == nil:
		return nil
	case c.Serves == nil && c.Tools == nil:
		return all
	}
	var seen []mcp.Tool
	for _, t := range all {
		if c.Serves != nil && !c.Serves(t.Name) {
			continue
		}
		if c.Tools != nil {
			i := slices.IndexFunc(c.Tools, func(d *tool.Definition) bool { return d.Name == t.Name })
			if i < 0 {
				continue
			}
			t = describe(c.Tools[i], s.opts.AskHost)
		}
		seen = append(seen, t)
	}
	return seen
}

// visiblePrompts returns the prompts that a caller may see, in the same way.
func (s *Server) visiblePrompts(ctx context.Context, all []mcp.Prompt) []mcp.Prompt {
	c := callerOf(ctx)
	if c == nil || c.Prompts == nil {
		return nil
	}
	theirs := c.Prompts.List()
	var seen []mcp.Prompt
	for _, p := range all {
		for _, t := range theirs {
			if t.Name == p.Name {
				seen = append(seen, p)
			}
		}
	}
	return seen
}
