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
	// PartBooks reads what runs, for the caps and for the person who is asked.
	PartBooks Part = "books"
	// PartApproval puts the question, and waits where the client shows a form.
	PartApproval Part = "approval"
	// PartExecute carries an approved call out.
	PartExecute Part = "execute"
	// PartSettle looks for what became of a call whose answer was lost.
	PartSettle Part = "settle"
	// PartFollow reads the jobs of a cloud that goes on with a call.
	PartFollow Part = "follow"
)

// Step is a part of a call that begins.
type Step struct {
	Part    Part
	Tool    string
	Account cloud.AccountName
	// Operation is empty where there is none yet.
	Operation string
	// Road is the one on which the operation was answered and Waited how long its
	// answer took; Road is empty before that.
	Road   string
	Waited time.Duration
}

// Observer is told what the guard does, for those who watch over a server. Nothing
// depends on it: it can neither let a call through nor hold it up. It is shown no
// argument, no plan and no name.
type Observer interface {
	// Decoded is told which account a call is for; empty where it is for none or for
	// all of them.
	Decoded(ctx context.Context, account cloud.AccountName)
	// Began is told that a step begins, which is taken with the context that it
	// returns, and then what it came to: ok, or a word for why not.
	Began(ctx context.Context, s Step) (_ context.Context, end func(result string))
	// Counted is told what runs on an account, as its cloud and the state have it.
	Counted(t spend.Tally, at time.Time)
}

// What a step came to, beside the code of an error.
const (
	resultOK = "ok"
	// resultAgain: somebody else changed the operation, or answered, so the call looks
	// again.
	resultAgain = "again"
	// resultAsked: the question stands with the client or with a person elsewhere.
	resultAsked    = "asked"
	resultApproved = "approved"
	resultDenied   = string(tool.CodeDenied)
)

// decoded tells the observer which account a call is for. A read keeps it in its
// arguments, which are known to be valid by now: an account in them is a configured
// one.
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

// enter tells the observer of a step, if there is one.
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

// beginPart tells the observer of a step of a call that has no operation yet.
func (w *write) beginPart(ctx context.Context, part Part) (context.Context, func(result string)) {
	return w.enter(ctx, part, store.Operation{Tool: w.request.Tool, Account: string(w.call.Account)})
}

// resultOf is what an error says of a step.
func resultOf(err error) string {
	switch {
	case err == nil:
		return resultOK
	case errors.Is(err, store.ErrConflict):
		return resultAgain
	}
	return string(tool.AsError(err).Code)
}

// resultOfAnswer is what an answer that came back with a call comes to.
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

// resultOfAsking is what came of a question that was put. A call whose question was
// answered with a yes looks again.
func resultOfAsking(err error) string {
	switch {
	case err == nil:
		return resultAsked
	case errors.Is(err, store.ErrConflict):
		return resultApproved
	}
	return resultOf(err)
}

// Faulty reports whether a step came to something that is no part of the usual way.
func Faulty(result string) bool {
	switch result {
	case resultOK, resultAgain, resultAsked, resultApproved:
		return false
	}
	return true
}
