package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// cmdClient starts an MCP host with a server of its own: client NAME [form]
// [legacy] [http | sse] [FLAG ...], or with a running server: client NAME [form]
// [legacy] [sse] at=SERVER.
func cmdClient(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) == 0 {
		ts.Fatalf("usage: client NAME [form] [legacy] [http | sse] [at=SERVER [token=TOKEN]] [FLAG ...]")
	}
	start := &hostStart{}
	if p := theWorld(ts).play; p != nil {
		start.Legacy, start.HTTP = p.legacy, p.http
	}
	for _, arg := range args[1:] {
		switch arg {
		case "form":
			start.Form = true
		case "legacy":
			start.Legacy = true
		case "http":
			start.HTTP = true
		case "sse":
			start.HTTP, start.Oldest = true, true
		default:
			if name, ok := strings.CutPrefix(arg, "at="); ok {
				place := serverNamed(ts, name).place
				start.HTTP, start.Place = true, &place
				continue
			}
			if token, ok := strings.CutPrefix(arg, "token="); ok && start.Place != nil {
				start.Place.Token = token
				continue
			}
			start.Args = append(start.Args, arg)
		}
	}
	h := newHost(ts)
	theWorld(ts).hosts[args[0]] = h
	h.order(ts, hostOrder{Start: start})
	ready := h.await(ts, func(r hostReport) bool { return r.Ready != "" || r.Failed != "" })
	if (ready.Failed != "") != neg {
		ts.Fatalf("server started: %v; %s\n%s", !neg, ready.Failed, h.stderr.String())
	}
	ts.Logf("%s speaks %s", args[0], ready.Ready)
}

func newHost(ts *testscript.TestScript) *host {
	h := &host{cmd: command(ts, "mcphost"), reports: make(chan hostReport, 100), done: map[int]hostReport{}}
	var err error
	h.in, err = h.cmd.StdinPipe()
	ts.Check(err)
	out, err := h.cmd.StdoutPipe()
	ts.Check(err)
	h.cmd.Stderr = &h.stderr
	ts.Check(h.cmd.Start())
	go func() {
		lines := bufio.NewScanner(out)
		lines.Buffer(nil, 1<<22)
		for lines.Scan() {
			_, _ = h.heard.Write(append(lines.Bytes(), '\n'))
			var r hostReport
			if json.Unmarshal(lines.Bytes(), &r) == nil {
				h.reports <- r
			}
		}
		close(h.reports)
	}()
	return h
}

func (h *host) order(ts *testscript.TestScript, o hostOrder) {
	raw, err := json.Marshal(o)
	ts.Check(err)
	_, err = h.in.Write(append(raw, '\n'))
	ts.Check(err)
}

// await reads reports until a wanted one arrives, and keeps the others.
func (h *host) await(ts *testscript.TestScript, wanted func(hostReport) bool) hostReport {
	deadline := time.After(patience)
	for {
		select {
		case r, ok := <-h.reports:
			if !ok {
				ts.Fatalf("the host ended: %s", h.stderr.String())
			}
			h.keep(r)
			if wanted(r) {
				return r
			}
		case <-deadline:
			ts.Fatalf("the host does not answer: %s", h.stderr.String())
		}
	}
}

func (h *host) keep(r hostReport) {
	switch {
	case r.Question != "":
		h.questions = append(h.questions, r.Question)
	case r.ID != 0:
		h.done[r.ID] = r
		h.progress = r.Progress
		h.answered = r.Answered
	}
}

func hostNamed(ts *testscript.TestScript, name string) *host {
	h, ok := theWorld(ts).hosts[name]
	if !ok {
		ts.Fatalf("there is no client %q", name)
	}
	return h
}

// cmdPerson sets how the person in front of a client answers forms: person NAME
// accept|decline|cancel|error|silent [types=TEXT] [types-end-of=ID]
// [after=DURATION] [held]. A held answer is given by answer NAME.
func cmdPerson(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) < 2 {
		ts.Fatalf("usage: person NAME ACTION [types=TEXT] [types-end-of=ID] [after=DURATION] [held]")
	}
	p := hostPerson{Does: args[1]}
	for _, arg := range args[2:] {
		switch key, value, _ := strings.Cut(arg, "="); key {
		case "types":
			p.Types = value
		case "types-end-of":
			p.Types = value[len(value)-6:]
		case "held":
			p.Held = true
		case "after":
			var err error
			p.After, err = time.ParseDuration(value)
			ts.Check(err)
		default:
			ts.Fatalf("unknown argument %q", arg)
		}
	}
	h := hostNamed(ts, args[0])
	h.order(ts, hostOrder{Person: &p})
	h.await(ts, func(r hostReport) bool { return r.Done == "person" })
}

