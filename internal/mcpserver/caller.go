package mcpserver

import (
	"context"
	"errors"

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
	// Serves reports whether the principal may see a tool; nil shows all tools.
	Serves func(toolName string) bool
	// Knows reports whether calls of a tool reach the guard, which refuses those for
	// which a scope is missing. Nil is the same as Serves.
	Knows func(toolName string) bool
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

type calledKey struct{}

// withCalled adds to a context the name of the tool that a message calls.
func withCalled(ctx context.Context, m posted) context.Context {
	if m.Method != string(mcp.MethodToolsCall) {
		return ctx
	}
	return context.WithValue(ctx, calledKey{}, m.Params.Name)
}

// calledBy returns the name of the tool that a message over HTTP calls; empty if it calls
// none.
func calledBy(ctx context.Context) string {
	name, _ := ctx.Value(calledKey{}).(string)
	return name
}

// visible returns the tools that a caller may see or, for a call, that they may call.
// mcp-go calls it with all tools for a list, and with one tool for a call.
func (s *Server) visible(ctx context.Context, all []mcp.Tool) []mcp.Tool {
	c := callerOf(ctx)
	if c == nil {
		return nil
	}
	serves := c.Serves
	if calledBy(ctx) != "" && c.Knows != nil {
		serves = c.Knows
	}
	if serves == nil && c.Tools == nil {
		return all
	}
	var seen []mcp.Tool
	for _, t := range all {
		if serves != nil && !serves(t.Name) {
			continue
		}
		if c.Tools != nil {
			d := tool.Find(c.Tools, t.Name)
			if d == nil {
				continue
			}
			t = describe(d, s.opts.AskHost)
		}
		seen = append(seen, t)
	}
	return seen
}

// served returns the names of the tools that a caller sees.
func (s *Server) served(c *Caller) []string {
	definitions := s.opts.Tools
	if c != nil && c.Tools != nil {
		definitions = c.Tools
	}
	var names []string
	for _, d := range definitions {
		if c != nil && (c.Serves == nil || c.Serves(d.Name)) {
			names = append(names, d.Name)
		}
	}
	return names
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
