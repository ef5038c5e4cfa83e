package mcpserver

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/mark3labs/mcp-go/mcp"

	"countersign/internal/guard"
	"countersign/internal/tool"
)

const forms = `{"elicitation":{}}`

// TestFormsOverHTTP pins the effect of the answers of clients of both eras.
func TestFormsOverHTTP(t *testing.T) {
	w := newWeb(t, wireOptions{tools: []*tool.Definition{act(tool.Destroy, nothing)}}, nil)
	for i, test := range []struct{ answer, want string }{
		{`{"action":"accept","content":{"confirm":"web"}}`, "done"},
		{`{"action":"accept","content":{"confirm":"db"}}`, "denied"},
		{`{"action":"decline"}`, "denied"},
		{`{"action":"cancel"}`, "denied"},
	} {
		for _, era := range eras() {
			t.Run(fmt.Sprint(era, " ", test.answer), func(t *testing.T) {
				v, arguments := w.visit("alice", era, forms), named(fmt.Sprint(era, i))
				var last message
				if era == modern {
					asked := v.call("act", arguments)
					if asked.status != 200 || !strings.Contains(asked.body, "vm-123456") {
						t.Fatalf("not a question: %d %s", asked.status, asked.body)
					}
					last = v.call("act", arguments, fmt.Sprintf(`"requestState":%q,"inputResponses":{"countersign":%s}`, asked.message.Result.RequestState, test.answer)).message
				} else {
					messages, err := v.act(t.Context(), arguments)
					if err != nil {
						t.Fatal(err)
					}
					asked := next(t, messages)
					if asked.Method != "elicitation/create" || !strings.Contains(asked.Params.Message, "vm-123456") {
						t.Fatalf("not a question: %s", asked.raw)
					}
					if a := v.reply(asked, test.answer); a.status != http.StatusAccepted || a.body != "" {
						t.Errorf("the answer was met with %d %s", a.status, a.body)
					}
					if a := v.reply(asked, test.answer); a.status != http.StatusBadRequest {
						t.Errorf("a second answer was met with %d %s", a.status, a.body)
					}
					last = next(t, messages)
				}
				if got := last.status() + string(last.code()); got != test.want {
					t.Errorf("got %q: %s", got, last.raw)
				}
			})
		}
	}
}

// TestNobodyElseAnswers pins that a question can be answered only in its own session, and
// that no message of another kind counts as an answer.
func TestNobodyElseAnswers(t *testing.T) {
	w := newWeb(t, wireOptions{tools: []*tool.Definition{act(tool.Disrupt, nothing)}}, nil)
	alice, hers, bob := w.visit("alice", legacy, forms), w.visit("alice", legacy, forms), w.visit("bob", legacy, forms)
	messages, err := alice.act(t.Context(), acme)
	if err != nil {
		t.Fatal(err)
	}
	asked := next(t, messages)
	stolen := *bob
	stolen.session = alice.session
	nobody := *alice
	nobody.session = ""
	for name, test := range map[string]struct {
		v      *visitor
		status int
	}{"bob": {bob, 400}, "bob with alice's session": {&stolen, 404}, "another session of alice": {hers, 400}, "no session": {&nobody, 400}} {
		if a := test.v.reply(asked, `{"action":"accept","content":{}}`); a.status != test.status {
			t.Errorf("%s: %d %s", name, a.status, a.body)
		}
	}
	for _, id := range []string{`"x"`, "1", "null", "{}", "1.5"} {
		a := w.must(http.MethodPost, "/mcp", "alice", fmt.Sprintf(`{"jsonrpc":"2.0","id":%s,"result":{"action":"accept"}}`, id), sessionHeader+": "+alice.session)
		if a.status != 400 && a.status != 202 {
			t.Errorf("answer to %s: %d %s", id, a.status, a.body)
		}
	}
	if a := alice.reply(asked, `{"action":"decline"}`); a.status != http.StatusAccepted {
		t.Fatalf("alice: %d %s", a.status, a.body)
	}
	if m := next(t, messages); m.code() != tool.CodeDenied {
		t.Errorf("%s", m.raw)
	}
}

