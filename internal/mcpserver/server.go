package mcpserver

import (
	"cmp"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"
	"github.com/rs/zerolog"

	"countersign/internal/guard"
	"countersign/internal/tool"
)

// maxCalls bounds the concurrent calls over stdio. It is below the size of the worker
// pool, so that a busy error can always be sent.
const maxCalls = 80

// maxLookups bounds the concurrent requests for prompts and completions. They have a
// limit of their own, so that typing never takes a place from calls.
const maxLookups = 20

// lookupsPerCaller bounds those of one caller where there can be several: over HTTP.
const lookupsPerCaller = 5

//go:embed instructions.md
var instructions string

// Options are the settings of a server.
type Options struct {
	Version string
	// Tools are served in the order of their names.
	Tools []*tool.Definition
	// Prompts are all prompts of any caller.
	Prompts Prompts
	// Caller is the only caller over stdio. Over HTTP each request has its own.
	Caller *Caller
	// MaxCalls bounds the calls that are under way at once, and over HTTP all
	// requests; 0 is as many as stdio has room for.
	MaxCalls int
	// AskHost marks tools that destroy something, so that hosts that know the mark ask
	// their user in every permission mode.
	AskHost bool
	Log     zerolog.Logger
	// Observe observes calls and requests; nil for none.
	Observe Observer
	// Slog is the same log for mcp-go.
	Slog *slog.Logger
}

// Server serves the tools over MCP.
type Server struct {
	opts  Options
	mcp   *server.MCPServer
	slots chan struct{}
	// lookups bounds the requests for prompts and completions.
	lookups *limit
	names   completedNames
	// payloads are the outputs of calls that are not written yet.
	payloads *payloads
	// gone is done when clients can answer no more questions.
	gone   context.Context //nolint:containedctx // the lifetime of the server, not of a call
	goAway context.CancelFunc
}

// New returns a server. It uses no network and compiles no schema.
func New(opts Options) *Server {
	opts.MaxCalls = cmp.Or(opts.MaxCalls, maxCalls)
	s := &Server{
		opts: opts, slots: make(chan struct{}, opts.MaxCalls), lookups: newLimit(maxLookups, maxLookups), payloads: newPayloads(),
	}
	s.gone, s.goAway = context.WithCancel(context.Background())
	options := []server.ServerOption{
		server.WithTitle("Countersign"),
		server.WithDescription("Clouds for agents, behind a person's countersignature."),
		server.WithInstructions(instructions),
		server.WithToolCapabilities(false),
		server.WithToolFilter(s.visible),
		server.WithLogger(quiet(opts.Slog)),
	}
	s.mcp = server.NewMCPServer("countersign", opts.Version, append(options, s.promptOptions()...)...)
	for _, t := range describeAll(opts.Tools, opts.AskHost) {
		s.mcp.AddTool(t, s.handle)
	}
	s.addPrompts()
	return s
}

// describeAll returns the descriptions of tools in their order. It makes the schemas
// concurrently, because they take most of the time of a start.
func describeAll(definitions []*tool.Definition, askHost bool) []mcp.Tool {
	tools := make([]mcp.Tool, len(definitions))
	var all sync.WaitGroup
	for i, d := range definitions {
		all.Go(func() { tools[i] = describe(d, askHost) })
	}
	all.Wait()
	return tools
}

// Describe returns the tools as a client sees them, for goldens and docs.
func Describe(definitions []*tool.Definition, askHost bool) []mcp.Tool {
	tools := describeAll(definitions, askHost)
	slices.SortFunc(tools, func(a, b mcp.Tool) int {
		if a.Name < b.Name {
			return -1
		}
		return 1
	})
	return tools
}

// describe returns the MCP description of a tool. The hints describe the strongest
// effect that the tool can have.
func describe(d *tool.Definition, askHost bool) mcp.Tool {
	t := mcp.Tool{
		Name:            d.Name,
		Title:           d.Title,
		Description:     d.Description,
		RawInputSchema:  d.Input.JSON(),
		RawOutputSchema: d.Output.JSON(),
		Annotations: mcp.ToolAnnotation{
			ReadOnlyHint:    new(d.Effect == tool.Read),
			DestructiveHint: new(d.Effect >= tool.Disrupt),
			IdempotentHint:  new(d.Idempotent),
			OpenWorldHint:   new(true),
		},
	}
	if askHost && d.Effect == tool.Destroy {
		t.Meta = &mcp.Meta{AdditionalFields: map[string]any{"anthropic/requiresUserInteraction": true}}
	}
	return t
}

// handle passes one call of a tool to the guard and returns the reply. It never returns
// an error, because mcp-go would send its text verbatim.
func (s *Server) handle(ctx context.Context, r mcp.CallToolRequest) (result *mcp.CallToolResult, _ error) {
	ctx, end := s.observe(ctx, r)
	var reply guard.Reply
	var err error
	defer func() {
		if p := recover(); p != nil {
			s.opts.Log.Error().Ctx(ctx).Str("tool", r.Params.Name).Str("panic", fmt.Sprint(p)).Msg("a call panicked")
			err = errPanicked
			result = errorResult(tool.AsError(err))
		}
		end(reply, err)
	}()
	if reply, err = s.call(ctx, r); err != nil {
		return s.failure(ctx, r.Params.Name, err), nil
	}
	return s.result(ctx, r.Params.Name, reply), nil
}

var errPanicked = errors.New("panic")

// call passes a call to the guard, or fails if too many calls are under way.
func (s *Server) call(ctx context.Context, r mcp.CallToolRequest) (guard.Reply, error) {
	select {
	case s.slots <- struct{}{}:
		defer func() { <-s.slots }()
	default:
		return guard.Reply{}, errBusy()
	}
	caller := callerOf(ctx)
	if caller == nil {
		return guard.Reply{}, errNoCaller
	}
	ctx, cancel := whileStreaming(ctx)
	defer cancel()
	progress := s.progress(ctx, r)
	ctx = tool.WithHurry(tool.WithProgress(ctx, progress.report), s.gone.Done())
	reply, err := caller.Guard.Call(ctx, s.request(ctx, caller, r))
	progress.flush(ctx)
	if ctx.Err() != nil {
		reply.Deliver = "" // the client has cancelled this call, so its result is kept for an equal one
	}
	return reply, err
}

func errBusy() *tool.Error {
	return tool.Errorf(tool.CodeBusy, "Wait for calls under way, then repeat this one.", "Too many calls are under way at once.")
}

func (s *Server) request(ctx context.Context, caller *Caller, r mcp.CallToolRequest) guard.Request {
	request := guard.Request{Tool: r.Params.Name, Arguments: r.Params.RawArguments, Principal: caller.Principal, Scopes: caller.Scopes}
	if !canForm(ctx) {
		return request
	}
	if server.IsModernRequest(ctx) {
		request.RoundTrip = true
		request.State = r.Params.RequestState
		request.Answer = roundTripAnswer(r.Params.InputResponses)
		return request
	}
	request.Form = s.directForm
	return request
}

func (s *Server) failure(ctx context.Context, toolName string, err error) *mcp.CallToolResult {
	e := tool.AsError(err)
	level := zerolog.InfoLevel
	if e.Code == tool.CodeInternal {
		level = zerolog.ErrorLevel
	}
	s.opts.Log.WithLevel(level).Ctx(ctx).Err(err).Str("principal", principalOf(ctx)).Str("tool", toolName).Str("code", string(e.Code)).Msg("call refused or failed")
	return errorResult(e)
}
