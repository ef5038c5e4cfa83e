package mcpserver

import (
	"context"
	"net/http"
	"sync"

	"github.com/mark3labs/mcp-go/mcp"
)

const (
	// streamsPerCaller bounds the event streams that one caller holds open.
	streamsPerCaller = 64
	// maxStreams bounds those of all of them.
	maxStreams = 1024
)

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
