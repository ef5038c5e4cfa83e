package guard

import (
	"context"
	"fmt"
	"slices"
	"time"

	"countersign/internal/spend"
	"countersign/internal/store"
	"countersign/internal/tool"
)

// An operation whose answer was lost fails when its cloud has shown no trace of it for
// the length of the grace. That is an assumption: a cloud can list a machine later, and
// a clock can jump. Such an operation therefore keeps its use of a grant, and for a
// while its room under the caps, and an equal call is not repeated without a person.

// unseenAsks is for how long after that an equal call needs a person.
const unseenAsks = 24 * time.Hour

// unseen reports whether an operation failed only because its cloud shows no trace of
// it. A person who settled it has looked.
func unseen(op store.Operation) bool {
	e := reasonOf(op)
	return op.State == store.Failed && op.ClosedBy == "" && e != nil && e.Code == tool.CodeNotCarriedOut
}

// hasUnseen reports whether an equal call may have made already what a plan makes.
func (w *write) hasUnseen(ctx context.Context, plan tool.Plan) (bool, error) {
	ops, err := w.Store.Operations(ctx, store.OperationQuery{
		Account: string(plan.Account), Equal: plan.Equal, States: []store.State{store.Failed}, EndedAfter: w.Now().Add(-unseenAsks),
	})
	if err != nil {
		return false, fmt.Errorf("look for equal calls whose answer was lost: %w", err)
	}
	return slices.ContainsFunc(ops, unseen), nil
}

// unseenEntries are calls that may add to what a cloud shows although they failed: what
// they made can be missing in its list for as long as anything that was made.
func unseenEntries(ctx context.Context, from store.View, burn tool.Burn) ([]spend.Entry, error) {
	since := burn.ReadAt.Add(-spend.Visible)
	ops, err := from.Operations(ctx, store.OperationQuery{
		Account: string(burn.Account), Charged: true, States: []store.State{store.Failed}, EndedAfter: since,
	})
	if err != nil {
		return nil, fmt.Errorf("read what lost calls may add: %w", err)
	}
	var entries []spend.Entry
	for _, op := range ops {
		if !unseen(op) || op.SentAt.Before(since) {
			continue
		}
		charge, err := storedCharge(op)
		if err != nil {
			return nil, err
		}
		entries = append(entries, spend.Entry{Operation: op.ID, Account: burn.Account, Charge: charge}) // it has not ended
	}
	return entries, nil
}
