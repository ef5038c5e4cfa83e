package mcpserver

import (
	"context"
	"net/http"
	"sync"

	"github.com/mark3labs/mcp-go/mcp"
)

const (
	// streamsPerCaller bounds the open event streams of one caller.
	streamsPerCaller = 64
	// maxStreams bounds the open event streams of all callers.
	maxStreams = 1024
)

// legacyOnly rejects a GET or DELETE of a revision that has none, before its session is
// checked, as mcp-go would. It reports whether the request may go on.
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

// listen serves the stream of a session for messages that belong to no request. There
// are no such messages, but clients open the stream.
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
	bodyRead(w)
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

// listeners are the open streams of sessions, by session ID.
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
