package mcpserver

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log"
	"maps"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/mark3labs/mcp-go/server"
)

// HTTPOptions are what serving over HTTP needs.
type HTTPOptions struct {
	// Auth finds out who makes each request.
	Auth Authenticator
	// AllowedHosts are the names by which clients reach the server, with or without
	// a port; AllowedOrigins the pages that may. The address itself is no name, and
	// names of loopback are allowed on loopback.
	AllowedHosts, AllowedOrigins []string
	// Public are routes beside those of MCP that need no login.
	Public map[string]http.Handler
	// SSE serves the transport of revision 2024-11-05 too.
	SSE bool
	// Key is the key of the state; the IDs of sessions hold in every process that
	// has it.
	Key []byte
	// MaxCallsPerCaller bounds the requests of one principal that are under way at
	// once; Options.MaxCalls bounds those of all of them.
	MaxCallsPerCaller int
	// Metrics serves /metrics to those who may read it; nil for nobody.
	Metrics http.Handler
	// Ready says why the server cannot work, if it cannot.
	Ready func(ctx context.Context) error
}

// HTTP serves many callers over HTTP: Streamable HTTP in both eras of the
// protocol at /mcp, and where it is switched on the oldest transport at /sse and
// /message. All checks stand before mcp-go, once for all of them.
type HTTP struct {
	server  *Server
	opts    HTTPOptions
	library *server.StreamableHTTPServer
	oldest  *oldest // nil where it is off

	ids       *sessionIDs
	questions questions
	listeners listeners
	brake     brake
	calls     *limit
	streams   *limit
	// busy counts everything but streams that is being dealt with.
	busy     atomic.Int64
	requests atomic.Int64

	// bodyWait is how long a message may take to come; tests are less patient.
	bodyWait time.Duration

	draining atomic.Bool
	// ending is done when streams have to end.
	ending context.Context //nolint:containedctx // the server's life, not a call's
	end    context.CancelFunc
}

// HTTP makes the handler that serves s over HTTP.
func (s *Server) HTTP(opts HTTPOptions) *HTTP {
	h := &HTTP{
		server: s, opts: opts, ids: newSessionIDs(opts.Key), bodyWait: bodyWait,
		calls: newLimit(s.opts.MaxCalls, opts.MaxCallsPerCaller), streams: newLimit(maxStreams, streamsPerCaller),
	}
	h.ending, h.end = context.WithCancel(context.Background())
	// The library keeps no session of its own: each message has one of ours.
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
	if r.Method != http.MethodGet {
		_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(h.bodyWait)) // whoever sends slowly is not waited for
	}
	if !h.addressed(w, r) || preflight(w, r) {
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

// handler serves a caller who is known.
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

// busyMost is how many requests are dealt with at once for each call that may be
// under way: answers to questions and cancellations come beside them.
const busyMost = 4

// route finds out who calls and hands their request on.
func (h *HTTP) route(w http.ResponseWriter, r *http.Request, by map[string]handler) {
	serve, ok := by[r.Method]
	if !ok {
		h.refuse(w, r, noMethod(w, slices.Sorted(maps.Keys(by))...))
		return
	}
	if r.Method != http.MethodGet {
		defer h.busy.Add(-1)
		if h.busy.Add(1) > int64(busyMost*h.server.opts.MaxCalls) {
			h.refuse(w, r, noPlace(http.StatusServiceUnavailable, nil))
			return
		}
	}
	if caller, ok := h.known(w, r); ok {
		serve(w, r, caller)
	}
}

// noMethod says which methods a route has.
func noMethod(w http.ResponseWriter, methods ...string) rejection {
	w.Header().Set("Allow", strings.Join(methods, ", "))
	last := len(methods) - 1
	use := methods[last]
	if last > 0 {
		use = strings.Join(methods[:last], ", ") + " or " + use
	}
	return rejection{status: http.StatusMethodNotAllowed, message: "This is no method of this route. Use " + use + " here."}
}

// readyWait is how long the state may take to answer.
const readyWait = 2 * time.Second

func (h *HTTP) ready(ctx context.Context) error {
	if h.draining.Load() {
		return errors.New("the server is about to end")
	}
	if h.opts.Ready == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, readyWait)
	defer cancel()
	if err := h.opts.Ready(ctx); err != nil {
		h.server.opts.Log.Warn().Err(err).Msg("not ready")
		return errors.New("the state cannot be reached; the log of the server says why")
	}
	return nil
}

// health answers those who watch over the process. They need no login and are
// told nothing.
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

// Serve serves on a listener until ctx is done, and then until calls under way
// have ended, at most for drain. Without a certificate it speaks plain HTTP.
func (h *HTTP) Serve(ctx context.Context, listener net.Listener, certificate *tls.Config, drain time.Duration) error {
	srv := &http.Server{
		Handler: h, ReadHeaderTimeout: headerWait, IdleTimeout: idleWait, MaxHeaderBytes: 64 << 10,
		TLSConfig: certificate, ErrorLog: log.New(logWriter{h.server}, "", 0),
	}
	ended := make(chan error, 1)
	go func() {
		if certificate == nil {
			ended <- srv.Serve(listener)
			return
		}
		ended <- srv.ServeTLS(listener, "", "")
	}()
	select {
	case err := <-ended:
		return fmt.Errorf("serve HTTP: %w", err)
	case <-ctx.Done():
	}
	h.drain(context.WithoutCancel(ctx), srv, drain)
	return nil
}

// drain lets nothing new in, waits for the calls under way and ends the streams
// that their answers come by.
func (h *HTTP) drain(ctx context.Context, srv *http.Server, most time.Duration) {
	ctx, cancel := context.WithTimeout(ctx, most)
	defer cancel()
	h.draining.Store(true)
	h.calls.close()
	h.streams.close()
	h.server.goAway() // questions and waiting calls have nobody to wait for
	closed := make(chan error, 1)
	go func() { closed <- srv.Shutdown(ctx) }() // the listeners at once, connections when they are idle
	if left := h.calls.wait(ctx); left > 0 {
		h.server.opts.Log.Warn().Int("calls", left).Msg("ended before all calls were answered")
	}
	h.end()
	if err := <-closed; err != nil {
		h.server.opts.Log.Warn().Err(err).Msg("connections were cut off")
	}
	_ = srv.Close()
}
