package guard

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"countersign/internal/store"
)

// Desk lets people read and answer operations. It needs no tool and no cloud.
type Desk struct {
	Store  store.Store
	Now    func() time.Time
	UseTTL time.Duration
	// Alive reports whether a process still runs; nil where that cannot be told.
	Alive func(instance string) bool
}

// Pending lists the operations that wait for a person, newest first.
func (d Desk) Pending(ctx context.Context) ([]store.Operation, error) {
	ops, err := d.Store.Operations(ctx, store.OperationQuery{States: []store.State{store.Waiting}})
	if err != nil {
		return nil, fmt.Errorf("list pending operations: %w", err)
	}
	return slices.DeleteFunc(ops, func(op store.Operation) bool { return lapsed(op, d.Now()) }), nil
}

// Unsettled lists the operations whose outcome is not known, newest first: they block their
// equals until the cloud shows what became of them or a person says so.
func (d Desk) Unsettled(ctx context.Context) ([]store.Operation, error) {
	ops, err := d.Store.Operations(ctx, store.OperationQuery{States: []store.State{store.Executing, store.Unknown}})
	if err != nil {
		return nil, fmt.Errorf("list unsettled operations: %w", err)
	}
	return slices.DeleteFunc(ops, func(op store.Operation) bool {
		return op.State == store.Executing && (d.Alive == nil || d.Alive(op.Instance))
	}), nil
}

// LastLook returns what the cloud last told of an operation with an unknown outcome; zero
// where it told nothing.
func (d Desk) LastLook(ctx context.Context, op store.Operation) (Looked, error) {
	last, err := lastUnclear(ctx, d.Store, op.ID)
	return Looked{Why: last.Reason, Asked: last.Reason != "", Possible: last.Possible}, err
}

// subjectsNamed bounds the names in Subject.
const subjectsNamed = 3

// Subject returns by what a person tells equal operations apart: the names of what is to be
// made, or what it acts on.
func Subject(op store.Operation) (string, error) {
	plan, err := storedPlan(op)
	if err != nil {
		return "", err
	}
	var all []string
	for _, name := range plan.MadeNames {
		all = append(all, quoted(name))
	}
	for _, t := range plan.Targets {
		all = append(all, kindWord(t.Kind)+" "+t.ID+" "+quoted(t.Name))
	}
	if more := len(all) - subjectsNamed; more > 0 {
		all = append(all[:subjectsNamed], fmt.Sprintf("and %d more", more))
	}
	return strings.Join(all, ", "), nil
}

// Makes reports whether an operation makes something that has an ID.
func Makes(op store.Operation) (bool, error) {
	plan, err := storedPlan(op)
	return plan.Makes(), err
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
	others, err := countOthers(ctx, d.Store, "", op.ID, d.Now())
	return q.beside(others), err
}

// Approve stores a yes. It carries nothing out; the repeated call does. The error says in
// plain words why the question cannot be answered any more.
func (d Desk) Approve(ctx context.Context, op store.Operation, a Approval) error {
	return d.answer(ctx, op, d.Answerable, func(op store.Operation) error {
		return approve(ctx, d.Store, d.Now, op, a, d.UseTTL)
	})
}

// Deny stores a no. It also takes back a yes that is not used yet. Its errors are those of
// Approve.
func (d Desk) Deny(ctx context.Context, op store.Operation, a Approval, reason string) error {
	return d.answer(ctx, op, d.Deniable, func(op store.Operation) error {
		answer := denialByPerson(op, reason)
		if op.State == store.Approved {
			answer.reason = strings.TrimSuffix("the approval was taken back: "+reason, ": ")
		}
		return deny(ctx, d.Store, d.Now, op, a, answer)
	})
}

func (d Desk) answer(ctx context.Context, op store.Operation, possible, act func(store.Operation) error) error {
	var err error
	for range contended {
		if tooLate := possible(op); tooLate != nil {
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
			return cmp.Or(possible(current), err)
		}
		op = current
	}
	return err
}

// Answerable returns nil while an operation can be approved, and afterwards an error that
// says in plain words why it cannot.
func (d Desk) Answerable(op store.Operation) error {
	if d.StateOf(op) == store.Waiting {
		return nil
	}
	return d.tooLate(op)
}

// Deniable is Answerable for a no, which an approval can be taken back with until it is
// used.
func (d Desk) Deniable(op store.Operation) error {
	if d.StateOf(op) == store.Approved {
		return nil
	}
	return d.Answerable(op)
}

// StateOf returns the state of an operation as it is now: a question or an approval whose
// time is over has expired, even if no process has stored that yet.
func (d Desk) StateOf(op store.Operation) store.State {
	if lapsed(op, d.Now()) {
		return store.Expired
	}
	return op.State
}

// tooLate says why an operation cannot be answered any more.
func (d Desk) tooLate(op store.Operation) error {
	state, lapsed := d.StateOf(op), op.ExpiresAt
	if op.State == store.Expired && !op.EndedAt.IsZero() && op.EndedAt.Before(lapsed) {
		lapsed = op.EndedAt // too many waited
	}
	switch {
	case state == store.Expired && op.AnsweredAt.IsZero():
		return fmt.Errorf("the question lapsed at %s; let the agent call again to be asked anew", clock(lapsed))
	case state == store.Expired:
		return fmt.Errorf("operation %s was approved at %s and the approval lapsed unused at %s; let the agent call again to be asked anew", op.ID, clock(op.AnsweredAt), clock(lapsed))
	case op.AnsweredAt.IsZero():
		return fmt.Errorf("operation %s is %s and cannot be answered any more", op.ID, op.State)
	}
	return fmt.Errorf("operation %s was answered already at %s by %s (%s); it is %s", op.ID, clock(op.AnsweredAt), op.Approver, op.Road, op.State)
}

// clock returns a time of day for a person, with its zone.
func clock(t time.Time) string { return t.UTC().Format("15:04:05 MST") }
