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

// principals share a server, each with a guard of their own.
func (w *world) principals(names ...string) map[string]*guard.Guard {
	shared := guard.NewShared()
	all := map[string]*guard.Guard{}
	for _, name := range names {
		all[name] = w.process("inst_shared", func(o *guard.Options) { o.Shared = shared }, w.shown)
	}
	return all
}

// TestNobodyTouchesAnothersOperation checks that an operation does not exist for other
// principals, even if they know its ID.
func TestNobodyTouchesAnothersOperation(t *testing.T) {
	t.Parallel()
	story(t, func(t *testing.T, w *world) {
		w.cloud.add(one())
		guards := w.principals("alice", "bob", "carol")
		asked := callOn(t, guards["alice"], stopOne, as("alice"), roundTrip)
		id := asked.want(t, "form").operation()
		refused := func(what string, err error) {
			t.Helper()
			if e := tool.AsError(err); err == nil || e.Code != tool.CodeUnknownOperation || e.Operation != "" || strings.Contains(e.Message, id) {
				t.Errorf("%s: %+v", what, err)
			}
		}
		for _, name := range []string{"bob", "carol"} {
			ctx, g := guard.WithPrincipal(t.Context(), name), guards[name]
			_, err := g.GetOperation(ctx, tool.OperationID(id))
			refused("get", err)
			_, err = g.WaitOperation(ctx, tool.OperationID(id), time.Second)
			refused("wait", err)
			_, err = g.CancelOperation(ctx, tool.OperationID(id))
			refused("cancel", err)
			_, err = g.ConfirmOperation(ctx, tool.OperationID(id), "stop thing-one")
			refused("confirm", err)
			page, err := g.ListOperations(ctx, tool.OperationFilter{Page: pageOf(100)})
			if err != nil || len(page.Items) != 0 {
				t.Errorf("%s lists %+v, %v", name, page.Items, err)
			}
			after := tool.OperationFilter{Page: pageOf(100)}
			after.Page.Cursor = id
			_, err = g.ListOperations(ctx, after)
			if tool.AsError(err).Code != tool.CodeInvalidArguments {
				t.Errorf("%s lists after an operation of alice's: %v", name, err)
			}
			// The answer to alice's question, brought by somebody else with the same call.
			callOn(t, g, stopOne, as(name), answered(asked.State, guard.Answer{Action: guard.Accept})).want(t, "form")
			callOn(t, g, stopOne, as(name), answered(asked.State, guard.Answer{Action: guard.Decline})).want(t, "approval_required")
		}
		w.wantState(id, store.Waiting)
		w.wantSent(0)
		// Nor do they see how many questions of others wait; the approver does.
		if got := callOn(t, guards["carol"], deleteOne, as("carol"), roundTrip).want(t, "form"); !strings.Contains(got.Ask.Text, "1 other question waits") {
			t.Errorf("carol's second question:\n%s", got.Ask.Text)
		}
		if q, err := w.desk().Question(t.Context(), w.op(id)); err != nil || !strings.Contains(q.Text, "3 other questions wait") {
			t.Errorf("%s %v", q.Text, err)
		}

		// Alice's approval is alice's: the same call of others is asked anew.
		w.approve(id)
		for _, name := range []string{"bob", "carol"} {
			callOn(t, guards[name], stopOne, as(name)).want(t, "approval_required")
		}
		w.wantSent(0)
		callOn(t, guards["alice"], stopOne, as("alice")).want(t, "done")
		w.wantSent(1)
		// So is the result, which was not delivered to her yet.
		w.cloud.things[0].Status = "start"
		if got := callOn(t, guards["bob"], stopOne, as("bob")); got.outcome.Repeated || got.operation() == id {
			t.Errorf("bob was given alice's result: %+v", got)
		}
	})
}

// TestNobodySpendsAnothersGrant checks that only its own principal can see, use and
// revoke a grant.
func TestNobodySpendsAnothersGrant(t *testing.T) {
	t.Parallel()
	story(t, func(t *testing.T, w *world) {
		w.restart(w.shown)
		id := w.granted() // alice's
		for _, name := range []string{"bob", "carol"} {
			callOn(t, w.guard, makeWeb, as(name)).want(t, "approval_required")
			if rows := w.grants(name); len(rows) != 0 {
				t.Errorf("%s sees %+v", name, rows)
			}
			_, err := w.guard.RevokeGrant(guard.WithPrincipal(t.Context(), name), tool.GrantID(id))
			if e := tool.AsError(err); err == nil || e.Code != tool.CodeUnknownOperation {
				t.Errorf("%s revokes: %v", name, err)
			}
		}
		if rows := w.grants("alice"); len(rows) != 1 || rows[0].State != "standing" || rows[0].UsesLeft != 2 {
			t.Errorf("%+v", rows)
		}
		w.call(makeWeb).want(t, "done")
	})
}

