package guard

import (
	"context"
	"errors"
	"time"

	"countersign/internal/cloud"
	"countersign/internal/store"
)

// The roads: the ways in which an answer can reach a question.
const (
	// RoadTerminal is a person's own terminal; it needs the approver's PIN where one is
	// set.
	RoadTerminal = "terminal"
	roadForm     = "form"
	roadPolicy   = "policy"
	roadGrant    = "grant"
	roadCaller   = "caller"
)

// Approval is who answered, and on which road.
type Approval struct {
	By       string
	Road     string
	Terminal string
	// Proof is what Prove returned for the approved operation.
	Proof Proof
}

// named returns an error for an answer without By or Road. The road decides whether a
// proof is needed, and the audit records both.
func (a Approval) named() error {
	if a.By == "" || a.Road == "" {
		return errors.New("an answer has to say who gave it and on which road")
	}
	return nil
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

// askedAt returns when the question was asked.
func askedAt(op store.Operation) time.Time {
	if op.AskedAt.IsZero() {
		return op.CreatedAt
	}
	return op.AskedAt
}

func accountOf(op store.Operation) cloud.AccountName { return cloud.AccountName(op.Account) }
