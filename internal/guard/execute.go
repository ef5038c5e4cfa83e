package guard

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"countersign/internal/cloud"
	"countersign/internal/policy"
	"countersign/internal/schema"
	"countersign/internal/store"
	"countersign/internal/tool"
)

// allowed carries out a call that the rules allow without a person.
func (w *write) allowed(ctx context.Context, op store.Operation, plan tool.Plan, v policy.Verdict, b *books) (Reply, error) {
	op.Road, op.Approver = roadPolicy, "policy"
	return w.unasked(ctx, op, plan, v.Reason, recordAllowed, w.room(b))
}

// granted carries out a call that a standing grant covers.
func (w *write) granted(ctx context.Context, op store.Operation, plan tool.Plan, g store.Grant, b *books) (Reply, error) {
	op.Road, op.Approver, op.Grant = roadGrant, g.Approver, g.ID
	return w.unasked(ctx, op, plan, "covered by "+g.ID+", approved by "+g.Approver+" ("+g.Road+")", recordDrawn, w.draw(g, b))
}

// unasked carries out a call that nobody is asked about. Its intent is journaled like that
// of any other.
func (w *write) unasked(ctx context.Context, op store.Operation, plan tool.Plan, reason, kind string, hold store.Condition) (Reply, error) {
	defer w.Shared.hold(op.ID)()
	now := w.Now()
	op.State, op.SentAt, op.AnsweredAt = store.Executing, now, now
	record := w.record(op, kind, func(b *recordBody) {
		b.Summary, b.Shown, b.Reason, b.PlanDigest = plan.Summary, shownPlan(plan), reason, op.PlanDigest
		b.Road, b.By, b.Grant, b.Charge = op.Road, op.Approver, op.Grant, op.Charge
	})
	if err := w.Store.Reserve(ctx, &op, "", hold, record); err != nil {
		return Reply{}, w.noRoom(ctx, op, plan, err)
	}
	// From here on the request is sent or the operation withdrawn, even if the client goes
	// away: an operation left in this state might or might not have been sent.
	ctx = context.WithoutCancel(ctx)
	// From here on an equal call waits for this one. One that ended while this one was being
	// planned has done the same thing already.
	if ended, err := w.endedMeanwhile(ctx); err != nil || ended {
		return Reply{}, errors.Join(err, w.stepBack(ctx, op))
	}
	if err := w.Store.UpdateOperation(ctx, &op, store.Executing, w.record(op, recordSent, nil)); err != nil {
		return Reply{}, err
	}
	return w.send(ctx, op, plan)
}

// endedMeanwhile reports whether an equal call was carried out since this one looked for
// equal ones.
func (w *write) endedMeanwhile(ctx context.Context) (bool, error) {
	ops, err := w.Store.Operations(ctx, store.OperationQuery{Call: w.digest, States: []store.State{store.Done}, Limit: 1})
	if err != nil || len(ops) == 0 {
		return false, err
	}
	last := ops[0]
	if !last.EndedAt.Equal(w.looked) {
		return last.EndedAt.After(w.looked), nil
	}
	// The clock is too coarse to decide. But the look would have found a result that was not
	// delivered yet.
	return last.DeliveredAt.IsZero() && !w.Shared.wasHanded(last.ID), nil
}

// stepBack withdraws an operation that was not sent yet; the call then looks again.
func (w *write) stepBack(ctx context.Context, op store.Operation) error {
	_, err := w.move(ctx, op, store.Withdrawn, recordWithdrawn, func(b *recordBody) {
		b.From, b.Reason = store.Executing, "an equal call was carried out at the same time"
	})
	return cmp.Or(err, store.ErrConflict)
}

