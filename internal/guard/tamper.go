package guard

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"countersign/internal/store"
)

// errAltered says that a stored row does not match the audit.
var errAltered = errors.New("the audit does not say so")

// operationDigest returns a digest of the row of a question and its answer. It leaves out
// the fields that change while the operation waits, and those that are set after the yes.
func operationDigest(op store.Operation) string {
	return digest("operation", op.ID, op.Principal, op.Tool, op.Account, op.Effect, string(op.State), op.Call,
		string(op.Arguments), string(op.Plan), op.PlanDigest, op.Summary, op.Equal, op.Marker, op.Needs, string(op.Charge), op.Grant,
		timeText(op.CreatedAt), timeText(op.AskedAt), timeText(op.ExpiresAt), op.Approver, op.Road, op.Terminal, timeText(op.AnsweredAt))
}

// grantDigest returns a digest of the terms of a grant.
func grantDigest(g store.Grant) string {
	return digest("grant", g.ID, g.Principal, g.Account, g.Tool, g.Equal, g.Summary, strconv.Itoa(g.Uses), g.PerHour,
		g.Operation, g.Approver, g.Road, timeText(g.CreatedAt), timeText(g.Until), string(g.Plan))
}

// timeText returns a time in the format of the store. Its error is ignored: a time that
// cannot be formatted cannot have been stored.
func timeText(t time.Time) string {
	text, _ := store.FormatTime(t)
	return text
}

// withDigest adds the digest of a row to the record that is written with it.
func withDigest(op store.Operation, more func(*recordBody)) func(*recordBody) {
	return func(b *recordBody) {
		more(b)
		b.Row = operationDigest(op)
	}
}

// audited checks the row of a question, or of a yes, against the audit: the last recorded
// step has to have the digest of this row. Otherwise the error is errAltered: somebody wrote
// the row by hand or put an old one back.
func audited(ctx context.Context, s store.Store, op store.Operation) error {
	records, err := s.RecordsOf(ctx, op.ID)
	if err != nil {
		return fmt.Errorf("what the audit says of %s: %w", op.ID, err)
	}
	last := ""
	for _, r := range records {
		switch r.Kind {
		case recordPINRight, recordPINWrong, recordForbidden: // no steps
		default:
			last = recordedDigest(r)
		}
	}
	if last != "" && last == operationDigest(op) {
		return nil
	}
	now, err := s.Operation(ctx, op.ID)
	switch {
	case err != nil:
		return err
	case now.Version != op.Version:
		return store.ErrConflict // the next step was stored in the meantime
	}
	return errAltered
}

// auditedGrant checks a grant against the audit: it was made with these terms, and not
// revoked.
func auditedGrant(ctx context.Context, s store.Store, g store.Grant) error {
	records, err := s.RecordsOf(ctx, g.Operation)
	if err != nil {
		return fmt.Errorf("what the audit says of %s: %w", g.ID, err)
	}
	last := ""
	for _, r := range records {
		switch r.Kind {
		case recordGranted:
			last = recordedDigest(r)
		case recordRevoked:
			return errAltered
		}
	}
	if last == "" || last != grantDigest(g) {
		return errAltered
	}
	return nil
}

// recordedDigest returns the digest of a row in a record; empty if the record's hash is
// wrong. Whether the record is in the right place is left to verifying the whole audit.
func recordedDigest(r store.Record) string {
	if _, broken := (store.Head{Seq: r.Seq - 1, Hash: r.Prev}).Follow(r); broken != nil {
		return ""
	}
	var body recordBody
	if json.Unmarshal(r.Body, &body) != nil {
		return ""
	}
	return body.Row
}

// asAsked returns an error, in words for a person, if the row of a question was altered.
func asAsked(ctx context.Context, s store.Store, op store.Operation) error {
	err := audited(ctx, s, op)
	if !errors.Is(err, errAltered) {
		return err
	}
	return fmt.Errorf("operation %s is not what was asked: somebody has changed the state folder by hand, so it cannot be approved. "+
		"Look at `countersign audit verify` and find out who did it; `countersign deny %s` ends it, and the agent can call again", op.ID, op.ID)
}

// unproven ends an approval that is not in the audit, and asks anew.
func (w *write) unproven(ctx context.Context, op store.Operation) (Reply, error) {
	const why = "it was marked as approved, and the audit does not say so"
	w.Log.Error().Str("operation", op.ID).Msg("somebody has changed the state folder by hand: " + why)
	return w.endApproval(ctx, op, why, fmt.Sprintf("Operation %s is marked as approved, but the audit does not say so: somebody has changed the state folder by hand. It is asked anew.", op.ID))
}
