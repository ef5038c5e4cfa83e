package mcpserver

import (
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"
)

// Codes of JSON-RPC errors in responses to rejected requests. The protocol leaves
// this range to servers.
const (
	codeRefused        = -32000
	codeUnknownSession = -32001
)

// rejection is the response to a request that is rejected.
type rejection struct {
	status  int
	code    int
	message string
	// id is the ID of the message; nil if it is not known.
	id json.RawMessage
}

// retryAfter is when a request that was rejected for lack of room may be repeated, in
// seconds.
const retryAfter = "1"

// refuse writes a rejection and logs it.
func (h *HTTP) refuse(w http.ResponseWriter, r *http.Request, refused rejection) {
	if response, ok := w.(*statusWriter); ok {
		response.logged = true
	}
	h.server.opts.Log.Info().Int("status", refused.status).Str("method", r.Method).Str("path", r.URL.Path).
		Str("remote", r.RemoteAddr).Str("why", refused.message).Msg("a request was turned away")
	if refused.code == 0 {
		refused.code = codeRefused
	}
	if refused.id == nil {
		refused.id = json.RawMessage("null")
	}
	raw, err := json.Marshal(struct {
		Version string          `json:"jsonrpc"`
		ID      json.RawMessage `json:"id"`
		Error   codedError      `json:"error"`
	}{"2.0", refused.id, codedError{Code: refused.code, Message: refused.message}})
	if err != nil {
		raw = nil // an ID that is not valid JSON
	}
	switch refused.status {
	case http.StatusTooManyRequests, http.StatusServiceUnavailable:
		w.Header().Set("Retry-After", retryAfter)
	}
	h.awaitBody(w, min(h.bodyWait, refusedWait))
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(refused.status)
	_, _ = w.Write(append(raw, '\n'))
}

// addressed checks the Host and Origin headers, and rejects the request if one of them
// is not allowed. Without these checks a web page could reach this server through its
// visitor's browser, by DNS rebinding.
func (h *HTTP) addressed(w http.ResponseWriter, r *http.Request) bool {
	local := localAddress(r)
	if !h.hostAllowed(r.Host, local) {
		h.refuse(w, r, rejection{status: http.StatusForbidden, message: "The name in the Host header is not one of this server; --allowed-hosts lists them."})
		return false
	}
	origins := r.Header.Values("Origin")
	if len(origins) == 0 {
		return true
	}
	if len(origins) > 1 || !h.originAllowed(origins[0], local) {
		h.refuse(w, r, rejection{status: http.StatusForbidden, message: "The Origin is not allowed; --allowed-origins lists those that are."})
		return false
	}
	w.Header().Set("Access-Control-Allow-Origin", origins[0])
	w.Header().Set("Access-Control-Expose-Headers", "Mcp-Session-Id, WWW-Authenticate, Retry-After")
	return true
}

// localAddress returns the address of this server that a request was sent to, or the
// zero value if it is unknown.
func localAddress(r *http.Request) netip.Addr {
	addr, _ := r.Context().Value(http.LocalAddrContextKey).(net.Addr)
	if addr == nil {
		return netip.Addr{}
	}
	at, err := netip.ParseAddrPort(addr.String())
	if err != nil {
		return netip.Addr{}
	}
	return at.Addr().Unmap().WithZone("")
}

// hostAllowed reports whether a Host header may be served: a name on the list, the
// address that the request was sent to, or localhost on loopback.
func (h *HTTP) hostAllowed(given string, local netip.Addr) bool {
	name := hostname(given)
	if name == "" {
		return false
	}
	if slices.ContainsFunc(h.opts.AllowedHosts, func(allowed string) bool {
		return strings.EqualFold(allowed, given) || strings.EqualFold(allowed, name)
	}) {
		return true
	}
	if name == "localhost" {
		return local.IsLoopback()
	}
	address, err := netip.ParseAddr(name)
	return err == nil && local.IsValid() && address.Unmap() == local
}

// hostname returns a Host header without its port, in lower case.
func hostname(given string) string {
	name := given
	if host, _, err := net.SplitHostPort(given); err == nil {
		name = host
	}
	return strings.ToLower(strings.TrimSuffix(strings.Trim(name, "[]"), "."))
}