// cmdCall calls a tool and waits: [!] call NAME TOOL JSON [ANSWER]. Its output, or
// the error object of a call that must fail, becomes stdout; its text becomes
// stderr.
func cmdCall(ts *testscript.TestScript, neg bool, args []string) {
	cmdStart(ts, false, args)
	finish(ts, neg, hostNamed(ts, args[0]))
}

// cmdStart calls a tool without waiting: start NAME TOOL JSON [ANSWER]. An answer,
// an object with requestState and inputResponses, is sent with the call.
func cmdStart(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) != 3 && len(args) != 4 {
		ts.Fatalf("usage: call NAME TOOL JSON [ANSWER]")
	}
	h := hostNamed(ts, args[0])
	h.next++
	h.pending = h.next
	c := &hostCall{ID: h.next, Tool: args[1], Arguments: json.RawMessage(args[2])}
	if len(args) == 4 {
		c.Answer = json.RawMessage(args[3])
	}
	h.order(ts, hostOrder{Call: c})
}

// cmdAnswered prints the last answer that a client of revision 2026-07-28 sent with
// a repeated call: answered NAME.
func cmdAnswered(ts *testscript.TestScript, _ bool, args []string) {
	h := hostNamed(ts, args[0])
	if h.answered == nil {
		ts.Fatalf("%s has answered nothing yet", args[0])
	}
	_, _ = fmt.Fprintf(ts.Stdout(), "%s\n", h.answered)
}

// cmdFinish waits for the call of start: [!] finish NAME [WITHIN].
func cmdFinish(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 1 && len(args) != 2 {
		ts.Fatalf("usage: finish NAME [WITHIN]")
	}
	began := time.Now()
	finish(ts, neg, hostNamed(ts, args[0]))
	if len(args) == 2 {
		within, err := time.ParseDuration(args[1])
		ts.Check(err)
		if took := time.Since(began); took > within {
			ts.Fatalf("it took %s, want at most %s", took, within)
		}
	}
}

func finish(ts *testscript.TestScript, neg bool, h *host) {
	r, ok := h.done[h.pending]
	if !ok {
		r = h.await(ts, func(r hostReport) bool { return r.ID == h.pending })
	}
	if r.Failed != "" {
		ts.Fatalf("the call broke: %s\n%s", r.Failed, h.stderr.String())
	}
	if r.Result.IsError != neg {
		ts.Fatalf("isError is %v\n%s", r.Result.IsError, strings.Join(r.Result.Text, "\n"))
	}
	out := r.Result.Structured
	if neg {
		out = r.Result.Error
		if r.Result.Structured != nil {
			ts.Fatalf("an error has structuredContent: %s", r.Result.Structured)
		}
	}
	_, _ = fmt.Fprintf(ts.Stdout(), "%s\n", out)
	_, _ = fmt.Fprintln(ts.Stderr(), strings.Join(r.Result.Text, "\n"))
}

// cmdBreaks waits for the call of start, which must end without a result: breaks
// NAME.
func cmdBreaks(ts *testscript.TestScript, _ bool, args []string) {
	h := hostNamed(ts, args[0])
	r, ok := h.done[h.pending]
	if !ok {
		r = h.await(ts, func(r hostReport) bool { return r.ID == h.pending })
	}
	if r.Failed == "" {
		ts.Fatalf("the call had a result: %s", strings.Join(r.Result.Text, "\n"))
	}
	_, _ = fmt.Fprintln(ts.Stderr(), r.Failed)
}

// cmdAnswer releases the held answer of the person in front of a client: answer
// NAME.
func cmdAnswer(ts *testscript.TestScript, _ bool, args []string) {
	onlyHost(ts, args).order(ts, hostOrder{Answer: true})
}

// cmdAsked waits until the call of start has asked a question: asked NAME.
func cmdAsked(ts *testscript.TestScript, _ bool, args []string) {
	h := hostNamed(ts, args[0])
	h.await(ts, func(r hostReport) bool { return r.Question != "" })
}

// cmdTools lists the names of the tools that a client sees: tools NAME.
func cmdTools(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) != 1 {
		ts.Fatalf("usage: tools NAME")
	}
	_, _ = fmt.Fprintln(ts.Stdout(), strings.Join(toolsOf(ts, args[0]), "\n"))
}

func toolsOf(ts *testscript.TestScript, name string) []string {
	h := hostNamed(ts, name)
	h.order(ts, hostOrder{Tools: true})
	r := h.await(ts, func(r hostReport) bool { return r.Done == "tools" || r.Failed != "" })
	if r.Failed != "" {
		ts.Fatalf("the tools cannot be listed: %s", r.Failed)
	}
	return r.Tools
}

