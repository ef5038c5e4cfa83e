package guard

import (
	"context"
	"crypto/subtle"
	"errors"
	"strings"
	"time"

	"countersign/internal/policy"
	"countersign/internal/store"
	"countersign/internal/tool"
)

// ask stores the operation as waiting and then puts the question on the first
// road that this call's client can carry.
func (w *write) ask(ctx context.Context, op store.Operation, plan tool.Plan) (Reply, error) {
	op.State = store.Waiting
	byForm := !w.asked && w.formable(op) && (w.request.RoundTrip || w.request.Form != nil)
	if byForm {
		op.AskedAt, op.Nonce = w.Now(), w.randomHex(16)
	}
	asked := w.record(op, recordAsked, withDigest(op, func(b *recordBody) {
		b.Summary, b.PlanDigest, b.Shown, b.Marker, b.Needs = plan.Summary, op.PlanDigest, shownPlan(plan), op.Marker, op.Needs
		b.Road = RoadTerminal
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

// put puts a question on the road that was chosen for it.
func (w *write) put(ctx context.Context, op store.Operation, q Question, byForm bool) (Reply, error) {
	switch {
	case !byForm:
		return w.outOfBand(op, q, ""), nil
	case w.request.RoundTrip:
		w.asked = true
		return Reply{Ask: &q, State: op.ID + "." + op.Nonce}, nil
	}
	w.asked = true
	return w.askDirect(ctx, op, q)
}

// formable reports whether asking now can bring the answer that the rules want: a
// host may answer forms by itself, and a caller that confirms needs none. A person at
// a terminal of their own can always be asked.
func (w *write) formable(op store.Operation) bool {
	return op.Needs == string(policy.Ask) || w.answerer().Road == RoadTerminal
}

// formResult is what came of a form. At most one of the errors is set.
type formResult struct {
	consent  consent
	unshown  error // the client did not bring an answer
	ended    bool  // because the question had ended
	unstored error // its answer could not be stored
}

// askDirect asks while the call waits. The question lives on without the call:
// an answer that comes late still counts, though nothing is carried out by it.
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

// showForm shows a form and stores its answer. An answer that cannot be stored is
// logged here, because the call may have ended by then.
func (w *write) showForm(ctx context.Context, op store.Operation, q Question) formResult {
	answer, err := w.request.Form(ctx, q)
	if err != nil {
		return formResult{unshown: err, ended: ctx.Err() != nil}
	}
	ctx = context.WithoutCancel(ctx)
	v, err := w.answered(ctx, op, q, answer)
	if err != nil && !errors.Is(err, store.ErrConflict) {
		w.Log.Error().Ctx(ctx).Err(err).Str("operation", op.ID).Msg("the answer to a form could not be stored; a person can approve in a terminal")
	}
	return formResult{consent: v, unstored: err}
}

// formAnswered answers the call with what came of its form.
func (w *write) formAnswered(ctx context.Context, op store.Operation, q Question, r formResult) (Reply, error) {
	switch {
	case errors.Is(r.unstored, store.ErrConflict), r.ended:
		return w.answeredElsewhere(ctx, op, q, r.consent)
	case r.unstored != nil:
		return w.outOfBand(op, q, "The answer to the form could not be stored."), nil
	case errors.As(r.unshown, new(Unanswered)):
		return w.outOfBand(op, q, r.unshown.Error()), nil
	case r.unshown != nil:
		w.Log.Warn().Ctx(ctx).Err(r.unshown).Str("operation", op.ID).Msg("the form could not be shown; a person can approve in a terminal")
		return w.outOfBand(op, q, "The form could not be shown."), nil
	case r.consent == granted:
		return Reply{}, store.ErrConflict // approved now: look again and go on
	case r.consent == declined:
		return Reply{}, w.refused(ctx, op)
	}
	return w.outOfBand(op, q, tooFast), nil
}

// answeredElsewhere is a form whose answer came when its question had been
// answered on another road. A no there is the answer to this call; a yes goes
// on only if this form said yes as well.
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

// consent is what an answer comes to.
type consent int

const (
	undecided consent = iota
	granted
	declined
)

// answered judges an answer to a form and stores what it comes to. The question
// counts as answered once: its nonce is spent.
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

// answerer is who answers the forms of this call: the person at the terminal that it
// was typed into, or whoever sits before the client, as far as that can be told.
func (w *write) answerer() Approval {
	if w.request.Person.Road == "" {
		return Approval{Road: roadForm, By: "the user of the client"}
	}
	return w.request.Person
}

// takeBack lets a no in a form win over an approval from another road that is
// not yet used. Closing a form that has become pointless is no such no.
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

// declined reports whether a call brings a no to the question of an operation.
// A no needs no proof: it can do no harm.
func (w *write) declined(op store.Operation) bool {
	id, _, _ := strings.Cut(w.request.State, ".")
	return id == op.ID && w.request.Answer != nil && w.request.Answer.Action == Decline
}

// waiting is a call whose question stands. An answer that came back with it is
// judged; without one a person has to approve out of band.
func (w *write) waiting(ctx context.Context, op store.Operation) (Reply, error) {
	plan, err := storedPlan(op)
	if err != nil {
		return Reply{}, err
	}
	others, err := countOthers(ctx, w.Store, op.Principal, op.ID, w.live)
	if err != nil {
		return Reply{}, err
	}
	q := questionOf(op, plan).beside(others)
	if w.request.Answer == nil || !w.validState(op) && !w.declined(op) {
		return w.outOfBand(op, q, ""), nil
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

// validState reports whether the state that came back is the one-time token of
// this operation's question. Call, principal and expiry are the operation's own.
func (w *write) validState(op store.Operation) bool {
	id, nonce, ok := strings.Cut(w.request.State, ".")
	return ok && id == op.ID && op.Nonce != "" && subtle.ConstantTimeCompare([]byte(nonce), []byte(op.Nonce)) == 1
}

// outOfBand tells where a person approves. The model cannot.
func (w *write) outOfBand(op store.Operation, q Question, why string) Reply {
	expires := op.ExpiresAt.UTC()
	where := w.ApproveCommand(op.ID)
	text := q.Text
	if why != "" {
		text = why + "\n\n" + text
	}
	return Reply{
		Output: tool.Outcome{
			Status: tool.StatusApprovalRequired, Operation: op.ID, Summary: op.Summary,
			ApproveAt: where, ExpiresAt: &expires,
		},
		Text: text + "\n\nA person approves this in a terminal of their own: " + where + confirmable(op) +
			"\nThen repeat this call with the same arguments; wait_operation waits for the person.",
	}
}

// standing is what a person said and nobody has heard yet, for as long as the question
// that a no answers would have stood; nil for an older one.
func (w *write) standing(op store.Operation) *store.Operation {
	if w.Now().Before(op.ExpiresAt) {
		return &op
	}
	return nil
}

// refused answers the call with the no that has just been stored.
func (w *write) refused(ctx context.Context, op store.Operation) error {
	stored, err := w.Store.Operation(ctx, op.ID)
	if err != nil {
		return err
	}
	return w.told(ctx, stored)
}

// told answers a call with a person's no, or with their word that nothing came of it,
// once: after that an equal call is a new question, which says what was before.
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
