package audit

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"
	"unicode/utf8"

	"countersign/internal/store"
)

// line is a record as one line of an export, with everything that its hash is computed
// from.
type line struct {
	Seq       int64           `json:"seq"`
	At        time.Time       `json:"at"`
	Operation string          `json:"operation"`
	Kind      string          `json:"kind"`
	Body      json.RawMessage `json:"body,omitempty"`
	// Bytes is a body that JSON would not keep byte for byte; the guard writes no such
	// body.
	Bytes []byte `json:"body_base64,omitempty"`
	Prev  string `json:"prev"`
	Hash  string `json:"hash"`
}

// end is the last line of an export. It has the number of records, so that a truncated
// export is recognized.
type end struct {
	End trailer `json:"end"`
}

type trailer struct {
	// Base is where the chain began, Head where it ended when it was exported.
	Base  store.Base `json:"base"`
	Head  store.Head `json:"head"`
	Count int64      `json:"count"`
	At    time.Time  `json:"at"`
}

func lineOf(r store.Record) line {
	l := line{Seq: r.Seq, At: r.At.UTC(), Operation: r.Operation, Kind: r.Kind, Prev: r.Prev, Hash: r.Hash}
	if plainJSON(r.Body) {
		l.Body = r.Body
	} else {
		l.Bytes = r.Body
	}
	return l
}

// plainJSON reports whether JSON keeps a body byte for byte.
func plainJSON(body json.RawMessage) bool {
	if len(body) == 0 || !utf8.Valid(body) {
		return len(body) == 0
	}
	var compact bytes.Buffer
	return json.Compact(&compact, body) == nil && bytes.Equal(compact.Bytes(), body)
}

func (l line) record() store.Record {
	r := store.Record{Seq: l.Seq, At: l.At, Operation: l.Operation, Kind: l.Kind, Body: l.Body, Prev: l.Prev, Hash: l.Hash}
	if l.Bytes != nil {
		r.Body = l.Bytes
	}
	return r
}

// encode writes one value as one line of JSON, without escaping HTML characters.
func encode(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	return e.Encode(v)
}

// WriteJSONL exports a chain up to a record, or all of it where upTo is 0, and returns
// the number of records. It does not verify the chain.
func WriteJSONL(w io.Writer, chain store.Snapshot, upTo int64, at time.Time) (count int64, err error) {
	var t trailer
	if chain.Base != nil {
		t.Base = *chain.Base
	}
	if chain.Head != nil {
		t.Head = *chain.Head
	}
	buffered := bufio.NewWriter(w)
	var failed error
	err = chain.Records(0, func(r store.Record) bool {
		if upTo > 0 && r.Seq > upTo {
			return false
		}
		if failed = encode(buffered, lineOf(r)); failed != nil {
			return false
		}
		if count++; upTo > 0 {
			t.Head = store.Head{Seq: r.Seq, Hash: r.Hash}
		}
		return true
	})
	if err := errors.Join(err, failed); err != nil {
		return count, fmt.Errorf("export audit: %w", err)
	}
	t.Count, t.At = count, at.UTC()
	if err := errors.Join(encode(buffered, end{t}), buffered.Flush()); err != nil {
		return count, fmt.Errorf("export audit: %w", err)
	}
	return count, nil
}

// maxLine is the longest line that is read; no record is that long.
const maxLine = 64 << 20

// readJSONL calls each for the records of an export until it returns false. It returns
// the last line, or nil where that is missing, and the first line that is not byte for
// byte as WriteJSONL writes it: other programs could read another form differently.
func readJSONL(r io.Reader, each func(store.Record) bool) (*trailer, *store.Broken, error) {
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, maxLine)
	var last int64
	for lines.Scan() {
		raw := lines.Bytes()
		var closing end
		if exactly(raw, &closing) {
			if lines.Scan() {
				return nil, &store.Broken{Seq: last + 1, Reason: "added: there is more behind the last line of the export"}, nil
			}
			return &closing.End, nil, lines.Err()
		}
		var l line
		if !exactly(raw, &l) {
			return nil, &store.Broken{Seq: last + 1, Reason: "changed: the line is not in the form in which records are exported"}, nil
		}
		last = l.Seq
		if !each(l.record()) {
			return nil, nil, nil
		}
	}
	return nil, nil, lines.Err()
}

// exactly decodes a line into v and reports whether encoding v gives the same line.
func exactly[T any](raw []byte, v *T) bool {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if d.Decode(v) != nil {
		return false
	}
	var again bytes.Buffer
	return encode(&again, v) == nil && bytes.Equal(bytes.TrimSuffix(again.Bytes(), []byte("\n")), raw)
}
