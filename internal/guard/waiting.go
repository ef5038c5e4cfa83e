package guard

import (
	"context"
	"errors"
	"fmt"

	"countersign/internal/store"
	"countersign/internal/tool"
)

// makeRoom ends the oldest questions of a principal beyond those that may wait, so
// that nobody tires the person who answers, and counts those that wait beside this one.
// It comes after the question is stored: of several processes that ask at once each
// sees the others.
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
		if err != nil && !errors.Is(err, store.ErrConflict) { // else somebody else ended it
			return 0, err
		}
	}
	return countOthers(ctx, w.Store, op.Principal, op.ID, w.live)
}

// crowdOut ends a question because too many of its principal wait.
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

// live reports whether a question still stands.
func (g *Guard) live(op store.Operation) bool { return g.Now().Before(op.ExpiresAt) }

// countOthers counts the other questions that wait: those of a principal, who is told
// of nobody else's, or with none those of all.
func countOthers(ctx context.Context, s store.Store, principal, operation string, live func(store.Operation) bool) (int, error) {
	waiting, err := s.Operations(ctx, store.OperationQuery{Principal: principal, States: []store.State{store.Waiting}})
	if err != nil {
		return 0, fmt.Errorf("count questions: %w", err)
	}
	n := 0
	for _, op := range waiting {
		if op.ID != operation && live(op) {
			n++
		}
	}
	return n, nil
}

// beside says with a question how many others wait.
func (q Question) beside(others int) Question {
	switch {
	case others == 1:
		q.Text += "\n1 other question waits; `countersign pending` lists it."
	case others > 1:
		q.Text += fmt.Sprintf("\n%d other questions wait; `countersign pending` lists them.", others)
	}
	return q
}
