package store_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"countersign/internal/store"
)

// snapshot is a chain in memory.
func snapshot(base store.Base, records []store.Record, head store.Head) store.Snapshot {
	return store.Snapshot{Base: &base, Head: &head, Records: func(after int64, yield func(store.Record) bool) error {
		for _, r := range records {
			if r.Seq > after && !yield(r) {
				return nil
			}
		}
		return nil
	}}
}

// compacted returns a chain whose records up to 3 of 5 were removed; a record
// vouches for that.
func compacted(t *testing.T) (gone, left []store.Record, base store.Base, head store.Head) {
	t.Helper()
	all, head := chain(t, 5)
	base = store.Base{Head: store.Head{Seq: 3, Hash: all[2].Hash}, Count: 3, At: all[2].At}
	record, err := store.Compaction{Base: base, At: all[4].At}.Record()
	if err != nil {
		t.Fatal(err)
	}
	sealed, head, err := head.Seal([]store.Record{record})
	if err != nil {
		t.Fatal(err)
	}
	return all[:3], append(all[3:5:5], sealed...), base, head
}

// refused checks that a break is the wanted one; with the reason "", that there is none.
func refused(t *testing.T, broken *store.Broken, err error, seq int64, reason string) {
	t.Helper()
	switch {
	case err != nil:
		t.Errorf("error %v", err)
	case reason == "" && broken != nil:
		t.Errorf("broken: %+v", *broken)
	case reason != "" && (broken == nil || broken.Seq != seq || !strings.Contains(broken.Reason, reason)):
		t.Errorf("got %+v, want record %d: %s", broken, seq, reason)
	}
}

func TestCheckerKnowsWhereAChainMayBegin(t *testing.T) {
	gone, left, base, head := compacted(t)
	moved := base
	moved.At = moved.At.Add(1)
	further := store.Base{Head: store.Head{Seq: 4, Hash: left[0].Hash}, Count: 4, At: left[0].At}
	unvouched, end := chain(t, 5)
	tests := []struct {
		name   string
		chain  store.Snapshot
		seq    int64
		reason string
	}{
		{"as it was left", snapshot(base, left, head), 0, ""},
		{"a base of another time", snapshot(moved, left, head), 3, "forged: record 6 vouches"},
		{"one more removed", snapshot(further, left[1:], head), 4, "forged: record 6 vouches"},
		{"a base that says that nothing is gone", snapshot(store.Base{}, left, head), 1, "removed"},
		{"all there, and a record that says that it is not", snapshot(store.Base{}, append(gone[:3:3], left...), head), 0, "forged"},
		{"a base of another record", snapshot(store.Base{Head: store.Head{Seq: 3, Hash: "x"}}, left, head), 4, "does not follow"},
		{"records before the base", snapshot(base, append(gone[2:3:3], left...), head), 3, "out of order"},
		{"removed without a word", snapshot(store.Base{Head: store.Head{Seq: 2, Hash: unvouched[1].Hash}, Count: 2}, unvouched[2:], end), 2, "no record in the chain vouches"},
		{"no base", store.Snapshot{Head: &head, Records: snapshot(base, left, head).Records}, 1, "nothing says where the chain begins"},
		{"no head", store.Snapshot{Base: &base, Records: snapshot(base, left, head).Records}, 7, "nothing says where the chain was left"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var c store.Checker
			broken, err := c.Check(test.chain)
			refused(t, broken, err, test.seq, test.reason)
		})
	}
}

func TestCheckerJoinsAnArchiveWithTheRest(t *testing.T) {
	gone, left, base, head := compacted(t)
	other, _, err := store.Head{}.Seal([]store.Record{{Kind: "x"}, {Kind: "y"}, {Kind: "z"}})
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name    string
		archive []store.Record
		count   int64
		seq     int64
		reason  string
	}{
		{"whole", gone, 6, 0, ""},
		{"without its beginning", gone[1:], 5, 0, ""},
		{"without its end", gone[:2], 0, 3, "removed: what comes before ends at record 2"},
		{"that goes on", append(gone[:3:3], left[0]), 0, 4, "does not join"},
		{"of another chain", other, 0, 3, "another chain"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var c store.Checker
			for _, r := range test.archive {
				if broken := c.Follow(r); broken != nil {
					t.Fatalf("%+v", broken)
				}
			}
			broken, err := c.Check(snapshot(base, left, head))
			refused(t, broken, err, test.seq, test.reason)
			if test.reason == "" && (c.Count() != test.count || c.At() != head) {
				t.Errorf("%d records hold up to %+v", c.Count(), c.At())
			}
		})
	}
}