// execute carries out an approved call. It plans again, and spends the approval only if the
// new plan has the approved digest and the rules and caps still allow it.
func (w *write) execute(ctx context.Context, op store.Operation) (Reply, error) {
	switch err := audited(ctx, w.Store, op); {
	case errors.Is(err, errAltered):
		return w.unproven(ctx, op)
	case err != nil:
		return Reply{}, err
	}
	plan, err := w.plan(ctx)
	if err != nil {
		return Reply{}, err
	}
	now, err := planDigest(plan)
	if err != nil {
		return Reply{}, err
	}
	if now != op.PlanDigest || plan.Nothing != "" {
		return w.drifted(ctx, op, plan)
	}
	if err := w.refuseUnsettled(ctx, plan); err != nil {
		return Reply{}, err
	}
	b, err := w.newBooks(ctx, plan)
	if err != nil {
		return Reply{}, err
	}
	switch v := w.decide(plan, b); {
	case !passes(v.Outcome):
		return Reply{}, w.forbidden(ctx, op, plan, forbiddenBy(v), byTheRules(plan, v))
	case !suffices(op.Road, v.Outcome):
		return w.outdated(ctx, op, "the rules want another approval now: "+v.Reason)
	}
	// The approver has seen the running machines. They are read again only where a cap has
	// to be checked.
	if b.capped() {
		if err := w.readBurns(ctx, b); err != nil {
			return Reply{}, w.noRoom(ctx, op, plan, err)
		}
	}
	if op.Charge, err = b.charge(); err != nil {
		return Reply{}, err
	}
	if !w.Now().Before(op.ExpiresAt) {
		return Reply{}, store.ErrConflict // it lapsed while clouds were read: look again
	}
	defer w.Shared.hold(op.ID)()
	op.State, op.SentAt, op.Instance = store.Executing, w.Now(), w.Instance
	sent := w.record(op, recordSent, func(b *recordBody) { b.Marker, b.Charge = op.Marker, op.Charge })
	// One transaction spends the approval and reserves room under the caps, before anything
	// is sent: of several processes that race for the approval only one wins.
	if err := w.Store.Reserve(ctx, &op, store.Approved, w.room(b), sent); err != nil {
		return Reply{}, w.noRoom(ctx, op, plan, err)
	}
	return w.send(ctx, op, plan)
}

// drifted ends an approval whose plan has changed, and asks anew.
func (w *write) drifted(ctx context.Context, op store.Operation, plan tool.Plan) (Reply, error) {
	approved, err := storedPlan(op)
	if err != nil {
		return Reply{}, err
	}
	return w.outdated(ctx, op, planChanges(approved, plan))
}

// outdated ends an approval that is no longer enough, and asks anew.
func (w *write) outdated(ctx context.Context, op store.Operation, changes string) (Reply, error) {
	return w.endApproval(ctx, op, changes, fmt.Sprintf("Operation %s was approved, but things have changed since, so it is asked anew: %s", op.ID, changes))
}

// endApproval ends an approval for a reason and asks anew with a note.
func (w *write) endApproval(ctx context.Context, op store.Operation, reason, note string) (Reply, error) {
	if _, err := w.move(ctx, op, store.Drifted, recordDrifted, func(b *recordBody) { b.Reason = reason }); err != nil {
		return Reply{}, err
	}
	return w.fresh(ctx, []string{note})
}

// send carries an operation out and journals the outcome. It is past the last step that can
// refuse, and a client that goes away does not stop it.
func (w *write) send(ctx context.Context, op store.Operation, plan tool.Plan) (Reply, error) {
	ctx = context.WithoutCancel(ctx)
	running, end := w.enter(ctx, PartExecute, op)
	made, err := w.carryOut(running, op, plan)
	end(resultOf(err))
	// The outcome is journaled without a deadline: the request's own may have just passed.
	switch {
	case err == nil && len(made.Jobs) > 0:
		return w.begun(ctx, op, made)
	case err == nil:
		return w.done(ctx, op, made, recordDone)
	case certain(err):
		return Reply{}, w.failed(ctx, op, err)
	}
	return w.lost(ctx, op, err)
}

// certain reports whether an error proves that nothing was done: a refusal by the cloud, or
// one of our own. After any other error the outcome is unknown.
func certain(err error) bool {
	var vendor *cloud.Error
	var own *tool.Error
	var problems schema.Problems
	return errors.As(err, &vendor) && !cloud.IsAmbiguous(err) || errors.As(err, &own) || errors.As(err, &problems)
}

// carryOut calls the tool. It treats a panic as a lost response, because the request may
// have been sent.
func (w *write) carryOut(ctx context.Context, op store.Operation, plan tool.Plan) (made tool.Made, err error) {
	ctx, cancel := context.WithTimeout(ctx, w.Limits.Execute)
	defer cancel()
	defer func() {
		if r := recover(); r != nil {
			w.Log.Error().Ctx(ctx).Str("operation", op.ID).Interface("panic", r).Msg("a tool panicked while executing")
			err = &cloud.Error{Kind: cloud.ErrUnavailable, Operation: op.Tool, Message: "Countersign failed in the middle", Ambiguous: true}
		}
	}()
	return w.call.Execute(ctx, tool.Run{Operation: op.ID, Marker: op.Marker, Plan: plan})
}

