package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"sync"
	"syscall"
	"time"

	"countersign/internal/mcpserver/mcpclient"
)

// hostOrder is an order from a script to an MCP host, one JSON line each.
type hostOrder struct {
	// Start starts the server and the client with these capabilities.
	Start *hostStart `json:"start,omitempty"`
	// Person sets how the person in front of the host answers forms from now on.
	Person *hostPerson `json:"person,omitempty"`
	// Answer releases the held answers.
	Answer bool `json:"answer,omitempty"`
	// Call calls a tool; its result has the same ID.
	Call *hostCall `json:"call,omitempty"`
	// Cancel cancels the call with that ID.
	Cancel int `json:"cancel,omitempty"`
	// Tools lists the tools.
	Tools bool `json:"tools,omitempty"`
	// Prompt lists prompts, gets one or completes an argument.
	Prompt *hostPrompt `json:"prompt,omitempty"`
	// Run runs a command in a terminal below the host.
	Run *hostRun `json:"run,omitempty"`
	// Progress waits for the first progress message.
	Progress bool `json:"progress,omitempty"`
	// Crash kills the server, Terminate sends it SIGTERM, Close closes its input.
	Crash     bool `json:"crash,omitempty"`
	Terminate bool `json:"terminate,omitempty"`
	Close     bool `json:"close,omitempty"`
}

type hostStart struct {
	Args   []string `json:"args"`
	Form   bool     `json:"form"`
	Legacy bool     `json:"legacy"`
	// HTTP connects over HTTP, Oldest with the transport of 2024-11-05.
	HTTP   bool `json:"http"`
	Oldest bool `json:"oldest"`
	// Place is a running server; without it the host starts its own.
	Place *mcpclient.Place `json:"place,omitempty"`
}

type hostPerson struct {
	Does  string        `json:"does"` // accept, decline, cancel, error, silent
	Types string        `json:"types,omitempty"`
	After time.Duration `json:"after,omitempty"`
	// Held holds the answers back until an Answer order.
	Held bool `json:"held,omitempty"`
}

type hostCall struct {
	ID        int             `json:"id"`
	Tool      string          `json:"tool"`
	Arguments json.RawMessage `json:"arguments"`
	// Answer is sent with the call, whether or not a question was asked.
	Answer json.RawMessage `json:"answer,omitempty"`
}

type hostRun struct {
	Args  []string `json:"args"`
	Types string   `json:"types"`
	// Loose detaches the command from the host.
	Loose bool `json:"loose,omitempty"`
}

// hostRan is the result of a command in a terminal.
type hostRan struct {
	Code   int    `json:"code"`
	Output string `json:"output"`
}

// hostReport is a report from a host to its script, one JSON line each.
type hostReport struct {
	Ready    string            `json:"ready,omitempty"` // the protocol revision
	Question string            `json:"question,omitempty"`
	Progress []string          `json:"progress,omitempty"`
	ID       int               `json:"id,omitempty"`
	Result   *mcpclient.Result `json:"result,omitempty"`
	Failed   string            `json:"failed,omitempty"`
	Done     string            `json:"done,omitempty"`
	Ran      *hostRan          `json:"ran,omitempty"`
	Tools    []string          `json:"tools,omitempty"`
	Prompted *hostPrompted     `json:"prompted,omitempty"`
	// Answered is the last answer that was sent with a repeated call.
	Answered json.RawMessage `json:"answered,omitempty"`
}

// hostProcess is an MCP host: it starts a server and carries out orders.
type hostProcess struct {
	client *mcpclient.Client
	// server is the host's own server over HTTP, if it has one.
	server *httpServer

	mu     sync.Mutex
	person hostPerson
	// answers is closed when held answers are released.
	answers chan struct{}
	out     *json.Encoder
	cancel  map[int]context.CancelFunc
}

func runHost(ctx context.Context, in io.Reader, out io.Writer) int {
	h := &hostProcess{out: json.NewEncoder(out), person: hostPerson{Does: "accept"}, answers: make(chan struct{}), cancel: map[int]context.CancelFunc{}}
	close(h.answers)
	orders := bufio.NewScanner(in)
	orders.Buffer(nil, 1<<20)
	for orders.Scan() {
		var order hostOrder
		if err := json.Unmarshal(orders.Bytes(), &order); err != nil {
			return 1
		}
		h.obey(ctx, order)
	}
	h.close()
	return 0
}

// close closes the client and ends the host's own server.
func (h *hostProcess) close() {
	if h.client != nil {
		_ = h.client.Close()
	}
	if h.server != nil {
		h.server.end()
	}
}

