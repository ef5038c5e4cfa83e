package guard

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"countersign/internal/policy"
	"countersign/internal/schema"
	"countersign/internal/store"
	"countersign/internal/tool"
)

// write is one call above a read while the guard handles it.
type write struct {
	*Guard
	request   Request
	call      *tool.Call
	canonical []byte
	digest    string
	// asked is true once this call has asked a question; it does so only once.
	asked bool
	// looked is when this call last looked for operations of equal calls.
	looked time.Time
}

func (g *Guard) newWrite(r Request, call *tool.Call) (*write, error) {
	canonical, err := g.canonical(call)
	if err != nil {
		return nil, fmt.Errorf("canonical arguments of %s: %w", r.Tool, err)
	}
	return &write{
		Guard: g, request: r, call: call, canonical: canonical,
		digest: callDigest(r.Tool, r.Principal, canonical),
	}, nil
}

// contended bounds the retries after a conflict.
const contended = 5

// run finds the operation of this call, or begins one, and takes it as far as it may go.
func (w *write) run(ctx context.Context) (Reply, error) {
	// Another call or process can win the race for any transition; then this one looks again.
	for range contended {
		reply, err := w.step(ctx)
		if !errors.Is(err, store.ErrConflict) {
			return reply, err
		}
	}
	return Reply{}, tool.Errorf(tool.CodeBusy, "Call get_operation or repeat this call in a moment.", "The same operation is being changed by somebody else right now.")
}

func (w *write) step(ctx context.Context) (Reply, error) {
	w.looked = w.Now()
	op, err := w.current(ctx)
	if err != nil {
		return Reply{}, err
	}
	if op == nil {
		return w.fresh(ctx, nil)
	}
	switch op.State {
	case store.Waiting:
		return w.waiting(ctx, *op)
	case store.Approved:
		if w.declined(*op) {
			if err := w.takeBack(ctx, op.ID); err != nil {
				return Reply{}, err
			}
			return Reply{}, w.refused(ctx, *op)
		}
		return w.execute(ctx, *op)
	case store.Executing:
		return w.executing(ctx, *op)
	case store.Running:
		return w.stillRunning(ctx, *op)
	case store.Unknown:
		return w.unknown(ctx, *op)
	case store.Done:
		return w.deliver(*op, true)
	case store.Denied, store.Failed:
		return Reply{}, w.told(ctx, *op)
	}
	return Reply{}, fmt.Errorf("operation %s is in state %q", op.ID, op.State)
}

// current returns the operation of equal calls that this one is about: an open one, or one
// whose result, denial or settlement has not been delivered; nil where there is none.
func (w *write) current(ctx context.Context) (*store.Operation, error) {
	ops, err := w.Store.Operations(ctx, store.OperationQuery{
		Call: w.digest, Undelivered: true,
		States: []store.State{store.Waiting, store.Approved, store.Executing, store.Running, store.Unknown, store.Done, store.Denied, store.Failed},
	})
	if err != nil {
		return nil, fmt.Errorf("look up operation: %w", err)
	}
	// A failure was delivered when it happened, except one that a person stated later.
	ops = slices.DeleteFunc(ops, func(op store.Operation) bool { return op.State == store.Failed && op.ClosedBy == "" })
	if i := slices.IndexFunc(ops, func(op store.Operation) bool { return op.State.Open() }); i >= 0 {
		op, err := w.expire(ctx, ops[i])
		if err != nil || op.State.Open() {
			return &op, err
		}
		ops = slices.Delete(ops, i, i+1)
	}
	if len(ops) == 0 {
		return nil, nil
	}
	if ops[0].State == store.Denied || ops[0].State == store.Failed {
		return w.standing(ops[0]), nil
	}
	if w.Shared.wasHanded(ops[0].ID) {
		return nil, nil
	}
	stale, err := w.overtaken(ctx, ops[0])
	if err != nil || stale {
		return nil, err
	}
	return &ops[0], nil
}

