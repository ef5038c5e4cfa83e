package mcpserver

import (
	"bytes"
	"context"
	"net/http"
	"slices"
	"sync"
	"time"
)

// streamWriter is a response to which mcp-go writes a stream of events.
type streamWriter struct {
	http.ResponseWriter
	server  *Server
	caller  *Caller
	control *http.ResponseController
	// life is done when the stream has ended.
	life context.Context //nolint:containedctx // the lifetime of the stream, not of a call
	// origin is the web page that may read the stream; empty for none.
	origin string
	// broken is called when a write fails.
	broken func()
	// answered is called for each response in the stream.
	answered func()

	mu    sync.Mutex
	begun bool
}

func (h *HTTP) newStreamWriter(life context.Context, w http.ResponseWriter, caller *Caller, broken, answered func()) *streamWriter {
	return &streamWriter{
		ResponseWriter: w, server: h.server, caller: caller, control: http.NewResponseController(w), life: life,
		origin: w.Header().Get("Access-Control-Allow-Origin"), broken: broken, answered: answered,
	}
}

// CanStream implements server.HTTPResponseWriter.
func (*streamWriter) CanStream() bool { return true }

// Flush implements http.Flusher.
func (s *streamWriter) Flush() { _ = s.control.Flush() }

// WriteHeader implements http.ResponseWriter. It replaces the header by which mcp-go
// lets every web page read the stream.
func (s *streamWriter) WriteHeader(status int) {
	s.begun = true
	if s.origin == "" {
		s.Header().Del("Access-Control-Allow-Origin")
	} else {
		s.Header().Set("Access-Control-Allow-Origin", s.origin)
	}
	s.ResponseWriter.WriteHeader(status)
}

// Write implements http.ResponseWriter. mcp-go passes one event in each call.
func (s *streamWriter) Write(event []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.begun {
		s.WriteHeader(http.StatusOK)
	}
	message, ok := bytes.CutPrefix(event, []byte(eventPrefix))
	if !ok {
		return s.write(event)
	}
	corrected := bytes.TrimSpace(s.server.correct(s.caller, bytes.TrimSpace(message)))
	response, operation := inspect(corrected)
	err := s.server.deliver(s.life, s.caller, operation, func() error {
		if _, err := s.write(slices.Concat([]byte(eventPrefix), corrected, []byte("\n\n"))); err != nil {
			return err
		}
		return s.control.Flush()
	})
	if response {
		s.answered()
	}
	return len(event), err
}

// eventPrefix is the beginning of an event with a message.
const eventPrefix = "event: message\ndata: "

func (s *streamWriter) write(event []byte) (int, error) {
	_ = s.control.SetWriteDeadline(time.Now().Add(writeWait))
	n, err := s.ResponseWriter.Write(event)
	if err != nil {
		s.broken()
	}
	return n, err
}

// streaming returns a context for a stream, which is done when the client disconnects
// or the server ends.
func (h *HTTP) streaming(r *http.Request) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(r.Context())
	stop := context.AfterFunc(h.ending, cancel)
	return ctx, func() { stop(); cancel() }
}