// cmdQuestion prints the last question to a client: question NAME [N]. With N it
// also checks their number.
func cmdQuestion(ts *testscript.TestScript, _ bool, args []string) {
	h := hostNamed(ts, args[0])
	if len(args) == 2 && strconv.Itoa(len(h.questions)) != args[1] {
		ts.Fatalf("%d questions were asked, want %s", len(h.questions), args[1])
	}
	if len(h.questions) > 0 {
		_, _ = fmt.Fprintln(ts.Stdout(), h.questions[len(h.questions)-1])
	}
}

// cmdProgress prints the progress messages that a client had received when its last call
// ended; progress NAME first waits for the first one.
func cmdProgress(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) == 2 && args[1] == "first" {
		h := hostNamed(ts, args[0])
		h.order(ts, hostOrder{Progress: true})
		h.await(ts, func(r hostReport) bool { return r.Done == "progress" })
		return
	}
	_, _ = fmt.Fprintln(ts.Stdout(), strings.Join(hostNamed(ts, args[0]).progress, "\n"))
}

// cmdCrash kills a client's server.
func cmdCrash(ts *testscript.TestScript, _ bool, args []string) {
	h := hostNamed(ts, args[0])
	h.order(ts, hostOrder{Crash: true})
	h.await(ts, func(r hostReport) bool { return r.Done == "crash" })
}

// cmdClose closes a client.
func cmdClose(ts *testscript.TestScript, _ bool, args []string) {
	h := hostNamed(ts, args[0])
	h.order(ts, hostOrder{Close: true})
	h.await(ts, func(r hostReport) bool { return r.Done == "close" })
}

// cmdJSON reads the last stdout: json PATH VALUE, json PATH ~ REGEXP, or json PATH
// > VARIABLE [REGEXP], which takes the one group of the regexp. A path is members
// and indexes joined by dots; # is the length of a list, name=web the first row of
// a list with that member. [!] json PATH checks that the path does not exist, !
// json PATH ~ REGEXP that nothing there matches.
func cmdJSON(ts *testscript.TestScript, neg bool, args []string) {
	value, ok := dig(ts, ts.ReadFile("stdout"), args[0])
	if neg {
		if ok && (len(args) != 3 || args[1] != "~" || regexp.MustCompile(args[2]).MatchString(value)) {
			ts.Fatalf("%s is %s", args[0], value)
		}
		return
	}
	if !ok {
		ts.Fatalf("%s is not there:\n%s", args[0], ts.ReadFile("stdout"))
	}
	switch {
	case len(args) == 2:
		if value != args[1] {
			ts.Fatalf("%s is %s, want %s", args[0], value, args[1])
		}
	case len(args) == 3 && args[1] == "~":
		if !regexp.MustCompile(args[2]).MatchString(value) {
			ts.Fatalf("%s is %s, want a match of %s", args[0], value, args[2])
		}
	case len(args) == 3 && args[1] == ">":
		ts.Setenv(args[2], value)
	case len(args) == 4 && args[1] == ">":
		found := regexp.MustCompile(args[3]).FindStringSubmatch(value)
		if len(found) != 2 {
			ts.Fatalf("%s is %s, want a match of %s with one group", args[0], value, args[3])
		}
		ts.Setenv(args[2], found[1])
	default:
		ts.Fatalf("usage: json PATH VALUE | json PATH ~ REGEXP | json PATH > VARIABLE [REGEXP]")
	}
}

func dig(ts *testscript.TestScript, document, path string) (string, bool) {
	value, ok, err := valueAt(document, path)
	ts.Check(err)
	return value, ok
}

// valueAt returns the value at a path of a document.
func valueAt(document, path string) (value string, ok bool, err error) {
	d := json.NewDecoder(strings.NewReader(document))
	d.UseNumber()
	var at any
	if err := d.Decode(&at); err != nil {
		return "", false, err
	}
	for part := range strings.SplitSeq(path, ".") {
		switch v := at.(type) {
		case map[string]any:
			next, ok := v[part]
			if !ok {
				return "", false, nil
			}
			at = next
		case []any:
			if part == "#" {
				return strconv.Itoa(len(v)), true, nil
			}
			i, err := strconv.Atoi(part)
			if member, value, ok := strings.Cut(part, "="); ok {
				i, err = indexOf(v, member, value), nil
			}
			if err != nil || i < 0 || i >= len(v) {
				return "", false, nil
			}
			at = v[i]
		default:
			return "", false, nil
		}
	}
	if s, ok := at.(string); ok {
		return s, true, nil
	}
	raw, err := json.Marshal(at)
	return string(raw), true, err
}

// indexOf returns the index of the first row whose member has that value, or -1.
func indexOf(rows []any, member, value string) int {
	return slices.IndexFunc(rows, func(r any) bool {
		object, ok := r.(map[string]any)
		return ok && object[member] == value
	})
}
