package guard

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"countersign/internal/cloud"
	"countersign/internal/store"
	"countersign/internal/tool"
)

// The roads on which an answer can come.
const (
	// RoadTerminal is a terminal of a person's own; it needs the approver's PIN where
	// one is set.
	RoadTerminal = "terminal"
	roadForm     = "form"
	roadPolicy   = "policy"
	roadGrant    = "grant"
	roadCaller   = "caller"
)

// Approval says who answered and on which road.
type Approval struct {
	By       string
	Road     string
	Terminal string
	// Proof is the approver's PIN, proved for the operation that is approved.
	Proof Proof
}

// named refuses an answer of nobody, or on no road: the road decides whether it needs a
// proof, and both are on record.
func (a Approval) named() error {
	if a.By == "" || a.Road == "" {
		return errors.New("an answer has to say who gave it and on which road")
	}
	return nil
}

// Desk is where people answer: it reads and answers operations without any
// tool or cloud.
type Desk struct {
	Store  store.Store
	Now    func() time.Time
	UseTTL time.Duration
}

// Pending lists the operations that wait for a person, newest first.
func (d Desk) Pending(ctx context.Context) ([]store.Operation, error) {
	ops, err := d.Store.Operations(ctx, store.OperationQuery{States: []store.State{store.Waiting}})
	if err != nil {
		return nil, fmt.Errorf("list pending operations: %w", err)
	}
	var live []store.Operation
	for _, op := range ops {
		if d.Now().Before(op.ExpiresAt) {
			live = append(live, op)
		}
	}
	return live, nil
}

// Question is the question that an operation puts to a person; while it waits, it says
// how many others do.
func (d Desk) Question(ctx context.Context, op store.Operation) (Question, error) {
	plan, err := storedPlan(op)
	if err != nil {
		return Question{}, err
	}
	q := newQuestion(op.ID, plan, op.Marker, op.ExpiresAt)
	if op.State != store.Waiting {
		return q, nil
	}
	// One that somebody answers at this moment is shown as it was; it can be answered no more.
	if err := asAsked(ctx, d.Store, op); err != nil && !errors.Is(err, store.ErrConflict) {
		return Question{}, err
	}
	others, err := countOthers(ctx, d.Store, "", op.ID, func(op store.Operation) bool { return d.Now().Before(op.ExpiresAt) })
	return q.beside(others), err
}

// Approve answers yes. Nothing is carried out by it: the repeated call does
// that. The error says in plain words why it came too late.
func (d Desk) Approve(ctx context.Context, op store.Operation, a Approval) error {
	return d.answer(ctx, op, func(op store.Operation) error {
		return approve(ctx, d.Store, d.Now, op, a, d.UseTTL)
	})
}

// Deny answers no.
func (d Desk) Deny(ctx context.Context, op store.Operation, a Approval, reason string) error {
	return d.answer(ctx, op, func(op store.Operation) error {
		return deny(ctx, d.Store, d.Now, op, a, denialByPerson(op, reason))
	})
}

func (d Desk) answer(ctx context.Context, op store.Operation, act func(store.Operation) error) error {
	var err error
	for range contended {
		if tooLate := d.Answerable(op); tooLate != nil {
			return tooLate
		}
		if err = act(op); err == nil {
			return nil
		}
		// What was shown is still what would be done: a question that still stands can
		// be answered, whatever else came of it meanwhile.
		current, readErr := d.Store.Operation(ctx, op.ID)
		if readErr != nil {
			return err
		}
		if !errors.Is(err, store.ErrConflict) {
			return cmp.Or(d.Answerable(current), err)
		}
		op = current
	}
	return err
}

// Answerable returns nil while an operation can be answered, and afterwards an error that
// says in plain words why it cannot.
func (d Desk) Answerable(op store.Operation) error {
	switch {
	case op.State == store.Waiting && d.Now().Before(op.ExpiresAt):
		return nil
	case op.AnsweredAt.IsZero() && (op.State == store.Waiting || op.State == store.Expired):
		return fmt.Errorf("the question lapsed at %s; let the agent call again to be asked anew", op.ExpiresAt.Local().Format(time.TimeOnly))
	case op.AnsweredAt.IsZero():
		return fmt.Errorf("operation %s is %s and cannot be answered any more", op.ID, op.State)
	}
	return fmt.Errorf("operation %s was answered already at %s by %s (%s); it is %s",
		op.ID, op.AnsweredAt.Local().Format(time.TimeOnly), op.Approver, op.Road, op.State)
}

func approve(ctx context.Context, s store.Store, now func() time.Time, op store.Operation, a Approval, useTTL time.Duration) error {
	if err := a.named(); err != nil {
		return err
	}
	if err := asAsked(ctx, s, op); err != nil {
		return err
	}
	op.State = store.Approved
	at := now()
	if err := proved(ctx, s, a, op.ID, at); err != nil {
		return err
	}
	sign(&op, a, at)
	op.ExpiresAt = at.Add(useTTL)
	return s.UpdateOperation(ctx, &op, store.Waiting, newRecord(op, recordApproved, now, withDigest(op, signed(op, ""))))
}

func deny(ctx context.Context, s store.Store, now func() time.Time, op store.Operation, a Approval, answer denial) error {
	if err := a.named(); err != nil {
		return err
	}
	from := op.State
	if err := storeReason(&op, storedReason{Error: *answer.reply, Mistyped: answer.mistyped}); err != nil {
		return err
	}
	op.State = store.Denied
	at := now()
	sign(&op, a, at)
	op.EndedAt = at
	return s.UpdateOperation(ctx, &op, from, newRecord(op, recordDenied, now, signed(op, answer.reason)))
}

func sign(op *store.Operation, a Approval, at time.Time) {
	op.Approver, op.Road, op.Terminal, op.AnsweredAt, op.Nonce = a.By, a.Road, a.Terminal, at, ""
}

func signed(op store.Operation, reason string) func(*recordBody) {
	return func(b *recordBody) {
		seconds := op.AnsweredAt.Sub(askedAt(op)).Seconds()
		b.By, b.Road, b.Terminal, b.Seconds, b.Reason = op.Approver, op.Road, op.Terminal, &seconds, reason
		b.Summary, b.PlanDigest = op.Summary, op.PlanDigest
	}
}

// askedAt is when the question was put.
func askedAt(op store.Operation) time.Time {
	if op.AskedAt.IsZero() {
		return op.CreatedAt
	}
	return op.AskedAt
}

func storedPlan(op store.Operation) (tool.Plan, error) {
	var plan tool.Plan
	if err := json.Unmarshal(op.Plan, &plan); err != nil {
		return plan, fmt.Errorf("read plan of %s: %w", op.ID, err)
	}
	return plan, nil
}

func accountOf(op store.Operation) cloud.AccountName { return cloud.AccountName(op.Account) }
