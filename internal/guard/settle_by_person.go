package guard

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"countersign/internal/store"
	"countersign/internal/tool"
)

// Said is the outcome of an operation as a person states it. Exactly one of Made, Done and
// Nothing is set.
type Said struct {
	// Made are the IDs of what it made.
	Made []tool.MadeID
	// Done: it was carried out; only for operations that make nothing.
	Done bool
	// Nothing: it was not carried out.
	Nothing bool
	// Checked: the cloud was asked and does not contradict it.
	Checked bool
	// Unclear is why the cloud alone could not tell.
	Unclear string
	// Doubts are what speaks against it at the cloud, each as a clause; with any, it is not
	// Checked.
	Doubts []string
}

// saidNothing is the word in the audit for an operation that was not carried out.
const saidNothing = "nothing"

// String returns the statement in the form that the audit records.
func (s Said) String() string {
	switch {
	case s.Done:
		return "done"
	case s.Nothing:
		return saidNothing
	}
	var ids []string
	for _, made := range s.Made {
		ids = append(ids, "made="+made.ID)
	}
	return strings.Join(ids, " ")
}

// reason returns why the cloud alone could not tell, and what speaks against the statement.
func (s Said) reason() string {
	if len(s.Doubts) == 0 {
		return s.Unclear
	}
	return strings.TrimSpace(s.Unclear + " Said although " + strings.Join(s.Doubts, ", and ") + ".")
}

// closedStands is how long a repeated call is answered with a person's statement that its
// operation was not carried out.
const closedStands = 24 * time.Hour

// Settle ends an operation in state Unknown with the outcome that a person states. Like an
// approval it needs the approver's PIN where one is set. It refuses a statement that does
// not fit the plan, and IDs that another operation made.
func (d Desk) Settle(ctx context.Context, op store.Operation, a Approval, said Said) error {
	if err := a.named(); err != nil {
		return err
	}
	if op.State != store.Unknown {
		return fmt.Errorf("operation %s is %s: only one whose outcome is unknown can be settled", op.ID, op.State)
	}
	plan, err := storedPlan(op)
	if err != nil {
		return err
	}
	if err := said.fits(plan); err != nil {
		return err
	}
	if err := d.madeByNoOther(ctx, op, said.Made); err != nil {
		return err
	}
	now := d.Now()
	if err := proved(ctx, d.Store, a, op.ID, now); err != nil {
		return err
	}
	if err := applySaid(&op, plan, said); err != nil {
		return err
	}
	op.ClosedBy, op.EndedAt, op.ExpiresAt = strings.TrimSpace(a.By+" "+a.Terminal), now, now.Add(closedStands)
	err = d.Store.UpdateOperation(ctx, &op, store.Unknown, newRecord(op, recordClosed, d.Now, func(b *recordBody) {
		b.By, b.Road, b.Terminal, b.Summary, b.Reason = a.By, a.Road, a.Terminal, op.Summary, said.reason()
		b.Said, b.Checked, b.Result = said.String(), &said.Checked, op.Result
	}))
	if errors.Is(err, store.ErrConflict) {
		return fmt.Errorf("operation %s changed at this very moment; look at it again with `countersign show %s`", op.ID, op.ID)
	}
	return err
}

// Fits returns an error that says why a statement does not fit an operation.
func Fits(op store.Operation, said Said) error {
	plan, err := storedPlan(op)
	if err != nil {
		return err
	}
	return said.fits(plan)
}

// SettleQuestion returns what a person has to type to confirm a statement about an operation.
func SettleQuestion(op store.Operation, said Said) Question {
	var what string
	switch {
	case said.Nothing:
		what = "nothing came of it"
	case said.Done:
		what = "it was carried out"
	default:
		var ids []string
		for _, made := range said.Made {
			ids = append(ids, kindWord(made.Kind)+" "+made.ID)
		}
		what = "it made " + strings.Join(ids, ", ")
	}
	switch {
	case len(said.Doubts) > 0:
		what += ", although " + strings.Join(said.Doubts, ", and ")
	case !said.Checked:
		what += ", which was not checked at the cloud"
	}
	return Question{
		Operation: op.ID, Text: "You say that " + what + ".", Typed: lastSix(op.ID),
		TypedLabel: "Type the last 6 characters of the operation's ID to say so.",
	}
}

// fits returns an error that says why a statement does not fit a plan.
func (s Said) fits(plan tool.Plan) error {
	makes := plan.Makes()
	switch {
	case s.Nothing && !s.Done && len(s.Made) == 0, s.Done && !s.Nothing && len(s.Made) == 0 && !makes:
		return nil
	case s.Done && makes:
		return errors.New("it makes something: say made=ID, with the exact ID of what it made, or nothing")
	case len(s.Made) == 0 || s.Nothing || s.Done:
		return errors.New("say either what it made, or that it was done, or that nothing came of it")
	case !makes:
		return errors.New("it makes nothing that has an ID of its own: say done or nothing")
	case len(plan.MadeNames) > 0 && len(s.Made) > len(plan.MadeNames):
		return fmt.Errorf("it can have made %d at most, and you name %d", len(plan.MadeNames), len(s.Made))
	}
	for i, made := range s.Made {
		if made.ID == "" || slices.Contains(s.Made[:i], made) {
			return fmt.Errorf("ID %q is empty or given twice", made.ID)
		}
	}
	return nil
}

