//go:build conformance

package mcpserver

// The fixture is the server that the official conformance suite expects: its tools,
// resources and prompts, behind our own HTTP. It is part of the tests only.

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"
)

// The suite of revision 2025-11-25 tests sampling and logging over the protocol, which
// the product does not have and the next revision removed. They use the same questions
// and notifications as everything else.

// RequestSampling implements server.SessionWithSampling.
func (c *messageClient) RequestSampling(ctx context.Context, request mcp.CreateMessageRequest) (*mcp.CreateMessageResult, error) {
	if c.ask == nil {
		return nil, errors.New("nobody can be asked")
	}
	raw, err := c.ask(ctx, string(mcp.MethodSamplingCreateMessage), request.CreateMessageParams)
	if err != nil {
		return nil, err
	}
	var result mcp.CreateMessageResult
	return &result, json.Unmarshal(raw, &result)
}

// SetLogLevel implements server.SessionWithLogging.
func (*messageClient) SetLogLevel(mcp.LoggingLevel) {}

// GetLogLevel implements server.SessionWithLogging.
func (*messageClient) GetLogLevel() mcp.LoggingLevel { return mcp.LoggingLevelInfo }

const (
	onePixel = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
	silence  = "UklGRiQAAABXQVZFZm10IBAAAAABAAEAQB8AAIA+AAACABAAZGF0YQAAAAA="
	// pause is the time between two notifications of a call.
	pause = 20 * time.Millisecond
)

func pauseBefore(notification int) {
	if notification > 0 {
		time.Sleep(pause)
	}
}

// fixture builds that server.
type fixture struct {
	*server.MCPServer
	key     []byte
	changes atomic.Int64
}

func newFixture() *server.MCPServer {
	f := &fixture{key: make([]byte, sha256.Size), MCPServer: server.NewMCPServer("fixture", "1",
		server.WithToolCapabilities(true), server.WithPromptCapabilities(true), server.WithResourceCapabilities(true, true),
		server.WithCompletions(), server.WithLogging(), server.WithLogger(slog.New(slog.DiscardHandler)))}
	_, _ = rand.Read(f.key) // never fails
	f.content()
	f.notifications()
	f.questions()
	f.states()
	f.capabilities()
	f.schemas()
	f.resources()
	f.prompts()
	return f.MCPServer
}

type does = server.ToolHandlerFunc

// tool adds a tool.
func (f *fixture) tool(name string, do does, options ...mcp.ToolOption) {
	f.AddTool(mcp.NewTool(name, append(options, mcp.WithDescription("Conformance: "+name+"."))...), do)
}

// says adds a tool that always gives the same result.
func says(content ...mcp.Content) does {
	return func(context.Context, mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		return &mcp.CallToolResult{Content: content}, nil
	}
}

func words(format string, a ...any) (*mcp.CallToolResult, error) {
	return mcp.NewToolResultText(fmt.Sprintf(format, a...)), nil
}

func embedded(uri, media, text string) mcp.Content {
	return mcp.NewEmbeddedResource(mcp.TextResourceContents{URI: uri, MIMEType: media, Text: text})
}

func (f *fixture) content() {
	image := mcp.NewImageContent(onePixel, "image/png")
	f.tool("test_simple_text", says(mcp.NewTextContent("This is a simple text response for testing.")))
	f.tool("test_image_content", says(image))
	f.tool("test_audio_content", says(mcp.NewAudioContent(silence, "audio/wav")))
	f.tool("test_embedded_resource", says(embedded("test://embedded-resource", "text/plain", "This is an embedded resource content.")))
	f.tool("test_multiple_content_types", says(mcp.NewTextContent("Multiple content types test:"), image,
		embedded("test://mixed-content-resource", "application/json", `{"test":"data","value":123}`)))
	f.tool("test_error_handling", func(context.Context, mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		return mcp.NewToolResultError("This tool intentionally returns an error for testing"), nil
	})
}

func (f *fixture) notifications() {
	logs := func(ctx context.Context, _ mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		for i, line := range []string{"Tool execution started", "Tool processing data", "Tool execution completed"} {
			pauseBefore(i)
			if err := f.SendLogMessageToClient(ctx, mcp.NewLoggingMessageNotification(mcp.LoggingLevelInfo, "fixture", line)); err != nil {
				return nil, err
			}
		}
		return words("logged")
	}
	f.tool("test_tool_with_logging", logs)
	f.tool("test_logging_tool", logs)
	f.tool("test_tool_with_progress", func(ctx context.Context, r mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		if r.Params.Meta == nil || r.Params.Meta.ProgressToken == nil {
			return words("nobody asked for progress")
		}
		for i, done := range []int{0, 50, 100} {
			pauseBefore(i)
			params := map[string]any{"progressToken": r.Params.Meta.ProgressToken, "progress": done, "total": 100}
			if err := f.SendNotificationToClient(ctx, "notifications/progress", params); err != nil {
				return nil, err
			}
		}
		return words("reported")
	})
	f.tool("test_trigger_tool_change", func(context.Context, mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		name := fmt.Sprint("passing_", f.changes.Add(1))
		f.tool(name, says())
		f.DeleteTools(name)
		return words("changed")
	})
	f.tool("test_trigger_prompt_change", func(context.Context, mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		name := fmt.Sprint("passing_", f.changes.Add(1))
		f.prompt(name)
		f.DeletePrompts(name)
		return words("changed")
	})
}

