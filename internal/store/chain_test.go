package store_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"countersign/internal/store"
)

// chain returns n sealed records and their head.
func chain(t *testing.T, n int) ([]store.Record, store.Head) {
	t.Helper()
	records := make([]store.Record, n)
	for i := range records {
		records[i] = store.Record{
			At: time.Date(2026, 1, 2, 3, 4, 5, i, time.UTC), Operation: "op_1", Kind: "asked",
			Body: json.RawMessage(`{"n":1}`),
		}
	}
	sealed, head, err := store.Head{}.Seal(records)
	if err != nil {
		t.Fatal(err)
	}
	return sealed, head
}

// check verifies a chain.
func check(records []store.Record, kept store.Head) *store.Broken {
	var h store.Head
	for _, r := range records {
		next, broken := h.Follow(r)
		if broken != nil {
			return broken
		}
		h = next
	}
	return h.Ends(kept)
}

func TestChainFindsTheFirstBreak(t *testing.T) {
	reseal := func(r store.Record) store.Record {
		r, err := store.Seal(r, r.Prev)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	tests := []struct {
		name   string
		tamper func([]store.Record) []store.Record
		seq    int64
		reason string
	}{
		{"operation", func(r []store.Record) []store.Record { r[2].Operation = "op_2"; return r }, 3, "changed"},
		{"kind", func(r []store.Record) []store.Record { r[2].Kind = "approved"; return r }, 3, "changed"},
		{"body", func(r []store.Record) []store.Record { r[2].Body = nil; return r }, 3, "changed"},
		{"a nanosecond", func(r []store.Record) []store.Record { r[2].At = r[2].At.Add(1); return r }, 3, "changed"},
		{"border between fields", func(r []store.Record) []store.Record {
			r[2].Operation, r[2].Kind = "op_1a", "sked"
			return r
		}, 3, "changed"},
		{"time beyond writing", func(r []store.Record) []store.Record { r[2].At = r[2].At.AddDate(9000, 0, 0); return r }, 3, "changed"},
		{"changed and sealed anew", func(r []store.Record) []store.Record {
			r[2].Kind = "approved"
			r[2] = reseal(r[2])
			return r
		}, 4, "does not follow"},
		{"last changed and sealed anew", func(r []store.Record) []store.Record {
			r[4].Kind = "approved"
			r[4] = reseal(r[4])
			return r
		}, 5, "replaced"},
		{"middle removed", func(r []store.Record) []store.Record { return append(r[:2], r[3:]...) }, 3, "removed"},
		{"first removed", func(r []store.Record) []store.Record { return r[1:] }, 1, "removed"},
		{"end removed", func(r []store.Record) []store.Record { return r[:3] }, 4, "removed"},
		{"all removed", func([]store.Record) []store.Record { return nil }, 1, "removed"},
		{"swapped", func(r []store.Record) []store.Record {
			r[1], r[2] = r[2], r[1]
			r[1].Seq, r[2].Seq = 2, 3
			return r
		}, 2, "changed"},
		{"told twice", func(r []store.Record) []store.Record { return append(r, r[4]) }, 5, "out of order"},
		{"added", func(r []store.Record) []store.Record {
			return append(r, reseal(store.Record{Seq: 6, Kind: "done", Prev: r[4].Hash}))
		}, 6, "added"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			records, kept := chain(t, 5)
			if broken := check(records, kept); broken != nil {
				t.Fatalf("untouched chain: %+v", broken)
			}
			broken := check(test.tamper(records), kept)
			if broken == nil || broken.Seq != test.seq || !strings.HasPrefix(broken.Reason, test.reason) {
				t.Errorf("got %+v, want record %d %s", broken, test.seq, test.reason)
			}
		})
	}
}

func TestSealIsTheSameEverywhere(t *testing.T) {
	at := time.Date(2026, 1, 2, 3, 4, 5, 6, time.FixedZone("", 3600))
	r, err := store.Seal(store.Record{Seq: 1, At: at, Operation: "op_1", Kind: "asked", Body: json.RawMessage(`{}`)}, "")
	if err != nil {
		t.Fatal(err)
	}
	// Computed by hand from the documented encoding. A change of the encoding would
	// break every stored chain.
	const want = "1dbea886c18fefc0125f86f1835129de358de2ed29c94e347d7beb39ccb39459"
	if r.Hash != want {
		t.Errorf("hash %s, want %s", r.Hash, want)
	}
	if _, err := store.Seal(store.Record{At: at.AddDate(9000, 0, 0)}, ""); err == nil {
		t.Error("a time beyond RFC 3339 was sealed")
	}
}

func TestSealLeavesTheGivenRecords(t *testing.T) {
	given := []store.Record{{Kind: "asked"}, {Kind: "done"}}
	if _, _, err := (store.Head{Seq: 7, Hash: "x"}).Seal(given); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]store.Record{{Kind: "asked"}, {Kind: "done"}}, given); diff != "" {
		t.Error(diff)
	}
}

func TestTimesHaveOneText(t *testing.T) {
	for _, at := range []time.Time{{}, time.Unix(0, 1), time.Date(2026, 1, 2, 3, 4, 5, 999999999, time.FixedZone("", -7200))} {
		text, err := store.FormatTime(at)
		if err != nil {
			t.Fatal(err)
		}
		back, err := store.ParseTime(text)
		if err != nil || !back.Equal(at) {
			t.Errorf("%v came back as %v (%v)", at, back, err)
		}
	}
	for _, text := range []string{"x", "2026-01-02", "2026-01-02T03:04:05Z", "2026-01-02T03:04:05.000000000+00:00", "2026-01-02T03:04:05.0000000000Z"} {
		if at, err := store.ParseTime(text); err == nil {
			t.Errorf("%q was read as %v", text, at)
		}
	}
}
