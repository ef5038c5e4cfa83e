package guard

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"countersign/internal/cloud"
	"countersign/internal/store"
	"countersign/internal/tool"
)

var _ tool.Operations = (*Guard)(nil)

// after reads a page. To a principal, an operation of somebody else's is no cursor: it
// would tell that there is one.
func (g *Guard) after(ctx context.Context, query store.OperationQuery) ([]store.Operation, error) {
	if query.Before != "" {
		cursor, err := g.Store.Operation(ctx, query.Before)
		if err != nil {
			return nil, err
		}
		if cursor.Principal != query.Principal {
			return nil, store.ErrNotFound
		}
	}
	return g.Store.Operations(ctx, query)
}

// GetOperation implements tool.Operations.
func (g *Guard) GetOperation(ctx context.Context, id tool.OperationID) (tool.OperationDetail, error) {
	op, err := g.own(ctx, id)
	if err != nil {
		return tool.OperationDetail{}, err
	}
	if op, err = g.followUp(ctx, op); err != nil && !errors.Is(err, store.ErrConflict) {
		return tool.OperationDetail{}, fmt.Errorf("get operation: %w", err)
	}
	return g.detail(op)
}

// own returns an operation of the calling principal. For one of another principal the error
// is the same as for one that does not exist.
func (g *Guard) own(ctx context.Context, id tool.OperationID) (store.Operation, error) {
	op, err := g.Store.Operation(ctx, string(id))
	if errors.Is(err, store.ErrNotFound) || err == nil && op.Principal != PrincipalOf(ctx) {
		return op, tool.Errorf(tool.CodeUnknownOperation, "list_operations has the exact IDs.", "There is no operation of that ID.")
	}
	if err != nil {
		return op, err
	}
	if expired, err := g.expire(ctx, op); err == nil {
		return expired, nil
	} else if !errors.Is(err, store.ErrConflict) {
		return op, err
	}
	return g.Store.Operation(ctx, string(id))
}

// ListOperations implements tool.Operations.
func (g *Guard) ListOperations(ctx context.Context, f tool.OperationFilter) (cloud.Page[tool.OperationRow], error) {
	if PrincipalOf(ctx) == "" {
		// To the store, no principal means all of them.
		return cloud.Page[tool.OperationRow]{}, errors.New("list operations without a principal")
	}
	// This has to precede the filter by state, because expiry changes states.
	if err := g.expireAll(ctx, PrincipalOf(ctx)); err != nil {
		return cloud.Page[tool.OperationRow]{}, fmt.Errorf("list operations: %w", err)
	}
	query := store.OperationQuery{
		Principal: PrincipalOf(ctx), Account: string(f.Account), Before: f.Page.Cursor, Limit: f.Page.Limit + 1,
	}
	if f.State != "" {
		query.States = []store.State{store.State(f.State)}
	}
	ops, err := g.after(ctx, query)
	if errors.Is(err, store.ErrNotFound) {
		return cloud.Page[tool.OperationRow]{}, tool.Errorf(tool.CodeInvalidArguments, "Leave cursor out to start again.", "The cursor is not one that this tool gave.")
	}
	if err != nil {
		return cloud.Page[tool.OperationRow]{}, fmt.Errorf("list operations: %w", err)
	}
	var page cloud.Page[tool.OperationRow]
	for i, op := range ops {
		if i == f.Page.Limit {
			page.Next = ops[i-1].ID
			break
		}
		page.Items = append(page.Items, operationRow(op))
	}
	return page, nil
}

// expireAll expires the questions and approvals of a principal whose time is over.
func (g *Guard) expireAll(ctx context.Context, principal string) error {
	ops, err := g.Store.Operations(ctx, store.OperationQuery{Principal: principal, States: []store.State{store.Waiting, store.Approved}})
	if err != nil {
		return err
	}
	for _, op := range ops {
		if _, err := g.expire(ctx, op); err != nil && !errors.Is(err, store.ErrConflict) {
			return err
		}
	}
	return nil
}

// waitPoll is the interval at which a waiting call reads the operation. progressEvery, a
// multiple of it, is the interval of progress messages.
const (
	waitPoll      = 200 * time.Millisecond
	progressEvery = 2 * time.Second
)

// WaitOperation implements tool.Operations. While it waits it also settles an operation
// whose response was lost, and follows its jobs.
func (g *Guard) WaitOperation(ctx context.Context, id tool.OperationID, atMost time.Duration) (tool.OperationStatus, error) {
	// The wait is counted in ticks. If the store is so slow that ticks are dropped, the timer
	// ends the wait.
	late := time.NewTimer(atMost + waitPoll)
	defer late.Stop()
	tick := time.NewTicker(waitPoll)
	defer tick.Stop()
	for waited := time.Duration(0); ; waited += waitPoll {
		op, err := g.own(ctx, id)
		if err != nil {
			return tool.OperationStatus{}, err
		}
		if !op.State.Open() || op.State == store.Approved || waited >= atMost {
			return g.status(op), nil
		}
		if waited%progressEvery == 0 {
			if err := g.catchUpOne(ctx, op); err != nil {
				return tool.OperationStatus{}, err
			}
			tool.Progress(ctx, waited.Seconds(), atMost.Seconds(), "operation "+op.ID+" is "+string(op.State))
		}
		select {
		case <-tick.C:
		case <-late.C:
			return g.status(op), nil
		case <-ctx.Done():
			return g.status(op), nil
		case <-tool.Hurry(ctx):
			return g.status(op), nil
		}
	}
}

