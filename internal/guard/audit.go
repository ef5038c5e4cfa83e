package guard

import (
	"context"
	"encoding/json"
	"time"

	"countersign/internal/record"
	"countersign/internal/store"
	"countersign/internal/tool"
)

// The kinds of audit records, in the order in which an operation can have them.
const (
	recordAsked     = record.Asked
	recordAllowed   = record.Allowed
	recordForbidden = record.Forbidden
	recordDrawn     = record.Drawn
	recordApproved  = record.Approved
	recordDenied    = record.Denied
	recordNoAnswer  = record.NoAnswer
	recordExpired   = record.Expired
	recordWithdrawn = record.Withdrawn
	recordDrifted   = record.Drifted
	recordSent      = record.Sent
	recordRunning   = record.Running
	recordDone      = record.Done
	recordFailed    = record.Failed
	recordUnknown   = record.Unknown
	recordUnclear   = record.Unclear
	recordSettled   = record.Settled
	recordDelivered = record.Delivered
	recordGranted   = record.Granted
	recordRevoked   = record.Revoked
	recordClosed    = record.Closed
)

// The kinds of audit records about the approver's PIN.
const (
	recordPINSet     = record.PINSet
	recordPINChanged = record.PINChanged
	recordPINRemoved = record.PINRemoved
	recordPINRight   = record.PINRight
	recordPINWrong   = record.PINWrong
)

// StandingRecords returns groups of record kinds. The last record of each group describes
// the present state, so a compaction of the audit has to keep it. PIN and readPINOnce look
// for these.
func StandingRecords() [][]string {
	return [][]string{pinMade(), pinAll()}
}

// pinMade returns the kinds of records that say who set the present PIN.
func pinMade() []string { return []string{recordPINSet, recordPINChanged} }

// pinAll returns the kinds of records that have a digest of the stored PIN.
func pinAll() []string { return append(pinMade(), recordPINRemoved, recordPINRight, recordPINWrong) }

type (
	recordBody = record.Body
	shown      = record.Shown
)

func shownPlan(p tool.Plan) *shown {
	s := &shown{
		Targets: p.Targets, Facts: p.Facts, Changes: p.Changes, Cost: p.Cost,
		Opens: p.Opens, Consequences: p.Consequences, Notes: p.Notes, Budget: p.Budget, Grant: p.Grant,
	}
	for _, a := range p.Attachments {
		s.Attachments = append(s.Attachments, record.Attachment{Title: a.Title, SHA256: digest(a.Body)})
	}
	return s
}

// record returns an audit record about an operation; more adds to the body.
func (g *Guard) record(op store.Operation, kind string, more func(*recordBody)) store.Record {
	return newRecord(op, kind, g.Now, more)
}

// move changes the state of an operation and appends a record of that. A final state also
// sets EndedAt and clears the nonce. The error is store.ErrConflict if the operation has
// changed since it was read.
func (g *Guard) move(ctx context.Context, op store.Operation, to store.State, kind string, more func(*recordBody)) (store.Operation, error) {
	from := op.State
	op.State = to
	if !to.Open() {
		op.EndedAt, op.Nonce = g.Now(), ""
	}
	err := g.Store.UpdateOperation(ctx, &op, from, g.record(op, kind, more))
	if err == nil && !to.Open() {
		g.Shared.endForm(op.ID)
	}
	return op, err
}

func newRecord(op store.Operation, kind string, now func() time.Time, more func(*recordBody)) store.Record {
	body := recordBody{Principal: op.Principal, Tool: op.Tool, Account: op.Account, Effect: op.Effect}
	if more != nil {
		more(&body)
	}
	raw, err := json.Marshal(body)
	if err != nil {
		raw = []byte(`{"reason":"the record could not be encoded"}`)
	}
	return store.Record{At: now(), Operation: op.ID, Kind: kind, Body: raw}
}
