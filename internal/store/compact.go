package store

import (
	"encoding/json"
	"fmt"
	"time"
)

// RecordCompacted is the kind of the record that vouches for the base of a
// chain: without it, whoever removes the first records could say that a
// compaction did.
const RecordCompacted = "compacted"

// Compaction says what is to be removed, and who says so.
type Compaction struct {
	// Base is the last record that is removed. Its Count is set by the store.
	Base Base
	// At is now.
	At time.Time
	// By, Road and Terminal say who wants it, as for any answer of a person.
	By, Road, Terminal string
	// Archive is the SHA-256 of the file that the records were written to; empty
	// where they are kept nowhere.
	Archive string
	// Standing are groups of kinds of which the last record says what holds now, as
	// LastRecord finds it. Where one of these would go, all of them are appended
	// again.
	Standing [][]string
	// EndedBefore and NamesBefore bound what goes with the records: operations that
	// ended before and of which no record is left, and names last seen before. Zero
	// times keep all.
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

// Record is the record that vouches for the base of a compaction.
func (c Compaction) Record() (Record, error) {
	base := c.Base
	base.At = base.At.UTC().Round(0)
	raw, err := json.Marshal(compactedBody{By: c.By, Road: c.Road, Terminal: c.Terminal, Base: &base, Archive: c.Archive})
	if err != nil {
		return Record{}, fmt.Errorf("store: record of a compaction: %w", err)
	}
	return Record{At: c.At, Kind: RecordCompacted, Body: raw}, nil
}

// Vouched is the base that a record vouches for; nil for any other record, and
// for one of which that cannot be read.
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

// Carried is a record that says what holds now, as it is appended again when it
// would be removed: with its time and what it says, and where it stood. The story
// of an operation stays where it was.
func Carried(r Record) (Record, error) {
	body := map[string]json.RawMessage{}
	if err := json.Unmarshal(r.Body, &body); err != nil {
		return Record{}, fmt.Errorf("store: carry record %d over: %w", r.Seq, err)
	}
	if _, again := body["carried"]; !again { // the first place is the one that counts
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
