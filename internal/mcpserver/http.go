package mcpserver

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/mark3labs/mcp-go/server"
)

// HTTPOptions are the settings of a server over HTTP.
type HTTPOptions struct {
	// Auth authenticates each request.
	Auth Authenticator
	// AllowedHosts are the host names, with or without a port, by which clients reach
	// the server. The address itself needs no entry, nor does localhost on loopback.
	// AllowedOrigins are the origins of web pages that may send requests.
	AllowedHosts, AllowedOrigins []string
	// Public are further routes, which need no login.
	Public map[string]http.Handler
	// SSE also serves the transport of revision 2024-11-05.
	SSE bool
	// Key is the key of the state. Session IDs are valid in every process that has the
	// same key.
	Key []byte
	// MaxCallsPerCaller bounds the requests of one principal that are under way at
	// once; Options.MaxCalls bounds those of all of them.
	MaxCallsPerCaller int
	// Metrics serves /metrics to callers with the scope for it; nil serves nothing.
	Metrics http.Handler
	// Ready returns an error while the server cannot work; nil is always ready.
	Ready func(ctx context.Context) error
}

// HTTP serves many callers over HTTP: Streamable HTTP in both eras of the protocol
// at /mcp, and with HTTPOptions.SSE the oldest transport at /sse and /message. All
// checks run before mcp-go, and are the same for both transports.
type HTTP struct {
	server  *Server
	opts    HTTPOptions
	library *server.StreamableHTTPServer
	oldest  *oldest // nil without HTTPOptions.SSE

	ids       *sessionIDs
	questions questions
	listeners listeners
	brake     brake
	calls     *limit
	streams   *limit
	// busy bounds the requests in progress, without streams.
	busy     *limit
	requests atomic.Int64

	// bodyWait is how long the body of a request may take to arrive; tests shorten it.
	bodyWait time.Duration

	// ending is done when streams have to end.
	ending context.Context //nolint:containedctx // the lifetime of the server, not of a call
	end    context.CancelFunc
}

// HTTP returns a handler that serves s over HTTP.
func (s *Server) HTTP(opts HTTPOptions) *HTTP {
	h := &HTTP{
		server: s, opts: opts, ids: newSessionIDs(opts.Key), bodyWait: bodyWait,
		calls: newLimit(s.opts.MaxCalls, opts.MaxCallsPerCaller), streams: newLimit(maxStreams, streamsPerCaller),
		busy: newLimit(busyMost*s.opts.MaxCalls, busyMost*opts.MaxCallsPerCaller),
	}
	s.lookups = newLimit(maxLookups, lookupsPerCaller)
	h.ending, h.end = context.WithCancel(context.Background())
	// Stateless: the library keeps no session of its own, each message brings ours.
	h.library = server.NewStreamableHTTPServer(s.mcp,
		server.WithStateLess(true), server.WithHTTPContextFunc(s.inSession), server.WithStreamableHTTPLogger(quiet(s.opts.Slog)))
	if opts.SSE {
		h.oldest = newOldest(h)
	}
	return h
}

func (h *HTTP) serve(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Vary", "Origin")
	h.awaitBody(w, h.bodyWait)
	if !h.addressed(w, r) || !h.bodyAllowed(w, r) || preflight(w, r) {
		return
	}
	if public, ok := h.opts.Public[r.URL.Path]; ok {
		public.ServeHTTP(w, r)
		return
	}
	switch r.URL.Path {
	case "/healthz":
		h.health(w, r, nil)
	case "/readyz":
		h.health(w, r, h.ready)
	case "/metrics":
		h.route(w, r, map[string]handler{http.MethodGet: h.metrics})
	case "/mcp":
		h.route(w, r, map[string]handler{http.MethodPost: h.post, http.MethodGet: h.listen, http.MethodDelete: h.delete})
	case "/sse", "/message":
		h.routeOldest(w, r)
	default:
		h.refuse(w, r, rejection{status: http.StatusNotFound, message: "There is nothing here; MCP is at /mcp."})
	}
}

// handler serves a request of an authenticated caller.
type handler func(w http.ResponseWriter, r *http.Request, caller *Caller)

func (h *HTTP) routeOldest(w http.ResponseWriter, r *http.Request) {
	switch {
	case h.oldest == nil:
		h.refuse(w, r, rejection{status: http.StatusNotFound, message: "This server does not serve the transport of 2024-11-05, see --sse; MCP is at /mcp."})
	case r.URL.Path == "/sse":
		h.route(w, r, map[string]handler{http.MethodGet: h.oldest.serve})
	default:
		h.route(w, r, map[string]handler{http.MethodPost: h.oldest.post})
	}
}

// busyMost is how many requests may be in progress for each call that may be under
// way, in total and for each principal: answers to questions and cancellations arrive
// during the calls.
const busyMost = 4

// route authenticates a request and passes it to the handler of its method. Only then
// does the request take a place, and its body is read: who has no login holds none.
func (h *HTTP) route(w http.ResponseWriter, r *http.Request, by map[string]handler) {
	serve, ok := by[r.Method]
	if !ok {
		h.refuse(w, r, noMethod(w, slices.Sorted(maps.Keys(by))...))
		return
	}
	caller, ok := h.known(w, r)
	if !ok {
		return
	}
	if r.Method != http.MethodGet {
		leave, status := h.busy.enter(caller.Principal)
		if status != 0 {
			h.refuse(w, r, noPlace(status, nil))
			return
		}
		defer leave()
	}
	serve(w, r, caller)
}

// noMethod sets Allow and returns a rejection that names the methods of a route.
func noMethod(w http.ResponseWriter, methods ...string) rejection {
	w.Header().Set("Allow", strings.Join(methods, ", "))
	last := len(methods) - 1
	use := methods[last]
	if last > 0 {
		use = strings.Join(methods[:last], ", ") + " or " + use
	}
	return rejection{status: http.StatusMethodNotAllowed, message: "This is no method of this route. Use " + use + " here."}
}

// readyWait bounds one check of readiness.
const readyWait = 2 * time.Second

func (h *HTTP) ready(ctx context.Context) error {
	if h.calls.isClosed() {
		return errors.New("the server is about to end")
	}
	if h.opts.Ready == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, readyWait)
	defer cancel()
	if err := h.opts.Ready(ctx); err != nil {
		h.server.opts.Log.Warn().Err(err).Msg("not ready")
		return errors.New("the state or a file of the server cannot be read; the log of the server says why")
	}
	return nil
}

// health answers probes of liveness and readiness. They need no login, so the answer
// gives no details.
func (h *HTTP) health(w http.ResponseWriter, r *http.Request, check func(context.Context) error) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		h.refuse(w, r, noMethod(w, http.MethodGet, http.MethodHead))
		return
	}
	status, text := http.StatusOK, "ok"
	if check != nil {
		if err := check(r.Context()); err != nil {
			status, text = http.StatusServiceUnavailable, err.Error()
		}
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(status)
	_, _ = fmt.Fprintln(w, text)
}
