package storetest

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"countersign/internal/store"
)

// day is a time n days after noon.
func day(n int) time.Time { return noon().AddDate(0, 0, n) }

// inState returns an operation in a state, with its own call.
func inState(n int, state store.State, ended time.Time) *store.Operation {
	op := operation(n)
	op.State, op.EndedAt = state, ended
	return &op
}

// kept inserts operations with one record each, on the day of their number.
func kept(t *testing.T, s store.Store, ops ...*store.Operation) {
	t.Helper()
	for i, op := range ops {
		record := store.Record{At: day(i + 1), Operation: op.ID, Kind: "asked", Body: json.RawMessage(fmt.Sprintf(`{"n":%d}`, i))}
		if err := s.InsertOperation(t.Context(), op, record); err != nil {
			t.Fatal(err)
		}
	}
}

// compaction returns a compaction up to an existing record.
func compaction(r store.Record) store.Compaction {
	return store.Compaction{
		Base: store.Base{Head: store.Head{Seq: r.Seq, Hash: r.Hash}}, At: day(100), By: "ana", Road: "terminal", Terminal: "/dev/pts/1",
		Archive: "00ff", EndedBefore: day(50), NamesBefore: day(60),
	}
}

// chainOf reads the base and the head of a chain.
func chainOf(t *testing.T, s store.Store) (store.Base, store.Head) {
	t.Helper()
	var base store.Base
	var head store.Head
	err := s.ReadAudit(t.Context(), func(chain store.Snapshot) error {
		base, head = *chain.Base, *chain.Head
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return base, head
}

func compactionKeepsTheChain(t *testing.T, open func(*testing.T) store.Store) {
	s := open(t)
	if base, head := chainOf(t, s); base != (store.Base{}) || head != (store.Head{}) {
		t.Errorf("an empty chain begins after %+v and ends at %+v", base, head)
	}
	kept(t, s,
		inState(1, store.Done, day(1)), inState(2, store.Denied, day(2)), inState(3, store.Done, day(90)),
		inState(4, store.Waiting, time.Time{}), inState(5, store.Done, day(5)))
	for i, last := range []time.Time{day(59), day(61)} {
		if err := s.SeeNames(t.Context(), store.Name{Account: "gpcn", Kind: "vm", ID: "1", Name: fmt.Sprint(i), LastSeen: last}); err != nil {
			t.Fatal(err)
		}
	}
	before := records(t, s, 0)

	gone, err := s.CompactAudit(t.Context(), compaction(before[2]))
	if err != nil {
		t.Fatal(err)
	}
	// The third operation ended too late, and the fifth still has its record.
	differ(t, "removed", store.Compacted{Records: 3, Operations: 2, Names: 1}, gone)
	after := records(t, s, 0)
	differ(t, "records that stay", before[3:], after[:2])
	verify(t, s, 3)
	base, head := chainOf(t, s)
	want := store.Base{Head: store.Head{Seq: 3, Hash: before[2].Hash}, Count: 3, At: day(3)}
	if !base.Equal(want) || head.Seq != 6 || head.Hash != after[2].Hash {
		t.Errorf("from %+v to %+v, want from %+v", base, head, want)
	}
	if vouched := store.Vouched(after[2]); vouched == nil || !vouched.Equal(want) {
		t.Errorf("the record vouches for %+v", vouched)
	}
	for _, part := range []string{`"by":"ana"`, `"road":"terminal"`, `"terminal":"/dev/pts/1"`, `"archive_sha256":"00ff"`} {
		if !strings.Contains(string(after[2].Body), part) {
			t.Errorf("%s does not say %s", after[2].Body, part)
		}
	}
	ops, err := s.Operations(t.Context(), store.OperationQuery{})
	if err != nil || numbers(ops) != "543" {
		t.Errorf("operations %s (%v)", numbers(ops), err)
	}
	names, err := s.Names(t.Context(), "gpcn", "vm", "1", time.Time{})
	if err != nil || len(names) != 1 || names[0].Name != "1" {
		t.Errorf("names %+v (%v)", names, err)
	}
	// This handle and another one continue to work.
	if err := open(t).Append(t.Context(), store.Record{Kind: "sent"}); err != nil {
		t.Fatal(err)
	}
	verify(t, s, 4)
}

func compactionIsRepeated(t *testing.T, open func(*testing.T) store.Store) {
	s := open(t)
	kept(t, s, inState(1, store.Done, day(1)), inState(2, store.Done, day(2)), inState(3, store.Done, day(3)))
	all := records(t, s, 0)
	for i, c := range []store.Compaction{compaction(all[0]), compaction(all[1])} {
		if _, err := s.CompactAudit(t.Context(), c); err != nil {
			t.Fatal(err)
		}
		if base, _ := chainOf(t, s); base.Seq != int64(i+1) || base.Count != int64(i+1) {
			t.Errorf("compaction %d: the chain begins after %+v", i+1, base)
		}
	}
	verify(t, s, 3)
	// Records of former compactions are removed like all others.
	last := records(t, s, 0)
	if _, err := s.CompactAudit(t.Context(), compaction(last[len(last)-1])); err != nil {
		t.Fatal(err)
	}
	verify(t, s, 1)
}

func compactionRefusesWhatIsInDoubt(t *testing.T, open func(*testing.T) store.Store) {
	tests := []struct {
		name  string
		state store.State
		alter func(*store.Compaction)
		grant *store.Grant
		kept  bool
	}{
		{name: "waiting", state: store.Waiting, kept: true},
		{name: "approved", state: store.Approved, kept: true},
		{name: "executing", state: store.Executing, kept: true},
		{name: "running", state: store.Running, kept: true},
		{name: "unknown", state: store.Unknown, kept: true},
		{name: "done", state: store.Done},
		{name: "of another hash", state: store.Done, alter: func(c *store.Compaction) { c.Base.Hash = "x" }, kept: true},
		{name: "beyond the end", state: store.Done, alter: func(c *store.Compaction) { c.Base.Seq = 2 }, kept: true},
		{name: "nothing", state: store.Done, alter: func(c *store.Compaction) { c.Base.Seq = 0; c.Base.Hash = "" }, kept: true},
		{name: "a grant that stands", state: store.Done, grant: &store.Grant{Until: day(101)}, kept: true},
		{name: "a grant that is over", state: store.Done, grant: &store.Grant{Until: day(99)}},
		{name: "a grant that was revoked", state: store.Done, grant: &store.Grant{Until: day(101), RevokedAt: day(98)}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := open(t)
			op := inState(1, test.state, day(1))
			kept(t, s, op)
			if test.grant != nil {
				test.grant.ID, test.grant.Operation = "grant_1", op.ID
				if err := s.InsertGrant(t.Context(), test.grant); err != nil {
					t.Fatal(err)
				}
			}
			c := compaction(records(t, s, 0)[0])
			if test.alter != nil {
				test.alter(&c)
			}
			gone, err := s.CompactAudit(t.Context(), c)
			left := records(t, s, 0)
			switch {
			case test.kept && (!errors.Is(err, store.ErrConflict) || len(left) != 1 || left[0].Kind != "asked"):
				t.Errorf("removed %+v (%v), and %d records are left", gone, err, len(left))
			case !test.kept && (err != nil || gone.Records != 1 || gone.Operations != 1):
				t.Errorf("removed %+v (%v)", gone, err)
			}
			verify(t, s, 1)
		})
	}
}

func twoCompactionsAtOnce(t *testing.T, open func(*testing.T) store.Store) {
	first, second := open(t), open(t)
	kept(t, first, inState(1, store.Done, day(1)), inState(2, store.Done, day(2)))
	c := compaction(records(t, first, 0)[1])
	results := make(chan error, 2)
	for _, s := range []store.Store{first, second} {
		go func() {
			_, err := s.CompactAudit(t.Context(), c)
			results <- err
		}()
	}
	one, other := <-results, <-results
	if one == nil {
		one, other = other, one
	}
	if other != nil || !errors.Is(one, store.ErrConflict) {
		t.Errorf("one ended with %v, the other with %v", one, other)
	}
	verify(t, first, 1)
}

// saying returns a record of a kind with a text.
func saying(kind, what string) store.Record {
	return store.Record{At: day(1), Operation: "op_1", Kind: kind, Body: json.RawMessage(`{"what":"` + what + `"}`)}
}

// carrying is a test case: a chain of which a compaction removes the first records.
type carrying struct {
	name     string
	records  []store.Record
	upTo     int
	want     []string // kinds and texts after the compaction
	set, any string   // texts of the last records of the two groups
}

func carryings() []carrying {
	return []carrying{
		{"nothing of the kind", []store.Record{saying("x", "1"), saying("x", "2")}, 1, []string{"x 2", "compacted "}, "", ""},
		{
			"the last goes", []store.Record{saying("set", "1"), saying("right", "2"), saying("x", "3")}, 2,
			[]string{"x 3", "set 1", "right 2", "compacted "}, "1", "2",
		},
		{
			"one goes and a later one stays", []store.Record{saying("set", "1"), saying("x", "2"), saying("right", "3")}, 2,
			[]string{"right 3", "set 1", "right 3", "compacted "}, "1", "3",
		},
		{
			"both stay", []store.Record{saying("set", "0"), saying("set", "1"), saying("right", "2")}, 1,
			[]string{"set 1", "right 2", "compacted "}, "1", "2",
		},
		{"one record is the last of both", []store.Record{saying("right", "0"), saying("set", "1")}, 2, []string{"set 1", "compacted "}, "1", "1"},
	}
}

func compactionCarriesWhatHolds(t *testing.T, open func(*testing.T) store.Store) {
	for _, test := range carryings() {
		t.Run(test.name, func(t *testing.T) {
			s := open(t)
			if err := s.Append(t.Context(), test.records...); err != nil {
				t.Fatal(err)
			}
			test.compact(t, s, test.upTo)
			var got []string
			for _, r := range records(t, s, 0) {
				got = append(got, r.Kind+" "+said(r))
			}
			differ(t, "records", test.want, got)
			// A record that was carried once is carried again.
			test.compact(t, s, len(got))
		})
	}
}

// compact removes the first n records and checks that the last record of each group has
// the same text as before.
func (c carrying) compact(t *testing.T, s store.Store, n int) {
	t.Helper()
	removal := compaction(records(t, s, 0)[n-1])
	removal.Standing = [][]string{{"set"}, {"set", "right"}}
	if _, err := s.CompactAudit(t.Context(), removal); err != nil {
		t.Fatal(err)
	}
	for _, group := range []struct {
		kinds []string
		want  string
	}{{removal.Standing[0], c.set}, {removal.Standing[1], c.any}} {
		r, err := s.LastRecord(t.Context(), group.kinds...)
		if err != nil && !errors.Is(err, store.ErrNotFound) || said(r) != group.want {
			t.Errorf("the last of %q says %q (%v), want %q", group.kinds, said(r), err, group.want)
		}
	}
	all := records(t, s, 0)
	verify(t, s, int64(len(all)))
	for _, r := range all {
		var body struct{ Carried *store.Head }
		if json.Unmarshal(r.Body, &body) == nil && body.Carried != nil && (r.Operation != "" || !r.At.Equal(day(1)) || body.Carried.Seq > int64(len(c.records)) || body.Carried.Hash == "") {
			t.Errorf("carried over: %+v", r)
		}
	}
}

// said returns the text of a record.
func said(r store.Record) string {
	var body struct{ What string }
	_ = json.Unmarshal(r.Body, &body) // the text is empty where there is none
	return body.What
}
