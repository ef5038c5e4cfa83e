// gosdk is the official Go SDK as a client that is told by lines what to do, so
// that it plays the same steps as all others. It has a module of its own, which
// keeps the SDK out of the product's.
//
// A line in is one request, {"id":1,"do":"call",...}; lines out are its answer
// {"id":1,"result":...} or {"id":1,"error":"..."}, {"id":1,"progress":"..."}
// before it, and {"form":{...},"question":1} where a person has to answer.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"sync"

	"github.com/modelcontextprotocol/go-sdk/mcp"
)

type request struct {
	ID int    `json:"id"`
	Do string `json:"do"`
	// Of connect: over which transport, at which revision, and whether forms can
	// be shown.
	Transport string   `json:"transport"`
	Command   []string `json:"command"`
	URL       string   `json:"url"`
	Token     string   `json:"token"`
	Revision  string   `json:"revision"`
	Forms     bool     `json:"forms"`
	// Of call.
	Name      string          `json:"name"`
	Arguments json.RawMessage `json:"arguments"`
	// Of cancel: which call.
	Call int `json:"call"`
	// Of answer: to which question, and what the person answered.
	Question int              `json:"question"`
	Answer   mcp.ElicitResult `json:"answer"`
}

type response struct {
	ID       int    `json:"id,omitempty"`
	Result   any    `json:"result,omitempty"`
	Error    string `json:"error,omitempty"`
	Progress string `json:"progress,omitempty"`
	Form     any    `json:"form,omitempty"`
	Question int    `json:"question,omitempty"`
}

type bridge struct {
	session *mcp.ClientSession

	mu        sync.Mutex
	out       *json.Encoder
	calls     map[int]context.CancelFunc
	questions map[int]chan *mcp.ElicitResult
}

func main() {
	b := &bridge{out: json.NewEncoder(os.Stdout), calls: map[int]context.CancelFunc{}, questions: map[int]chan *mcp.ElicitResult{}}
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		var r request
		if err := json.Unmarshal(lines.Bytes(), &r); err != nil {
			b.say(response{Error: err.Error()})
			continue
		}
		b.do(r)
	}
	if b.session != nil {
		_ = b.session.Close()
	}
}

func (b *bridge) say(r response) {
	b.mu.Lock()
	defer b.mu.Unlock()
	_ = b.out.Encode(r)
}

// answer says what became of a request.
func (b *bridge) answer(id int, result any, err error) {
	if err != nil {
		b.say(response{ID: id, Error: err.Error()})
		return
	}
	b.say(response{ID: id, Result: result})
}

func (b *bridge) do(r request) {
	switch r.Do {
	case "connect":
		err := b.connect(r)
		b.answer(r.ID, true, err)
	case "tools":
		list, err := b.session.ListTools(context.Background(), nil)
		b.answer(r.ID, list, err)
	case "call":
		ctx, cancel := context.WithCancel(context.Background())
		b.mu.Lock()
		b.calls[r.ID] = cancel
		b.mu.Unlock()
		go b.call(ctx, r)
	case "cancel":
		b.mu.Lock()
		b.calls[r.Call]()
		b.mu.Unlock()
	case "answer":
		b.mu.Lock()
		b.questions[r.Question] <- &r.Answer
		b.mu.Unlock()
	default:
		b.answer(r.ID, nil, fmt.Errorf("cannot %q", r.Do))
	}
}

func (b *bridge) connect(r request) error {
	options := &mcp.ClientOptions{ProgressNotificationHandler: b.progress}
	if r.Forms {
		options.ElicitationHandler = b.ask
	}
	transport, err := transportOf(r)
	if err != nil {
		return err
	}
	client := mcp.NewClient(&mcp.Implementation{Name: "gosdk", Version: "1"}, options)
	b.session, err = client.Connect(context.Background(), transport, &mcp.ClientSessionOptions{ProtocolVersion: r.Revision})
	return err
}

func transportOf(r request) (mcp.Transport, error) {
	client := &http.Client{Transport: bearer(r.Token)}
	switch r.Transport {
	case "stdio":
		return &mcp.CommandTransport{Command: exec.Command(r.Command[0], r.Command[1:]...)}, nil
	case "http":
		return &mcp.StreamableClientTransport{Endpoint: r.URL, HTTPClient: client}, nil
	case "sse":
		return &mcp.SSEClientTransport{Endpoint: r.URL, HTTPClient: client}, nil
	}
	return nil, fmt.Errorf("no transport %q", r.Transport)
}

// bearer sends a token with each request.
type bearer string

// RoundTrip implements http.RoundTripper.
func (b bearer) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Header.Set("Authorization", "Bearer "+string(b))
	return http.DefaultTransport.RoundTrip(r)
}

func (b *bridge) call(ctx context.Context, r request) {
	params := &mcp.CallToolParams{Name: r.Name, Arguments: r.Arguments}
	params.SetProgressToken(r.ID)
	result, err := b.session.CallTool(ctx, params)
	b.answer(r.ID, result, err)
}

func (b *bridge) progress(_ context.Context, r *mcp.ProgressNotificationClientRequest) {
	if id, ok := r.Params.ProgressToken.(float64); ok {
		b.say(response{ID: int(id), Progress: r.Params.Message})
	}
}

// ask shows a form to the person and waits for the answer.
func (b *bridge) ask(ctx context.Context, r *mcp.ElicitRequest) (*mcp.ElicitResult, error) {
	answered := make(chan *mcp.ElicitResult, 1)
	b.mu.Lock()
	question := len(b.questions) + 1
	b.questions[question] = answered
	b.mu.Unlock()
	b.say(response{Form: r.Params, Question: question})
	select {
	case a := <-answered:
		return a, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}
