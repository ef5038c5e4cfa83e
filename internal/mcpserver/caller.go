package mcpserver

import (
	"context"
	"errors"
	"slices"

	"github.com/mark3labs/mcp-go/mcp"

	"countersign/internal/guard"
	"countersign/internal/tool"
)

// Caller is who makes a call, and what stands behind their tools.
type Caller struct {
	// Principal is their verified name. It never comes from the client.
	Principal string
	// Scopes are what they may do; nil is everything. The guard holds them to it.
	Scopes *tool.Scopes
	// StepUp is the challenge for a call of a tool that they lack a scope for and
	// could come back with; it is empty, or nil, where there is nothing to come back
	// with.
	StepUp func(toolName string) string
	// Guard carries their calls out.
	Guard *guard.Guard
	// Serves reports whether they may see and call a tool; nil lets them all.
	Serves func(toolName string) bool
	// Tools describe to them what the server's tools take, where their accounts
	// are not the server's; nil shows the server's own.
	Tools []*tool.Definition
	// Prompts are theirs; nil for none.
	Prompts Prompts
}

type callerKey struct{}

func withCaller(ctx context.Context, c *Caller) context.Context {
	return context.WithValue(ctx, callerKey{}, c)
}

// callerOf is who a request comes from; nil where nobody was found out, who may
// do nothing.
func callerOf(ctx context.Context) *Caller {
	c, _ := ctx.Value(callerKey{}).(*Caller)
	return c
}

// principalOf is the name of the caller, for the log.
func principalOf(ctx context.Context) string {
	if c := callerOf(ctx); c != nil {
		return c.Principal
	}
	return ""
}

var errNoCaller = errors.New("a request without a caller")

// visible are the tools that a caller sees. mcp-go asks it for lists and, with
// one tool, for calls.
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

// visiblePrompts are the prompts that a caller sees, likewise.
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