// overtaken reports whether a later operation touched what this one acted on or made. Its
// undelivered result would then be wrong for a call made now.
func (w *write) overtaken(ctx context.Context, op store.Operation) (bool, error) {
	mine, err := touches(op)
	if err != nil || len(mine) == 0 {
		return false, err
	}
	later, err := w.Store.Operations(ctx, store.OperationQuery{
		Account: op.Account, EndedAfter: op.SentAt, States: []store.State{store.Done, store.Executing, store.Running, store.Unknown},
	})
	if err != nil {
		return false, fmt.Errorf("look for later operations: %w", err)
	}
	makes, err := Makes(op)
	if err != nil {
		return false, err
	}
	for _, other := range later {
		if other.ID == op.ID || !other.SentAt.After(op.SentAt) {
			continue
		}
		if makes && other.Effect != tool.Destroy.String() {
			continue // what was made is there still, whatever else was done to it
		}
		others, err := touches(other)
		if err != nil {
			return false, err
		}
		if slices.ContainsFunc(others, func(t touched) bool { return slices.Contains(mine, t) }) {
			return true, nil
		}
	}
	return false, nil
}

// touched is something that an operation acted on or made.
type touched struct{ kind, id string }

func touches(op store.Operation) ([]touched, error) {
	plan, err := storedPlan(op)
	if err != nil {
		return nil, err
	}
	var all []touched
	for _, t := range plan.Targets {
		all = append(all, touched{t.Kind, t.ID})
	}
	ids, err := madeIDs(op)
	if err != nil {
		return nil, err
	}
	for _, made := range ids {
		all = append(all, touched{made.Kind, made.ID})
	}
	return all, nil
}

// expire ends a question or an approval whose time is over; others it returns as they are.
func (g *Guard) expire(ctx context.Context, op store.Operation) (store.Operation, error) {
	if !lapsed(op, g.Now()) {
		return op, nil
	}
	return g.move(ctx, op, store.Expired, recordExpired, unused(op.State))
}

// fresh plans a call without an operation and goes on with the plan. The notes are shown
// with it.
func (w *write) fresh(ctx context.Context, notes []string) (Reply, error) {
	plan, err := w.plan(ctx)
	if err != nil {
		return Reply{}, err
	}
	if plan.Nothing != "" {
		return Reply{Output: tool.Outcome{Status: tool.StatusDone, Summary: plan.Nothing, IDs: targetIDs(plan)}}, nil
	}
	if err := w.refuseUnsettled(ctx, plan); err != nil {
		return Reply{}, err
	}
	history, err := w.history(ctx, plan)
	if err != nil {
		return Reply{}, err
	}
	plan.Notes = append(append(plan.Notes, notes...), history...)
	return w.judge(ctx, plan)
}

// judge checks a plan against the rules and the caps, and then refuses the call, carries it
// out or asks.
func (w *write) judge(ctx context.Context, plan tool.Plan) (Reply, error) {
	b, err := w.newBooks(ctx, plan)
	if err != nil {
		return Reply{}, err
	}
	verdict := w.decide(plan, b)
	var passed error // a cap that the call would pass
	if passes(verdict.Outcome) && b != nil && (verdict.Outcome != policy.Allow || b.capped()) {
		// Another kind of error is not a refusal of the call.
		if passed = w.show(ctx, b, &plan); passed != nil && !errors.As(passed, new(*tool.Error)) {
			return Reply{}, passed
		}
		verdict = w.decide(plan, b) // the running machines may require a person
	}
	op, err := w.newOperation(plan, b)
	if err != nil {
		return Reply{}, err
	}
	switch {
	case !passes(verdict.Outcome):
		return Reply{}, w.forbidden(ctx, op, plan, forbiddenBy(verdict), byTheRules(plan, verdict))
	case passed != nil:
		return Reply{}, w.noRoom(ctx, op, plan, passed)
	case verdict.Outcome == policy.Allow:
		return w.allowed(ctx, op, plan, verdict, b)
	}
	op.Needs = string(verdict.Outcome)
	grant, err := w.grantFor(ctx, plan, b, verdict)
	if err != nil {
		return Reply{}, err
	}
	if grant != nil {
		reply, err := w.granted(ctx, op, plan, *grant, b)
		if !errors.Is(err, errDrawn) {
			return reply, err
		}
	}
	return w.ask(ctx, op, plan, verdict)
}

// plan makes the plan and adds what the store knows about its targets.
func (w *write) plan(ctx context.Context) (plan tool.Plan, err error) {
	ctx, end := w.beginPart(ctx, PartPlan)
	defer func() { end(resultOf(err)) }()
	plan, err = w.call.Plan(ctx)
	if err != nil {
		return tool.Plan{}, err
	}
	if plan.Account != w.call.Account {
		return tool.Plan{}, fmt.Errorf("plan of %s is for account %q, the call for %q", w.request.Tool, plan.Account, w.call.Account)
	}
	if err := w.names.fill(ctx, plan.Account, plan.Targets); err != nil {
		return tool.Plan{}, err
	}
	plan = w.rules().Escalate(plan)
	return plan, w.covered(ctx, plan)
}