// TestUnsettledOfAnother checks that an unsettled operation of another principal refuses
// an equal call without showing whose it is or its ID.
func TestUnsettledOfAnother(t *testing.T) {
	t.Parallel()
	story(t, func(t *testing.T, w *world) {
		guards := w.principals("alice", "bob")
		id := callOn(t, guards["alice"], makeWeb, as("alice")).want(t, "approval_required").operation()
		w.approve(id)
		w.cloud.fault = lostUndone
		callOn(t, guards["alice"], makeWeb, as("alice")).want(t, "unknown")
		theirs := callOn(t, guards["bob"], makeWeb, as("bob")).want(t, "error unsettled")
		if e := theirs.err; e.Operation != "" || strings.Contains(e.Message+e.Hint, id) || strings.Contains(e.Message+e.Hint, "alice") || !e.Retryable {
			t.Errorf("bob is told %+v", e)
		}
		if own := callOn(t, guards["alice"], strings.Replace(makeWeb, "web", "db", 1), as("alice")).want(t, "error unsettled"); own.err.Operation != id {
			t.Errorf("alice is told %+v", own.err)
		}
	})
}

// TestNamesakeOfAnother checks that the text about a possible namesake of another
// principal does not show whose it is or its ID.
func TestNamesakeOfAnother(t *testing.T) {
	t.Parallel()
	for _, rival := range []string{"alice", "bob-next-door"} {
		t.Run(rival, func(t *testing.T) {
			t.Parallel()
			story(t, func(t *testing.T, w *world) {
				w.cloud.alter = func(p *tool.Plan) { p.Marks = false }
				id := callOn(t, w.guard, size("s"), as(rival)).want(t, "approval_required").operation()
				w.approve(id)
				mine := w.begin(size("l"))
				w.cloud.fault = lostUndone
				callOn(t, w.guard, size("s"), as(rival)).want(t, "unknown")
				w.cloud.fault = lostDone
				w.call(size("l")).want(t, "unknown")
				w.firstIsFound()
				text := w.call(size("l")).want(t, "unknown").Text
				if strings.Contains(text, id) != (rival == "alice") || strings.Contains(text, "bob-next-door") || !strings.Contains(text, "of the same name") {
					t.Errorf("alice is told of %s of %s: %s", id, rival, text)
				}
				w.wantState(mine, store.Unknown)
			})
		})
	}
}

// TestNoPrincipal checks that a call or a read without a principal gets nothing: to the
// store, no principal means all of them.
func TestNoPrincipal(t *testing.T) {
	t.Parallel()
	story(t, func(t *testing.T, w *world) {
		w.cloud.add(one())
		id := w.call(stopOne).want(t, "approval_required").operation()
		if _, err := w.guard.Call(t.Context(), guard.Request{Tool: "act", Arguments: []byte(stopOne)}); err == nil {
			t.Error("a call of nobody's was carried out")
		}
		if _, err := w.guard.ListOperations(t.Context(), tool.OperationFilter{Page: pageOf(10)}); err == nil {
			t.Error("operations are listed to nobody")
		}
		if _, err := w.guard.ListGrants(t.Context()); err == nil {
			t.Error("grants are listed to nobody")
		}
		if _, err := w.guard.GetOperation(t.Context(), tool.OperationID(id)); err == nil {
			t.Error("an operation is shown to nobody")
		}
	})
}

// TestAuditNamesThePrincipal checks that every record of an operation has its principal.
func TestAuditNamesThePrincipal(t *testing.T) {
	t.Parallel()
	story(t, func(t *testing.T, w *world) {
		w.cloud.add(one())
		guards := w.principals("alice", "https://login.example.com#bob")
		for name, g := range guards {
			w.approve(callOn(t, g, deleteOne, as(name)).want(t, "approval_required").operation())
		}
		callOn(t, guards["alice"], deleteOne, as("alice")).want(t, "done")
		var kinds []string
		err := w.store.Records(t.Context(), 0, func(r store.Record) bool {
			if !strings.Contains(string(r.Body), `"principal":"`) {
				t.Errorf("%s of %s names nobody: %s", r.Kind, r.Operation, r.Body)
			}
			if strings.Contains(string(r.Body), `"principal":"alice"`) {
				kinds = append(kinds, r.Kind)
			}
			return true
		})
		if err != nil || !slices.Equal(kinds, []string{"asked", "approved", "sent", "done"}) {
			t.Errorf("%q %v", kinds, err)
		}
	})
}
