package mcpserver

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"

	"countersign/internal/guard"
	"countersign/internal/schema"
	"countersign/internal/tool"
)

const (
	// metaError is the key in _meta for the error object. The object is not in
	// structuredContent, because SDK 1.x clients validate that against the output schema
	// of the tool and throw, and the agent never sees the error.
	metaError = "countersign/error"
	// metaOperation is the key in _meta for the operation whose result the message
	// carries. The transport records the result as delivered once it is written.
	metaOperation = "countersign/operation"
)

func (s *Server) result(ctx context.Context, toolName string, reply guard.Reply) *mcp.CallToolResult {
	if reply.Ask != nil {
		return server.NewInputRequestBuilder(reply.State).Elicit(formID, formParams(*reply.Ask)).ToolResult()
	}
	raw, err := schema.Encode(reply.Output)
	if err != nil {
		return s.failure(ctx, toolName, fmt.Errorf("encode output: %w", err))
	}
	result := &mcp.CallToolResult{}
	if streamOf(ctx) == nil {
		p := s.payloads.put(raw)
		result.StructuredContent, result.Content = p, []mcp.Content{mcp.NewTextContent(p.mark)}
	} else { // this message may never be written, so nothing is stored for it
		result.StructuredContent, result.Content = raw, []mcp.Content{mcp.NewTextContent(string(raw))}
	}
	if reply.Text != "" {
		result.Content = append(result.Content, mcp.NewTextContent(reply.Text))
	}
	if reply.Deliver != "" {
		result.Meta = &mcp.Meta{AdditionalFields: map[string]any{metaOperation: reply.Deliver}}
	}
	return result
}

func errorResult(e *tool.Error) *mcp.CallToolResult {
	raw, err := json.Marshal(e)
	if err != nil {
		raw = []byte(`{"code":"internal","message":"the error could not be encoded","retryable":false}`)
	}
	result := &mcp.CallToolResult{IsError: true, Content: []mcp.Content{mcp.NewTextContent(string(raw))}}
	result.Meta = &mcp.Meta{AdditionalFields: map[string]any{metaError: json.RawMessage(raw)}}
	return result
}
