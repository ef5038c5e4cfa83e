package mcpclient

import (
	"context"
	"encoding/json"
	"sync"

	"github.com/mark3labs/mcp-go/client/transport"
)

// tap wraps the transport of a client. It keeps the last answer to a question that was
// sent with a repeated call, and can send an answer that nobody gave, as a dishonest
// client would.
type tap struct {
	transport.Interface

	mu   sync.Mutex
	last json.RawMessage
}

// answerParams are the parameters of a repeated call (revision 2026-07-28) that
// carry the answer to a question.
type answerParams struct {
	RequestState   json.RawMessage `json:"requestState,omitempty"`
	InputResponses json.RawMessage `json:"inputResponses,omitempty"`
}

// SetRequestHandler implements transport.BidirectionalInterface, for transports
// that carry questions.
func (t *tap) SetRequestHandler(handler transport.RequestHandler) {
	if both, ok := t.Interface.(transport.BidirectionalInterface); ok {
		both.SetRequestHandler(handler)
	}
}

type forgedKey struct{}

// SendRequest implements transport.Interface.
func (t *tap) SendRequest(ctx context.Context, r transport.JSONRPCRequest) (*transport.JSONRPCResponse, error) {
	raw, err := json.Marshal(r.Params)
	if err != nil {
		return nil, err
	}
	var answer answerParams
	if json.Unmarshal(raw, &answer) == nil && answer.InputResponses != nil {
		if err := t.keep(answer); err != nil {
			return nil, err
		}
		return t.send(ctx, r)
	}
	if forged, ok := ctx.Value(forgedKey{}).(json.RawMessage); ok {
		if r.Params, err = merge(raw, forged); err != nil {
			return nil, err
		}
	}
	return t.send(ctx, r)
}

func (t *tap) keep(answer answerParams) error {
	raw, err := json.Marshal(answer)
	t.mu.Lock()
	defer t.mu.Unlock()
	t.last = raw
	return err
}

// merge adds the members of one JSON object to another.
func merge(into, from json.RawMessage) (map[string]json.RawMessage, error) {
	var members map[string]json.RawMessage
	if err := json.Unmarshal(into, &members); err != nil {
		return nil, err
	}
	return members, json.Unmarshal(from, &members)
}

// LastAnswer returns the last answer that was sent with a repeated call, as a JSON object
// with requestState and inputResponses; nil if there was none.
func (c *Client) LastAnswer() json.RawMessage {
	c.tap.mu.Lock()
	defer c.tap.mu.Unlock()
	return c.tap.last
}

// CallWithAnswer calls a tool and sends an answer with the first request, whether or not
// there was a question. A question in the response is passed to Form as usual.
func (c *Client) CallWithAnswer(ctx context.Context, tool string, arguments, answer json.RawMessage) (Result, error) {
	return c.Call(context.WithValue(ctx, forgedKey{}, answer), tool, arguments)
}