// madeByNoOther refuses IDs that another operation is known to have made.
func (d Desk) madeByNoOther(ctx context.Context, op store.Operation, made []tool.MadeID) error {
	others, err := d.Store.Operations(ctx, store.OperationQuery{Account: op.Account, States: []store.State{store.Running, store.Done}})
	if err != nil {
		return fmt.Errorf("look for what others made: %w", err)
	}
	for _, other := range others {
		plan, err := storedPlan(other)
		if err != nil {
			return err
		}
		ids, err := madeIDs(other)
		if err != nil {
			return err
		}
		for _, id := range ids {
			if plan.Makes() && slices.Contains(made, id) {
				return fmt.Errorf("%s %s was made by operation %s, so this one did not make it", kindWord(id.Kind), id.ID, other.ID)
			}
		}
	}
	return nil
}

// applySaid sets the state and the result of an operation to what a person stated.
func applySaid(op *store.Operation, plan tool.Plan, said Said) error {
	if said.Nothing {
		e := tool.Errorf(tool.CodeNotCarriedOut, "Calling again asks a person anew.",
			"The answer to operation %s was lost. A person has looked and says that nothing came of it.", op.ID)
		op.State = store.Failed
		return keepReason(op, e)
	}
	ids, short := said.Made, ""
	if said.Done {
		ids = targetIDs(plan)
	}
	if n := len(plan.MadeNames); n > len(said.Made) && !said.Done {
		short = fmt.Sprintf("Only %d of %d were made.", len(said.Made), n)
	}
	outcome := tool.Outcome{
		Status: tool.StatusDone, Operation: op.ID, IDs: ids,
		Summary: strings.TrimSpace("The answer was lost; a person has looked and says that it was carried out: " + op.Summary + " " + short),
	}
	raw, err := encodeOutcome(outcome, short)
	if err != nil {
		return err
	}
	op.State, op.Result = store.Done, raw
	return nil
}

// Look asks the cloud for the outcome of an operation in state Executing or Unknown, and
// ends the operation if there is one. It is an error that a living process carries the
// operation out.
func (g *Guard) Look(ctx context.Context, op store.Operation) (store.Operation, Looked, error) {
	op, err := g.orphaned(ctx, op)
	if err != nil || op.State != store.Unknown {
		return op, Looked{}, err
	}
	return g.settle(ctx, op)
}

// Seen is what the cloud shows of something that a person says an operation made.
type Seen struct {
	Made      tool.MadeID
	Name      string
	CreatedAt time.Time // zero where the cloud does not tell
}

// Doubts returns what speaks against the statement that an operation made what the cloud
// shows, each as a clause; possible are the IDs that may be it, if the cloud named some.
func Doubts(op store.Operation, seen Seen, possible []string) ([]string, error) {
	plan, err := storedPlan(op)
	if err != nil {
		return nil, err
	}
	var doubts []string
	if n := plan.MadeNames; len(n) > 0 && seen.Name != "" && !slices.Contains(n, seen.Name) {
		doubts = append(doubts, fmt.Sprintf("its name is %s and what was to be made is named %s", quoted(seen.Name), quotedAll(n)))
	}
	if !seen.CreatedAt.IsZero() && seen.CreatedAt.Before(op.SentAt.Add(-namesakeAge)) {
		doubts = append(doubts, fmt.Sprintf("it was created at %s, before the request was sent at %s", stamp(seen.CreatedAt), stamp(op.SentAt)))
	}
	if len(possible) > 0 && !slices.Contains(possible, seen.Made.ID) {
		doubts = append(doubts, "the cloud names others that may be it: "+strings.Join(possible, ", "))
	}
	return doubts, nil
}

// quotedAll returns values in quotes, separated by commas.
func quotedAll(values []string) string {
	var all []string
	for _, v := range values {
		all = append(all, quoted(v))
	}
	return strings.Join(all, ", ")
}

// stamp returns a day and a time for a person, with its zone.
func stamp(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05 MST") }

// MadeKind returns the kind of what an operation makes; empty where it makes nothing.
func (g *Guard) MadeKind(op store.Operation) (string, error) {
	plan, err := storedPlan(op)
	if err != nil || plan.MadeKind == "" {
		return "", err
	}
	if d, ok := g.tools[op.Tool]; ok && d.MadeKind() != "" {
		return d.MadeKind(), nil // the plan has the kind of the order
	}
	return plan.MadeKind, nil
}