// signal sends a signal to the host's own server.
func (h *hostProcess) signal(s os.Signal) {
	if h.server != nil {
		_ = h.server.cmd.Process.Signal(s)
		return
	}
	_ = h.client.Signal(s)
}

func (h *hostProcess) obey(ctx context.Context, order hostOrder) {
	switch {
	case order.Start != nil:
		h.start(ctx, *order.Start)
	case order.Person != nil:
		h.mu.Lock()
		h.person, h.answers = *order.Person, make(chan struct{})
		if !order.Person.Held {
			close(h.answers)
		}
		h.mu.Unlock()
		h.report(hostReport{Done: "person"})
	case order.Answer:
		close(h.answers)
	case order.Call != nil:
		ctx, cancel := context.WithCancel(ctx)
		h.cancel[order.Call.ID] = cancel
		go h.call(ctx, *order.Call)
	case order.Cancel != 0:
		h.cancel[order.Cancel]()
	case order.Tools:
		names, err := h.client.Tools(ctx)
		if err != nil {
			h.report(hostReport{Failed: err.Error()})
			return
		}
		h.report(hostReport{Done: "tools", Tools: names})
	case order.Prompt != nil:
		h.prompt(ctx, *order.Prompt)
	case order.Run != nil:
		ran := runInTerminal(*order.Run)
		h.report(hostReport{Ran: &ran})
	case order.Crash:
		h.signal(os.Kill)
		h.close() // waits until it has ended
		h.report(hostReport{Done: "crash"})
	case order.Terminate:
		h.signal(syscall.SIGTERM)
		h.report(hostReport{Done: "terminate"})
	case order.Close:
		h.close()
		h.report(hostReport{Done: "close"})
	case order.Progress:
		for len(h.client.Progress()) == 0 {
			time.Sleep(time.Millisecond)
		}
		h.report(hostReport{Done: "progress"})
	}
}

func (h *hostProcess) start(ctx context.Context, s hostStart) {
	opts := mcpclient.Options{Command: "countersign", Args: append([]string{"serve"}, s.Args...), Stderr: os.Stderr, Legacy: s.Legacy}
	if s.Form {
		opts.Form = h.answer
	}
	client, err := h.connect(ctx, s, opts)
	if err != nil {
		h.report(hostReport{Failed: err.Error()})
		return
	}
	h.client = client
	h.report(hostReport{Ready: client.Version()})
}

func (h *hostProcess) connect(ctx context.Context, s hostStart, opts mcpclient.Options) (*mcpclient.Client, error) {
	if !s.HTTP {
		return mcpclient.Start(ctx, opts)
	}
	place := s.Place
	if place == nil {
		var err error
		if h.server, err = startHTTPServer(exec.Command("countersign", httpArgs(s.Args)...), os.Stderr); err != nil {
			return nil, err
		}
		place = &h.server.place
	}
	place.Oldest = s.Oldest
	return mcpclient.Reach(ctx, *place, opts)
}

// answer answers a form as the person in front of the host.
func (h *hostProcess) answer(ctx context.Context, f mcpclient.Form) (mcpclient.Answer, error) {
	h.mu.Lock()
	p, answers := h.person, h.answers
	h.mu.Unlock()
	h.report(hostReport{Question: f.Message + "\n" + f.Label})
	if p.Does == "silent" {
		p.After = time.Hour
	}
	select {
	case <-answers:
	case <-ctx.Done():
		return mcpclient.Answer{}, ctx.Err()
	}
	select {
	case <-time.After(p.After):
	case <-ctx.Done():
		return mcpclient.Answer{}, ctx.Err()
	}
	if p.Does == "error" {
		return mcpclient.Answer{}, errors.New("this host cannot show forms today")
	}
	return mcpclient.Answer{Action: p.Does, Typed: p.Types}, nil
}

func (h *hostProcess) call(ctx context.Context, c hostCall) {
	send := h.client.Call
	if c.Answer != nil {
		send = func(ctx context.Context, tool string, arguments json.RawMessage) (mcpclient.Result, error) {
			return h.client.CallWithAnswer(ctx, tool, arguments, c.Answer)
		}
	}
	result, err := send(ctx, c.Tool, c.Arguments)
	report := hostReport{ID: c.ID, Result: &result, Progress: h.client.Progress(), Answered: h.client.LastAnswer()}
	if err != nil {
		report.Failed = err.Error()
	}
	h.report(report)
}

func (h *hostProcess) report(r hostReport) {
	h.mu.Lock()
	defer h.mu.Unlock()
	_ = h.out.Encode(r)
}
