package mcpserver

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"countersign/internal/store"
	"countersign/internal/tool"
)

// web is a server over HTTP for any number of clients. It ends with the test and leaves
// no goroutine behind.
type web struct {
	t      testing.TB
	server *Server
	http   *HTTP
	store  store.Store
	url    string
	client *http.Client
	stop   context.CancelFunc
	ended  chan error
}

// people accepts the name of each caller as their token.
type people map[string]*Caller

func (p people) Authenticate(r *http.Request) (*Caller, error) {
	token, given := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	caller, ok := p[token]
	if !ok {
		return nil, &Refusal{Status: http.StatusUnauthorized, Challenge: `Bearer realm="countersign"`, Reason: "This server wants a token of somebody that it knows.", Attempt: given}
	}
	return caller, nil
}

// newWeb starts a server with the callers alice and bob. change, if not nil, may change
// the options.
func newWeb(t testing.TB, opts wireOptions, change func(*HTTPOptions)) *web {
	t.Helper()
	if opts.maxCalls == 0 {
		opts.maxCalls = 100
	}
	leaksNothing(t)
	s, st := newServer(t, opts)
	alice := s.opts.Caller
	options := HTTPOptions{
		Auth: people{"alice": alice, "bob": {Principal: "bob", Guard: alice.Guard, Prompts: alice.Prompts}},
		Key:  []byte("key"), MaxCallsPerCaller: opts.maxCalls, SSE: true,
	}
	if change != nil {
		change(&options)
	}
	w := serveWeb(t, s, options)
	w.store = st
	return w
}

// leaksNothing checks that no goroutine of the test is left when it ends.
func leaksNothing(t testing.TB) {
	t.Helper()
	ignored := goleak.IgnoreCurrent()
	t.Cleanup(func() { goleak.VerifyNone(t, ignored) })
}

// serveWeb serves a server over HTTP.
func serveWeb(t testing.TB, s *Server, options HTTPOptions) *web {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{MaxIdleConnsPerHost: 300}
	w := &web{t: t, server: s, http: s.HTTP(options), url: "http://" + listener.Addr().String(), client: &http.Client{Transport: transport}, ended: make(chan error, 1)}
	var ctx context.Context
	ctx, w.stop = context.WithCancel(context.Background())
	go func() { w.ended <- w.http.Serve(ctx, listener, nil, patience) }()
	t.Cleanup(func() {
		w.stop()
		select {
		case err := <-w.ended:
			if err != nil {
				t.Error(err)
			}
		case <-time.After(patience):
			t.Error("the server does not end")
		}
		keepsNothing(t, s)
		transport.CloseIdleConnections()
	})
	return w
}

// keepsNothing checks that every output was written into its message.
func keepsNothing(t testing.TB, s *Server) {
	t.Helper()
	s.payloads.mu.Lock()
	defer s.payloads.mu.Unlock()
	if n := len(s.payloads.open); n > 0 {
		t.Errorf("%d outputs are kept", n)
	}
}

// answer is the response to one request: a message or a stream of messages.
type answer struct {
	status  int
	header  http.Header
	body    string
	before  []message
	message message
}

// request sends a request with the token who, and reads the response.
func (w *web) request(ctx context.Context, method, path, who, body string, header ...string) (answer, error) {
	r, err := w.open(ctx, method, path, who, body, header...)
	if err != nil {
		return answer{}, err
	}
	defer func() { _ = r.Body.Close() }()
	raw, err := io.ReadAll(r.Body)
	a := answer{status: r.StatusCode, header: r.Header, body: string(raw)}
	if err != nil {
		return a, err
	}
	switch strings.Split(r.Header.Get("Content-Type"), ";")[0] {
	case "text/event-stream":
		messages := events(w.t, bytes.NewReader(raw))
		for m := range messages {
			a.before = append(a.before, m)
		}
		if n := len(a.before); n > 0 {
			a.before, a.message = a.before[:n-1], a.before[n-1]
		}
	case "application/json":
		a.message = decode(w.t, strings.TrimSpace(a.body))
	}
	return a, nil
}

func decode(t testing.TB, line string) message {
	m := message{raw: line}
	if err := json.Unmarshal([]byte(line), &m); err != nil {
		t.Errorf("the server wrote %q: %v", line, err)
	}
	return m
}

// events returns the messages of a stream until its end.
func events(t testing.TB, stream io.Reader) <-chan message {
	all := make(chan message, 1000)
	go func() {
		defer close(all)
		lines := bufio.NewScanner(stream)
		lines.Buffer(nil, 8<<20)
		for lines.Scan() {
			if data, ok := strings.CutPrefix(lines.Text(), "data: {"); ok {
				all <- decode(t, "{"+data)
			} else if data, ok := strings.CutPrefix(lines.Text(), "data: "); ok {
				all <- message{raw: data}
			}
		}
	}()
	return all
}

// open sends a request and returns the response with its body open.
func (w *web) open(ctx context.Context, method, path, who, body string, header ...string) (*http.Response, error) {
	w.t.Helper()
	r, err := http.NewRequestWithContext(ctx, method, w.url+path, strings.NewReader(body))
	if err != nil {
		w.t.Fatal(err)
	}
	r.Header.Set("Accept", "application/json, text/event-stream")
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	if who != "" {
		r.Header.Set("Authorization", "Bearer "+who)
	}
	for _, h := range header {
		name, value, _ := strings.Cut(h, ": ")
		switch {
		case name == "Host":
			r.Host = value
		case value == "":
			r.Header[http.CanonicalHeaderKey(name)] = nil
		case strings.HasPrefix(name, "+"):
			r.Header.Add(name[1:], value)
		default:
			r.Header.Set(name, value)
		}
	}
	return w.client.Do(r)
}