// catchUpOne settles an operation whose response was lost, and follows the jobs of one that
// its cloud still runs.
func (g *Guard) catchUpOne(ctx context.Context, op store.Operation) error {
	var err error
	switch op.State {
	case store.Executing, store.Unknown:
		err = g.settleOne(ctx, op)
	case store.Running:
		_, err = g.followUp(ctx, op)
	}
	if errors.Is(err, store.ErrConflict) {
		return nil // another call or process does
	}
	return err
}

// CancelOperation implements tool.Operations.
func (g *Guard) CancelOperation(ctx context.Context, id tool.OperationID) (tool.Outcome, error) {
	op, err := g.own(ctx, id)
	if err != nil {
		return tool.Outcome{}, err
	}
	if op.State != store.Waiting && op.State != store.Approved {
		e := tool.Errorf(tool.CodeNotPossible, "get_operation says what became of it.", "Operation %s is %s and cannot be withdrawn any more.", op.ID, op.State)
		e.Operation = op.ID
		return tool.Outcome{}, e
	}
	op, err = g.move(ctx, op, store.Withdrawn, recordWithdrawn, unused(op.State))
	if errors.Is(err, store.ErrConflict) {
		return tool.Outcome{}, tool.Errorf(tool.CodeBusy, "Call get_operation and decide again.", "Operation %s changed at this very moment.", op.ID)
	}
	if err != nil {
		return tool.Outcome{}, err
	}
	return tool.Outcome{Status: tool.StatusDone, Operation: op.ID, Summary: "Withdrawn; nothing was carried out: " + op.Summary}, nil
}

// operationRow returns an operation for a listing. A result that cannot be read is left out
// here; decisions use madeIDs, which returns an error for it.
func operationRow(op store.Operation) tool.OperationRow {
	r := tool.OperationRow{
		Operation: tool.OperationID(op.ID), Tool: op.Tool, Account: accountOf(op), State: tool.OperationState(op.State),
		Effect: op.Effect, Summary: op.Summary, CreatedAt: op.CreatedAt.UTC(),
	}
	var outcome storedOutcome
	if len(op.Result) > 0 && json.Unmarshal(op.Result, &outcome) == nil {
		r.IDs = outcome.IDs
		r.Summary = strings.TrimSpace(r.Summary + " " + outcome.Shortfall)
	}
	return r
}

func (g *Guard) status(op store.Operation) tool.OperationStatus {
	s := tool.OperationStatus{OperationRow: operationRow(op), Next: next(op)}
	if op.State == store.Waiting {
		s.ApproveAt = g.ApproveCommand(op.ID)
	}
	if op.State == store.Waiting || op.State == store.Approved {
		expires := op.ExpiresAt.UTC()
		s.ExpiresAt = &expires
	}
	return s
}

func (g *Guard) detail(op store.Operation) (tool.OperationDetail, error) {
	plan, err := storedPlan(op)
	if err != nil {
		return tool.OperationDetail{}, err
	}
	d := tool.OperationDetail{
		OperationStatus: g.status(op),
		Plan:            questionOf(op, plan).Text,
		Marker:          op.Marker,
		Failure:         failure(op),
	}
	if d.Jobs, err = storedJobs(op); err != nil {
		return tool.OperationDetail{}, err
	}
	if !op.AnsweredAt.IsZero() {
		d.Answered = fmt.Sprintf("%s, by %s (%s), after %.1f s",
			op.AnsweredAt.UTC().Format(time.RFC3339), op.Approver, op.Road, op.AnsweredAt.Sub(askedAt(op)).Seconds())
	}
	if !op.EndedAt.IsZero() {
		ended := op.EndedAt.UTC()
		d.EndedAt = &ended
	}
	return d, nil
}

func failure(op store.Operation) *tool.Failure {
	var e tool.Error
	if len(op.Failure) == 0 || op.State == store.Done || json.Unmarshal(op.Failure, &e) != nil {
		return nil
	}
	return &tool.Failure{Account: op.Account, Code: string(e.Code), Message: e.Message + " " + e.Hint}
}

// inPart reports whether some jobs of an operation were done and others not.
func inPart(op store.Operation) bool {
	jobs, err := storedJobs(op)
	done := inState(jobs, cloud.JobDone)
	return err == nil && done > 0 && done < len(jobs)
}

// next returns the text that tells an agent what to do next.
func next(op store.Operation) string {
	switch op.State {
	case store.Waiting:
		return "A person has to approve it at approve_at. wait_operation waits for the answer."
	case store.Approved:
		return fmt.Sprintf("Approved: repeat the call of %s with the same arguments to carry it out.", op.Tool)
	case store.Executing, store.Running:
		return "It is being carried out. wait_operation waits for it."
	case store.Done:
		if inPart(op) {
			return "It is done in part only: jobs says what was not done and why. Read what became of ids with the get tool of its kind, and tell the user."
		}
		return "It is done. What became of ids is read with the get or list tool of their kind."
	case store.Failed:
		if len(op.Jobs) > 0 {
			return "The cloud began it and did not bring it to an end. Read failure and jobs, and what became of ids with the get tool of its kind; calling again starts a new operation."
		}
		return "It was not carried out. Read failure; calling again starts a new operation."
	case store.Unknown:
		return "The answer was lost. Call wait_operation, or repeat the very same call: it is never carried out twice."
	case store.Denied:
		return denied(op).Message + " Tell the user; do not look for another way."
	case store.Expired:
		if e := reasonOf(op); e != nil {
			return e.Message + " " + e.Hint
		}
		return "Nobody answered in time, or the approval was not used. Calling again asks anew."
	case store.Withdrawn:
		return "It was withdrawn. Calling again asks anew."
	case store.Drifted:
		return "Things changed after the approval. Calling again asks anew."
	}
	return "Tell the operator: its state is not known to this version."
}