// TestManyQuestionsAtOnce pins that concurrent questions of one session are independent.
func TestManyQuestionsAtOnce(t *testing.T) {
	w := newWeb(t, wireOptions{tools: []*tool.Definition{act(tool.Disrupt, nothing)}}, nil)
	v := w.visit("alice", legacy, forms)
	calls := make([]<-chan message, maxQuestions)
	asked := make([]message, maxQuestions)
	for i := range calls {
		var err error
		if calls[i], err = v.act(t.Context(), named(fmt.Sprint(i))); err != nil {
			t.Fatal(err)
		}
		asked[i] = next(t, calls[i])
	}
	if m := v.call("act", named("one more")).message; m.status() != "approval_required" {
		t.Errorf("the question too many: %s", m.raw)
	}
	for i, call := range slices.Backward(calls) {
		answer, want := `{"action":"accept","content":{}}`, "done"
		if i%2 == 0 {
			answer, want = `{"action":"decline"}`, "denied"
		}
		v.reply(asked[i], answer)
		if m := next(t, call); m.status()+string(m.code()) != want {
			t.Errorf("call %d: %s, want %s", i, m.raw, want)
		}
	}
}

// TestLateAnswerCounts pins that a form may be answered after its call has stopped
// waiting, and that the answer alone carries out nothing.
func TestLateAnswerCounts(t *testing.T) {
	w := newWeb(t, wireOptions{
		tools: []*tool.Definition{act(tool.Disrupt, nothing)}, limits: func(l *guard.Limits) { l.FormWait = 50 * time.Millisecond },
	}, nil)
	v := w.visit("alice", legacy, forms)
	a := v.call("act", acme)
	if a.message.status() != "approval_required" || len(a.before) != 1 {
		t.Fatalf("%s", a.body)
	}
	if late := v.reply(a.before[0], `{"action":"accept","content":{}}`); late.status != http.StatusAccepted {
		t.Fatalf("the late answer: %d %s", late.status, late.body)
	}
	eventually(t, "the answer counts", func() bool { return v.call("act", acme).message.status() == "done" })
}

// TestWhoIsNotAskedOverHTTP pins that a client without forms, without a session
// or without an event stream is referred to the terminal without waiting.
func TestWhoIsNotAskedOverHTTP(t *testing.T) {
	w := newWeb(t, wireOptions{tools: []*tool.Definition{act(tool.Disrupt, nothing)}}, nil)
	without := w.visit("alice", legacy, forms)
	without.session = ""
	for name, v := range map[string]*visitor{
		"no forms": w.visit("alice", legacy, `{}`), "only pages": w.visit("alice", legacy, `{"elicitation":{"url":{}}}`), "no session": without,
		"no forms, modern": w.visit("alice", modern, `{}`),
	} {
		a := v.call("act", named(name))
		if a.message.status() != "approval_required" || len(a.before) > 0 || !strings.Contains(a.body, "countersign approve op_") {
			t.Errorf("%s: %s", name, a.body)
		}
	}
	v := w.visit("alice", legacy, forms)
	body, header := v.compose(1, "tools/call", "act", toolCall("act", named("plain")))
	a := w.must(http.MethodPost, "/mcp", "alice", body, append(header, "Accept: application/json")...)
	if a.message.status() != "approval_required" || a.header.Get("Content-Type") != "application/json" {
		t.Errorf("no event stream: %v %s", a.header, a.body)
	}
}

// requestContexts keeps the context of the last request that was authenticated.
type requestContexts struct {
	Authenticator
	mu  sync.Mutex
	ctx context.Context
}

func (c *requestContexts) Authenticate(r *http.Request) (*Caller, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ctx = r.Context()
	return c.Authenticator.Authenticate(r)
}

func (c *requestContexts) last() context.Context {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.ctx
}

