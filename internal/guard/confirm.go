package guard

import (
	"context"

	"countersign/internal/policy"
	"countersign/internal/store"
	"countersign/internal/tool"
)

// confirmable returns the sentence that the caller may confirm the operation itself; empty
// where the rules do not allow that.
func confirmable(op store.Operation) string {
	if op.Needs != string(policy.Caller) {
		return ""
	}
	return "\nThe rules let the caller confirm it as well: confirm_operation with this operation and its summary, word for word."
}

// ConfirmOperation implements tool.Operations: it stores a yes of the caller, where the
// rules accept one.
func (g *Guard) ConfirmOperation(ctx context.Context, id tool.OperationID, summary string) (tool.Outcome, error) {
	op, err := g.own(ctx, id)
	if err != nil {
		return tool.Outcome{}, err
	}
	switch {
	case op.State != store.Waiting:
		return tool.Outcome{}, notConfirmed(op, "get_operation says what became of it.", "Operation %s is %s and waits for nobody.", op.ID, op.State)
	case op.Needs != string(policy.Caller):
		return tool.Outcome{}, notConfirmed(op, "Tell the user where to approve it: "+g.ApproveCommand(op.ID), "Operation %s takes a person; its caller cannot confirm it.", op.ID)
	case summary != op.Summary:
		return tool.Outcome{}, notConfirmed(op, "Give summary as get_operation has it, if that is what is wanted.", "The summary is not that of operation %s.", op.ID)
	}
	approval := Approval{By: "the caller " + op.Principal + ", not shown to be a person", Road: roadCaller}
	if err := approve(ctx, g.Store, g.Now, op, approval, g.Limits.UseTTL); err != nil {
		return tool.Outcome{}, err
	}
	return tool.Outcome{Status: tool.StatusDone, Operation: op.ID, Summary: "Confirmed. Repeat the call of " + op.Tool + " with the same arguments to carry it out."}, nil
}

func notConfirmed(op store.Operation, hint, format string, args ...any) *tool.Error {
	e := tool.Errorf(tool.CodeNotPossible, hint, format, args...)
	e.Account, e.Operation = accountOf(op), op.ID
	return e
}
