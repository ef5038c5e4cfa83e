package guard_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"

	"countersign/internal/guard"
	"countersign/internal/policy"
	"countersign/internal/store/sqlite"
	"countersign/internal/tool"
)

// TestIdenticalCallsAtOnce makes the same call many times concurrently in two processes:
// one approval is one request, and one question is asked once.
func TestIdenticalCallsAtOnce(t *testing.T) {
	t.Parallel()
	const calls = 32
	story(t, func(t *testing.T, w *world) {
		handle, err := sqlite.Open(t.Context(), w.dir)
		if err != nil {
			t.Fatal(err)
		}
		second := w.process("second", func(o *guard.Options) { o.Store = handle })
		atOnce := func() map[string]int {
			answers := make(chan got, calls)
			for i := range calls {
				g := w.guard
				if i%2 == 1 {
					g = second
				}
				go func() { answers <- callOn(t, g, makeWeb) }()
			}
			count := map[string]int{}
			for range calls {
				answer := <-answers
				count[answer.String()]++
				count[answer.operation()]++
			}
			return count
		}
		asked := atOnce()
		if asked["approval_required"] != calls || len(asked) != 2 {
			t.Errorf("asked: %v", asked)
		}
		for id := range asked {
			if strings.HasPrefix(id, "op_") {
				w.approve(id)
			}
		}
		done := atOnce()
		if done["done"] != 1 || done["done"]+done["done repeated"]+done["running"] != calls {
			t.Errorf("carried out: %v", done)
		}
		w.wantSent(1)
		synctest.Wait()
		if err := handle.Close(); err != nil {
			t.Error(err)
		}
	})
}

// TestIdenticalCallsWithoutAPerson does the same with calls that need no approval: equal
// calls that overlap are one request.
func TestIdenticalCallsWithoutAPerson(t *testing.T) {
	t.Parallel()
	const calls = 32
	story(t, func(t *testing.T, w *world) {
		w.cloud.add(one())
		answers := make(chan got, calls)
		for range calls {
			go func() { answers <- w.call(renameOne) }()
		}
		for range calls {
			if answer := <-answers; answer.err != nil && answer.err.Code != tool.CodeBusy {
				t.Errorf("got %s", answer)
			}
		}
		w.wantSent(1)
		// A delivered result does not answer the next call, not even at the same time.
		w.deliver(w.call(renameOne).want(t, "done repeated").operation())
		w.cloud.things[0].Name = "one"
		w.call(renameOne).want(t, "done")
		w.wantSent(2)
	})
}

// TestManyOperationsAtOnce carries out different calls concurrently.
func TestManyOperationsAtOnce(t *testing.T) {
	t.Parallel()
	const calls = 16
	story(t, func(t *testing.T, w *world) {
		for i := range calls {
			w.begin(size(fmt.Sprint(i)))
		}
		answers := make(chan string, calls)
		for i := range calls {
			go func() { answers <- w.call(size(fmt.Sprint(i))).String() }()
		}
		for range calls {
			if answer := <-answers; answer != "done" {
				t.Errorf("got %s", answer)
			}
		}
		w.wantSent(calls)
	})
}

// TestWhatIsNotAllowed checks the ways in which a call ends before any request.
func TestWhatIsNotAllowed(t *testing.T) {
	t.Parallel()
	story(t, func(t *testing.T, w *world) {
		w.cloud.add(one())
		call := func(r guard.Request) tool.Code {
			_, err := w.guard.Call(t.Context(), r)
			if err == nil {
				return ""
			}
			return tool.AsError(err).Code
		}
		tests := []struct {
			name    string
			request guard.Request
			want    tool.Code
		}{
			{"no such tool", guard.Request{Tool: "act_", Principal: "alice"}, tool.CodeUnsupported},
			{"no principal", guard.Request{Tool: "act", Arguments: []byte(stopOne)}, tool.CodeInternal},
			{"no principal, read", guard.Request{Tool: "look", Arguments: []byte(stopOne)}, tool.CodeInternal},
			{"unknown argument", request(`{"account":"acme","do":"stop","id":"thing-one","force":true}`), tool.CodeInvalidArguments},
			{"missing argument", request(`{"do":"stop"}`), tool.CodeInvalidArguments},
			{"an ID of nothing", request(`{"account":"acme","do":"stop","id":"one"}`), "unknown_id"},
			{"an effect nobody knows", request(makeWeb), tool.CodeForbidden},
		}
		w.cloud.alter = func(p *tool.Plan) {
			if p.MadeKind != "" {
				p.Effects = []tool.Effect{tool.Effect(-1)}
			}
		}
		for _, test := range tests {
			if got := call(test.request); got != test.want {
				t.Errorf("%s: %q, want %q", test.name, got, test.want)
			}
		}
		w.restart(func(o *guard.Options) { o.Rules = policy.ReadOnly() })
		for _, arguments := range []string{renameOne, stopOne, deleteOne} {
			w.call(arguments).want(t, "error forbidden")
		}
		w.wantSent(0)
	})
}

// TestRulesThatChange checks that an approval does not outlive the rules: what they
// forbid now is not carried out.
func TestRulesThatChange(t *testing.T) {
	t.Parallel()
	story(t, func(t *testing.T, w *world) {
		w.cloud.add(one())
		w.begin(stopOne)
		w.restart(func(o *guard.Options) { o.Rules = policy.ReadOnly() })
		w.call(stopOne).want(t, "error forbidden")
		w.wantSent(0)
		w.restart()
		w.call(stopOne).want(t, "done")
	})
}
