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

// recordBody is what every audit record holds. It never holds a secret:
// arguments are canonical, and attachments stand in it by digest.
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
	// From is the state that an operation left unused, by its end or by a withdrawal;
	// records of earlier versions have it in Reason only.
	From store.State `json:"from,omitempty"`
	// Row is a digest of what is stored of an operation or a grant, so that a change by
	// hand is found.
	Row string `json:"row,omitempty"`
	// PIN is a digest of how the approver's PIN is kept, so that a change by hand is found.
	PIN string `json:"pin,omitempty"`
	// Said is what a person said came of an operation, and Checked whether a cloud
	// was asked about it.
	Said    string `json:"said,omitempty"`
	Checked *bool  `json:"checked,omitempty"`
}

// shown is the plan as it was put to a person.
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

// record makes an audit record about an operation; more adds to the body.
func (g *Guard) record(op store.Operation, kind string, more func(*recordBody)) store.Record {
	return newRecord(op, kind, g.Now, more)
}

// move brings an operation into another state, with a record of that; one that ends by it
// gets its end time and loses its one-time token. The error is store.ErrConflict where
// somebody else has changed the operation first.
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
