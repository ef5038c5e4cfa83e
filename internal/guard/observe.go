package guard

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"countersign/internal/cloud"
	"countersign/internal/spend"
	"countersign/internal/store"
	"countersign/internal/tool"
)

// Part is one part of a call's way through the guard.
type Part string

// The parts.
const (
	// PartPlan reads what a call would do.
	PartPlan Part = "plan"
	// PartBooks reads the running machines, for the caps and for the approver.
	PartBooks Part = "books"
	// PartApproval asks the question, and waits while the client shows a form.
	PartApproval Part = "approval"
	// PartExecute carries an approved call out.
	PartExecute Part = "execute"
	// PartSettle looks for the outcome of a call whose response was lost.
	PartSettle Part = "settle"
	// PartFollow reads the jobs of an operation that its cloud still runs.
	PartFollow Part = "follow"
)

// Step describes one part of a call.
type Step struct {
	Part    Part
	Tool    string
	Account cloud.AccountName
	// Operation is empty where there is none yet.
	Operation string
	// Road is how the operation was answered, empty before that, and Waited how long the
	// answer took.
	Road   string
	Waited time.Duration
}

// Observer receives events for metrics and traces. It cannot allow or refuse a call, and it
// gets no arguments, no plans and no names.
type Observer interface {
	// Decoded receives the account that a call is for; empty where it is for none or for
	// all of them.
	Decoded(ctx context.Context, account cloud.AccountName)
	// Began is called when a step begins. The step runs with the returned context. Then end
	// is called with the result: ok, or a word for why not.
	Began(ctx context.Context, s Step) (_ context.Context, end func(result string))
	// Counted receives the tally of an account, from its cloud and the store.
	Counted(t spend.Tally, at time.Time)
}

// The results of a step, beside the codes of errors.
const (
	resultOK = "ok"
	// resultAgain: the operation changed in the meantime, so the call looks again.
	resultAgain = "again"
	// resultAsked: the question waits, with the client or in the terminal.
	resultAsked    = "asked"
	resultApproved = "approved"
	resultDenied   = string(tool.CodeDenied)
)

// decoded reports the account of a call to the observer. For a read it is taken from the
// arguments, which are valid by now: an account in them is configured.
func (g *Guard) decoded(ctx context.Context, r Request, call *tool.Call) {
	if g.Observe == nil {
		return
	}
	account := call.Account
	if call.Read != nil {
		var in struct {
			Account cloud.AccountName `json:"account"`
		}
		if json.Unmarshal(r.Arguments, &in) == nil {
			account = in.Account
		}
	}
	g.Observe.Decoded(ctx, account)
}

// enter reports to the observer, if there is one, that a step begins.
func (g *Guard) enter(ctx context.Context, part Part, op store.Operation) (context.Context, func(result string)) {
	if g.Observe == nil {
		return ctx, func(string) {}
	}
	s := Step{Part: part, Tool: op.Tool, Account: accountOf(op), Operation: op.ID}
	if !op.AnsweredAt.IsZero() {
		s.Road, s.Waited = op.Road, op.AnsweredAt.Sub(askedAt(op))
	}
	return g.Observe.Began(ctx, s)
}

// beginPart is enter for a call that has no operation yet.
func (w *write) beginPart(ctx context.Context, part Part) (context.Context, func(result string)) {
	return w.enter(ctx, part, store.Operation{Tool: w.request.Tool, Account: string(w.call.Account)})
}

// resultOf returns the result of a step that ended with err.
func resultOf(err error) string {
	switch {
	case err == nil:
		return resultOK
	case errors.Is(err, store.ErrConflict):
		return resultAgain
	}
	return string(tool.AsError(err).Code)
}

// resultOfAnswer returns the result of judging the answer that a call carried back.
func resultOfAnswer(v consent, err error) string {
	switch {
	case err != nil:
		return resultOf(err)
	case v == granted:
		return resultApproved
	case v == declined:
		return resultDenied
	}
	return resultAsked
}

// resultOfAsking returns the result of asking a question. After a yes the call looks again,
// which is ErrConflict.
func resultOfAsking(err error) string {
	switch {
	case err == nil:
		return resultAsked
	case errors.Is(err, store.ErrConflict):
		return resultApproved
	}
	return resultOf(err)
}

// Faulty reports whether the result of a step is a failure or a refusal.
func Faulty(result string) bool {
	switch result {
	case resultOK, resultAgain, resultAsked, resultApproved:
		return false
	}
	return true
}
