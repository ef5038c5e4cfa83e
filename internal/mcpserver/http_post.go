package mcpserver

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"mime"
	"net"
	"net/http"
	"strings"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"
)

const sessionHeader = server.HeaderKeySessionID

// maxBody is the longest message over HTTP, in bytes.
const maxBody = 1 << 20

// posted holds the members of a message that are needed before mcp-go reads it. It is
// decoded by the same rules, so that both see the same message.
type posted struct {
	ID     json.RawMessage `json:"id"`
	Method string          `json:"method"`
	Result json.RawMessage `json:"result"`
	Error  json.RawMessage `json:"error"`
	Params struct {
		Name string `json:"name"`
		Meta struct {
			Version string `json:"io.modelcontextprotocol/protocolVersion"`
		} `json:"_meta"`
	} `json:"params"`
}

func readPosted(body []byte) posted {
	var p posted
	_ = json.Unmarshal(body, &p) // mcp-go rejects what is not a message
	return p
}

func (p posted) request() bool { return p.Method != "" && len(p.ID) > 0 && string(p.ID) != "null" }

// answer reports whether a message answers a question.
func (p posted) answer() bool { return p.Method == "" && len(p.ID) > 0 }

func (p posted) modern(header http.Header) bool {
	return mcp.IsModernProtocol(p.Params.Meta.Version) || mcp.IsModernProtocol(header.Get(mcp.HeaderProtocolVersion))
}

// read reads the body of a request within the limits of size and time, or rejects the
// request.
func (h *HTTP) read(w http.ResponseWriter, r *http.Request) ([]byte, bool) {
	if media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || media != "application/json" {
		// A web page can post plain text without a preflight request, but not this.
		h.refuse(w, r, rejection{status: http.StatusUnsupportedMediaType, message: "The Content-Type has to be application/json."})
		return nil, false
	}
	var body bytes.Buffer
	if r.ContentLength > 0 && r.ContentLength <= maxBody {
		body.Grow(int(r.ContentLength) + bytes.MinRead)
	}
	_, err := body.ReadFrom(http.MaxBytesReader(w, r.Body, maxBody))
	if err == nil {
		bodyRead(w)
		if isBatch(body.Bytes()) {
			h.refuse(w, r, rejection{status: http.StatusBadRequest, code: codeInvalidRequest, message: noBatches})
			return nil, false
		}
		return body.Bytes(), true
	}
	w.Header().Set("Connection", "close") // the rest of the body is not read
	refused := rejection{status: http.StatusBadRequest, message: "The message could not be read to its end."}
	var slow net.Error
	if _, large := errors.AsType[*http.MaxBytesError](err); large {
		refused = rejection{status: http.StatusRequestEntityTooLarge, message: fmt.Sprintf("The message is longer than %d bytes.", maxBody)}
	} else if errors.As(err, &slow) && slow.Timeout() {
		refused = rejection{status: http.StatusRequestTimeout, message: fmt.Sprintf("The message took longer than %s.", h.bodyWait)}
	}
	h.refuse(w, r, refused)
	return nil, false
}

// post handles one message of Streamable HTTP, of either era.
func (h *HTTP) post(w http.ResponseWriter, r *http.Request, caller *Caller) {
	body, ok := h.read(w, r)
	if !ok {
		return
	}
	m := readPosted(body)
	modern := m.modern(r.Header)
	session, traits := "", sessionTraits(0)
	if given := r.Header.Get(sessionHeader); given != "" && !modern && m.Method != string(mcp.MethodInitialize) {
		if traits, ok = h.ids.read(given, caller.Principal); !ok || traits&traitStream != 0 {
			h.refuse(w, r, noSession(m.ID))
			return
		}
		session = given
	}
	switch {
	case m.answer() && !modern:
		h.answered(w, r, m, session)
		return
	case m.Method == string(mcp.MethodNotificationCancelled) && session == "":
		// Without a session there is no telling which call it cancels. In the modern era
		// a client cancels by closing the stream instead.
		w.WriteHeader(http.StatusAccepted)
		return
	}
	if h.stepUp(w, r, caller, m) {
		return
	}
	places := h.calls
	if modern && m.Method == string(mcp.MethodSubscriptionsListen) {
		places = h.streams
	}
	if m.request() {
		leave, status := places.enter(caller.Principal)
		if status != 0 {
			h.refuse(w, r, noPlace(status, m.ID))
			return
		}
		defer leave()
	}
	r = r.WithContext(withCalled(r.Context(), m))
	h.carry(w, r, caller, body, carried{session: session, traits: traits, modern: modern, begins: m.Method == string(mcp.MethodInitialize), stays: places == h.streams})
}