func (w *write) newOperation(plan tool.Plan, b *books) (store.Operation, error) {
	planned, err := planDigest(plan)
	if err != nil {
		return store.Operation{}, err
	}
	raw, err := json.Marshal(plan)
	if err != nil {
		return store.Operation{}, fmt.Errorf("store plan: %w", err)
	}
	charge, err := b.charge()
	if err != nil {
		return store.Operation{}, err
	}
	now := w.Now()
	op := store.Operation{
		ID: w.newID("op_"), Charge: charge, Principal: w.request.Principal, Tool: w.request.Tool, Account: string(plan.Account),
		Effect: tool.Highest(plan.Effects).String(), Call: w.digest, Arguments: w.canonical,
		Plan: raw, PlanDigest: planned, Summary: plan.Summary, Equal: plan.Equal,
		Instance: w.Instance, CreatedAt: now, ExpiresAt: now.Add(w.Limits.AskTTL),
	}
	if plan.Marks {
		op.Marker = w.newMarker()
	}
	return op, nil
}

// history returns notes about the outcome of the last equal call, and about approved
// operations that differ from this call in their arguments.
func (w *write) history(ctx context.Context, plan tool.Plan) ([]string, error) {
	var notes []string
	last, err := w.Store.Operations(ctx, store.OperationQuery{Call: w.digest, Limit: 1, States: []store.State{store.Done, store.Failed, store.Denied}})
	if err != nil {
		return nil, fmt.Errorf("history: %w", err)
	}
	if len(last) == 1 {
		if note := lastOutcome(last[0]); note != "" {
			notes = append(notes, note)
		}
	}
	near, err := w.Store.Operations(ctx, store.OperationQuery{
		Principal: w.request.Principal, Tool: w.request.Tool, Account: string(w.call.Account), States: []store.State{store.Approved}, Limit: 5,
	})
	if err != nil {
		return nil, fmt.Errorf("history: %w", err)
	}
	for _, op := range near {
		if op.Call != w.digest && w.Now().Before(op.ExpiresAt) {
			note, err := differs(op, w.canonical, plan)
			if err != nil {
				return nil, err
			}
			notes = append(notes, note)
		}
	}
	return notes, nil
}

func lastOutcome(op store.Operation) string {
	at := op.EndedAt.UTC().Format("2006-01-02 15:04 MST")
	switch op.State {
	case store.Done:
		var outcome tool.Outcome
		if json.Unmarshal(op.Result, &outcome) != nil {
			return ""
		}
		made := ""
		for _, id := range outcome.IDs {
			made += fmt.Sprintf(", %s %s", kindWord(id.Kind), id.ID)
		}
		return fmt.Sprintf("The same call was carried out before: operation %s at %s%s.", op.ID, at, made)
	case store.Failed:
		return fmt.Sprintf("The same call was sent before and came to nothing, or to nothing whole: operation %s at %s.", op.ID, at)
	case store.Denied:
		if wasMistyped(op) {
			return fmt.Sprintf("The same call was answered before with something else than what had to be typed: operation %s at %s.", op.ID, at)
		}
		return fmt.Sprintf("A person said no to the same call: operation %s at %s.", op.ID, at)
	default:
		return ""
	}
}

// differs returns a note on how a call differs from an approved operation of the same tool.
// Notes are recorded, and attachments such as cloud-init are for the approver alone: where
// either call has some, the note names only the fields that differ.
func differs(op store.Operation, canonical []byte, now tool.Plan) (string, error) {
	approved, err := storedPlan(op)
	if err != nil {
		return "", err
	}
	attached := len(approved.Attachments)+len(now.Attachments) > 0
	note := fmt.Sprintf("Operation %s is approved for other arguments and does not cover this call:", op.ID)
	for _, d := range schema.Differences(op.Arguments, canonical) {
		if attached {
			note += " " + d.Path + ";"
			continue
		}
		note += fmt.Sprintf(" %s was %s, now %s;", d.Path, visibleLine(d.Before), visibleLine(d.After))
	}
	return note, nil
}

func targetIDs(p tool.Plan) []tool.MadeID {
	var ids []tool.MadeID
	for _, t := range p.Targets {
		ids = append(ids, tool.MadeID{Kind: t.Kind, ID: t.ID})
	}
	return ids
}
