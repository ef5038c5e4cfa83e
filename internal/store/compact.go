package store

import (
	"encoding/json"
	"fmt"
	"time"
)

// RecordCompacted is the kind of the record that vouches for the base of a
// chain. Without it, removed first records would look like a compaction.
const RecordCompacted = "compacted"

// Compaction says what to remove, and who decided it.
type Compaction struct {
	// Base is the last record that is removed. Its Count is set by the store.
	Base Base
	// At is the current time.
	At time.Time
	// By, Road and Terminal say who decided it, as for the answer to a question.
	By, Road, Terminal string
	// Archive is the SHA-256 of the file that the removed records were written to;
	// empty where they were not kept.
	Archive string
	// Standing are groups of kinds. The last record of each group, as LastRecord finds
	// it, has the current state. Where one of these would be removed, all of them are
	// appended again.
	Standing [][]string
	// EndedBefore and NamesBefore limit what else is removed: operations that ended
	// before and have no record left, and names that were last seen before. A zero time
	// removes none.
	EndedBefore, NamesBefore time.Time
}

// Compacted counts what a compaction removed.
type Compacted struct {
	Records, Operations, Names int64
}

// compactedBody is the body of the record that vouches for a base.
type compactedBody struct {
	By       string `json:"by,omitempty"`
	Road     string `json:"road,omitempty"`
	Terminal string `json:"terminal,omitempty"`
	Base     *Base  `json:"base,omitempty"`
	Archive  string `json:"archive_sha256,omitempty"`
}

// Record returns the record that vouches for the base of a compaction.
func (c Compaction) Record() (Record, error) {
	base := c.Base
	base.At = base.At.UTC().Round(0)
	raw, err := json.Marshal(compactedBody{By: c.By, Road: c.Road, Terminal: c.Terminal, Base: &base, Archive: c.Archive})
	if err != nil {
		return Record{}, fmt.Errorf("store: record of a compaction: %w", err)
	}
	return Record{At: c.At, Kind: RecordCompacted, Body: raw}, nil
}

// Vouched returns the base that a record vouches for. It returns nil for a record
// of another kind and for one whose body cannot be read.
func Vouched(r Record) *Base {
	if r.Kind != RecordCompacted {
		return nil
	}
	var body compactedBody
	if json.Unmarshal(r.Body, &body) != nil {
		return nil
	}
	return body.Base
}

// Carried returns a copy of a record that a compaction would remove although it has
// the current state. The copy keeps the time and the body and adds the place of the
// original as "carried". It belongs to no operation.
func Carried(r Record) (Record, error) {
	body := map[string]json.RawMessage{}
	if err := json.Unmarshal(r.Body, &body); err != nil {
		return Record{}, fmt.Errorf("store: carry record %d over: %w", r.Seq, err)
	}
	if _, again := body["carried"]; !again { // keep the place of the first original
		from, err := json.Marshal(Head{Seq: r.Seq, Hash: r.Hash})
		if err != nil {
			return Record{}, fmt.Errorf("store: carry record %d over: %w", r.Seq, err)
		}
		body["carried"] = from
	}
	raw, err := json.Marshal(body)
	if err != nil {
		return Record{}, fmt.Errorf("store: carry record %d over: %w", r.Seq, err)
	}
	return Record{At: r.At, Kind: r.Kind, Body: raw}, nil
}