func TestCheckerFindsAnchoredHeads(t *testing.T) {
	gone, left, base, head := compacted(t)
	at := func(r store.Record) store.Head { return store.Head{Seq: r.Seq, Hash: r.Hash} }
	tests := []struct {
		name    string
		expect  []store.Head
		archive []store.Record
		seq     int64
		reason  string
		found   int64
		early   int64
	}{
		{"all", []store.Head{at(left[0]), head}, nil, 0, "", 2, 0},
		{"not in order", []store.Head{head, at(left[1]), at(left[0])}, nil, 0, "", 3, 0},
		{"twice", []store.Head{head, head}, nil, 0, "", 1, 0},
		{"the last removed record", []store.Head{at(gone[2]), head}, nil, 0, "", 2, 0},
		{"removed ones", []store.Head{at(gone[0]), at(gone[1]), head}, nil, 0, "", 1, 2},
		{"removed ones in the archive", []store.Head{at(gone[0]), at(gone[1]), head}, gone, 0, "", 3, 0},
		{"another one in the archive", []store.Head{{Seq: 2, Hash: "x"}, head}, gone, 2, "replaced", 0, 0},
		{"another one", []store.Head{{Seq: 5, Hash: "x"}}, nil, 5, "replaced", 0, 0},
		{"another last removed record", []store.Head{{Seq: 3, Hash: "x"}, head}, nil, 3, "replaced", 0, 0},
		{"one behind the end", []store.Head{head, {Seq: 9, Hash: "x"}}, nil, 7, "removed: record 9 was anchored", 0, 0},
		{"two for one number", []store.Head{head, {Seq: 6, Hash: "x"}}, nil, 6, "two different records", 0, 0},
		// An attacker who can write the store can also forge a compaction.
		{"a removal that was not anchored", []store.Head{at(gone[0]), at(left[1])}, nil, 3, "record 6, which vouches for their removal, was not", 0, 0},
		{"a removal that was not anchored, and something later was", []store.Head{at(gone[0]), at(left[0])}, nil, 3, "was not", 0, 0},
		{"a removal that was not anchored, with its archive", []store.Head{at(gone[0]), at(left[1])}, gone, 0, "", 2, 0},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var c store.Checker
			broken := func() *store.Broken {
				for _, h := range test.expect {
					if broken := c.Expect(h); broken != nil {
						return broken
					}
				}
				for _, r := range test.archive {
					if broken := c.Follow(r); broken != nil {
						return broken
					}
				}
				broken, err := c.Check(snapshot(base, left, head))
				if err != nil {
					t.Fatal(err)
				}
				return broken
			}()
			refused(t, broken, nil, test.seq, test.reason)
			if found, early, _ := c.Anchored(); test.reason == "" && (found != test.found || early != test.early) {
				t.Errorf("%d found and %d early, want %d and %d", found, early, test.found, test.early)
			}
		})
	}
}

func TestCheckerTellsAnUnreadableRecordFromAFailure(t *testing.T) {
	head := store.Head{}
	failing := func(err error) store.Snapshot {
		return store.Snapshot{Base: &store.Base{}, Head: &head, Records: func(int64, func(store.Record) bool) error { return err }}
	}
	var c store.Checker
	broken, err := c.Check(failing(&store.UnreadableError{Seq: 4, Err: errors.New("no time")}))
	refused(t, broken, err, 4, "cannot be read: no time")
	c = store.Checker{}
	if broken, err := c.Check(failing(errors.New("disk"))); err == nil || broken != nil {
		t.Errorf("a failure was told as %+v, %v", broken, err)
	}
}

func TestOnlyACompactionVouches(t *testing.T) {
	base := store.Base{Head: store.Head{Seq: 3, Hash: "h"}, Count: 3, At: time.Date(2026, 1, 2, 3, 4, 5, 6, time.FixedZone("", 3600))}
	r, err := store.Compaction{Base: base}.Record()
	if err != nil {
		t.Fatal(err)
	}
	if got := store.Vouched(r); got == nil || !got.Equal(base) {
		t.Errorf("vouched for %+v", got)
	}
	for _, body := range []string{``, `{}`, `[]`, `{"base":3}`} {
		if got := store.Vouched(store.Record{Kind: store.RecordCompacted, Body: json.RawMessage(body)}); got != nil {
			t.Errorf("%s vouches for %+v", body, got)
		}
	}
	r.Kind = "done"
	if store.Vouched(r) != nil {
		t.Error("any record vouches")
	}
}