func (w *write) done(ctx context.Context, op store.Operation, made tool.Made, kind string) (Reply, error) {
	op, err := w.finish(ctx, op, made, kind)
	if err != nil {
		// The response arrived but was not journaled: the next look finds the outcome by
		// the marker.
		w.Log.Error().Ctx(ctx).Err(err).Str("operation", op.ID).Msg("outcome could not be journaled")
		return w.notYet(op, tool.StatusUnknown, "It was carried out, but the outcome could not be journaled."), nil
	}
	return w.deliver(op, false)
}

// finish journals the outcome of an operation that was carried out.
func (g *Guard) finish(ctx context.Context, op store.Operation, made tool.Made, kind string) (store.Operation, error) {
	outcome := tool.Outcome{Status: tool.StatusDone, Operation: op.ID, Summary: whole(made), IDs: made.IDs}
	raw, err := encodeOutcome(outcome, made.Shortfall)
	if err != nil {
		return op, err
	}
	var parts json.RawMessage
	if len(made.Parts) > 0 {
		if parts, err = json.Marshal(made.Parts); err != nil {
			return op, fmt.Errorf("store parts: %w", err)
		}
		op.Jobs = parts
	}
	op.Result = raw
	return g.move(ctx, op, store.Done, kind, func(b *recordBody) { b.Result, b.Parts = raw, parts })
}

// whole returns the text about what was done and what was not, with the cloud's warning in
// quotes.
func whole(made tool.Made) string {
	text := strings.TrimSpace(made.Summary + " " + made.Shortfall)
	if made.Warning == "" {
		return text
	}
	return text + " The cloud adds a warning, in its own words: " + quoted(cloud.CleanText(made.Warning))
}

// failed journals that an operation was certainly not carried out, and returns the error
// for the call.
func (w *write) failed(ctx context.Context, op store.Operation, cause error) error {
	e := *tool.AsError(cause)
	e.Operation = op.ID
	raw, err := json.Marshal(e)
	if err != nil {
		return errors.Join(cause, err)
	}
	op.Failure = raw
	if _, err := w.move(ctx, op, store.Failed, recordFailed, func(b *recordBody) { b.Failure = raw }); err != nil {
		w.Log.Error().Ctx(ctx).Err(err).Str("operation", op.ID).Msg("failure could not be journaled")
	}
	if op.Road != roadPolicy && op.Road != roadGrant {
		e.Hint += " The approval is spent: calling again asks a person anew."
	}
	return &e
}

// lost journals that the outcome of an operation is unknown, and looks for it right away.
func (w *write) lost(ctx context.Context, op store.Operation, cause error) (Reply, error) {
	raw, err := json.Marshal(tool.AsError(cause))
	if err != nil {
		return Reply{}, errors.Join(cause, err)
	}
	op.Failure = raw
	if op, err = w.move(ctx, op, store.Unknown, recordUnknown, func(b *recordBody) { b.Failure = raw }); err != nil {
		w.Log.Error().Ctx(ctx).Err(err).Str("operation", op.ID).Msg("a lost answer could not be journaled")
		return w.notYet(op, tool.StatusUnknown, "The answer was lost, and that could not be journaled."), nil
	}
	return w.settled(ctx, op, false)
}

// deliver returns the response with the result of an operation.
func (w *write) deliver(op store.Operation, repeated bool) (Reply, error) {
	stored, err := storedResult(op)
	if err != nil {
		return Reply{}, err
	}
	outcome := stored.Outcome
	outcome.Repeated = repeated
	return Reply{Output: outcome, Deliver: op.ID}, nil
}

// notYet returns the response to a call whose outcome is not known yet.
func (w *write) notYet(op store.Operation, status tool.Status, why string) Reply {
	return Reply{
		Output: tool.Outcome{Status: status, Operation: op.ID, Summary: op.Summary},
		Text:   why + "\n\n" + op.Summary,
	}
}
