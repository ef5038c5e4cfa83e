package audit

import (
	"encoding/json"
	"slices"
	"strconv"

	"countersign/internal/cloud"
	"countersign/internal/store"
	"countersign/internal/tool"
)

// Body is what the records of the guard say, as far as this package has words for
// it. A record of another kind, or of a later version, has less or more.
type Body struct {
	Principal  string      `json:"principal"`
	Tool       string      `json:"tool"`
	Account    string      `json:"account"`
	Effect     string      `json:"effect"`
	Summary    string      `json:"summary"`
	PlanDigest string      `json:"plan_digest"`
	Shown      *Shown      `json:"shown"`
	By         string      `json:"by"`
	Road       string      `json:"road"`
	Terminal   string      `json:"terminal"`
	Seconds    *float64    `json:"seconds"`
	Marker     string      `json:"marker"`
	Grant      string      `json:"grant"`
	Needs      string      `json:"needs"`
	Reason     string      `json:"reason"`
	Result     *Result     `json:"result"`
	Parts      []cloud.Job `json:"parts"`
	Failure    *Failure    `json:"failure"`
	Row        string      `json:"row"`
	PIN        string      `json:"pin"`
	Said       string      `json:"said"`
	Checked    *bool       `json:"checked"`
	Carried    *store.Head `json:"carried"`
}

// Shown is the plan as it was put to a person; the texts that were shown whole
// stand in the record by their digest.
type Shown struct {
	Targets      []tool.Target      `json:"targets"`
	Facts        []cloud.Fact       `json:"facts"`
	Changes      []tool.FieldChange `json:"changes"`
	Cost         *tool.Cost         `json:"cost"`
	Budget       []cloud.Fact       `json:"budget"`
	Grant        *tool.GrantTerms   `json:"grant"`
	Opens        []string           `json:"opens"`
	Consequences []string           `json:"consequences"`
	Notes        []string           `json:"notes"`
	Attachments  []struct {
		Title  string `json:"title"`
		SHA256 string `json:"sha256"`
	} `json:"attachments"`
}

// Result is what came back: an outcome, or the jobs that a cloud goes on with.
type Result struct {
	Summary string        `json:"summary"`
	IDs     []tool.MadeID `json:"ids"`
	Jobs    []cloud.Job   `json:"-"`
}

// UnmarshalJSON reads either form.
func (r *Result) UnmarshalJSON(raw []byte) error {
	if len(raw) > 0 && raw[0] == '[' {
		return json.Unmarshal(raw, &r.Jobs)
	}
	type plain Result
	return json.Unmarshal(raw, (*plain)(r))
}

// Failure is why something was not carried out, or is not known.
type Failure struct {
	Code          string `json:"code"`
	Message       string `json:"message"`
	VendorCode    string `json:"vendor_code"`
	VendorMessage string `json:"vendor_message"`
	RequestID     string `json:"request_id"`
}

// ReadBody reads what a record says. Members that are not as expected are left
// out; more has those that Body does not know, as they stand, and all where the
// body is no object.
func ReadBody(r store.Record) (b Body, more map[string]json.RawMessage) {
	if json.Unmarshal(r.Body, &more) != nil {
		if len(r.Body) > 0 {
			more = map[string]json.RawMessage{"body": json.RawMessage(strconv.Quote(string(r.Body)))}
		}
		return Body{}, more
	}
	for name, into := range map[string]any{
		"principal": &b.Principal, "tool": &b.Tool, "account": &b.Account, "effect": &b.Effect, "summary": &b.Summary,
		"plan_digest": &b.PlanDigest, "shown": &b.Shown, "by": &b.By, "road": &b.Road, "terminal": &b.Terminal,
		"seconds": &b.Seconds, "marker": &b.Marker, "grant": &b.Grant, "needs": &b.Needs, "reason": &b.Reason, "result": &b.Result, "parts": &b.Parts, "failure": &b.Failure,
		"row": &b.Row, "pin": &b.PIN, "said": &b.Said, "checked": &b.Checked, "carried": &b.Carried,
	} {
		if raw, ok := more[name]; ok && json.Unmarshal(raw, into) == nil {
			delete(more, name)
		}
	}
	return b, more
}

// isAnswer reports whether a kind of record says yes or no.
func isAnswer(kind string) bool {
	return slices.Contains([]string{"approved", "denied", "allowed", "forbidden"}, kind)
}
