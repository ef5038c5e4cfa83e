package mcpclient

import (
	"context"

	"github.com/mark3labs/mcp-go/client/transport"
	"github.com/mark3labs/mcp-go/mcp"
)

// send sends a request, and notifies the server when ctx is done before the response, as
// the protocol demands. mcp-go's client only stops waiting.
func (t *tap) send(ctx context.Context, r transport.JSONRPCRequest) (*transport.JSONRPCResponse, error) {
	response, err := t.Interface.SendRequest(ctx, r)
	if ctx.Err() != nil {
		var n mcp.JSONRPCNotification
		n.JSONRPC = mcp.JSONRPC_VERSION
		n.Method = string(mcp.MethodNotificationCancelled)
		n.Params.AdditionalFields = map[string]any{"requestId": r.ID, "reason": "the user gave it up"}
		// A server that has ended needs no notification.
		_ = t.SendNotification(context.WithoutCancel(ctx), n)
	}
	return response, err
}
