package storetest

import (
	"errors"
	"sync"
	"testing"
	"time"

	"countersign/internal/store"
)

func pinIsKept(t *testing.T, open func(*testing.T) store.Store) {
	s := open(t)
	none, err := s.PIN(t.Context())
	if err != nil || none != (store.PIN{}) {
		t.Fatalf("before any was set: %+v, %v", none, err)
	}
	p := store.PIN{Hash: "$argon2id$x", Wrong: 3, LockedUntil: noon()}
	if err := s.UpdatePIN(t.Context(), &p, store.Record{Kind: "set"}); err != nil || p.Version != 1 {
		t.Fatalf("set: %v, version %d", err, p.Version)
	}
	got, err := open(t).PIN(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	differ(t, "through another handle", p, got)
	for _, version := range []int64{0, 2} {
		stale := store.PIN{Hash: "other", Version: version}
		if err := s.UpdatePIN(t.Context(), &stale, store.Record{Kind: "stale"}); !errors.Is(err, store.ErrConflict) || stale.Version != version {
			t.Errorf("over version %d: %v", version, err)
		}
	}
	p.Hash, p.Wrong, p.LockedUntil = "", 0, time.Time{}
	if err := s.UpdatePIN(t.Context(), &p, store.Record{Kind: "removed"}); err != nil {
		t.Fatal(err)
	}
	got, err = s.PIN(t.Context())
	if err != nil || got.Version != 2 || got.Hash != "" || !got.LockedUntil.IsZero() {
		t.Errorf("removed: %+v, %v", got, err)
	}
	verify(t, s, 2)
}

// pinIsCounted counts concurrently and checks that no count is lost.
func pinIsCounted(t *testing.T, open func(*testing.T) store.Store) {
	handles := []store.Store{open(t), open(t)}
	const racers = 16
	var done sync.WaitGroup
	for i := range racers {
		done.Go(func() {
			s := handles[i%len(handles)]
			for {
				p, err := s.PIN(t.Context())
				if err != nil {
					t.Error(err)
					return
				}
				p.Wrong++
				err = s.UpdatePIN(t.Context(), &p, store.Record{Kind: "wrong"})
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
	p, err := handles[0].PIN(t.Context())
	if err != nil || p.Wrong != racers || p.Version != racers {
		t.Errorf("counted %d in version %d (%v), want %d", p.Wrong, p.Version, err, racers)
	}
	verify(t, handles[1], racers)
}
