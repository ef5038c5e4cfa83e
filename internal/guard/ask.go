package guard

import (
	"context"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"countersign/internal/policy"
	"countersign/internal/store"
	"countersign/internal/tool"
)

// ask stores the operation as waiting and then asks by a form, where the rules accept
// that and the client has forms, or else points to the terminal.
func (w *write) ask(ctx context.Context, op store.Operation, plan tool.Plan, v policy.Verdict) (Reply, error) {
	op.State = store.Waiting
	askedBy := ""
	if rule := v.By(); rule != "" {
		askedBy = "asked by " + rule
		plan.Notes = append(plan.Notes, askedBy)
		raw, err := json.Marshal(plan)
		if err != nil {
			return Reply{}, fmt.Errorf("store plan: %w", err)
		}
		op.Plan = raw
	}
	byForm := !w.asked && w.formable(op) && (w.request.RoundTrip || w.request.Form != nil)
	if byForm {
		op.AskedAt, op.Nonce = w.Now(), w.randomHex(16)
	}
	asked := w.record(op, recordAsked, withDigest(op, func(b *recordBody) {
		b.Summary, b.PlanDigest, b.Shown, b.Marker, b.Needs = plan.Summary, op.PlanDigest, shownPlan(plan), op.Marker, op.Needs
		b.Road, b.Reason = RoadTerminal, askedBy
		if byForm {
			b.Road = w.answerer().Road
		}
	}))
	if err := w.Store.InsertOperation(ctx, &op, asked); err != nil {
		return Reply{}, err
	}
	others, err := w.makeRoom(ctx, op)
	if err != nil {
		return Reply{}, err
	}
	ctx, end := w.enter(ctx, PartApproval, op)
	reply, err := w.put(ctx, op, questionOf(op, plan).beside(others), byForm)
	end(resultOfAsking(err))
	return reply, err
}

// put asks a question, by a form or out of band.
func (w *write) put(ctx context.Context, op store.Operation, q Question, byForm bool) (Reply, error) {
	switch {
	case !byForm:
		return w.outOfBand(op, q, w.whyNoForm(op)), nil
	case w.request.RoundTrip:
		w.asked = true
		return Reply{Ask: &q, State: op.ID + "." + op.Nonce}, nil
	}
	w.asked = true
	return w.askDirect(ctx, op, q)
}

// formable reports whether an answer to a form would be enough for the rules. A client may
// answer forms by itself, so a form is not enough where the rules want a person in a
// terminal, and is not needed where the caller may confirm. A person at this process's own
// terminal can always be asked.
func (w *write) formable(op store.Operation) bool {
	return op.Needs == string(policy.Ask) || w.answerer().Road == RoadTerminal
}

// whyNoForm says why a client that has forms is not asked by one; empty where it is not
// the rules.
func (w *write) whyNoForm(op store.Operation) string {
	switch {
	case w.request.Form == nil && !w.request.RoundTrip || w.formable(op):
		return ""
	case op.Needs == string(policy.Human):
		return "No form was shown: the rules want a person beside the client, who approves in a terminal."
	case op.Needs == string(policy.Caller):
		return "No form was shown: the rules let the caller confirm it."
	}
	return ""
}

// formResult is what came of a form.
type formResult struct {
	consent consent
	// why is the text for the person and the agent if there is no answer; else empty.
	why string
	// elsewhere is true if the operation changed on another road before the answer was
	// stored, or ended before there was one.
	elsewhere bool
}

// askDirect shows a form while the call waits. The question outlives the call: a late
// answer is still stored, but the repeated call carries the operation out.
func (w *write) askDirect(ctx context.Context, op store.Operation, q Question) (Reply, error) {
	done := make(chan formResult, 1)
	formCtx, cancel := context.WithTimeout(context.WithoutCancel(ctx), op.ExpiresAt.Sub(w.Now()))
	over := w.Shared.showing(op.ID, cancel)
	go func() {
		defer cancel()
		defer over()
		done <- w.showForm(formCtx, op, q)
	}()
	wait := time.NewTimer(w.Limits.FormWait)
	defer wait.Stop()
	select {
	case r := <-done:
		return w.formAnswered(ctx, op, q, r)
	case <-wait.C:
		return w.outOfBand(op, q, "The form has not been answered yet."), nil
	case <-ctx.Done():
		return w.outOfBand(op, q, "The call ended before the form was answered."), nil
	}
}

