package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"

	"countersign/internal/mcpserver/mcpclient"
)

// hostPrompt is an order about prompts: list them, get one, or complete an
// argument.
type hostPrompt struct {
	Name      string            `json:"name,omitempty"`
	Argument  string            `json:"argument,omitempty"`
	Typed     string            `json:"typed,omitempty"`
	Arguments map[string]string `json:"arguments,omitempty"`
}

// hostPrompted is the result of such an order.
type hostPrompted struct {
	Names      []string              `json:"names,omitempty"`
	Text       string                `json:"text,omitempty"`
	Completion *mcpclient.Completion `json:"completion,omitempty"`
	Failed     string                `json:"failed,omitempty"`
}

func (h *hostProcess) prompt(ctx context.Context, p hostPrompt) {
	var got hostPrompted
	var err error
	switch {
	case p.Argument != "":
		var completion mcpclient.Completion
		completion, err = h.client.Complete(ctx, p.Name, p.Argument, p.Typed, p.Arguments)
		got.Completion = &completion
	case p.Name != "":
		got.Text, err = h.client.Prompt(ctx, p.Name, p.Arguments)
	default:
		got.Names, err = h.client.Prompts(ctx)
	}
	if err != nil {
		got.Failed = err.Error()
	}
	h.report(hostReport{Prompted: &got})
}

// cmdPrompts lists the names of the prompts that a client sees: [!] prompts NAME.
func cmdPrompts(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 1 {
		ts.Fatalf("usage: prompts NAME")
	}
	got := prompted(ts, neg, args[0], hostPrompt{})
	_, _ = fmt.Fprintln(ts.Stdout(), strings.Join(got.Names, "\n"))
}

// cmdPrompt gets the text of a prompt: [!] prompt NAME PROMPT [JSON]. It becomes
// stdout, an error becomes stderr.
func cmdPrompt(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 2 && len(args) != 3 {
		ts.Fatalf("usage: prompt NAME PROMPT [JSON]")
	}
	got := prompted(ts, neg, args[0], hostPrompt{Name: args[1], Arguments: filledIn(ts, args[2:])})
	_, _ = fmt.Fprintln(ts.Stdout(), got.Text)
}

// cmdComplete completes an argument: [!] complete NAME PROMPT ARGUMENT TYPED
// [JSON]. The values become stdout, as JSON.
func cmdComplete(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 4 && len(args) != 5 {
		ts.Fatalf("usage: complete NAME PROMPT ARGUMENT TYPED [JSON]")
	}
	got := prompted(ts, neg, args[0], hostPrompt{Name: args[1], Argument: args[2], Typed: args[3], Arguments: filledIn(ts, args[4:])})
	raw, err := json.Marshal(got.Completion)
	ts.Check(err)
	_, _ = fmt.Fprintf(ts.Stdout(), "%s\n", raw)
}

func filledIn(ts *testscript.TestScript, args []string) map[string]string {
	var arguments map[string]string
	if len(args) > 0 {
		ts.Check(json.Unmarshal([]byte(args[0]), &arguments))
	}
	return arguments
}

func prompted(ts *testscript.TestScript, neg bool, name string, p hostPrompt) hostPrompted {
	h := hostNamed(ts, name)
	h.order(ts, hostOrder{Prompt: &p})
	got := *h.await(ts, func(r hostReport) bool { return r.Prompted != nil }).Prompted
	if (got.Failed != "") != neg {
		ts.Fatalf("failed: %q\n%s", got.Failed, got.Text)
	}
	_, _ = fmt.Fprintln(ts.Stderr(), got.Failed)
	return got
}
