package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"sync"
	"time"

	"countersign/internal/mcpserver/mcpclient"
)

// hostOrder is what a script tells an MCP host to do, one JSON line each.
type hostOrder struct {
	// Start begins with the server and its client's abilities.
	Start *hostStart `json:"start,omitempty"`
	// Person says how the person in front of the host answers forms from now on.
	Person *hostPerson `json:"person,omitempty"`
	// Call calls a tool; ID comes back with its result.
	Call *hostCall `json:"call,omitempty"`
	// Crash kills the server the hard way; Close ends its input.
	Crash bool `json:"crash,omitempty"`
	Close bool `json:"close,omitempty"`
}

type hostStart struct {
	Args   []string `json:"args"`
	Form   bool     `json:"form"`
	Legacy bool     `json:"legacy"`
}

type hostPerson struct {
	Does  string        `json:"does"` // accept, decline, cancel, error, silent
	Types string        `json:"types,omitempty"`
	After time.Duration `json:"after,omitempty"`
}

type hostCall struct {
	ID        int             `json:"id"`
	Tool      string          `json:"tool"`
	Arguments json.RawMessage `json:"arguments"`
}

// hostReport is what a host tells its script, one JSON line each.
type hostReport struct {
	Ready    string            `json:"ready,omitempty"` // the protocol revision
	Question string            `json:"question,omitempty"`
	Progress []string          `json:"progress,omitempty"`
	ID       int               `json:"id,omitempty"`
	Result   *mcpclient.Result `json:"result,omitempty"`
	Failed   string            `json:"failed,omitempty"`
	Done     string            `json:"done,omitempty"`
}

// hostProcess is an MCP host: it starts a server and does what it is told.
type hostProcess struct {
	client *mcpclient.Client

	mu     sync.Mutex
	person hostPerson
	out    *json.Encoder
}

func runHost(ctx context.Context, in io.Reader, out io.Writer) int {
	h := &hostProcess{out: json.NewEncoder(out), person: hostPerson{Does: "accept"}}
	orders := bufio.NewScanner(in)
	orders.Buffer(nil, 1<<20)
	for orders.Scan() {
		var order hostOrder
		if err := json.Unmarshal(orders.Bytes(), &order); err != nil {
			return 1
		}
		h.obey(ctx, order)
	}
	if h.client != nil {
		_ = h.client.Close()
	}
	return 0
}

func (h *hostProcess) obey(ctx context.Context, order hostOrder) {
	switch {
	case order.Start != nil:
		h.start(ctx, *order.Start)
	case order.Person != nil:
		h.mu.Lock()
		h.person = *order.Person
		h.mu.Unlock()
		h.report(hostReport{Done: "person"})
	case order.Call != nil:
		go h.call(ctx, *order.Call)
	case order.Crash:
		_ = h.client.Kill()
		h.report(hostReport{Done: "crash"})
	case order.Close:
		_ = h.client.Close()
		h.report(hostReport{Done: "close"})
	}
}

func (h *hostProcess) start(ctx context.Context, s hostStart) {
	opts := mcpclient.Options{Command: "countersign", Args: append([]string{"serve"}, s.Args...), Stderr: os.Stderr, Legacy: s.Legacy}
	if s.Form {
		opts.Form = h.answer
	}
	client, err := mcpclient.Start(ctx, opts)
	if err != nil {
		h.report(hostReport{Failed: err.Error()})
		return
	}
	h.client = client
	h.report(hostReport{Ready: client.Version()})
}

// answer plays the person in front of the host.
func (h *hostProcess) answer(ctx context.Context, f mcpclient.Form) (mcpclient.Answer, error) {
	h.mu.Lock()
	p := h.person
	h.mu.Unlock()
	h.report(hostReport{Question: f.Message + "\n" + f.Label})
	if p.Does == "silent" {
		p.After = time.Hour
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
	result, err := h.client.Call(ctx, c.Tool, c.Arguments)
	report := hostReport{ID: c.ID, Result: &result, Progress: h.client.Progress()}
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
