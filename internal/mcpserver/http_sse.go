package mcpserver

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"sync"

	"github.com/mark3labs/mcp-go/server"
)

// oldest serves the transport of revision 2024-11-05: a stream at /sse and messages at
// /message. mcp-go's server would let every web page in, so it runs behind the same
// checks as the newer transport.
type oldest struct {
	http    *HTTP
	library *server.SSEServer

	mu   sync.Mutex
	open map[string]*eventStream
}

// eventStream is a client's stream, which carries its responses.
type eventStream struct {
	// life is done when the stream has ended.
	life context.Context //nolint:containedctx // the lifetime of the stream, which calls share
	places
}

func newOldest(h *HTTP) *oldest {
	o := &oldest{http: h, open: map[string]*eventStream{}}
	o.library = server.NewSSEServer(h.server.mcp,
		server.WithSSEContextFunc(h.server.inSession),
		server.WithSSEDisableLocalhostProtection(true), // HTTP.addressed checks it more strictly
		server.WithSessionIDGenerator(func(ctx context.Context, _ *http.Request) (string, error) {
			id, _ := ctx.Value(streamIDKey{}).(string)
			return id, nil
		}),
	)
	return o
}

type (
	streamKey   struct{}
	streamIDKey struct{}
)

// whileStreaming cancels a call when the stream that would carry its response ends;
// mcp-go would continue it. Other transports have no such stream.
func whileStreaming(ctx context.Context) (context.Context, context.CancelFunc) {
	stream := streamOf(ctx)
	if stream == nil {
		return ctx, func() {}
	}
	ctx, cancel := context.WithCancel(ctx)
	stop := context.AfterFunc(stream.life, cancel)
	return ctx, func() { stop(); cancel() }
}

func streamOf(ctx context.Context) *eventStream {
	stream, _ := ctx.Value(streamKey{}).(*eventStream)
	return stream
}

// serve opens a stream.
func (o *oldest) serve(w http.ResponseWriter, r *http.Request, caller *Caller) {
	leave, status := o.http.streams.enter(caller.Principal)
	if status != 0 {
		o.http.refuse(w, r, noPlace(status, nil))
		return
	}
	defer leave()
	ctx, cancel := o.http.streaming(r)
	defer cancel()
	id, stream := o.http.ids.mint(caller.Principal, traitStream), &eventStream{life: ctx}
	o.mu.Lock()
	o.open[id] = stream
	o.mu.Unlock()
	defer func() {
		o.mu.Lock()
		delete(o.open, id)
		o.mu.Unlock()
		stream.end()
	}()
	bodyRead(w)
	ctx = context.WithValue(ctx, streamIDKey{}, id)
	o.library.SSEHandler().ServeHTTP(o.http.newStreamWriter(ctx, w, caller, cancel, stream.answered), r.WithContext(ctx))
}

// post handles a message, whose response is sent over the stream.
func (o *oldest) post(w http.ResponseWriter, r *http.Request, caller *Caller) {
	id := r.URL.Query().Get("sessionId")
	traits, ok := o.http.ids.read(id, caller.Principal)
	o.mu.Lock()
	stream := o.open[id]
	o.mu.Unlock()
	if !ok || traits&traitStream == 0 || stream == nil {
		o.http.refuse(w, r, noSession(nil))
		return
	}
	body, ok := o.http.read(w, r)
	if !ok {
		return
	}
	m := readPosted(body)
	if o.http.stepUp(w, r, caller, m) {
		return
	}
	if m.request() {
		if !isRequest(body) {
			o.http.refuse(w, r, rejection{status: http.StatusBadRequest, message: "The ID of a request has to be a string or a number."})
			return
		}
		leave, status := o.http.calls.enter(caller.Principal)
		if status != 0 {
			o.http.refuse(w, r, noPlace(status, m.ID))
			return
		}
		stream.hold(leave)
	}
	client := &messageClient{id: id, tell: func(message []byte) error {
		return o.library.SendEventToSession(id, json.RawMessage(message))
	}}
	ctx := context.WithValue(withCaller(withCalled(r.Context(), m), caller), clientKey{}, client)
	r = r.WithContext(context.WithValue(ctx, streamKey{}, stream))
	r.Body = io.NopCloser(bytes.NewReader(body))
	o.library.MessageHandler().ServeHTTP(w, r)
}
