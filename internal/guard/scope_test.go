package guard_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"countersign/internal/guard"
	"countersign/internal/store"
	"countersign/internal/tool"
)

// scoped returns a caller with some scopes.
func scoped(scopes ...tool.Scope) func(*guard.Request) {
	return func(r *guard.Request) { r.Scopes = new(tool.NewScopes(scopes...)) }
}

func named(name string) func(*guard.Request) { return func(r *guard.Request) { r.Tool = name } }

// wide is a tool of which some calls are only a change.
func (w *world) wide() {
	w.guard.Use(w.cloud.toolOf(tool.Spec{Name: "wide", Effect: tool.Destroy, Least: tool.Change}))
}

// TestScopes checks which call needs which scope, and that the refusal names the missing
// ones.
func TestScopes(t *testing.T) {
	t.Parallel()
	story(t, func(t *testing.T, w *world) {
		w.cloud.add(one())
		w.wide()
		read, write, spend, destroy := tool.ScopeRead, tool.ScopeWrite, tool.ScopeSpend, tool.ScopeDestroy
		tests := []struct {
			tool, arguments string
			has             []tool.Scope
			missing         []tool.Scope
		}{
			{"look", `{"account":"acme","do":"look","name":"n"}`, []tool.Scope{write, spend, destroy}, []tool.Scope{read}},
			{"wide", stopOne, []tool.Scope{read}, []tool.Scope{write}},
			{"wide", stopOne, []tool.Scope{read, spend, destroy}, []tool.Scope{write}},
			{"wide", startOne, []tool.Scope{read, write, destroy}, []tool.Scope{spend}},
			{"wide", makeWeb, []tool.Scope{read, write}, []tool.Scope{spend}},
			{"wide", deleteOne, []tool.Scope{read, write, spend}, []tool.Scope{destroy}},
			{"act", stopOne, []tool.Scope{read, write, spend}, []tool.Scope{destroy}}, // every call of it destroys, as far as it says
			{"act", deleteOne, nil, []tool.Scope{destroy}},
			{"wide", stopOne, []tool.Scope{write}, nil},
			{"wide", deleteOne, []tool.Scope{write, destroy}, nil},
			{"act", deleteOne, []tool.Scope{destroy}, nil},
		}
		for _, test := range tests {
			reply, err := w.guard.Call(t.Context(), func() guard.Request {
				r := request(test.arguments)
				named(test.tool)(&r)
				scoped(test.has...)(&r)
				return r
			}())
			if test.missing == nil {
				if out, ok := reply.Output.(tool.Outcome); err != nil || !ok || out.Status != tool.StatusApprovalRequired {
					t.Errorf("%s %s with %v: %+v %v", test.tool, test.arguments, test.has, reply, err)
				}
				continue
			}
			refusal := tool.AsError(err)
			if refusal.Code != tool.CodeForbidden || !slices.Equal(refusal.MissingScopes, test.missing) || !strings.Contains(refusal.Message, string(test.missing[0])) {
				t.Errorf("%s %s with %v: %+v", test.tool, test.arguments, test.has, refusal)
			}
		}
		w.wantSent(0)
	})
}

// TestOutOfScopeIsOnRecord checks that a refusal above a read is in the audit, with the
// principal and the missing scopes.
func TestOutOfScopeIsOnRecord(t *testing.T) {
	t.Parallel()
	story(t, func(t *testing.T, w *world) {
		w.cloud.add(one())
		w.wide()
		w.call(stopOne, named("wide"), scoped(tool.ScopeRead)).want(t, "error forbidden")
		w.call(deleteOne, named("wide"), scoped(tool.ScopeWrite)).want(t, "error forbidden")
		var records []string
		if err := w.store.Records(t.Context(), 0, func(r store.Record) bool {
			records = append(records, r.Kind+" "+string(r.Body))
			return true
		}); err != nil {
			t.Fatal(err)
		}
		if len(records) != 2 || !strings.Contains(records[0], "missing scopes: cloud:write") || !strings.Contains(records[1], "missing scopes: cloud:destroy") {
			t.Errorf("%q", records)
		}
		for _, r := range records {
			if !strings.HasPrefix(r, "forbidden ") || !strings.Contains(r, `"principal":"alice"`) || !strings.Contains(r, `"account":"acme"`) {
				t.Errorf("%s", r)
			}
		}
	})
}

// TestScopeBeforePlan checks that a call without the scope of its tool does not even
// cause a read at the cloud.
func TestScopeBeforePlan(t *testing.T) {
	t.Parallel()
	story(t, func(t *testing.T, w *world) {
		w.cloud.add(one())
		planned := 0
		w.cloud.alter = func(*tool.Plan) { planned++ }
		w.call(deleteOne, scoped(tool.ScopeRead, tool.ScopeWrite, tool.ScopeSpend)).want(t, "error forbidden")
		if planned != 0 {
			t.Errorf("%d plans were made", planned)
		}
	})
}

// TestNothingToDoIsOutOfScopeToo checks that a caller cannot use a write that they have
// no scope for to learn the state of something.
func TestNothingToDoIsOutOfScopeToo(t *testing.T) {
	t.Parallel()
	story(t, func(t *testing.T, w *world) {
		w.wide()
		w.cloud.add(thing{ID: "thing-one", Name: "one", Status: "delete"})
		w.call(deleteOne, named("wide"), scoped(tool.ScopeWrite)).want(t, "error forbidden")
	})
}

