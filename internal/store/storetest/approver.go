package storetest

import (
	"errors"
	"sync"
	"testing"
	"time"

	"countersign/internal/store"
)

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

func approverIsKept(t *testing.T, open func(*testing.T) store.Store) {
	s := open(t)
	none, err := s.Approver(t.Context())
	if err != nil || none != (store.Approver{}) {
		t.Fatalf("before any was set: %+v, %v", none, err)
	}
	a := store.Approver{Hash: "$argon2id$x", Wrong: 3, LockedUntil: noon()}
	if err := s.UpdateApprover(t.Context(), &a, store.Record{Kind: "set"}); err != nil || a.Version != 1 {
		t.Fatalf("set: %v, version %d", err, a.Version)
	}
	got, err := open(t).Approver(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	differ(t, "through another handle", a, got)
	for _, version := range []int64{0, 2} {
		stale := store.Approver{Hash: "other", Version: version}
		if err := s.UpdateApprover(t.Context(), &stale, store.Record{Kind: "stale"}); !errors.Is(err, store.ErrConflict) || stale.Version != version {
			t.Errorf("over version %d: %v", version, err)
		}
	}
	a.Hash, a.Wrong, a.LockedUntil = "", 0, time.Time{}
	if err := s.UpdateApprover(t.Context(), &a, store.Record{Kind: "removed"}); err != nil {
		t.Fatal(err)
	}
	got, err = s.Approver(t.Context())
	if err != nil || got.Version != 2 || got.Hash != "" || !got.LockedUntil.IsZero() {
		t.Errorf("removed: %+v, %v", got, err)
	}
	verify(t, s, 2)
}

// approverIsCounted lets many count at once: none of the counts is lost.
func approverIsCounted(t *testing.T, open func(*testing.T) store.Store) {
	handles := []store.Store{open(t), open(t)}
	const racers = 16
	var done sync.WaitGroup
	for i := range racers {
		done.Go(func() {
			s := handles[i%len(handles)]
			for {
				a, err := s.Approver(t.Context())
				if err != nil {
					t.Error(err)
					return
				}
				a.Wrong++
				err = s.UpdateApprover(t.Context(), &a, store.Record{Kind: "wrong"})
				if err == nil {
					return
				}
				if !errors.Is(err, store.ErrConflict) {
					t.Error(err)
					return
				}
			}
		})
	}
	done.Wait()
	a, err := handles[0].Approver(t.Context())
	if err != nil || a.Wrong != racers || a.Version != racers {
		t.Errorf("counted %d in version %d (%v), want %d", a.Wrong, a.Version, err, racers)
	}
	verify(t, handles[1], racers)
}
