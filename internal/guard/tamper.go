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

// errAltered says that a row of the state is not what the audit says of it.
var errAltered = errors.New("the audit does not say so")

// operationDigest is a digest of what a question and its answer are about, as it is
// stored: all but what moves while an operation waits, and what comes after its yes.
func operationDigest(op store.Operation) string {
	return digest("operation", op.ID, op.Principal, op.Tool, op.Account, op.Effect, string(op.State), op.Call,
		string(op.Arguments), string(op.Plan), op.PlanDigest, op.Summary, op.Equal, op.Marker, op.Needs, string(op.Charge), op.Grant,
		timeText(op.CreatedAt), timeText(op.AskedAt), timeText(op.ExpiresAt), op.Approver, op.Road, op.Terminal, timeText(op.AnsweredAt))
}

// grantDigest is a digest of the terms of a grant.
func grantDigest(g store.Grant) string {
	return digest("grant", g.ID, g.Principal, g.Account, g.Tool, g.Equal, g.Summary, strconv.Itoa(g.Uses), g.PerHour,
		g.Operation, g.Approver, g.Road, timeText(g.CreatedAt), timeText(g.Until), string(g.Plan))
}

// timeText is a time as the store keeps it; one that cannot be written is in no store.
func timeText(t time.Time) string {
	text, _ := store.FormatTime(t)
	return text
}

// withDigest puts a digest of the row into the record that is written with it.
func withDigest(op store.Operation, more func(*recordBody)) func(*recordBody) {
	return func(b *recordBody) {
		more(b)
		b.Row = operationDigest(op)
	}
}

// audited holds a question, or a yes to it, against the audit: the last step on record
// has to be the one that the row stands at. A row alone, or an old one that was put
// back, is nobody's question and nobody's yes.
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
		return store.ErrConflict // somebody took the next step meanwhile
	}
	return errAltered
}

// auditedGrant holds a grant against the audit: it was made with these terms, and not
// taken back.
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

// recordedDigest is the digest of a row that a record has, if the record's hash is its own;
// whether it stands in its place is what verifying the whole audit tells.
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

// asAsked refuses a question that somebody has written over, in words for a person.
func asAsked(ctx context.Context, s store.Store, op store.Operation) error {
	err := audited(ctx, s, op)
	if !errors.Is(err, errAltered) {
		return err
	}
	return fmt.Errorf("operation %s is not what was asked: somebody has changed the state folder by hand, so it cannot be approved. "+
		"Look at `countersign audit verify` and find out who did it; `countersign deny %s` ends it, and the agent can call again", op.ID, op.ID)
}

// unproven ends an approval that the audit knows nothing of, and asks anew.
func (w *write) unproven(ctx context.Context, op store.Operation) (Reply, error) {
	const why = "it was marked as approved, and the audit does not say so"
	w.Log.Error().Str("operation", op.ID).Msg("somebody has changed the state folder by hand: " + why)
	return w.endApproval(ctx, op, why, fmt.Sprintf("Operation %s is marked as approved, but the audit does not say so: somebody has changed the state folder by hand. It is asked anew.", op.ID))
}
