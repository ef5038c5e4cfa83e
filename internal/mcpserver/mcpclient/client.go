// Package mcpclient is a small MCP client, for the demonstration and for
// whole-session tests. It starts a server as a child, as a host would, or reaches
// one over HTTP, and lets the caller play the person in front of it.
//
// It must never know a cloud or the guard: it sees what any client sees.
package mcpclient

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"sync"
	"time"

	"github.com/mark3labs/mcp-go/client"
	"github.com/mark3labs/mcp-go/client/transport"
	"github.com/mark3labs/mcp-go/mcp"
)

// Form is a question that the server puts to the client's user.
type Form struct {
	Message string
	// Field is the name of the one field to fill in; empty where there is none.
	Field string
	// Label describes the field.
	Label string
}

// Answer is the user's answer: accept, decline or cancel, and what was typed.
type Answer struct {
	Action string
	Typed  string
}

// Options say how a server is started and what its client can do.
type Options struct {
	Command string
	Args    []string
	// Env is added to the environment of this process.
	Env []string
	// Stderr receives the server's log.
	Stderr io.Writer
	// Form answers questions; nil means that the client cannot show forms.
	Form func(ctx context.Context, f Form) (Answer, error)
	// Legacy uses the handshake of revisions before 2026-07-28.
	Legacy bool
}

// Client is a connected client.
type Client struct {
	mcp *client.Client
	cmd *exec.Cmd
	tap *tap

	mu       sync.Mutex
	progress []string
}

// Result is the result of a tool call as a client sees it.
type Result struct {
	IsError bool
	// Structured is the typed output; nil where there is none.
	Structured json.RawMessage `json:",omitempty"`
	// Text holds the text blocks.
	Text []string
	// Error is the error object of a failed call.
	Error json.RawMessage `json:",omitempty"`
}

// discoverTimeout is how long a server may take to answer that it supports revision
// 2026-07-28, before it is spoken to as an older one.
const discoverTimeout = 30 * time.Second

// Start starts a server and connects to it.
func Start(ctx context.Context, opts Options) (*Client, error) {
	c := &Client{}
	stdio := transport.NewStdioWithOptions(opts.Command, opts.Env, opts.Args,
		transport.WithCommandStderrWriter(opts.Stderr),
		transport.WithCommandFunc(func(ctx context.Context, command string, env, args []string) (*exec.Cmd, error) {
			c.cmd = exec.CommandContext(ctx, command, args...) //nolint:gosec // the caller names the server
			c.cmd.Env = append(os.Environ(), env...)
			return c.cmd, nil
		}))
	c.tap = &tap{Interface: stdio}
	if err := c.begin(ctx, opts, c.tap); err != nil {
		return nil, err
	}
	return c, nil
}

// begin connects to the server behind a transport.
func (c *Client) begin(ctx context.Context, opts Options, by transport.Interface) error {
	// A server on a busy machine may be slow without being an old one.
	options := []client.ClientOption{client.WithDiscoverTimeout(discoverTimeout)}
	if opts.Form != nil {
		options = append(options, client.WithElicitationHandler(asker(opts.Form)))
	}
	if opts.Legacy {
		options = append(options, client.WithProtocolVersion("2025-11-25"))
	}
	c.mcp = client.NewClient(by, options...)
	if err := c.mcp.Start(context.WithoutCancel(ctx)); err != nil {
		return fmt.Errorf("start server: %w", err)
	}
	c.mcp.OnNotification(c.noteProgress)
	var request mcp.InitializeRequest
	request.Params.ProtocolVersion = mcp.LATEST_PROTOCOL_VERSION
	if opts.Legacy {
		request.Params.ProtocolVersion = "2025-11-25"
	}
	request.Params.ClientInfo = mcp.Implementation{Name: "countersign-client", Version: "1"}
	if _, err := c.mcp.Initialize(ctx, request); err != nil {
		_ = c.mcp.Close()
		return fmt.Errorf("initialize: %w", err)
	}
	return nil
}

func (c *Client) noteProgress(n mcp.JSONRPCNotification) {
	if n.Method != "notifications/progress" {
		return
	}
	message, _ := n.Params.AdditionalFields["message"].(string)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.progress = append(c.progress, message)
}

// Progress returns the progress messages so far.
func (c *Client) Progress() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]string(nil), c.progress...)
}

// Version is the protocol revision that was agreed on.
func (c *Client) Version() string { return c.mcp.ProtocolVersion() }

// Tools lists the names of the tools.
func (c *Client) Tools(ctx context.Context) ([]string, error) {
	list, err := c.mcp.ListTools(ctx, mcp.ListToolsRequest{})
	if err != nil {
		return nil, err
	}
	var names []string
	for _, t := range list.Tools {
		names = append(names, t.Name)
	}
	return names, nil
}

// Call calls a tool with JSON arguments, which are sent byte for byte.
func (c *Client) Call(ctx context.Context, tool string, arguments json.RawMessage) (Result, error) {
	var request mcp.CallToolRequest
	request.Params.Name = tool
	request.Params.RawArguments = arguments
	request.Params.Meta = &mcp.Meta{ProgressToken: "p"}
	got, err := c.mcp.CallTool(ctx, request)
	if err != nil {
		return Result{}, err
	}
	result := Result{IsError: got.IsError}
	for _, block := range got.Content {
		if text, ok := block.(mcp.TextContent); ok {
			result.Text = append(result.Text, text.Text)
		}
	}
	if got.StructuredContent != nil {
		if result.Structured, err = json.Marshal(got.StructuredContent); err != nil {
			return result, err
		}
	}
	if got.Meta != nil && got.Meta.AdditionalFields["countersign/error"] != nil {
		result.Error, err = json.Marshal(got.Meta.AdditionalFields["countersign/error"])
	}
	return result, err
}

// Signal sends a signal to the server; os.Kill ends it without a drain.
func (c *Client) Signal(s os.Signal) error { return c.cmd.Process.Signal(s) }

// Close closes the server's input and waits for its end.
func (c *Client) Close() error { return c.mcp.Close() }

// asker answers elicitations with a function.
type asker func(ctx context.Context, f Form) (Answer, error)

// Elicit implements client.ElicitationHandler.
func (a asker) Elicit(ctx context.Context, r mcp.ElicitationRequest) (*mcp.ElicitationResult, error) {
	form := Form{Message: r.Params.Message}
	if schema, ok := r.Params.RequestedSchema.(map[string]any); ok {
		properties, _ := schema["properties"].(map[string]any)
		for name, property := range properties {
			form.Field = name
			if p, ok := property.(map[string]any); ok {
				form.Label, _ = p["description"].(string)
			}
		}
	}
	answer, err := a(ctx, form)
	if err != nil {
		return nil, err
	}
	result := &mcp.ElicitationResult{}
	result.Action = mcp.ElicitationResponseAction(answer.Action)
	if answer.Action == "accept" {
		content := map[string]any{}
		if form.Field != "" {
			content[form.Field] = answer.Typed
		}
		result.Content = content
	}
	return result, nil
}
