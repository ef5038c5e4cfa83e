package guard

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"countersign/internal/store"
	"countersign/internal/tool"
)

// executing handles a call whose operation is being carried out, or whose process died.
func (w *write) executing(ctx context.Context, op store.Operation) (Reply, error) {
	op, err := w.orphaned(ctx, op)
	switch {
	case errors.Is(err, errStillExecuting):
		return w.notYet(op, tool.StatusRunning, "It is being carried out; wait_operation waits for it."), nil
	case err != nil:
		return Reply{}, err
	}
	return w.settled(ctx, op, true)
}

// errStillExecuting says that a process that is alive carries an operation out.
var errStillExecuting = errors.New("being carried out by a process that lives")

// orphaned changes an operation whose process died between intent and outcome to Unknown;
// other states are returned as they are. The error is errStillExecuting while the process
// is alive.
func (g *Guard) orphaned(ctx context.Context, op store.Operation) (store.Operation, error) {
	if op.State != store.Executing {
		return op, nil
	}
	if g.running(op) {
		return op, fmt.Errorf("operation %s is %w", op.ID, errStillExecuting)
	}
	return g.move(ctx, op, store.Unknown, recordUnknown, func(b *recordBody) {
		b.Reason = "the process ended between intent and outcome"
	})
}

// unknown handles a call whose outcome is not known yet.
func (w *write) unknown(ctx context.Context, op store.Operation) (Reply, error) {
	return w.settled(ctx, op, true)
}

// settled looks for the outcome of an operation and returns the response with it.
func (w *write) settled(ctx context.Context, op store.Operation, repeated bool) (Reply, error) {
	id := op.ID
	op, looked, err := w.settle(ctx, op)
	if errors.Is(err, store.ErrConflict) {
		// Another call, process or person has settled it first.
		if op, err = w.Store.Operation(ctx, id); err == nil && op.State.Open() {
			err = store.ErrConflict
		}
		repeated = true
	}
	if err != nil {
		return Reply{}, err
	}
	switch op.State {
	case store.Done:
		return w.deliver(op, repeated)
	case store.Failed:
		if op.ClosedBy != "" {
			return Reply{}, w.told(ctx, op)
		}
		return Reply{}, storedFailure(op)
	}
	return w.notYet(op, tool.StatusUnknown, looked.Why+" Repeat this very call, or use wait_operation: it is never carried out twice."), nil
}

func nothingMade(op store.Operation) *tool.Error {
	e := tool.Errorf(tool.CodeNotCarriedOut, "Nothing came of it. Calling again asks a person anew.", "The answer to operation %s was lost, and the cloud shows no trace of it: it was not carried out.", op.ID)
	e.Account, e.Operation = accountOf(op), op.ID
	return e
}

// Looked is what a look at the cloud told of an operation.
type Looked struct {
	// Why says why its outcome is still unknown; empty where it is known.
	Why string
	// Asked is true if the cloud could be asked.
	Asked bool
	// Possible are the IDs of what may have come of it, where that is unclear.
	Possible []string
}

// settle looks for the outcome of an unknown operation. It returns the operation as it is
// afterwards.
func (g *Guard) settle(ctx context.Context, op store.Operation) (store.Operation, Looked, error) {
	found, why, err := g.lookFor(ctx, op)
	if err != nil || why != "" {
		return op, Looked{Why: why}, err
	}
	op, why, err = g.conclude(ctx, op, found)
	if err == nil && found.Finding == tool.FoundUnclear {
		g.noteUnclear(ctx, op, found)
	}
	return op, Looked{Why: why, Asked: true, Possible: found.Possible}, err
}

// noteUnclear records what an unclear look told, once for each finding: the operator reads
// it at the desk.
func (g *Guard) noteUnclear(ctx context.Context, op store.Operation, found tool.Settlement) {
	last, err := lastUnclear(ctx, g.Store, op.ID)
	if err == nil && (last.Reason != found.Why || !slices.Equal(last.Possible, found.Possible)) {
		err = g.Store.Append(ctx, g.record(op, recordUnclear, func(b *recordBody) { b.Reason, b.Possible = found.Why, found.Possible }))
	}
	if err != nil {
		g.Log.Warn().Ctx(ctx).Err(err).Str("operation", op.ID).Msg("what may have become of it could not be recorded")
	}
}

// lastUnclear returns what the last unclear look at the cloud recorded about an operation;
// empty where there was none.
func lastUnclear(ctx context.Context, s store.Store, operation string) (last recordBody, err error) {
	records, err := s.RecordsOf(ctx, operation)
	if err != nil {
		return last, fmt.Errorf("what was found about %s: %w", operation, err)
	}
	for _, r := range records {
		if r.Kind != recordUnclear {
			continue
		}
		last = recordBody{}
		if err := json.Unmarshal(r.Body, &last); err != nil {
			return last, fmt.Errorf("read record %d: %w", r.Seq, err)
		}
	}
	return last, nil
}

