package guard

import (
	"context"
	"encoding/json"
	"time"

	"countersign/internal/cloud"
	"countersign/internal/store"
	"countersign/internal/tool"
)

// The kinds of audit records, in the order in which an operation can have them.
const (
	recordAsked     = "asked"
	recordAllowed   = "allowed"
	recordForbidden = "forbidden"
	recordDrawn     = "drawn"
	recordApproved  = "approved"
	recordDenied    = "denied"
	recordNoAnswer  = "no_answer"
	recordExpired   = "expired"
	recordWithdrawn = "withdrawn"
	recordDrifted   = "drifted"
	recordSent      = "sent"
	recordRunning   = "running"
	recordDone      = "done"
	recordFailed    = "failed"
	recordUnknown   = "unknown"
	recordSettled   = "settled"
	recordDelivered = "delivered"
	recordGranted   = "granted"
	recordRevoked   = "revoked"
	recordClosed    = "closed"
)

// The kinds of audit records about the approver's PIN.
const (
	recordPINSet     = "pin_set"
	recordPINChanged = "pin_changed"
	recordPINRemoved = "pin_removed"
	recordPINRight   = "pin_right"
	recordPINWrong   = "pin_wrong"
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

// recordBody is the body of every audit record. It never holds a secret: arguments are
// canonical, and attachments are included as digests.
type recordBody struct {
	Principal  string          `json:"principal,omitempty"`
	Tool       string          `json:"tool,omitempty"`
	Account    string          `json:"account,omitempty"`
	Effect     string          `json:"effect,omitempty"`
	Summary    string          `json:"summary,omitempty"`
	PlanDigest string          `json:"plan_digest,omitempty"`
	Shown      *shown          `json:"shown,omitempty"`
	By         string          `json:"by,omitempty"`
	Road       string          `json:"road,omitempty"`
	Terminal   string          `json:"terminal,omitempty"`
	Seconds    *float64        `json:"seconds,omitempty"`
	Marker     string          `json:"marker,omitempty"`
	Grant      string          `json:"grant,omitempty"`
	Needs      string          `json:"needs,omitempty"`
	Charge     json.RawMessage `json:"charge,omitempty"`
	Reason     string          `json:"reason,omitempty"`
	Result     json.RawMessage `json:"result,omitempty"`
	Parts      json.RawMessage `json:"parts,omitempty"`
	Failure    json.RawMessage `json:"failure,omitempty"`
	// From is the state from which an operation expired or was withdrawn; records of
	// earlier versions have it in Reason only.
	From store.State `json:"from,omitempty"`
	// Row is a digest of the stored row of the operation or grant, so that a change by hand
	// is detected.
	Row string `json:"row,omitempty"`
	// PIN is a digest of the stored approver's PIN, so that a change by hand is detected.
	PIN string `json:"pin,omitempty"`
	// Said is the outcome that a person settled an operation with, and Checked whether the
	// cloud was asked about it.
	Said    string `json:"said,omitempty"`
	Checked *bool  `json:"checked,omitempty"`
}

// shown is the plan as a person saw it.
type shown struct {
	Targets      []tool.Target      `json:"targets,omitempty"`
	Facts        []cloud.Fact       `json:"facts,omitempty"`
	Changes      []tool.FieldChange `json:"changes,omitempty"`
	Cost         *tool.Cost         `json:"cost,omitempty"`
	Budget       []cloud.Fact       `json:"budget,omitempty"`
	Grant        *tool.GrantTerms   `json:"grant,omitempty"`
	Opens        []string           `json:"opens,omitempty"`
	Consequences []string           `json:"consequences,omitempty"`
	Notes        []string           `json:"notes,omitempty"`
	Attachments  []attachmentDigest `json:"attachments,omitempty"`
}

type attachmentDigest struct {
	Title  string `json:"title"`
	SHA256 string `json:"sha256"`
}

func shownPlan(p tool.Plan) *shown {
	s := &shown{
		Targets: p.Targets, Facts: p.Facts, Changes: p.Changes, Cost: p.Cost,
		Opens: p.Opens, Consequences: p.Consequences, Notes: p.Notes, Budget: p.Budget, Grant: p.Grant,
	}
	for _, a := range p.Attachments {
		s.Attachments = append(s.Attachments, attachmentDigest{a.Title, digest(a.Body)})
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
