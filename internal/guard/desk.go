package guard

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"countersign/internal/store"
)

// Desk lets people read and answer operations. It needs no tool and no cloud.
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

// Question returns the question of an operation as a person reads it. While it waits,
// the text says how many others wait.
func (d Desk) Question(ctx context.Context, op store.Operation) (Question, error) {
	plan, err := storedPlan(op)
	if err != nil {
		return Question{}, err
	}
	q := questionOf(op, plan)
	if op.State != store.Waiting {
		return q, nil
	}
	// A question that is being answered in this moment is shown as it was; Approve and Deny
	// will refuse it.
	if err := asAsked(ctx, d.Store, op); err != nil && !errors.Is(err, store.ErrConflict) {
		return Question{}, err
	}
	others, err := countOthers(ctx, d.Store, "", op.ID, func(op store.Operation) bool { return d.Now().Before(op.ExpiresAt) })
	return q.beside(others), err
}

// Approve stores a yes. It carries nothing out; the repeated call does. The error says in
// plain words why the question cannot be answered any more.
func (d Desk) Approve(ctx context.Context, op store.Operation, a Approval) error {
	return d.answer(ctx, op, func(op store.Operation) error {
		return approve(ctx, d.Store, d.Now, op, a, d.UseTTL)
	})
}

// Deny stores a no. Its errors are those of Approve.
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
		// The plan of an operation never changes. A question that still waits can be
		// answered, even if its row has changed since it was shown.
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
