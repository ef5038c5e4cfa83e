package mcpserver

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"

	"countersign/internal/guard"
	"countersign/internal/prompt"
	"countersign/internal/tool"
)

// metaNames carries, beside the exact IDs of a completion, the name of each.
// Values are what a client puts into the argument, so an ID stands there alone.
const metaNames = "countersign/names"

// Prompts are what users can start their agents with.
type Prompts interface {
	// List lists them in the order of their names; it is asked once.
	List() []prompt.Prompt
	// Get returns the text of a prompt. The error is for the user by tool.AsError.
	Get(ctx context.Context, name string, given map[string]string) (string, error)
	// Complete returns what an argument can be; the error likewise.
	Complete(ctx context.Context, q prompt.Query) (prompt.Completion, error)
}

func (s *Server) hasPrompts() bool { return s.opts.Prompts != nil && len(s.opts.Prompts.List()) > 0 }

// promptOptions declare prompts and completions, which are of use only together
// and only where there are prompts.
func (s *Server) promptOptions() []server.ServerOption {
	if !s.hasPrompts() {
		return nil
	}
	hooks := &server.Hooks{}
	hooks.AddAfterComplete(s.names.attach)
	return []server.ServerOption{
		server.WithPromptCapabilities(false),
		server.WithPromptFilter(s.visiblePrompts),
		server.WithCompletions(),
		server.WithPromptCompletionProvider(completer{s}),
		server.WithHooks(hooks),
	}
}

func (s *Server) addPrompts() {
	if !s.hasPrompts() {
		return
	}
	for _, p := range s.opts.Prompts.List() {
		described := mcp.Prompt{Name: p.Name, Title: p.Title, Description: p.Description}
		for _, a := range p.Arguments {
			described.Arguments = append(described.Arguments, mcp.PromptArgument{Name: a.Name, Description: a.Description, Required: a.Required})
		}
		s.mcp.AddPrompt(described, func(ctx context.Context, r mcp.GetPromptRequest) (*mcp.GetPromptResult, error) {
			return s.getPrompt(ctx, p, r.Params.Arguments)
		})
	}
}

func (s *Server) getPrompt(ctx context.Context, p prompt.Prompt, given map[string]string) (*mcp.GetPromptResult, error) {
	var text string
	err := s.beside(ctx, "get prompt "+p.Name, func(ctx context.Context, theirs Prompts) (err error) {
		text, err = theirs.Get(ctx, p.Name, given)
		return err
	})
	if err != nil {
		return nil, err
	}
	return &mcp.GetPromptResult{
		Description: p.Description,
		Messages:    []mcp.PromptMessage{{Role: mcp.RoleUser, Content: mcp.NewTextContent(text)}},
	}, nil
}

// beside does something for a client that is no call: within bounds, on
// behalf of the same principal, and never with an error or a panic whose text
// is not for the client, because mcp-go would send it verbatim.
func (s *Server) beside(ctx context.Context, what string, do func(context.Context, Prompts) error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			s.opts.Log.Error().Str("request", what).Str("panic", fmt.Sprint(p)).Msg("a request panicked")
			err = requestError(errors.New("panic"))
		}
	}()
	select {
	case s.lookups <- struct{}{}:
		defer func() { <-s.lookups }()
	default:
		return requestError(errBusy())
	}
	caller := callerOf(ctx)
	if caller == nil || caller.Prompts == nil {
		return requestError(errNoCaller)
	}
	if err := do(guard.WithPrincipal(ctx, caller.Principal), caller.Prompts); err != nil {
		s.opts.Log.Info().Err(err).Str("request", what).Msg("request refused or failed")
		return requestError(err)
	}
	return nil
}

// invalidParams begins the text of an error that is the client's: mcp-go sends
// every error of a handler as an internal one, and correctCode puts that right.
const invalidParams = "Invalid params: "

// requestError is what a client is told in place of a result.
func requestError(err error) error {
	e := tool.AsError(err)
	text := e.Message
	if e.Hint != "" {
		text += " " + e.Hint
	}
	if e.Code == tool.CodeInvalidArguments {
		text = invalidParams + text
	}
	return errors.New(text)
}

// completer hands completions to mcp-go.
type completer struct{ server *Server }

// CompletePromptArgument implements server.PromptCompletionProvider.
func (c completer) CompletePromptArgument(ctx context.Context, name string, argument mcp.CompleteArgument, given mcp.CompleteContext) (*mcp.Completion, error) {
	var got prompt.Completion
	err := c.server.beside(ctx, "complete an argument", func(ctx context.Context, theirs Prompts) (err error) {
		got, err = theirs.Complete(ctx, prompt.Query{Prompt: name, Argument: argument.Name, Typed: argument.Value, Given: given.Arguments})
		return err
	})
	if err != nil {
		return nil, err
	}
	completion := &mcp.Completion{Values: []string{}, Total: got.Total, HasMore: got.More}
	names := map[string]any{}
	for _, value := range got.Values {
		completion.Values = append(completion.Values, value.ID)
		if value.Name != "" {
			names[value.ID] = value.Name
		}
	}
	c.server.names.keep(ctx, names)
	return completion, nil
}

// completedNames carries names from a completion to its result, for whose _meta
// mcp-go has no place in what a provider returns. Provider and hook are given
// the same context, which belongs to one request.
type completedNames struct{ byRequest sync.Map }

func (n *completedNames) keep(ctx context.Context, names map[string]any) {
	if len(names) > 0 {
		n.byRequest.Store(ctx, names)
	}
}

// attach is the hook.
func (n *completedNames) attach(ctx context.Context, _ any, _ *mcp.CompleteRequest, result *mcp.CompleteResult) {
	names, ok := n.byRequest.LoadAndDelete(ctx)
	if !ok || result == nil {
		return
	}
	result.Meta = &mcp.Meta{AdditionalFields: map[string]any{metaNames: names}}
}
