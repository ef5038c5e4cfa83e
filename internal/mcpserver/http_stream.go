package mcpserver

import (
	"bytes"
	"context"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/mark3labs/mcp-go/mcp"
)

// streamWriter is the response that is a stream of mcp-go's events.
type streamWriter struct {
	http.ResponseWriter
	server  *Server
	caller  *Caller
	control *http.ResponseController
	// life is that of the stream.
	life context.Context //nolint:containedctx // the stream's life, not a call's
	// origin is the page that may read it; empty for none.
	origin string
	// broken is called when the client does not read.
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

// WriteHeader implements http.ResponseWriter. mcp-go lets every page of the web
// read a stream; we do not.
func (s *streamWriter) WriteHeader(status int) {
	s.begun = true
	if s.origin == "" {
		s.Header().Del("Access-Control-Allow-Origin")
	} else {
		s.Header().Set("Access-Control-Allow-Origin", s.origin)
	}
	s.ResponseWriter.WriteHeader(status)
}

// Write implements http.ResponseWriter. It is given one event.
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
	corrected := correctCode(bytes.TrimSpace(message))
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

// eventPrefix begins an event that holds a message.
const eventPrefix = "event: message\ndata: "

func (s *streamWriter) write(event []byte) (int, error) {
	_ = s.control.SetWriteDeadline(time.Now().Add(writeWait))
	n, err := s.ResponseWriter.Write(event)
	if err != nil {
		s.broken()
	}
	return n, err
}

// streaming is the life of a stream: until the client leaves or the server ends.
func (h *HTTP) streaming(r *http.Request) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(r.Context())
	stop := context.AfterFunc(h.ending, cancel)
	return ctx, func() { stop(); cancel() }
}

// legacyOnly answers what is wrong with a GET or DELETE before its session is
// looked at, as mcp-go would.
func (h *HTTP) legacyOnly(w http.ResponseWriter, r *http.Request) bool {
	version := r.Header.Get(mcp.HeaderProtocolVersion)
	switch {
	case mcp.IsModernProtocol(version):
		w.Header().Set("Allow", http.MethodPost)
		h.refuse(w, r, rejection{status: http.StatusMethodNotAllowed, message: "Revision " + version + " of the protocol has no sessions and only posts."})
	case version != "" && !mcp.IsValidProtocolVersion(version):
		h.refuse(w, r, rejection{status: http.StatusBadRequest, message: "This server does not know the revision of the protocol in Mcp-Protocol-Version."})
	default:
		return true
	}
	return false
}

// listen serves the stream of a session for what belongs to no request. Nothing
// ever does, but clients open it.
func (h *HTTP) listen(w http.ResponseWriter, r *http.Request, caller *Caller) {
	if !h.legacyOnly(w, r) {
		return
	}
	id := r.Header.Get(sessionHeader)
	if id == "" {
		w.Header().Set("Allow", http.MethodPost)
		h.refuse(w, r, rejection{status: http.StatusMethodNotAllowed, message: "There is no stream without a session."})
		return
	}
	if traits, ok := h.ids.read(id, caller.Principal); !ok || traits&traitStream != 0 {
		h.refuse(w, r, noSession(nil))
		return
	}
	leave, status := h.streams.enter(caller.Principal)
	if status != 0 {
		h.refuse(w, r, noPlace(status, nil))
		return
	}
	defer leave()
	ctx, cancel := h.streaming(r)
	defer cancel()
	defer h.listeners.add(id, cancel)()
	eventHeaders(w.Header())
	w.WriteHeader(http.StatusOK)
	if http.NewResponseController(w).Flush() == nil {
		<-ctx.Done()
	}
}

// delete ends a session.
func (h *HTTP) delete(w http.ResponseWriter, r *http.Request, caller *Caller) {
	if !h.legacyOnly(w, r) {
		return
	}
	id := r.Header.Get(sessionHeader)
	if traits, ok := h.ids.read(id, caller.Principal); !ok || traits&traitStream != 0 {
		h.refuse(w, r, noSession(nil))
		return
	}
	h.ids.end(id)
	h.questions.end(id)
	h.listeners.end(id)
	w.WriteHeader(http.StatusOK)
}

// listeners are the streams of sessions that are open.
type listeners struct {
	mu   sync.Mutex
	open map[string]map[*context.CancelFunc]struct{}
}

func (l *listeners) add(id string, cancel context.CancelFunc) (remove func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.open == nil {
		l.open = map[string]map[*context.CancelFunc]struct{}{}
	}
	if l.open[id] == nil {
		l.open[id] = map[*context.CancelFunc]struct{}{}
	}
	l.open[id][&cancel] = struct{}{}
	return func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		delete(l.open[id], &cancel)
		if len(l.open[id]) == 0 {
			delete(l.open, id)
		}
	}
}

func (l *listeners) end(id string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for cancel := range l.open[id] {
		(*cancel)()
	}
}