// must sends a request and fails the test if there is no response.
func (w *web) must(method, path, who, body string, header ...string) answer {
	w.t.Helper()
	a, err := w.request(context.Background(), method, path, who, body, header...)
	if err != nil {
		w.t.Fatal(err)
	}
	return a
}

// visitor is a client of one caller, in one era, with a session if it has one.
type visitor struct {
	*web
	who     string
	era     era
	caps    string
	session string
	next    int
}

// visit returns a client; in the legacy era it makes the handshake.
func (w *web) visit(who string, era era, caps string) *visitor {
	w.t.Helper()
	v := &visitor{web: w, who: who, era: era, caps: caps}
	if era == legacy {
		a := w.must(http.MethodPost, "/mcp", who, initialize(caps))
		if v.session = a.header.Get(sessionHeader); v.session == "" || a.status != http.StatusOK {
			w.t.Fatalf("%d %s", a.status, a.body)
		}
	}
	return v
}

func initialize(caps string) string {
	return fmt.Sprintf(`{"jsonrpc":"2.0","id":"init","method":"initialize","params":{"protocolVersion":%q,"capabilities":%s,"clientInfo":{"name":"test","version":"1"}}}`, legacy, caps)
}

// message writes a request of this client; method and the name in it go into
// headers in the modern era.
func (v *visitor) post(ctx context.Context, id int, method, name, params string) (answer, error) {
	v.t.Helper()
	body, header := v.compose(id, method, name, params)
	return v.request(ctx, http.MethodPost, "/mcp", v.who, body, header...)
}

func (v *visitor) compose(id int, method, name, params string) (body string, header []string) {
	meta := fmt.Sprintf(`"progressToken":%d`, id)
	if v.era == modern {
		meta += fmt.Sprintf(`,"io.modelcontextprotocol/protocolVersion":%q,"io.modelcontextprotocol/clientCapabilities":%s,"io.modelcontextprotocol/clientInfo":{"name":"test","version":"1"}`, modern, v.caps)
		header = append(header, "Mcp-Protocol-Version: "+string(modern), "Mcp-Method: "+method)
		if name != "" {
			header = append(header, "Mcp-Name: "+name)
		}
	}
	if v.session != "" {
		header = append(header, sessionHeader+": "+v.session)
	}
	if params != "" {
		params += ","
	}
	number := ""
	if id != 0 {
		number = fmt.Sprintf(`"id":%d,`, id)
	}
	return fmt.Sprintf(`{"jsonrpc":"2.0",%s"method":%q,"params":{%s"_meta":{%s}}}`, number, method, params, meta), header
}

func toolCall(name, arguments string, more ...string) string {
	return strings.Join(append([]string{fmt.Sprintf(`"name":%q,"arguments":%s`, name, arguments)}, more...), ",")
}

// call calls a tool and reads the response.
func (v *visitor) call(name, arguments string, more ...string) answer {
	v.t.Helper()
	v.next++
	a, err := v.post(context.Background(), v.next, "tools/call", name, toolCall(name, arguments, more...))
	if err != nil {
		v.t.Fatal(err)
	}
	return a
}

// act calls the tool act and returns a channel of the messages as they arrive.
func (v *visitor) act(ctx context.Context, arguments string) (<-chan message, error) {
	v.next++
	body, header := v.compose(v.next, "tools/call", "act", toolCall("act", arguments))
	r, err := v.open(ctx, http.MethodPost, "/mcp", v.who, body, header...)
	if err != nil {
		return nil, err
	}
	all := make(chan message, 1000)
	go func() {
		defer close(all)
		defer func() { _ = r.Body.Close() }()
		if !strings.HasPrefix(r.Header.Get("Content-Type"), "text/event-stream") {
			raw, _ := io.ReadAll(r.Body)
			if len(raw) > 0 {
				all <- decode(v.t, strings.TrimSpace(string(raw)))
			}
			return
		}
		for m := range events(v.t, r.Body) {
			all <- m
		}
	}()
	return all, nil
}

func next(t testing.TB, messages <-chan message) message {
	t.Helper()
	select {
	case m, ok := <-messages:
		if !ok {
			t.Fatal("the stream ended")
		}
		return m
	case <-time.After(patience):
		t.Fatal("nothing came")
	}
	return message{}
}

// reply posts an answer to a question.
func (v *visitor) reply(question message, result string) answer {
	v.t.Helper()
	id, err := json.Marshal(question.ID)
	if err != nil {
		v.t.Fatal(err)
	}
	return v.must(http.MethodPost, "/mcp", v.who, fmt.Sprintf(`{"jsonrpc":"2.0","id":%s,"result":%s}`, id, result), sessionHeader+": "+v.session)
}

// eventually waits until a condition is true.
func eventually(t testing.TB, what string, so func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !so(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("waited in vain: %s", what)
		}
	}
}

var looking = []*tool.Definition{look(nothingElse)}

// lockedBuilder is a log that can be read while it is written.
type lockedBuilder struct {
	mu   sync.Mutex
	text strings.Builder
}

func (b *lockedBuilder) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *lockedBuilder) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}