// lookFor asks the cloud for the outcome of an operation; why says why it cannot be asked.
func (g *Guard) lookFor(ctx context.Context, op store.Operation) (found tool.Settlement, why string, err error) {
	definition, ok := g.tools[op.Tool]
	if !ok {
		return found, "The tool that sent it is not configured any more.", nil
	}
	plan, err := storedPlan(op)
	if err != nil {
		return found, "", err
	}
	others, err := g.madeByOthers(ctx, op)
	if err != nil {
		return found, "", err
	}
	ctx, end := g.enter(ctx, PartSettle, op)
	found, err = g.find(ctx, definition, tool.Intent{Operation: op.ID, Marker: op.Marker, Plan: plan, SentAt: op.SentAt, Others: others})
	end(resultOf(err))
	if err != nil {
		g.Log.Warn().Ctx(ctx).Err(err).Str("operation", op.ID).Msg("could not find out what became of it")
		return found, "The answer was lost, and the cloud cannot be asked right now what became of it.", nil
	}
	if found.Finding != tool.FoundDone || op.Marker != "" || !plan.Makes() {
		return found, "", nil
	}
	return g.contest(ctx, op, plan, found)
}

// conclude ends an operation if what was found is enough; else it returns why not.
func (g *Guard) conclude(ctx context.Context, op store.Operation, found tool.Settlement) (store.Operation, string, error) {
	switch found.Finding {
	case tool.FoundDone:
		op, err := g.finish(ctx, op, found.Made, recordSettled)
		return op, "", err
	case tool.FoundNothing:
		lost, err := lostAt(op)
		if err != nil {
			return op, "", err
		}
		if g.Now().Sub(lost) < g.Limits.SettleGrace {
			return op, "The answer was lost. The cloud shows no trace of it yet, but it may still appear.", nil
		}
		op, err = g.settleNothing(ctx, op)
		return op, "", err
	}
	return op, "The answer was lost and it cannot be told what became of it: " + found.Why + ".", nil
}

// find asks the tool, which only reads. It turns a panic into an error, because a panic must
// not end a process that settles while it starts.
func (g *Guard) find(ctx context.Context, definition *tool.Definition, intent tool.Intent) (found tool.Settlement, err error) {
	ctx, cancel := context.WithTimeout(ctx, g.Limits.Execute)
	defer cancel()
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("settle %s: panic: %v", intent.Operation, r)
		}
	}()
	return definition.Settle(ctx, intent)
}

func (g *Guard) settleNothing(ctx context.Context, op store.Operation) (store.Operation, error) {
	raw, err := json.Marshal(nothingMade(op))
	if err != nil {
		return op, fmt.Errorf("settle %s: %w", op.ID, err)
	}
	op.Failure = raw
	return g.move(ctx, op, store.Failed, recordSettled, func(b *recordBody) { b.Reason = "nothing was made" })
}

// SettleAll settles the operations that earlier processes left behind. It is called when a
// process starts, and only reads from clouds.
func (g *Guard) SettleAll(ctx context.Context) error {
	ops, err := g.Store.Operations(ctx, store.OperationQuery{States: []store.State{store.Executing, store.Unknown}})
	if err != nil {
		return fmt.Errorf("settle: %w", err)
	}
	for _, op := range ops {
		if err := g.settleOne(ctx, op); err != nil && !errors.Is(err, store.ErrConflict) {
			return err
		}
	}
	return nil
}

// settleOne settles an operation unless a living process carries it out.
func (g *Guard) settleOne(ctx context.Context, op store.Operation) error {
	op, err := g.orphaned(ctx, op)
	if errors.Is(err, errStillExecuting) {
		return nil
	}
	if err != nil {
		return err
	}
	op, looked, err := g.settle(ctx, op)
	if err == nil {
		message := "settled"
		if op.State == store.Unknown {
			message = "still unknown"
		}
		g.Log.Info().Ctx(ctx).Str("operation", op.ID).Str("state", string(op.State)).Str("why", looked.Why).Msg(message)
	}
	return err
}

// journaling is how long writing an outcome to the disk may take. After that, the operation
// counts as one whose outcome could not be written, although its process is alive.
const journaling = 30 * time.Second

// refuseUnsettled refuses a call that would make the same as an operation whose outcome is
// unknown, whatever name it gives it.
func (w *write) refuseUnsettled(ctx context.Context, plan tool.Plan) error {
	if plan.Equal == "" {
		return nil
	}
	ops, err := w.Store.Operations(ctx, store.OperationQuery{
		Account: string(plan.Account), Equal: plan.Equal, States: []store.State{store.Executing, store.Unknown},
	})
	if err != nil {
		return fmt.Errorf("look for unsettled operations: %w", err)
	}
	for _, op := range ops {
		if op.State == store.Executing && w.running(op) && w.Now().Sub(op.SentAt) < w.Limits.Execute+journaling {
			continue // in flight elsewhere, with an approval of its own
		}
		if err := w.settleOne(ctx, op); err != nil {
			return err
		}
		current, err := w.Store.Operation(ctx, op.ID)
		if err != nil {
			return err
		}
		if current.State.Open() {
			return w.unsettled(current)
		}
	}
	return nil
}

// unsettled returns the refusal of a call because of an operation with an unknown outcome.
// Of another principal's operation it shows only that there is one.
func (w *write) unsettled(op store.Operation) *tool.Error {
	e := tool.Errorf(tool.CodeUnsettled,
		"Call wait_operation or get_operation for it; when it is settled, decide whether another one is still wanted.",
		"Operation %s would have made the same thing and its outcome is not known yet, so this call is refused.", op.ID)
	e.Account, e.Operation = accountOf(op), op.ID
	if op.Principal != w.request.Principal {
		e.Hint, e.Operation = "Repeat this call in a few minutes. It may never end by itself: if it goes on, tell the user that the operator of this server has to settle it (countersign pending lists it for them).", ""
		e.Message = "A call of somebody else would have made the same thing and its outcome is not known yet, so this call is refused."
		e.Retryable = true
	}
	return e
}
