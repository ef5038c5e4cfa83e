package guard

import (
	"context"
	"errors"
	"fmt"
	"time"

	"countersign/internal/store"
	"countersign/internal/tool"
)

// makeRoom expires the oldest questions of a principal beyond MaxPending, so that one caller
// cannot wear out the approver, and returns how many others wait. It is called after the
// question is stored, so that processes that ask concurrently see each other's questions.
func (w *write) makeRoom(ctx context.Context, op store.Operation) (others int, err error) {
	mine, err := w.Store.Operations(ctx, store.OperationQuery{Principal: op.Principal, States: []store.State{store.Waiting}})
	if err != nil {
		return 0, fmt.Errorf("count questions: %w", err)
	}
	kept := 0
	for _, other := range mine { // the newest first
		if other, err = w.expire(ctx, other); err == nil && other.State == store.Waiting {
			if kept < w.Limits.MaxPending || w.Limits.MaxPending == 0 || other.ID == op.ID {
				kept++
				continue
			}
			err = w.crowdOut(ctx, other)
		}
		if err != nil && !errors.Is(err, store.ErrConflict) { // a conflict: it has ended already
			return 0, err
		}
	}
	return countOthers(ctx, w.Store, op.Principal, op.ID, w.Now())
}

// crowdOut expires a question because too many of its principal wait.
func (w *write) crowdOut(ctx context.Context, op store.Operation) error {
	reason := fmt.Sprintf("more than %d questions of %s waited, and this was the oldest", w.Limits.MaxPending, op.Principal)
	e := tool.Errorf(tool.CodeExpired, "Let a person answer or cancel_operation withdraw some of the others; then calling again asks anew.",
		"The question of operation %s lapsed unanswered: more than %d of this caller waited, and it was the oldest.", op.ID, w.Limits.MaxPending)
	if err := keepReason(&op, e); err != nil {
		return err
	}
	_, err := w.move(ctx, op, store.Expired, recordExpired, func(b *recordBody) { b.From, b.Reason = store.Waiting, reason })
	return err
}

// lapsed reports whether the time of a question or of an approval is over, even if no
// process has stored that yet.
func lapsed(op store.Operation, now time.Time) bool {
	return (op.State == store.Waiting || op.State == store.Approved) && !now.Before(op.ExpiresAt)
}

// countOthers returns how many other questions wait: those of one principal, or of all
// principals where it is empty.
func countOthers(ctx context.Context, s store.Store, principal, operation string, now time.Time) (int, error) {
	waiting, err := s.Operations(ctx, store.OperationQuery{Principal: principal, States: []store.State{store.Waiting}})
	if err != nil {
		return 0, fmt.Errorf("count questions: %w", err)
	}
	n := 0
	for _, op := range waiting {
		if op.ID != operation && !lapsed(op, now) {
			n++
		}
	}
	return n, nil
}

// beside adds to the text of a question how many others wait.
func (q Question) beside(others int) Question {
	switch {
	case others == 1:
		q.Text += "\n1 other question waits; `countersign pending` lists it."
	case others > 1:
		q.Text += fmt.Sprintf("\n%d other questions wait; `countersign pending` lists them.", others)
	}
	return q
}
