package mcpserver

import (
	"context"
	"encoding/json"
	"errors"
	"sync"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"
)

// httpSession is what mcp-go and the tools see of a client while one message that
// came over HTTP is dealt with, and no longer. Each message has its own, so that
// nothing of one call can end up in another: neither a notification, nor a
// question, nor a cancellation.
type httpSession struct {
	// id scopes what the client can cancel.
	id string
	// tell writes a message to the client, before the response; nil where it
	// takes none.
	tell func(message []byte) error
	// ask puts a question and waits; nil where nobody can be asked.
	ask func(ctx context.Context, method string, params any) (json.RawMessage, error)

	mu      sync.Mutex
	info    mcp.Implementation
	caps    mcp.ClientCapabilities
	version string
	ended   bool
	// feed is where notifications go while somebody sends any.
	feed *feed
}

var (
	_ server.SessionWithElicitation     = (*httpSession)(nil)
	_ server.SessionWithClientInfo      = (*httpSession)(nil)
	_ server.SessionWithProtocolVersion = (*httpSession)(nil)
)

// SessionID implements server.ClientSession.
func (s *httpSession) SessionID() string { return s.id }

// Initialize implements server.ClientSession.
func (*httpSession) Initialize() {}

// Initialized implements server.ClientSession: a message is served without a
// handshake before it, because many clients never repeat their session's ID.
func (*httpSession) Initialized() bool { return true }

// GetClientInfo implements server.SessionWithClientInfo.
func (s *httpSession) GetClientInfo() mcp.Implementation {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.info
}

// SetClientInfo implements server.SessionWithClientInfo.
func (s *httpSession) SetClientInfo(info mcp.Implementation) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.info = info
}

// GetClientCapabilities implements server.SessionWithClientInfo.
func (s *httpSession) GetClientCapabilities() mcp.ClientCapabilities {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.caps
}

// SetClientCapabilities implements server.SessionWithClientInfo.
func (s *httpSession) SetClientCapabilities(caps mcp.ClientCapabilities) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.caps = caps
}

// ProtocolVersion implements server.SessionWithProtocolVersion.
func (s *httpSession) ProtocolVersion() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.version
}

// SetProtocolVersion is called by mcp-go at the handshake.
func (s *httpSession) SetProtocolVersion(version string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.version = version
}

// RequestElicitation implements server.SessionWithElicitation.
func (s *httpSession) RequestElicitation(ctx context.Context, request mcp.ElicitationRequest) (*mcp.ElicitationResult, error) {
	if s.ask == nil {
		return nil, server.ErrElicitationNotSupported
	}
	raw, err := s.ask(ctx, string(mcp.MethodElicitationCreate), request.Params)
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

// NotificationChannel implements server.ClientSession. Nothing runs until the
// first notification. The library drops what it cannot put into the channel,
// and so whatever comes after the response.
func (s *httpSession) NotificationChannel() chan<- mcp.JSONRPCNotification {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.tell == nil || s.ended {
		return nil
	}
	if s.feed == nil {
		s.feed = &feed{make(chan mcp.JSONRPCNotification, feedSize), make(chan struct{}), make(chan struct{})}
		go s.forward(s.feed)
	}
	return s.feed.channel
}

func (s *httpSession) forward(f *feed) {
	defer close(f.stopped)
	for {
		select {
		case n := <-f.channel:
			s.write(n)
		case <-f.stop:
			return
		}
	}
}

func (s *httpSession) write(n mcp.JSONRPCNotification) {
	if raw, err := json.Marshal(n); err == nil {
		_ = s.tell(raw) // a client that is gone misses its progress
	}
}

// flush returns when all notifications so far are written.
func (s *httpSession) flush() {
	s.mu.Lock()
	f := s.feed
	s.feed = nil
	s.mu.Unlock()
	if f == nil {
		return
	}
	close(f.stop)
	<-f.stopped
	for {
		select {
		case n := <-f.channel:
			s.write(n)
		default:
			return
		}
	}
}

// end flushes for the last time.
func (s *httpSession) end() {
	s.mu.Lock()
	s.ended = true
	s.mu.Unlock()
	s.flush()
}
