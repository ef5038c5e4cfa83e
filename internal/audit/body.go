package audit

import (
	"encoding/json"

	"countersign/internal/cloud"
	"countersign/internal/record"
	"countersign/internal/store"
	"countersign/internal/tool"
)

// Body is the body of a record. Its own fields replace those of the same name that
// record.Body leaves as JSON.
type Body struct {
	record.Body
	Result  *Result
	Parts   []cloud.Job
	Failure *Failure
}

// Result is the result of a call: an outcome, or the jobs that still run.
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

// Failure is the error of a call that was not carried out or has an unknown outcome.
type Failure struct {
	Code          string `json:"code"`
	Message       string `json:"message"`
	VendorCode    string `json:"vendor_code"`
	VendorMessage string `json:"vendor_message"`
	RequestID     string `json:"request_id"`
}

// ReadBody reads the body of a record. It returns the members that Body does not
// know, or cannot read, as more; all of them where the body is not a JSON object.
func ReadBody(r store.Record) (b Body, more map[string]json.RawMessage) {
	b.Body, more = record.Read(r.Body)
	for name, member := range map[string]struct {
		raw  json.RawMessage
		into any
	}{
		"result":  {b.Body.Result, &b.Result},
		"parts":   {b.Body.Parts, &b.Parts},
		"failure": {b.Body.Failure, &b.Failure},
	} {
		if len(member.raw) > 0 && json.Unmarshal(member.raw, member.into) != nil {
			more[name] = member.raw
		}
	}
	return b, more
}

// isAnswer reports whether records of a kind have the answer of a person or the rules.
func isAnswer(kind string) bool {
	switch kind {
	case record.Approved, record.Denied, record.Allowed, record.Forbidden:
		return true
	}
	return false
}
