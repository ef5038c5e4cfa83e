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

// metaNames is the key in _meta for the names of the IDs of a completion. A client puts
// a value into the argument as it is, so the values are IDs only.
const metaNames = "countersign/names"

// Prompts are the prompts that a user can start an agent with.
type Prompts interface {
	// List returns the prompts in the order of their names. It is called once.
	List() []prompt.Prompt
	// Get returns the text of a prompt. The user sees the error as tool.AsError has it.
	Get(ctx context.Context, name string, given map[string]string) (string, error)
	// Complete returns the possible values of an argument. Errors are as for Get.
	Complete(ctx context.Context, q prompt.Query) (prompt.Completion, error)
}

func (s *Server) hasPrompts() bool { return s.opts.Prompts != nil && len(s.opts.Prompts.List()) > 0 }

// promptOptions declare prompts and completions, if there are prompts.
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

// beside runs a request that is not a call of a tool: with a limit of its own, for the
// principal of the request, and without the text of an internal error or panic, because
// mcp-go would send it verbatim.
func (s *Server) beside(ctx context.Context, what string, do func(context.Context, Prompts) error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			s.opts.Log.Error().Str("request", what).Str("panic", fmt.Sprint(p)).Msg("a request panicked")
			err = requestError(errors.New("panic"))
		}
	}()
	caller := callerOf(ctx)
	if caller == nil || caller.Prompts == nil {
		return requestError(errNoCaller)
	}
	leave, status := s.lookups.enter(caller.Principal)
	if status != 0 {
		return requestError(errBusy())
	}
	defer leave()
	if err := do(guard.WithPrincipal(ctx, caller.Principal), caller.Prompts); err != nil {
		s.opts.Log.Info().Err(err).Str("request", what).Msg("request refused or failed")
		return requestError(err)
	}
	return nil
}

// invalidParams is the beginning of the text of an error of the client. mcp-go sends
// every error of a handler as an internal error, and correctCode corrects the code.
const invalidParams = "Invalid params: "

// requestError returns the error that a client receives instead of a result.
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

// completer provides completions to mcp-go.
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

// completedNames carries names from a completion to the _meta of its result, which a
// provider of mcp-go cannot set. The provider and the hook get the same context, which
// belongs to one request.
type completedNames struct{ byRequest sync.Map }

func (n *completedNames) keep(ctx context.Context, names map[string]any) {
	if len(names) > 0 {
		n.byRequest.Store(ctx, names)
	}
}

// attach is the hook that sets the _meta.
func (n *completedNames) attach(ctx context.Context, _ any, _ *mcp.CompleteRequest, result *mcp.CompleteResult) {
	names, ok := n.byRequest.LoadAndDelete(ctx)
	if !ok || result == nil {
		return
	}
	result.Meta = &mcp.Meta{AdditionalFields: map[string]any{metaNames: names}}
}