// TestApprovalDoesNotWidenScopes checks that an approval does not replace a scope: a
// caller who has lost one since cannot have the approved call carried out.
func TestApprovalDoesNotWidenScopes(t *testing.T) {
	t.Parallel()
	story(t, func(t *testing.T, w *world) {
		w.cloud.add(one())
		w.wide()
		id := w.call(deleteOne, named("wide"), scoped(tool.ScopeWrite, tool.ScopeDestroy)).want(t, "approval_required").operation()
		w.approve(id)
		w.call(deleteOne, named("wide"), scoped(tool.ScopeWrite, tool.ScopeSpend)).want(t, "error forbidden")
		w.wantSent(0)
		w.wantState(id, store.Approved)
		w.call(deleteOne, named("wide"), scoped(tool.ScopeWrite, tool.ScopeDestroy)).want(t, "done")
	})
}

// TestPlanDriftsOutOfScope checks that the scopes are checked against the second plan as
// well.
func TestPlanDriftsOutOfScope(t *testing.T) {
	t.Parallel()
	story(t, func(t *testing.T, w *world) {
		w.cloud.add(one())
		w.wide()
		may := scoped(tool.ScopeWrite)
		id := w.call(stopOne, named("wide"), may).want(t, "approval_required").operation()
		w.approve(id)
		w.cloud.alter = func(p *tool.Plan) { p.Effects = append(p.Effects, tool.Bill) }
		got := w.call(stopOne, named("wide"), may).want(t, "error forbidden")
		if !slices.Equal(got.err.MissingScopes, []tool.Scope{tool.ScopeSpend}) {
			t.Errorf("%+v", got.err)
		}
		w.wantSent(0)
	})
}

// TestControlNeedsWrite checks that a caller with read scopes only cannot withdraw an
// operation.
func TestControlNeedsWrite(t *testing.T) {
	t.Parallel()
	story(t, func(t *testing.T, w *world) {
		w.cloud.add(one())
		withdrawn := 0
		w.guard.Use(tool.NewControl(tool.Spec{Name: "withdraw", Effect: tool.Change}, func(ctx, actInput) (tool.Outcome, error) {
			withdrawn++
			return tool.Outcome{Status: tool.StatusDone, Summary: "Withdrawn."}, nil
		}))
		w.call(stopOne, named("withdraw"), scoped(tool.ScopeRead, tool.ScopeSpend, tool.ScopeDestroy)).want(t, "error forbidden")
		if withdrawn != 0 {
			t.Error("withdrawn without the scope")
		}
		w.call(stopOne, named("withdraw"), scoped(tool.ScopeWrite)).want(t, "done")
	})
}

// TestGuardsOfOneProcess checks that two guards of one process know of each other's
// calls: neither takes an operation for that of a dead process, nor returns a result
// again.
func TestGuardsOfOneProcess(t *testing.T) {
	t.Parallel()
	story(t, func(t *testing.T, w *world) {
		w.cloud.add(one())
		shared := guard.NewShared()
		share := func(o *guard.Options) { o.Shared = shared }
		first, second := w.process("inst_shared", share), w.process("inst_shared", share)
		release := make(chan struct{})
		w.cloud.hold = func() { <-release }
		w.approve(callOn(t, first, makeWeb).want(t, "approval_required").operation())
		ended := make(chan got)
		go func() { ended <- callOn(t, first, makeWeb) }()
		time.Sleep(time.Second)
		if err := second.SettleAll(t.Context()); err != nil {
			t.Fatal(err)
		}
		callOn(t, second, makeWeb).want(t, "running")
		callOn(t, second, strings.Replace(makeWeb, "web", "db", 1), as("bob")).want(t, "approval_required")
		w.cloud.hold = nil
		close(release)
		done := (<-ended).want(t, "done")
		first.Delivering(done.operation())
		callOn(t, second, makeWeb).want(t, "approval_required") // a new one: the first was handed out
		w.wantSent(1)
	})
}

// TestNamesOfOneProcess checks that a name which one guard has just seen is a former name
// for all of them: otherwise a rename by another login would remove a protection.
func TestNamesOfOneProcess(t *testing.T) {
	t.Parallel()
	story(t, func(t *testing.T, w *world) {
		w.cloud.add(thing{ID: "thing-one", Name: "prod-db", Status: "start"})
		shared := guard.NewShared()
		share := func(o *guard.Options) { o.Shared = shared }
		first, second := w.process("inst_shared", share), w.process("inst_shared", share)
		first.Use(w.cloud.gaze())
		look(t, first)
		w.cloud.things[0].Name = "scratch"
		if got := callOn(t, second, deleteOne, as("bob"), roundTrip).want(t, "form"); !strings.Contains(got.Ask.Text, "prod-db") {
			t.Errorf("bob's question says nothing of the former name:\n%s", got.Ask.Text)
		}
		if err := second.Close(t.Context()); err != nil {
			t.Error(err)
		}
	})
}
