package storetest

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"countersign/internal/store"
)

func namesAreRemembered(t *testing.T, open func(*testing.T) store.Store) {
	s := open(t)
	day := func(n int) time.Time { return noon().AddDate(0, 0, n) }
	see := func(account, kind, name string, from, to time.Time) {
		t.Helper()
		err := s.SeeNames(t.Context(), store.Name{Account: account, Kind: kind, ID: "1", Name: name, FirstSeen: from, LastSeen: to})
		if err != nil {
			t.Fatal(err)
		}
	}
	see("gpcn", "vm", "web", time.Time{}, day(3))
	seen := func(id, n string, at int) store.Name {
		return store.Name{Account: "gpcn", Kind: "vm", ID: id, Name: n, LastSeen: day(at)}
	}
	// Several names in one call, one of them twice; an empty name is a name.
	if err := s.SeeNames(t.Context(), seen("1", "", 9), seen("2", "other", 3), seen("2", "other", 2)); err != nil {
		t.Fatal(err)
	}
	if err := s.SeeNames(t.Context()); err != nil {
		t.Errorf("none: %v", err)
	}
	see("gpcn", "vm", "db", day(5), day(5))
	see("gpcn", "vm", "web", day(7), day(7))
	see("gpcn", "vm", "db", day(4), day(4)) // reported late
	see("gpcn", "ssh_key", "key", day(3), day(3))
	see("hostup", "vm", "theirs", day(3), day(3))

	name := func(n string, from, to int) store.Name {
		return store.Name{Account: "gpcn", Kind: "vm", ID: "1", Name: n, FirstSeen: day(from), LastSeen: day(to)}
	}
	tests := []struct {
		name  string
		since time.Time
		want  []store.Name
	}{
		{"ever", time.Time{}, []store.Name{name("web", 3, 7), name("db", 4, 5), name("", 9, 9)}},
		{"since the last moment of one", day(5), []store.Name{name("web", 3, 7), name("db", 4, 5), name("", 9, 9)}},
		{"since a nanosecond later", day(5).Add(1), []store.Name{name("web", 3, 7), name("", 9, 9)}},
		{"since after all", day(10), nil},
	}
	for _, test := range tests {
		got, err := s.Names(t.Context(), "gpcn", "vm", "1", test.since)
		if err != nil {
			t.Fatal(err)
		}
		differ(t, test.name, test.want, got)
	}
	others, err := s.Names(t.Context(), "gpcn", "vm", "2", time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	differ(t, "seen twice in one call", []store.Name{{Account: "gpcn", Kind: "vm", ID: "2", Name: "other", FirstSeen: day(2), LastSeen: day(3)}}, others)

	never := store.Name{Account: "gpcn", Kind: "vm", ID: "3", Name: "x", FirstSeen: day(1)}
	if err := s.SeeNames(t.Context(), seen("3", "y", 1), never); err == nil {
		t.Error("a name seen at no time was taken")
	}
	if none, err := s.Names(t.Context(), "gpcn", "vm", "3", time.Time{}); err != nil || len(none) > 0 {
		t.Errorf("of a call that failed, %v was kept (%v)", none, err)
	}
}

func instancesAreRemembered(t *testing.T, open func(*testing.T) store.Store) {
	s := open(t)
	if _, err := s.Instance(t.Context(), "inst_1"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("missing instance: %v", err)
	}
	put := func(i store.Instance) {
		t.Helper()
		if err := s.PutInstance(t.Context(), i); err != nil {
			t.Fatal(err)
		}
		got, err := s.Instance(t.Context(), i.ID)
		if err != nil {
			t.Fatal(err)
		}
		differ(t, "instance", i, got)
	}
	put(store.Instance{ID: "inst_1", PID: 41, StartedAt: noon(), ClientPID: 40, ClientStarted: 1<<63 - 1})
	put(store.Instance{ID: "inst_2", PID: 51})
	put(store.Instance{ID: "inst_1", PID: 42, StartedAt: noon().Add(time.Nanosecond)})

	all, err := s.Instances(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	slices.SortFunc(all, func(a, b store.Instance) int { return strings.Compare(a.ID, b.ID) })
	differ(t, "all instances", []store.Instance{
		{ID: "inst_1", PID: 42, StartedAt: noon().Add(time.Nanosecond)}, {ID: "inst_2", PID: 51},
	}, all)
}
