package guard_test

import (
	"errors"
	"testing"
	"time"

	"countersign/internal/store"
	"countersign/internal/tool"
)

// ofMachine makes the plans of creates such as those of a copy: it is made of a machine,
// which stands in the result beside it.
func ofMachine(names ...string) func(*tool.Plan) {
	return func(p *tool.Plan) {
		p.Marks, p.MadeNames, p.Equal = false, names, "copy of machine-1"
		p.Targets = []tool.Target{{Kind: "machine", ID: "machine-1", Name: "machine"}}
	}
}

// TestWhatACopyIsMadeOf checks that a lost copy is recognized although another copy of
// the same machine was made before: only the machine is in both results.
func TestWhatACopyIsMadeOf(t *testing.T) {
	t.Parallel()
	for name, names := range map[string][]string{"named": {"web"}, "nameless": nil} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			story(t, func(t *testing.T, w *world) {
				w.cloud.alter = ofMachine(names...)
				found := func(id string) func() (tool.Settlement, error) {
					made := tool.Made{Summary: "Copied.", IDs: []tool.MadeID{{Kind: "machine", ID: "machine-1"}, {Kind: "copy", ID: id}}}
					return func() (tool.Settlement, error) {
						return tool.Settlement{Finding: tool.FoundDone, Made: made}, nil
					}
				}
				for _, which := range []string{"s", "l"} {
					op := w.begin(size(which))
					w.cloud.fault, w.cloud.settles = lostDone, found("copy-"+which)
					w.call(size(which)).want(t, "done")
					w.wantState(op, store.Done)
				}
			})
		})
	}
}

// TestNamelessRivals checks that of two lost calls which would have made equal things
// without a name, neither takes what is found for its own.
func TestNamelessRivals(t *testing.T) {
	t.Parallel()
	story(t, func(t *testing.T, w *world) {
		w.cloud.alter = ofMachine()
		ids := []string{w.begin(size("s")), w.begin(size("l"))}
		w.firstIsFound()
		w.cloud.fault, w.cloud.hold = lostUndone, func() {
			w.cloud.fault, w.cloud.hold = lostDone, nil
			w.call(size("l")).want(t, "unknown") // while the other is under way
		}
		w.call(size("s")).want(t, "unknown")
		w.neitherTakesIt(ids)
	})
}

// TestRivalWithoutAnID checks that a lost call does not take for its own what an equal one
// made meanwhile whose cloud accepted it without telling an ID. One that ended before
// is in the plan.
func TestRivalWithoutAnID(t *testing.T) {
	t.Parallel()
	for _, want := range []string{"unknown", "done"} {
		story(t, func(t *testing.T, w *world) {
			w.cloud.alter = ofMachine()
			w.begin(size("s"))
			w.begin(size("l"))
			accepted := func() {
				w.cloud.hold, w.cloud.noIDs = nil, true
				w.call(size("s")).want(t, "done")
			}
			if want == "done" {
				accepted()
				time.Sleep(time.Second)
			} else {
				w.cloud.hold = accepted
			}
			w.cloud.fault, w.cloud.settles = lostUndone, func() (tool.Settlement, error) {
				return tool.Settlement{Finding: tool.FoundDone, Made: made("thing-new")}, nil
			}
			w.call(size("l")).want(t, want)
		})
	}
}

// TestNamesakesAreNotMixedUp checks that of two calls which gave the same name to
// different things, and whose responses were lost, neither takes what is found for its
// own.
func TestNamesakesAreNotMixedUp(t *testing.T) {
	t.Parallel()
	story(t, func(t *testing.T, w *world) {
		w.cloud.alter = func(p *tool.Plan) { p.Marks = false }
		ids := []string{w.begin(size("s")), w.begin(size("l"))}
		for i, call := range []string{size("s"), size("l")} {
			w.cloud.fault = []fault{lostUndone, lostDone}[i]
			w.call(call).want(t, "unknown")
		}
		w.firstIsFound()
		w.neitherTakesIt(ids)
	})
}

// TestNamesakeMadeMeanwhile checks that a lost create does not take for its own what
// another call made under the same name while the cloud was searched.
func TestNamesakeMadeMeanwhile(t *testing.T) {
	t.Parallel()
	story(t, func(t *testing.T, w *world) {
		w.cloud.alter = func(p *tool.Plan) { p.Marks = false }
		lost := w.begin(size("s"))
		w.begin(size("l"))
		w.cloud.fault, w.cloud.settles = lostUndone, func() (tool.Settlement, error) { return tool.Settlement{}, errors.New("later") }
		w.call(size("s")).want(t, "unknown")
		other := w.process("inst_other")
		w.cloud.settles = func() (tool.Settlement, error) {
			w.cloud.mu.Unlock() // the search takes time
			callOn(t, other, size("l")).want(t, "done")
			w.cloud.mu.Lock()
			return tool.Settlement{Finding: tool.FoundDone, Made: made(w.cloud.things[0].ID)}, nil
		}
		w.call(size("s")).want(t, "unknown")
		w.wantState(lost, store.Unknown)
	})
}

// firstIsFound lets every search of the cloud find the first thing in it.
func (w *world) firstIsFound() {
	w.cloud.settles = func() (tool.Settlement, error) {
		return tool.Settlement{Finding: tool.FoundDone, Made: made(w.cloud.things[0].ID)}, nil
	}
}

// neitherTakesIt waits for operations and holds that all of them stay unknown.
func (w *world) neitherTakesIt(ids []string) {
	w.t.Helper()
	time.Sleep(limits().SettleGrace)
	for _, id := range ids {
		w.wait(id, time.Second)
		w.wantState(id, store.Unknown)
	}
}