// showForm shows a form and stores its answer. It logs errors itself, because the call may
// have ended by then.
func (w *write) showForm(ctx context.Context, op store.Operation, q Question) formResult {
	answer, err := w.request.Form(ctx, q)
	if err != nil {
		if ctx.Err() != nil {
			return formResult{elsewhere: true} // its question has ended
		}
		return formResult{why: w.unshown(ctx, op, err)}
	}
	ctx = context.WithoutCancel(ctx)
	v, err := w.answered(ctx, op, q, answer)
	switch {
	case err == nil:
		return formResult{consent: v}
	case errors.Is(err, store.ErrConflict):
		return formResult{consent: v, elsewhere: true}
	}
	w.Log.Error().Ctx(ctx).Err(err).Str("operation", op.ID).Msg("the answer to a form could not be stored; a person can approve in a terminal")
	return formResult{why: "The answer to the form could not be stored."}
}

// unshown returns the text for a form that brought no answer, and logs its error unless the
// form only timed out.
func (w *write) unshown(ctx context.Context, op store.Operation, err error) string {
	if unanswered, ok := errors.AsType[Unanswered](err); ok {
		return unanswered.Error()
	}
	if ctx.Err() == nil {
		w.Log.Warn().Ctx(ctx).Err(err).Str("operation", op.ID).Msg("the form could not be shown; a person can approve in a terminal")
	}
	return "The form could not be shown."
}

// formAnswered returns the response to a call whose form has ended.
func (w *write) formAnswered(ctx context.Context, op store.Operation, q Question, r formResult) (Reply, error) {
	switch {
	case r.elsewhere:
		return w.answeredElsewhere(ctx, op, q, r.consent)
	case r.why != "":
		return w.outOfBand(op, q, r.why), nil
	case r.consent == granted:
		return Reply{}, store.ErrConflict // approved now: look again and go on
	case r.consent == declined:
		return Reply{}, w.refused(ctx, op)
	}
	return w.outOfBand(op, q, tooFast), nil
}

// answeredElsewhere handles a form whose question was answered on another road first. A no
// there is the answer to this call. A yes there goes on only if the form granted as well.
func (w *write) answeredElsewhere(ctx context.Context, op store.Operation, q Question, said consent) (Reply, error) {
	current, err := w.Store.Operation(ctx, op.ID)
	switch {
	case err != nil:
		return Reply{}, err
	case current.State == store.Denied:
		return Reply{}, w.told(ctx, current)
	case said == granted:
		return Reply{}, store.ErrConflict
	}
	return w.outOfBand(op, q, "The question was answered elsewhere or has lapsed; get_operation says where it stands."), nil
}

const tooFast = "The form was answered faster than a person can read it, so that was no answer."

// consent is the result of judging an answer.
type consent int

const (
	undecided consent = iota
	granted
	declined
)

// answered judges an answer to a form and stores the result. It clears the nonce, so that
// a token can be used only once.
func (w *write) answered(ctx context.Context, op store.Operation, q Question, a Answer) (consent, error) {
	now := w.Now()
	if !now.Before(op.ExpiresAt) {
		_, err := w.expire(ctx, op)
		return undecided, err
	}
	seconds := now.Sub(op.AskedAt).Seconds()
	op.Nonce = ""
	if now.Sub(op.AskedAt) < w.Limits.FormMin {
		err := w.Store.UpdateOperation(ctx, &op, store.Waiting, w.record(op, recordNoAnswer, withDigest(op, func(b *recordBody) {
			b.Road, b.Seconds, b.Reason = w.answerer().Road, &seconds, "answered faster than a person can read: "+string(a.Action)
		})))
		return undecided, err
	}
	approval := w.answerer()
	approval.Proof = a.Proof
	if !q.Consents(a) {
		err := deny(ctx, w.Store, w.Now, op, approval, denialByForm(op, q, a))
		if errors.Is(err, store.ErrConflict) && a.Action == Decline {
			return declined, w.takeBack(ctx, op.ID)
		}
		return declined, err
	}
	return granted, approve(ctx, w.Store, w.Now, op, approval, w.Limits.UseTTL)
}

// answerer returns who answers the forms of this call: the person at this process's own
// terminal, or else the user of the client, whose identity is unknown.
func (w *write) answerer() Approval {
	if w.request.Person.Road == "" {
		return Approval{Road: roadForm, By: "the user of the client"}
	}
	return w.request.Person
}

