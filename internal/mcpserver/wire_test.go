package mcpserver

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"countersign/internal/cloud"
	"countersign/internal/guard"
	"countersign/internal/policy"
	"countersign/internal/store"
	"countersign/internal/store/sqlite"
	"countersign/internal/tool"
)

// era is the revision of the protocol that a client uses.
type era string

const (
	legacy era = "2025-11-25"
	modern era = "2026-07-28"
)

func eras() []era { return []era{legacy, modern} }

// patience is the longest time that a test waits.
const patience = 20 * time.Second

// wire is a client over a pair of pipes. mcp-go has one stdio session per process, so
// tests with a wire never run in parallel.
type wire struct {
	t      testing.TB
	server *Server
	store  store.Store
	in     io.WriteCloser
	lines  chan message
	done   chan error
	era    era
	caps   string
	next   int
	// greeting is the answer to initialize.
	greeting string
}

// message is one line from the server.
type message struct {
	raw    string
	ID     any    `json:"id"`
	Method string `json:"method"`
	Params struct {
		Message  string  `json:"message"`
		Progress float64 `json:"progress"`
	} `json:"params"`
	Result *result `json:"result"`
	Error  *struct {
		Code    int    `json:"code"`
		Message string `json:"message"`
	} `json:"error"`
}

type result struct {
	IsError    bool            `json:"isError"`
	Structured json.RawMessage `json:"structuredContent"`
	Content    []struct {
		Text string `json:"text"`
	} `json:"content"`
	Meta struct {
		Error     *tool.Error `json:"countersign/error"`
		Operation string      `json:"countersign/operation"`
	} `json:"_meta"`
	RequestState  string          `json:"requestState"`
	InputRequests json.RawMessage `json:"inputRequests"`
}

// status is the status of a write's result.
func (m message) status() string {
	var outcome tool.Outcome
	if m.Result == nil || json.Unmarshal(m.Result.Structured, &outcome) != nil {
		return ""
	}
	return string(outcome.Status)
}

// code is the code of a call's error.
func (m message) code() tool.Code {
	if m.Result == nil || m.Result.Meta.Error == nil {
		return ""
	}
	return m.Result.Meta.Error.Code
}

type wireOptions struct {
	era      era
	caps     string // the client's capabilities; {} unless given
	tools    []*tool.Definition
	prompts  Prompts
	out      func(io.Writer) io.Writer // what stands before the client
	drain    time.Duration
	log      io.Writer
	limits   func(*guard.Limits)
	maxCalls int
	observe  Observer
}

