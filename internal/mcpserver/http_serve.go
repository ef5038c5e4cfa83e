package mcpserver

import (
	"net/http"
	"slices"
	"time"

	"github.com/rs/zerolog"

	"countersign/internal/tool"
)

// statusWriter is a response that keeps its status.
type statusWriter struct {
	http.ResponseWriter
	status int
	// logged says that the log has a line about it already.
	logged bool
}

// WriteHeader implements http.ResponseWriter.
func (w *statusWriter) WriteHeader(status int) {
	if w.status < http.StatusOK { // informational statuses do not count
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

// Write implements http.ResponseWriter.
func (w *statusWriter) Write(b []byte) (int, error) {
	if w.status < http.StatusOK {
		w.status = http.StatusOK
	}
	return w.ResponseWriter.Write(b)
}

// Unwrap lets http.NewResponseController find the connection.
func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// ServeHTTP implements http.Handler.
func (h *HTTP) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	began, response := time.Now(), &statusWriter{ResponseWriter: w}
	defer func() {
		if !response.logged {
			level := zerolog.DebugLevel
			if response.status >= http.StatusBadRequest {
				level = zerolog.InfoLevel
			}
			h.server.opts.Log.WithLevel(level).Int("status", response.status).Str("method", r.Method).Str("path", r.URL.Path).
				Str("remote", r.RemoteAddr).Dur("ms", time.Since(began)).Msg("a request was served")
		}
		if h.server.opts.Observe != nil {
			h.server.opts.Observe.Served(Served{Route: oneOf(routes(), r.URL.Path), Method: oneOf(methods(), r.Method), Status: response.status})
		}
	}()
	h.serve(response, r)
}

func routes() []string {
	return []string{"/mcp", "/sse", "/message", "/metrics", "/healthz", "/readyz"}
}

func methods() []string {
	return []string{http.MethodGet, http.MethodHead, http.MethodPost, http.MethodDelete, http.MethodOptions}
}

// oneOf returns a word that is in the list, and other for all others.
func oneOf(list []string, word string) string {
	if slices.Contains(list, word) {
		return word
	}
	return other
}

// metrics serves the metrics of this server. They cover all callers, so reading them
// needs a scope that no tool needs.
func (h *HTTP) metrics(w http.ResponseWriter, r *http.Request, caller *Caller) {
	switch {
	case h.opts.Metrics == nil:
		h.refuse(w, r, rejection{status: http.StatusNotFound, message: "This server has no metrics."})
	case caller.Scopes != nil && !caller.Scopes.Has(tool.ScopeMetrics):
		h.refuse(w, r, rejection{status: http.StatusForbidden, message: "This login may not read the metrics: it lacks " + string(tool.ScopeMetrics) + "."})
	default:
		_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(writeWait))
		h.opts.Metrics.ServeHTTP(w, r)
	}
}