// TestDeliveryOverHTTP pins that a result is sent again exactly if it did not reach its
// client.
func TestDeliveryOverHTTP(t *testing.T) {
	for _, era := range eras() {
		t.Run(string(era), func(t *testing.T) {
			way, began := newGate(), make(chan context.Context, 10)
			do := func(ctx context.Context) error {
				began <- ctx
				return way.wait(context.WithoutCancel(ctx), actInput{})
			}
			requests := &requestContexts{}
			w := newWeb(t, wireOptions{tools: []*tool.Definition{act(tool.Change, do)}}, func(o *HTTPOptions) {
				requests.Authenticator = o.Auth
				o.Auth = requests
			})
			v := w.visit("alice", era, "{}")

			ctx, leave := context.WithCancel(t.Context())
			left := make(chan error, 1)
			go func() {
				_, err := v.post(ctx, 1, "tools/call", "act", toolCall("act", acme))
				left <- err
			}()
			running := <-began
			way.arrived(t, 1)
			leave()
			if err := <-left; err == nil {
				t.Fatal("the client got an answer")
			}
			// Cause waits for the lock of the context, which is held until its children
			// are cancelled too.
			eventually(t, "the server sees that the client has left", func() bool { return context.Cause(requests.last()) != nil })
			if running.Err() != nil {
				t.Error("a client that left has cancelled a write that had left")
			}
			way.open()
			eventually(t, "the call ends", func() bool { return w.http.calls.wait(ended()) == 0 })

			repeated := v.call("act", acme).message
			var outcome tool.Outcome
			if err := json.Unmarshal(repeated.Result.Structured, &outcome); err != nil || outcome.Status != "done" || !outcome.Repeated {
				t.Errorf("the result that was lost: %s", repeated.raw)
			}
			if repeated.Result.Meta.Operation != outcome.Operation {
				t.Errorf("%s", repeated.raw)
			}
			again := v.call("act", acme).message
			outcome = tool.Outcome{}
			if err := json.Unmarshal(again.Result.Structured, &outcome); err != nil || outcome.Status != "done" || outcome.Repeated || outcome.Operation == repeated.Result.Meta.Operation {
				t.Errorf("after the delivery: %s", again.raw)
			}
			eventually(t, "the delivery is stored", func() bool {
				stored, err := w.store.Operation(t.Context(), outcome.Operation)
				return err == nil && !stored.DeliveredAt.IsZero()
			})
		})
	}
}

// TestWhoLeaves pins that a disconnect cancels the call in the modern era and not in
// the earlier ones.
func TestWhoLeaves(t *testing.T) {
	for era, want := range map[era]bool{modern: true, legacy: false} {
		t.Run(string(era), func(t *testing.T) {
			began, cancelled := make(chan struct{}), make(chan bool, 1)
			slow := look(func(ctx context.Context, _ actInput) error {
				close(began)
				select {
				case <-ctx.Done():
					cancelled <- true
				case <-time.After(300 * time.Millisecond):
					cancelled <- false
				}
				return nil
			})
			w := newWeb(t, wireOptions{tools: []*tool.Definition{slow}}, nil)
			v := w.visit("alice", era, "{}")
			ctx, leave := context.WithCancel(t.Context())
			go func() { _, _ = v.post(ctx, 1, "tools/call", "look", toolCall("look", acme)) }()
			<-began
			leave()
			if got := <-cancelled; got != want {
				t.Errorf("cancelled: %v", got)
			}
		})
	}
}

// TestCancellation pins that a notification cancels only calls of its own session.
func TestCancellation(t *testing.T) {
	const id = 77
	type call struct{ began, cancelled chan struct{} }
	calls := make(chan call, 1)
	slow := look(func(ctx context.Context, _ actInput) error {
		c := <-calls
		close(c.began)
		select {
		case <-ctx.Done():
			close(c.cancelled)
		case <-time.After(150 * time.Millisecond):
		}
		return nil
	})
	w := newWeb(t, wireOptions{tools: []*tool.Definition{slow}}, nil)
	sessionless := func(who string) *visitor { return &visitor{web: w, who: who, era: legacy, caps: "{}"} }
	alice := w.visit("alice", legacy, "{}")
	for name, test := range map[string]struct {
		victim, stranger *visitor
		cancels          bool
	}{
		"the own session":                     {alice, alice, true},
		"another session of the same":         {alice, w.visit("alice", legacy, "{}"), false},
		"somebody else":                       {alice, w.visit("bob", legacy, "{}"), false},
		"no session":                          {alice, sessionless("alice"), false},
		"modern, somebody else":               {w.visit("alice", modern, "{}"), w.visit("bob", modern, "{}"), false},
		"modern, the same":                    {w.visit("alice", modern, "{}"), w.visit("alice", modern, "{}"), false},
		"sessionless, somebody else":          {sessionless("alice"), sessionless("bob"), false},
		"sessionless by modern":               {sessionless("alice"), w.visit("bob", modern, "{}"), false},
		"modern by the session of the victim": {w.visit("alice", modern, "{}"), alice, false},
	} {
		c := call{make(chan struct{}), make(chan struct{})}
		calls <- c
		ended := make(chan error, 1)
		go func() {
			a, err := test.victim.post(context.Background(), id, "tools/call", "look", toolCall("look", acme))
			if err == nil && a.message.Result == nil {
				err = fmt.Errorf("%d %s", a.status, a.body)
			}
			ended <- err
		}()
		<-c.began
		a, err := test.stranger.post(t.Context(), 0, "notifications/cancelled", "", fmt.Sprintf(`"requestId":%d`, id))
		if err != nil || a.status != http.StatusAccepted {
			t.Errorf("%s: %d %s %v", name, a.status, a.body, err)
		}
		if err := <-ended; err != nil {
			t.Errorf("%s: %v", name, err)
		}
		select {
		case <-c.cancelled:
			if !test.cancels {
				t.Errorf("%s: the call was cancelled", name)
			}
		default:
			if test.cancels {
				t.Errorf("%s: the call was not cancelled", name)
			}
		}
	}
}