// takeBack lets a no in a form override an approval from another road that is not used yet.
// It is for a declined form only: a closed one may just have become pointless.
func (w *write) takeBack(ctx context.Context, operation string) error {
	op, err := w.Store.Operation(ctx, operation)
	if err != nil {
		return err
	}
	if op.State != store.Approved {
		return store.ErrConflict
	}
	answer := denialByPerson(op, "")
	answer.reason = "form: declined after the approval"
	return deny(ctx, w.Store, w.Now, op, w.answerer(), answer)
}

// declined reports whether a call carries a no to the question of an operation. It does not
// check the nonce: a no cannot do harm.
func (w *write) declined(op store.Operation) bool {
	id, _, _ := strings.Cut(w.request.State, ".")
	return id == op.ID && w.request.Answer != nil && w.request.Answer.Action == Decline
}

// waiting handles a call whose question waits. It judges the answer that the call carries;
// without one, a person has to approve out of band.
func (w *write) waiting(ctx context.Context, op store.Operation) (Reply, error) {
	plan, err := storedPlan(op)
	if err != nil {
		return Reply{}, err
	}
	others, err := countOthers(ctx, w.Store, op.Principal, op.ID, w.Now())
	if err != nil {
		return Reply{}, err
	}
	q := questionOf(op, plan).beside(others)
	if w.request.Answer == nil || !w.validState(op) && !w.declined(op) {
		return w.outOfBand(op, q, w.whyNoForm(op)), nil
	}
	answer := *w.request.Answer
	w.request.Answer = nil
	answering, end := w.enter(ctx, PartApproval, op)
	v, err := w.answered(answering, op, q, answer)
	end(resultOfAnswer(v, err))
	switch {
	case err != nil:
		return Reply{}, err
	case v == granted:
		w.asked = false // an answered question may be followed by another, after drift
		return Reply{}, store.ErrConflict
	case v == declined:
		return Reply{}, w.refused(ctx, op)
	}
	return w.outOfBand(op, q, tooFast), nil
}

// validState reports whether the call carries the one-time token of this operation's
// question. Call, principal and expiry need no check here: they are the operation's own.
func (w *write) validState(op store.Operation) bool {
	id, nonce, ok := strings.Cut(w.request.State, ".")
	return ok && id == op.ID && op.Nonce != "" && subtle.ConstantTimeCompare([]byte(nonce), []byte(op.Nonce)) == 1
}

// outOfBand returns the response that says where a person approves. The model cannot.
func (w *write) outOfBand(op store.Operation, q Question, why string) Reply {
	expires := op.ExpiresAt.UTC()
	where, who := w.ApproveCommand(op.ID), "A person approves this in a terminal of their own: "
	if w.Remote {
		who = "Whoever runs this server approves this there, in a terminal: "
	}
	text := q.Text
	if why != "" {
		text = why + "\n\n" + text
	}
	return Reply{
		Output: tool.Outcome{
			Status: tool.StatusApprovalRequired, Operation: op.ID, Summary: op.Summary,
			ApproveAt: where, ExpiresAt: &expires,
		},
		Text: text + "\n\n" + who + where + confirmable(op) +
			"\nThen repeat this call with the same arguments; wait_operation waits for the person.",
	}
}

// standing returns an operation whose no, or whose settlement by a person, the client has
// not received yet. It returns nil once the operation's ExpiresAt is over.
func (w *write) standing(op store.Operation) *store.Operation {
	if w.Now().Before(op.ExpiresAt) {
		return &op
	}
	return nil
}

// refused returns the no that has just been stored as the error of the call.
func (w *write) refused(ctx context.Context, op store.Operation) error {
	stored, err := w.Store.Operation(ctx, op.ID)
	if err != nil {
		return err
	}
	return w.told(ctx, stored)
}

// told returns a person's no, or their settlement as not carried out, as the error of a
// call, and marks it as delivered: the next equal call asks a new question.
func (w *write) told(ctx context.Context, op store.Operation) error {
	op.DeliveredAt = w.Now()
	if err := w.Store.UpdateOperation(ctx, &op, op.State, w.record(op, recordDelivered, nil)); err != nil {
		return err
	}
	if op.State == store.Failed {
		return storedFailure(op)
	}
	return denied(op)
}