// stepUp rejects a call of a tool that needs a scope which the caller's token lacks,
// with a challenge to get another token. It reports whether it did.
func (h *HTTP) stepUp(w http.ResponseWriter, r *http.Request, caller *Caller, m posted) bool {
	if caller.StepUp == nil || m.Method != string(mcp.MethodToolsCall) {
		return false
	}
	challenge := caller.StepUp(m.Params.Name)
	if challenge == "" {
		return false
	}
	w.Header().Set("WWW-Authenticate", challenge)
	h.refuse(w, r, rejection{status: http.StatusForbidden, id: m.ID, message: "This login lacks a scope that every call of this tool needs."})
	return true
}

func noSession(id json.RawMessage) rejection {
	return rejection{status: http.StatusNotFound, code: codeUnknownSession, id: id, message: "There is no such session, or it has ended: initialize again."}
}

func noPlace(status int, id json.RawMessage) rejection {
	refused := rejection{status: status, id: id, message: "This server has too much to do or is about to end: repeat the request in a moment."}
	if status == http.StatusTooManyRequests {
		refused.message = "Too many requests of yours are under way at once: repeat this one in a moment."
	}
	return refused
}

// carried describes a message that is passed to mcp-go.
type carried struct {
	session string
	traits  sessionTraits
	modern  bool
	// begins reports that the message is an initialize request.
	begins bool
	// stays reports that the message asks for a stream that may stay open, so it has to
	// end with the server.
	stays bool
}

type clientKey struct{}

// inSession makes the client of a message the session that mcp-go sees. Both transports
// of the library call it.
func (s *Server) inSession(ctx context.Context, _ *http.Request) context.Context {
	client, ok := ctx.Value(clientKey{}).(*messageClient)
	if !ok {
		return ctx
	}
	return s.mcp.WithContext(ctx, client)
}

// carry passes a message to mcp-go and writes the response.
func (h *HTTP) carry(w http.ResponseWriter, r *http.Request, caller *Caller, body []byte, c carried) {
	client := &messageClient{id: cmp.Or(c.session, fmt.Sprint("request ", h.requests.Add(1)))}
	answer := &reply{
		server: h.server, caller: caller, w: w, control: http.NewResponseController(w), gone: r.Context(), client: client, modern: c.modern,
		name: func() string { return "" }, header: http.Header{},
	}
	if takesEvents(r) {
		client.tell = answer.event
	}
	if c.session != "" && client.tell != nil {
		client.ask = func(ctx context.Context, method string, params any) (json.RawMessage, error) {
			return h.questions.ask(ctx, c.session, method, params, answer.event)
		}
		if c.traits&traitForm != 0 {
			client.caps.Elicitation = &mcp.ElicitationCapability{Form: &struct{}{}}
		}
	}
	if c.begins && !c.modern {
		answer.name = func() string { return h.begun(caller, client) }
	}
	defer answer.close()
	ctx := r.Context()
	switch {
	case c.stays:
		var cancel context.CancelFunc
		ctx, cancel = h.streaming(r)
		defer cancel()
	case !c.modern:
		ctx = context.WithoutCancel(ctx) // in these eras a disconnect does not cancel
	}
	ctx = context.WithValue(withCaller(ctx, caller), clientKey{}, client)
	h.library.Handle(answer, &server.HTTPRequest{Method: http.MethodPost, URL: r.URL, Header: r.Header, Body: body, Context: ctx})
}

// begun returns an ID for the session of a handshake, or nothing if it failed.
func (h *HTTP) begun(caller *Caller, client *messageClient) string {
	if client.ProtocolVersion() == "" {
		return ""
	}
	traits := sessionTraits(0)
	if caps := client.GetClientCapabilities(); showsForms(&caps) {
		traits |= traitForm
	}
	return h.ids.mint(caller.Principal, traits)
}

// takesEvents reports whether a client accepts an event stream.
func takesEvents(r *http.Request) bool {
	accept := strings.Join(r.Header.Values("Accept"), ",")
	return strings.Contains(accept, "text/event-stream") || strings.Contains(accept, "*/*")
}

// answered passes the answer to a question to the call that asked it.
func (h *HTTP) answered(w http.ResponseWriter, r *http.Request, m posted, session string) {
	var id int64
	if session == "" || json.Unmarshal(m.ID, &id) != nil || !h.questions.answer(session, id, clientAnswer{m.Result, m.Error}) {
		h.refuse(w, r, rejection{status: http.StatusBadRequest, message: "No question of this session waits for such an answer."})
		return
	}
	w.WriteHeader(http.StatusAccepted)
}
