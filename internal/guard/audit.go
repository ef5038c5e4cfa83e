package guard

import (
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

// StandingRecords are groups of kinds of records of which the last one says what holds
// now; they outlive a compaction of the audit. They are those that PIN and readPINOnce
// look for.
func StandingRecords() [][]string {
	return [][]string{pinMade(), pinAll()}
}

// pinMade are the records that say who made the PIN that there is.
func pinMade() []string { return []string{recordPINSet, recordPINChanged} }

// pinAll are the records that have a digest of how the PIN is kept.
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

// record makes an audit record about an operation; more adds to the body.
func (g *Guard) record(op store.Operation, kind string, more func(*recordBody)) store.Record {
	return newRecord(op, kind, g.Now, more)
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
