package guard

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"countersign/internal/store"
)

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
	q := questionOf(op, plan)
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