// TestMissingCapability pins that the error of revision 2026-07-28 for a client
// that lacks what a request needs can be sent, with its status over HTTP.
func TestMissingCapability(t *testing.T) {
	needs := func(context.Context, mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		return nil, MissingCapability("sampling")
	}
	check := func(t *testing.T, m message) {
		t.Helper()
		var e struct {
			ID    any
			Error struct {
				Code    int
				Message string
				Data    struct{ RequiredCapabilities map[string]any }
			}
		}
		if err := json.Unmarshal([]byte(m.raw), &e); err != nil {
			t.Fatal(err)
		}
		if e.Error.Code != -32021 || e.Error.Data.RequiredCapabilities["sampling"] == nil || strings.Contains(e.Error.Message, codedMark) || e.ID == nil {
			t.Errorf("%s", m.raw)
		}
	}
	w := newWeb(t, wireOptions{}, nil)
	w.server.mcp.AddTool(mcp.NewTool("needs"), needs)
	a := w.visit("alice", modern, "{}").call("needs", "{}")
	if a.status != http.StatusBadRequest {
		t.Errorf("status %d", a.status)
	}
	check(t, a.message)
	over := connect(t, wireOptions{era: modern})
	over.server.mcp.AddTool(mcp.NewTool("needs"), needs)
	check(t, over.ask("needs", "{}"))
	over.end()
}

// TestErrorsOverHTTP pins that a failed call is a result, and that errors of the client
// have their codes.
func TestErrorsOverHTTP(t *testing.T) {
	for _, era := range eras() {
		w := newWeb(t, wireOptions{tools: looking, prompts: &shelf{err: tool.Errorf(tool.CodeInvalidArguments, "Give one.", "There is none.")}}, nil)
		v := w.visit("alice", era, "{}")
		if a := v.call("look", `{"other":1}`); a.status != 200 || a.message.code() != tool.CodeInvalidArguments {
			t.Errorf("%s: %d %s", era, a.status, a.body)
		}
		if a := v.call("unknown", `{}`); a.message.Error == nil || a.message.Error.Code != -32602 {
			t.Errorf("%s: %d %s", era, a.status, a.body)
		}
		a, err := v.post(t.Context(), 9, "prompts/get", "tell_why", `"name":"tell_why"`)
		status := map[any]int{legacy: 200, modern: 400}[era]
		if err != nil || a.status != status || a.message.Error == nil || a.message.Error.Code != -32602 || a.message.Error.Message != invalidParams+"There is none. Give one." {
			t.Errorf("%s: %d %s", era, a.status, a.body)
		}
	}
}

// TestManyClients runs clients of both eras concurrently, for the race detector.
func TestManyClients(t *testing.T) {
	reporting := look(func(ctx context.Context, in actInput) error {
		tool.Progress(ctx, 1, 1, in.Name)
		return nil
	})
	w := newWeb(t, wireOptions{maxCalls: 200, tools: []*tool.Definition{reporting, act(tool.Change, nothing)}}, nil)
	var all sync.WaitGroup
	for c := range 12 {
		v := w.visit([]string{"alice", "bob"}[c%2], eras()[c/2%2], forms)
		all.Go(func() {
			for i := range 20 {
				name := fmt.Sprint(c, "-", i)
				a := v.call("look", named(name))
				if a.message.Result == nil || !strings.Contains(string(a.message.Result.Structured), name) || len(a.before) != 1 || !strings.Contains(a.before[0].raw, name) {
					t.Errorf("%s: %s", name, a.body)
				}
				if a := v.call("act", named(name)); a.message.status() != "done" {
					t.Errorf("%s: %s", name, a.body)
				}
			}
		})
	}
	all.Wait()
}