// originAllowed reports whether an Origin may be served: one on the list, or on loopback
// a page of this machine.
func (h *HTTP) originAllowed(given string, local netip.Addr) bool {
	if slices.ContainsFunc(h.opts.AllowedOrigins, func(allowed string) bool { return strings.EqualFold(allowed, given) }) {
		return true
	}
	if !local.IsLoopback() {
		return false
	}
	u, err := url.Parse(given)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" {
		return false
	}
	name := hostname(u.Host)
	address, err := netip.ParseAddr(name)
	return name == "localhost" || err == nil && address.IsLoopback()
}

// awaitBody sets how long the body of a request may still take to arrive. net/http waits
// for it even if the handler does not read it.
func (h *HTTP) awaitBody(w http.ResponseWriter, wait time.Duration) {
	_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(wait))
}

// bodyRead says that a request has been read. What follows, a call or a stream, may
// take longer than a body.
func bodyRead(w http.ResponseWriter) {
	_ = http.NewResponseController(w).SetReadDeadline(time.Time{})
}

// bodyAllowed rejects a request with a body if its method has none, and closes the
// connection without waiting for that body. It reports whether the request may go on.
func (h *HTTP) bodyAllowed(w http.ResponseWriter, r *http.Request) bool {
	switch {
	case r.ContentLength == 0:
		return true
	case r.Method != http.MethodGet && r.Method != http.MethodHead && r.Method != http.MethodDelete && r.Method != http.MethodOptions:
		return true
	}
	w.Header().Set("Connection", "close")
	h.refuse(w, r, rejection{status: http.StatusBadRequest, message: "A " + r.Method + " request has no body here: send it without one, and without Content-Length or Transfer-Encoding."})
	h.awaitBody(w, 0)
	return false
}

// preflight answers a CORS preflight request, which has no credentials. It reports
// whether the request was one.
func preflight(w http.ResponseWriter, r *http.Request) bool {
	if r.Method != http.MethodOptions || r.Header.Get("Origin") == "" || r.Header.Get("Access-Control-Request-Method") == "" {
		return false
	}
	w.Header().Set("Access-Control-Allow-Methods", "GET, POST, DELETE")
	w.Header().Set("Access-Control-Allow-Headers", r.Header.Get("Access-Control-Request-Headers"))
	w.Header().Set("Access-Control-Max-Age", "600")
	w.WriteHeader(http.StatusNoContent)
	return true
}

// known authenticates a request, or rejects it.
func (h *HTTP) known(w http.ResponseWriter, r *http.Request) (*Caller, bool) {
	caller, err := h.opts.Auth.Authenticate(r)
	if err == nil && caller != nil && caller.Principal != "" {
		return caller, true
	}
	refusal, ok := errors.AsType[*Refusal](err)
	if !ok {
		h.server.opts.Log.Error().Err(err).Str("remote", r.RemoteAddr).Msg("a login could not be checked")
		h.refuse(w, r, rejection{status: http.StatusInternalServerError, message: "The login could not be checked; the log of the server says why."})
		return nil, false
	}
	if refusal.Attempt {
		h.server.opts.Log.Warn().Str("remote", r.RemoteAddr).Str("why", refusal.Reason).Msg("a login failed")
		if h.brake.hold(r.Context(), remoteAddress(r)) != nil {
			h.refuse(w, r, rejection{status: http.StatusTooManyRequests, message: "Too many logins fail at once."})
			return nil, false
		}
	}
	if refusal.Challenge != "" {
		w.Header().Set("WWW-Authenticate", refusal.Challenge)
	}
	h.refuse(w, r, rejection{status: refusal.Status, message: refusal.Reason})
	return nil, false
}

func remoteAddress(r *http.Request) netip.Addr {
	at, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	return at.Addr().Unmap()
}

const (
	headerWait = 10 * time.Second
	bodyWait   = 30 * time.Second
	// refusedWait is how long a request that is rejected may take to send the rest of its
	// body. The client gets the response after that.
	refusedWait = 3 * time.Second
	// writeWait is how long a client may take to read one message.
	writeWait = 30 * time.Second
	idleWait  = 2 * time.Minute
)