// object returns a schema. properties are names and schemas in turn.
func object(properties map[string]any, required ...string) map[string]any {
	schema := map[string]any{"type": "object", "properties": properties}
	if len(required) > 0 {
		schema["required"] = required
	}
	return schema
}

func form(text string, schema map[string]any) mcp.ElicitationParams {
	return mcp.ElicitationParams{Mode: mcp.ElicitationModeForm, Message: text, RequestedSchema: schema}
}

func nameForm() mcp.ElicitationParams {
	return form("What is your name?", object(map[string]any{"name": map[string]any{"type": "string"}}, "name"))
}

func sampling(question string) mcp.CreateMessageParams {
	return mcp.CreateMessageParams{MaxTokens: 100, Messages: []mcp.SamplingMessage{{Role: mcp.RoleUser, Content: mcp.NewTextContent(question)}}}
}

// asks adds a tool that asks one question by form.
func (f *fixture) asks(name, id string, form mcp.ElicitationParams, reply func(*mcp.ElicitationResult) string) {
	f.tool(name, func(_ context.Context, r mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		if a := server.ElicitationResponse(r.Params.InputResponses, id); a != nil {
			return words("%s", reply(a))
		}
		return server.NewInputRequestBuilder("").Elicit(id, form).ToolResult(), nil
	}, mcp.WithString("message"))
}

func whole(a *mcp.ElicitationResult) string {
	raw, err := json.Marshal(a.Content)
	if err != nil {
		return err.Error()
	}
	return fmt.Sprintf("Elicitation completed: action=%s, content=%s", a.Action, raw)
}

func field(a *mcp.ElicitationResult, name string) string {
	fields, _ := a.Content.(map[string]any)
	value, _ := fields[name].(string)
	return value
}

func (f *fixture) questions() {
	text := map[string]any{"type": "string"}
	f.asks("test_elicitation", "q", form("Who are you?", object(map[string]any{"username": text, "email": text}, "username", "email")), whole)
	f.asks("test_streaming_elicitation", "q", nameForm(), whole)
	f.asks("test_elicitation_sep1034_defaults", "q", form("Is this right?", object(map[string]any{
		"name":     map[string]any{"type": "string", "default": "John Doe"},
		"age":      map[string]any{"type": "integer", "default": 30},
		"score":    map[string]any{"type": "number", "default": 95.5},
		"status":   map[string]any{"type": "string", "enum": []string{"active", "inactive", "pending"}, "default": "active"},
		"verified": map[string]any{"type": "boolean", "default": true},
	})), whole)
	options := []string{"option1", "option2", "option3"}
	titled := []map[string]any{
		{"const": "value1", "title": "First Option"}, {"const": "value2", "title": "Second Option"}, {"const": "value3", "title": "Third Option"},
	}
	f.asks("test_elicitation_sep1330_enums", "q", form("Which?", object(map[string]any{
		"untitledSingle": map[string]any{"type": "string", "enum": options},
		"titledSingle":   map[string]any{"type": "string", "oneOf": titled},
		"legacyEnum":     map[string]any{"type": "string", "enum": []string{"opt1", "opt2", "opt3"}, "enumNames": []string{"Option One", "Option Two", "Option Three"}},
		"untitledMulti":  map[string]any{"type": "array", "items": map[string]any{"type": "string", "enum": options}},
		"titledMulti":    map[string]any{"type": "array", "items": map[string]any{"anyOf": titled}},
	})), whole)
	f.asks("test_input_required_result_elicitation", "user_name", nameForm(), func(a *mcp.ElicitationResult) string { return "Hello, " + field(a, "name") + "!" })
	for name, id := range map[string]string{"test_sampling": "q", "test_input_required_result_sampling": "capital_question"} {
		f.tool(name, func(_ context.Context, r mcp.CallToolRequest) (*mcp.CallToolResult, error) {
			if a := server.SamplingResponse(r.Params.InputResponses, id); a != nil {
				return words("LLM response: %v", a.Content)
			}
			return server.NewInputRequestBuilder("").Sample(id, sampling("What is the capital of France?")).ToolResult(), nil
		}, mcp.WithString("prompt"))
	}
	f.tool("test_input_required_result_list_roots", func(_ context.Context, r mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		if a := server.RootsResponse(r.Params.InputResponses, "client_roots"); a != nil {
			return words("Found %d root(s): %v", len(a.Roots), a.Roots)
		}
		return server.NewInputRequestBuilder("").Roots("client_roots").ToolResult(), nil
	})
}

