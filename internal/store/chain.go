package store

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"strconv"
	"time"
)

// chainForm is the first field that is hashed of every record. Another encoding
// needs another form, so that two encodings never give the same hash.
const chainForm = "countersign audit 1"

// Head is the end of an audit chain: the number and the hash of its last
// record. An empty chain has the zero Head. An implementation stores it apart
// from the records, because a chain whose last records were removed is intact.
type Head struct {
	Seq  int64  `json:"seq"`
	Hash string `json:"hash"`
}

// Base is the beginning of a chain whose first records a compaction removed: the
// number, hash and time of the last one removed, and how many were removed in all.
// A chain that has all its records has the zero Base.
type Base struct {
	Head
	Count int64     `json:"count"`
	At    time.Time `json:"at"`
}

// Equal reports whether two bases are the same.
func (b Base) Equal(other Base) bool {
	return b.Head == other.Head && b.Count == other.Count && b.At.Equal(other.At)
}

// Seal returns r with Prev and Hash set, as the record that follows the one with
// the hash prev. Its Seq must be set. It fails for a time that FormatTime refuses.
func Seal(r Record, prev string) (Record, error) {
	r.At = r.At.UTC().Round(0)
	r.Prev = prev
	hash, err := digest(r)
	if err != nil {
		return Record{}, fmt.Errorf("store: seal record %d: %w", r.Seq, err)
	}
	r.Hash = hash
	return r, nil
}

// Seal numbers and seals records so that they follow h, and returns them with
// the new head. It does not change the given records.
func (h Head) Seal(records []Record) ([]Record, Head, error) {
	sealed := make([]Record, 0, len(records))
	for _, r := range records {
		r.Seq = h.Seq + 1
		r, err := Seal(r, h.Hash)
		if err != nil {
			return nil, Head{}, err
		}
		sealed = append(sealed, r)
		h = Head{Seq: r.Seq, Hash: r.Hash}
	}
	return sealed, h, nil
}

// Follow checks that r is the record after h and that its hash is right. It returns
// the head moved to r, or else h and the break.
func (h Head) Follow(r Record) (Head, *Broken) {
	want := h.Seq + 1
	if r.Seq > want {
		return h, &Broken{Seq: want, Reason: fmt.Sprintf("removed: the next record there is %d", r.Seq)}
	}
	if r.Seq < want {
		return h, &Broken{Seq: r.Seq, Reason: fmt.Sprintf("out of order: it stands after record %d", h.Seq)}
	}
	hash, err := digest(r)
	if err != nil || hash != r.Hash {
		return h, &Broken{Seq: r.Seq, Reason: "changed: its hash is not that of its content"}
	}
	if r.Prev != h.Hash {
		return h, &Broken{Seq: r.Seq, Reason: "does not follow: it or the record before it was replaced"}
	}
	return Head{Seq: r.Seq, Hash: r.Hash}, nil
}

// Ends checks that a chain whose last record is h ends at the stored head, kept.
// It returns nil where it does.
func (h Head) Ends(kept Head) *Broken {
	switch {
	case h.Seq < kept.Seq:
		return &Broken{Seq: h.Seq + 1, Reason: fmt.Sprintf("removed: the chain was left at record %d", kept.Seq)}
	case h.Seq > kept.Seq:
		return &Broken{Seq: kept.Seq + 1, Reason: fmt.Sprintf("added: the chain was left at record %d", kept.Seq)}
	case h.Hash != kept.Hash:
		return &Broken{Seq: h.Seq, Reason: "replaced: the chain was left with another last record"}
	}
	return nil
}

// digest hashes all fields of a record but Hash. Every field is preceded by
// its length, so that no two records have the same bytes.
func digest(r Record) (string, error) {
	at, err := FormatTime(r.At)
	if err != nil {
		return "", err
	}
	sum := sha256.New()
	for _, field := range []string{
		chainForm, strconv.FormatInt(r.Seq, 10), at, r.Operation, r.Kind, string(r.Body), r.Prev,
	} {
		sum.Write(binary.BigEndian.AppendUint64(nil, uint64(len(field))))
		sum.Write([]byte(field))
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}
