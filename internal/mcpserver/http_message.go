package mcpserver

import (
	"context"
	"encoding/json"
	"errors"
	"sync"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"
)

// messageClient is the session that mcp-go and the tools see for one message over HTTP.
// Each message has its own, so that nothing of one call can reach another: no
// notification, no question, no cancellation.
type messageClient struct {
	// id is the scope of cancellations: a client can cancel calls with the same id.
	id string
	// tell writes a message to the client before the response; nil if the client accepts
	// no events.
	tell func(message []byte) error
	// ask sends a question and waits for the answer; nil if the client cannot be asked.
	ask func(ctx context.Context, method string, params any) (json.RawMessage, error)

	mu      sync.Mutex
	info    mcp.Implementation
	caps    mcp.ClientCapabilities
	version string
	ended   bool
	// feed carries notifications; nil until the first one and after a flush.
	feed *feed
}

var (
	_ server.SessionWithElicitation     = (*messageClient)(nil)
	_ server.SessionWithClientInfo      = (*messageClient)(nil)
	_ server.SessionWithProtocolVersion = (*messageClient)(nil)
)

// SessionID implements server.ClientSession.
func (c *messageClient) SessionID() string { return c.id }

// Initialize implements server.ClientSession.
func (*messageClient) Initialize() {}

// Initialized implements server.ClientSession. It is always true, because many clients
// do not send their session ID after the handshake.
func (*messageClient) Initialized() bool { return true }

// GetClientInfo implements server.SessionWithClientInfo.
func (c *messageClient) GetClientInfo() mcp.Implementation {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.info
}

// SetClientInfo implements server.SessionWithClientInfo.
func (c *messageClient) SetClientInfo(info mcp.Implementation) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.info = info
}

// GetClientCapabilities implements server.SessionWithClientInfo.
func (c *messageClient) GetClientCapabilities() mcp.ClientCapabilities {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.caps
}

// SetClientCapabilities implements server.SessionWithClientInfo.
func (c *messageClient) SetClientCapabilities(caps mcp.ClientCapabilities) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.caps = caps
}

// ProtocolVersion implements server.SessionWithProtocolVersion.
func (c *messageClient) ProtocolVersion() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.version
}

// SetProtocolVersion is called by mcp-go during the handshake.
func (c *messageClient) SetProtocolVersion(version string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.version = version
}

// RequestElicitation implements server.SessionWithElicitation.
func (c *messageClient) RequestElicitation(ctx context.Context, request mcp.ElicitationRequest) (*mcp.ElicitationResult, error) {
	if c.ask == nil {
		return nil, server.ErrElicitationNotSupported
	}
	raw, err := c.ask(ctx, string(mcp.MethodElicitationCreate), request.Params)
	if err != nil {
		return nil, err
	}
	var result mcp.ElicitationResult
	if err := json.Unmarshal(raw, &result); err != nil {
		return nil, errors.New("the answer to a form is none")
	}
	return &result, nil
}

// feed carries notifications from mcp-go's channel to the client.
type feed struct {
	channel chan mcp.JSONRPCNotification
	stop    chan struct{}
	stopped chan struct{}
}

// feedSize is how many notifications may wait for a client that reads slowly.
const feedSize = 100

// NotificationChannel implements server.ClientSession. The first call starts the
// goroutine that forwards notifications. It returns nil after the response: mcp-go drops
// notifications that it cannot send.
func (c *messageClient) NotificationChannel() chan<- mcp.JSONRPCNotification {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.tell == nil || c.ended {
		return nil
	}
	if c.feed == nil {
		c.feed = &feed{make(chan mcp.JSONRPCNotification, feedSize), make(chan struct{}), make(chan struct{})}
		go c.forward(c.feed)
	}
	return c.feed.channel
}

func (c *messageClient) forward(f *feed) {
	defer close(f.stopped)
	for {
		select {
		case n := <-f.channel:
			c.write(n)
		case <-f.stop:
			return
		}
	}
}

func (c *messageClient) write(n mcp.JSONRPCNotification) {
	if raw, err := json.Marshal(n); err == nil {
		_ = c.tell(raw) // a client that has disconnected misses its progress
	}
}

// flush writes all notifications so far and stops forwarding.
func (c *messageClient) flush() {
	c.mu.Lock()
	f := c.feed
	c.feed = nil
	c.mu.Unlock()
	if f == nil {
		return
	}
	close(f.stop)
	<-f.stopped
	for {
		select {
		case n := <-f.channel:
			c.write(n)
		default:
			return
		}
	}
}

// end flushes, and drops all later notifications.
func (c *messageClient) end() {
	c.mu.Lock()
	c.ended = true
	c.mu.Unlock()
	c.flush()
}