// newServer returns a server with a real guard and store.
func newServer(t testing.TB, opts wireOptions) (*Server, store.Store) {
	t.Helper()
	s, err := sqlite.Open(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	log := zerolog.Nop()
	if opts.log != nil {
		log = zerolog.New(opts.log)
	}
	limits := guard.Limits{
		AskTTL: 15 * time.Minute, UseTTL: 10 * time.Minute, FormWait: patience, Execute: time.Minute, SettleGrace: time.Minute,
	}
	if opts.limits != nil {
		opts.limits(&limits)
	}
	g := guard.New(guard.Options{
		Store: s, Rules: policy.Standard(), Log: log, Now: time.Now, Key: []byte("key"), Instance: "inst_1",
		Alive:          func(id string) bool { return id == "inst_1" },
		ApproveCommand: func(op string) string { return "countersign approve " + op },
		Limits:         limits,
	})
	g.Use(opts.tools...)
	return New(Options{
		Version: "test", Tools: opts.tools, Prompts: opts.prompts, Caller: &Caller{Principal: "alice", Guard: g, Prompts: opts.prompts},
		MaxCalls: opts.maxCalls, Observe: opts.observe, Log: log, Slog: slog.New(slog.DiscardHandler),
	}), s
}

// connect starts a server and makes the handshake of its era.
func connect(t testing.TB, opts wireOptions) *wire {
	t.Helper()
	leaksNothing(t)
	s, st := newServer(t, opts)
	if opts.drain == 0 {
		opts.drain = patience
	}
	if opts.era == "" {
		opts.era = legacy
	}
	if opts.caps == "" {
		opts.caps = "{}"
	}
	inReader, inWriter := io.Pipe()
	outReader, outWriter := io.Pipe()
	var out io.Writer = outWriter
	if opts.out != nil {
		out = opts.out(out)
	}
	w := &wire{t: t, server: s, store: st, in: inWriter, lines: make(chan message, 10_000), done: make(chan error, 1), era: opts.era, caps: opts.caps}
	go func() {
		w.done <- s.ServeStdio(t.Context(), inReader, out, opts.drain)
		_ = outWriter.Close()
	}()
	go w.read(outReader)
	t.Cleanup(func() {
		_ = inWriter.Close()
		_ = outReader.Close()
	})
	if w.era == legacy {
		w.send(fmt.Sprintf(`{"jsonrpc":"2.0","id":"init","method":"initialize","params":{"protocolVersion":%q,"capabilities":%s,"clientInfo":{"name":"test","version":"1"}}}`, w.era, w.caps))
		w.greeting = w.message().raw
		w.send(`{"jsonrpc":"2.0","method":"notifications/initialized"}`)
	}
	return w
}

func (w *wire) read(out io.Reader) {
	defer close(w.lines)
	lines := bufio.NewScanner(out)
	lines.Buffer(nil, 8<<20)
	for lines.Scan() {
		m := message{raw: lines.Text()}
		if err := json.Unmarshal(lines.Bytes(), &m); err != nil {
			w.t.Errorf("the server wrote %q: %v", lines.Text(), err)
		}
		w.lines <- m
	}
}

func (w *wire) send(line string) {
	w.t.Helper()
	if _, err := io.WriteString(w.in, line+"\n"); err != nil {
		w.t.Fatal(err)
	}
}

// skipTo reads messages up to the one with this ID.
func (w *wire) skipTo(id any) {
	w.t.Helper()
	for w.message().ID != id {
		continue
	}
}

// message is the next message from the server.
func (w *wire) message() message {
	w.t.Helper()
	select {
	case m, ok := <-w.lines:
		if !ok {
			w.t.Fatal("the server has gone")
		}
		return m
	case <-time.After(patience):
		w.t.Fatal("nothing came")
		return message{}
	}
}

// call sends a call without waiting, with a progress token; it returns its ID.
func (w *wire) call(name, arguments string, more ...string) int {
	w.t.Helper()
	w.next++
	meta := fmt.Sprintf(`"progressToken":%d`, w.next)
	if w.era == modern {
		meta += fmt.Sprintf(`,"io.modelcontextprotocol/protocolVersion":%q,"io.modelcontextprotocol/clientCapabilities":%s,"io.modelcontextprotocol/clientInfo":{"name":"test","version":"1"}`, w.era, w.caps)
	}
	params := fmt.Sprintf(`"name":%q,"arguments":%s,"_meta":{%s}`, name, arguments, meta)
	for _, m := range more {
		params += "," + m
	}
	w.send(fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"method":"tools/call","params":{%s}}`, w.next, params))
	return w.next
}

// ask calls and waits for the answer.
func (w *wire) ask(name, arguments string, more ...string) message {
	w.t.Helper()
	id := w.call(name, arguments, more...)
	for {
		if m := w.message(); m.ID == float64(id) && m.Method == "" {
			return m
		}
	}
}

// end closes the server's input and waits for its end.
func (w *wire) end() {
	w.t.Helper()
	_ = w.in.Close()
	w.ended()
}

func (w *wire) ended() {
	w.t.Helper()
	select {
	case err := <-w.done:
		if err != nil {
			w.t.Errorf("serve: %v", err)
		}
		keepsNothing(w.t, w.server)
	case <-time.After(patience):
		w.t.Fatal("the server does not end")
	}
}

// rest are all messages until the server's end.
func (w *wire) rest() []message {
	w.t.Helper()
	var all []message
	for {
		select {
		case m, ok := <-w.lines:
			if !ok {
				return all
			}
			all = append(all, m)
		case <-time.After(patience):
			w.t.Fatal("the output does not end")
		}
	}
}

type actInput struct {
	Account cloud.AccountName `json:"account"`
	Name    string            `json:"name,omitempty"`
}

const acme = `{"account":"acme"}`

// act is a write with one effect.
func act(effect tool.Effect, do func(context.Context) error) *tool.Definition {
	return tool.NewWrite(tool.Spec{Name: "act", Title: "Act", Description: "Acts.", Effect: effect}, tool.Writer[actInput]{
		Account: func(in actInput) cloud.AccountName { return in.Account },
		Plan: func(_ context.Context, in actInput) (tool.Plan, error) {
			return tool.Plan{
				Account: in.Account, Summary: "Act " + in.Name + ".", Effects: []tool.Effect{effect},
				Targets: []tool.Target{{Kind: "vm", ID: "vm-123456", Name: "web"}},
			}, nil
		},
		Execute: func(ctx context.Context, _ actInput, _ tool.Run) (tool.Made, error) {
			return tool.Made{Summary: "Acted.", IDs: []tool.MadeID{{Kind: "vm", ID: "vm-123456"}}}, do(ctx)
		},
		Settle: func(context.Context, tool.Intent) (tool.Settlement, error) {
			return tool.Settlement{Finding: tool.FoundUnclear}, nil
		},
	})
}

func nothing(context.Context) error { return nil }

type lookOutput struct {
	Rows []string `json:"rows" jsonschema_description:"Rows."`
}

// look is a read.
func look(do func(context.Context, actInput) error) *tool.Definition {
	return tool.NewRead(tool.Spec{Name: "look", Title: "Look", Description: "Looks."}, func(ctx context.Context, in actInput) (lookOutput, error) {
		return lookOutput{Rows: []string{in.Name}}, do(ctx, in)
	})
}

func nothingElse(context.Context, actInput) error { return nil }

// gate blocks calls until it is opened.
type gate struct {
	once sync.Once
	way  chan struct{}
	in   chan struct{} // one for each that waits
}

func newGate() *gate { return &gate{way: make(chan struct{}), in: make(chan struct{}, 1000)} }

func (g *gate) wait(ctx context.Context, _ actInput) error {
	g.in <- struct{}{}
	select {
	case <-g.way:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (g *gate) open() { g.once.Do(func() { close(g.way) }) }

// arrived waits until n more calls are blocked.
func (g *gate) arrived(t testing.TB, n int) {
	t.Helper()
	for range n {
		select {
		case <-g.in:
		case <-time.After(patience):
			t.Fatal("a call did not begin")
		}
	}
}

func named(name string) string {
	return strings.Replace(acme, "}", fmt.Sprintf(`,"name":%q}`, name), 1)
}
