package storetest

import (
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"countersign/internal/store"
)

func recordsAreChained(t *testing.T, open func(*testing.T) store.Store) {
	s := open(t)
	if head := verify(t, s, 0); head != "" {
		t.Errorf("an empty chain has the head %q", head)
	}
	if err := s.Append(t.Context()); err != nil {
		t.Errorf("append nothing: %v", err)
	}
	given := []store.Record{
		{At: noon(), Operation: "op_1", Kind: "asked", Body: json.RawMessage(`{"a": 1}`), Seq: 99, Prev: "x", Hash: "y"},
		{At: time.Time{}, Kind: "sent"},
	}
	if err := s.Append(t.Context(), given...); err != nil {
		t.Fatal(err)
	}
	op := operation(1)
	if err := s.InsertOperation(t.Context(), &op, store.Record{At: noon().Add(time.Nanosecond), Operation: op.ID, Kind: "asked"}); err != nil {
		t.Fatal(err)
	}
	want, head, err := store.Head{}.Seal(append(given, store.Record{At: noon().Add(time.Nanosecond), Operation: op.ID, Kind: "asked"}))
	if err != nil {
		t.Fatal(err)
	}
	differ(t, "records", want, records(t, s, 0))
	differ(t, "records after 2", want[2:], records(t, s, 2))
	differ(t, "records after the last", nil, records(t, s, 3))
	if got := verify(t, s, 3); got != head.Hash {
		t.Errorf("head is %s, want %s", got, head.Hash)
	}
	if err := s.Append(t.Context(), store.Record{At: noon().AddDate(9000, 0, 0)}); err == nil {
		t.Error("a time that cannot be written was taken")
	}
	verify(t, s, 3)
}

func handlesAppendToOneChain(t *testing.T, open func(*testing.T) store.Store) {
	const writers, each = 4, 10
	var done sync.WaitGroup
	handles := make([]store.Store, writers)
	for w := range handles {
		handles[w] = open(t)
	}
	for w, s := range handles {
		done.Go(func() {
			for i := range each {
				body := json.RawMessage(fmt.Sprintf(`[%d,%d]`, w, i))
				if err := s.Append(t.Context(), store.Record{Kind: "first", Body: body}, store.Record{Kind: "second", Body: body}); err != nil {
					t.Errorf("writer %d: %v", w, err)
				}
			}
		})
	}
	done.Wait()
	verify(t, handles[0], writers*each*2)
	// Records of one Append are next to each other.
	all := records(t, handles[1], 0)
	for i := 0; i+1 < len(all); i += 2 {
		if all[i].Kind != "first" || all[i+1].Kind != "second" || string(all[i].Body) != string(all[i+1].Body) {
			t.Fatalf("records %d and %d are not one pair: %s %s, %s %s", all[i].Seq, all[i+1].Seq,
				all[i].Kind, all[i].Body, all[i+1].Kind, all[i+1].Body)
		}
	}
}

func recordsStop(t *testing.T, open func(*testing.T) store.Store) {
	s := open(t)
	const many = 1203 // more than one page of an implementation
	batch := make([]store.Record, many)
	if err := s.Append(t.Context(), batch...); err != nil {
		t.Fatal(err)
	}
	if all := records(t, s, 0); len(all) != many || all[many-1].Seq != many {
		t.Errorf("%d records, want %d", len(all), many)
	}
	seen := 0
	err := s.Records(t.Context(), 10, func(r store.Record) bool {
		seen++
		// The callback may use the store.
		if err := s.Append(t.Context(), store.Record{Kind: "looked"}); err != nil {
			t.Error(err)
		}
		return r.Seq < 12
	})
	if err != nil || seen != 2 {
		t.Errorf("%d records seen (%v), want 2", seen, err)
	}
	verify(t, s, many+2)
}

func recordsOfAreFound(t *testing.T, open func(*testing.T) store.Store) {
	s := open(t)
	op := operation(1)
	of := func(kind string) store.Record {
		return store.Record{At: noon(), Operation: op.ID, Kind: kind, Body: json.RawMessage(`{"a": 1}`)}
	}
	if err := s.InsertOperation(t.Context(), &op, of("asked")); err != nil {
		t.Fatal(err)
	}
	if err := s.Append(t.Context(), store.Record{At: noon(), Operation: op.ID + "2", Kind: "asked"}, store.Record{At: noon(), Kind: "pin_set"}, of("approved")); err != nil {
		t.Fatal(err)
	}
	all := records(t, s, 0)
	for operation, want := range map[string][]store.Record{
		op.ID: {all[0], all[3]}, op.ID + "2": {all[1]}, "": {all[2]}, "op_of_nobody": nil,
	} {
		got, err := s.RecordsOf(t.Context(), operation)
		if err != nil {
			t.Fatal(err)
		}
		differ(t, "records of "+operation, want, got)
	}
}

func lastRecordIsFound(t *testing.T, open func(*testing.T) store.Store) {
	s := open(t)
	if _, err := s.LastRecord(t.Context(), "a", "b"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("in an empty chain: %v", err)
	}
	if err := s.Append(t.Context(), store.Record{Kind: "a"}, store.Record{Kind: "b"}, store.Record{Kind: "a"}, store.Record{Kind: "c"}); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		kinds []string
		want  int64
	}{{[]string{"a"}, 3}, {[]string{"b"}, 2}, {[]string{"b", "a"}, 3}, {[]string{"c", "none"}, 4}, {[]string{"none"}, 0}, {nil, 0}} {
		r, err := s.LastRecord(t.Context(), test.kinds...)
		if r.Seq != test.want || (err == nil) != (test.want > 0) {
			t.Errorf("the last of %q is %d (%v), want %d", test.kinds, r.Seq, err, test.want)
		}
	}
}
