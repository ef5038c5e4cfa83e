package record

import (
	"encoding/json"
	"reflect"
	"strconv"
	"strings"

	"countersign/internal/cloud"
	"countersign/internal/store"
	"countersign/internal/tool"
)

// Body is the body of an audit record; each kind of record sets some of the fields.
// It never holds a secret: arguments are canonical, and attachments are recorded by
// their digest.
type Body struct {
	Principal  string          `json:"principal,omitempty"`
	Tool       string          `json:"tool,omitempty"`
	Account    string          `json:"account,omitempty"`
	Effect     string          `json:"effect,omitempty"`
	Summary    string          `json:"summary,omitempty"`
	PlanDigest string          `json:"plan_digest,omitempty"`
	Shown      *Shown          `json:"shown,omitempty"`
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
	// From is the state from which an operation expired or was withdrawn. Records of
	// earlier versions have it in Reason only.
	From store.State `json:"from,omitempty"`
	// Possible are the IDs of what may have come of an operation, where that is unclear.
	Possible []string `json:"possible,omitempty"`
	// Row is a digest of the stored row of an operation or a grant, so that a change
	// by hand is found.
	Row string `json:"row,omitempty"`
	// PIN is a digest of the stored row of the approver's PIN, for the same reason.
	PIN string `json:"pin,omitempty"`
	// Said is the outcome of an operation as a person reported it, and Checked whether
	// a cloud was asked about it.
	Said    string `json:"said,omitempty"`
	Checked *bool  `json:"checked,omitempty"`
	// Repeats is how many further refusals a record stands for, beside the first one, which
	// has a record of its own.
	Repeats int `json:"repeats,omitempty"`
	// Carried is the record that this one repeats; a compaction sets it.
	Carried *store.Head `json:"carried,omitempty"`
}

// Shown is the plan as it was shown to a person.
type Shown struct {
	Targets      []tool.Target      `json:"targets,omitempty"`
	Facts        []cloud.Fact       `json:"facts,omitempty"`
	Changes      []tool.FieldChange `json:"changes,omitempty"`
	Cost         *tool.Cost         `json:"cost,omitempty"`
	Budget       []cloud.Fact       `json:"budget,omitempty"`
	Grant        *tool.GrantTerms   `json:"grant,omitempty"`
	Opens        []string           `json:"opens,omitempty"`
	Consequences []string           `json:"consequences,omitempty"`
	Notes        []string           `json:"notes,omitempty"`
	Attachments  []Attachment       `json:"attachments,omitempty"`
}

// Attachment is a text that was shown whole, by the digest of it.
type Attachment struct {
	Title  string `json:"title"`
	SHA256 string `json:"sha256"`
}

// Read reads the body of a record field by field, so that one field that cannot be
// read hides no other. It returns the members that Body has no field for, or whose
// value does not fit it, as more; a body that is not a JSON object is there whole,
// under the name "body".
func Read(raw json.RawMessage) (b Body, more map[string]json.RawMessage) {
	if json.Unmarshal(raw, &more) != nil {
		if len(raw) > 0 {
			more = map[string]json.RawMessage{"body": json.RawMessage(strconv.Quote(string(raw)))}
		}
		return Body{}, more
	}
	fields := reflect.ValueOf(&b).Elem()
	for i := range fields.NumField() {
		name, _, _ := strings.Cut(fields.Type().Field(i).Tag.Get("json"), ",")
		if member, ok := more[name]; ok && json.Unmarshal(member, fields.Field(i).Addr().Interface()) == nil {
			delete(more, name)
		}
	}
	return b, more
}