// sign returns a state with a MAC.
func (f *fixture) sign(state string) string {
	m := hmac.New(sha256.New, f.key)
	m.Write([]byte(state))
	return state + "." + base64.RawURLEncoding.EncodeToString(m.Sum(nil))
}

func (f *fixture) signed(given, state string) bool {
	return hmac.Equal([]byte(given), []byte(f.sign(state)))
}

// states adds tools whose question has a state.
func (f *fixture) states() {
	confirm := form("Is this right?", object(map[string]any{"ok": map[string]any{"type": "boolean"}}, "ok"))
	for name, reply := range map[string]string{
		"test_input_required_result_request_state":  "state-ok: verified",
		"test_input_required_result_tampered_state": "integrity-ok: verified",
	} {
		f.tool(name, func(_ context.Context, r mcp.CallToolRequest) (*mcp.CallToolResult, error) {
			state := r.Params.RequestState
			switch {
			case state == "" || f.signed(state, name) && server.ElicitationResponse(r.Params.InputResponses, "confirm") == nil:
				return server.NewInputRequestBuilder(f.sign(name)).Elicit("confirm", confirm).ToolResult(), nil
			case !f.signed(state, name):
				return nil, errors.New(invalidParams + "this is no state of this tool")
			}
			return words("%s", reply)
		})
	}
	f.tool("test_input_required_result_multiple_inputs", func(_ context.Context, r mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		in := r.Params.InputResponses
		if server.ElicitationResponse(in, "user_name") != nil && server.SamplingResponse(in, "greeting") != nil && server.RootsResponse(in, "client_roots") != nil {
			return words("all inputs received")
		}
		return server.NewInputRequestBuilder(f.sign("several")).Elicit("user_name", nameForm()).
			Sample("greeting", sampling("Say hello.")).Roots("client_roots").ToolResult(), nil
	})
	f.tool("test_input_required_result_multi_round", func(_ context.Context, r mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		switch state := r.Params.RequestState; {
		case f.signed(state, "second"):
			return words("Multi-round complete")
		case f.signed(state, "first"):
			colour := form("Which colour do you like?", object(map[string]any{"color": map[string]any{"type": "string"}}, "color"))
			return server.NewInputRequestBuilder(f.sign("second")).Elicit("step2", colour).ToolResult(), nil
		}
		return server.NewInputRequestBuilder(f.sign("first")).Elicit("step1", nameForm()).ToolResult(), nil
	})
}

func (f *fixture) capabilities() {
	f.tool("test_missing_capability", func(ctx context.Context, _ mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		if caps := clientCapabilities(ctx); caps == nil || caps.Sampling == nil {
			return nil, MissingCapability("sampling")
		}
		return words("it is there")
	})
	f.tool("test_input_required_result_capabilities", func(ctx context.Context, r mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		if len(r.Params.InputResponses) > 0 {
			return words("capabilities-ok")
		}
		builder, caps := server.NewInputRequestBuilder(""), clientCapabilities(ctx)
		if caps.Sampling != nil {
			builder.Sample("q", sampling("hi"))
		}
		if caps.Elicitation != nil {
			builder.Elicit("e", nameForm())
		}
		return builder.ToolResult(), nil
	})
}

func (f *fixture) schemas() {
	f.AddTool(mcp.NewToolWithRawSchema("json_schema_2020_12_tool", "Conformance: a schema with the words of 2020-12.", json.RawMessage(`{
		"$schema": "https://json-schema.org/draft/2020-12/schema", "type": "object",
		"$defs": {"address": {"$anchor": "addressDef", "type": "object", "properties": {"street": {"type": "string"}, "city": {"type": "string"}}}},
		"properties": {
			"name": {"type": "string"}, "address": {"$ref": "#/$defs/address"}, "contactMethod": {"type": "string", "enum": ["phone", "email"]},
			"phone": {"type": "string"}, "email": {"type": "string"}
		},
		"allOf": [{"anyOf": [{"required": ["phone"]}, {"required": ["email"]}]}],
		"if": {"properties": {"contactMethod": {"const": "phone"}}, "required": ["contactMethod"]},
		"then": {"required": ["phone"]}, "else": {"required": ["email"]}, "additionalProperties": false
	}`)), says(mcp.NewTextContent("ok")))
	f.AddTool(mcp.NewToolWithRawSchema("test_x_mcp_header", "Conformance: a parameter that stands in a header too.",
		json.RawMessage(`{"type":"object","properties":{"region":{"type":"string","x-mcp-header":"Region"}},"required":["region"]}`)),
		func(_ context.Context, r mcp.CallToolRequest) (*mcp.CallToolResult, error) {
			return words("%s", r.GetString("region", ""))
		})
}
