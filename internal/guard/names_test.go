package guard_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"countersign/internal/guard"
	"countersign/internal/store"
	"countersign/internal/tool"
)

// gaze is a read that shows everything of the cloud.
func (m *memory) gaze() *tool.Definition {
	return tool.NewRead(tool.Spec{Name: "gaze"}, func(ctx context.Context, in actInput) (int, error) {
		m.mu.Lock()
		defer m.mu.Unlock()
		tool.See(ctx, m.things, func(t thing) tool.Sighting {
			return tool.Sighting{Account: in.Account, Kind: "thing", ID: t.ID, Name: t.Name}
		})
		return len(m.things), nil
	})
}

// look reads everything on behalf of somebody.
func look(t *testing.T, g *guard.Guard) {
	t.Helper()
	r := guard.Request{Tool: "gaze", Arguments: json.RawMessage(`{"account":"acme","do":""}`), Principal: "alice"}
	if _, err := g.Call(t.Context(), r); err != nil {
		t.Fatal(err)
	}
}

// nameStore counts the writes of names, and can fail.
type nameStore struct {
	store.Store
	mu    sync.Mutex
	sizes []int
	fails error
}

func (s *nameStore) SeeNames(ctx context.Context, names ...store.Name) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fails != nil {
		return s.fails
	}
	s.sizes = append(s.sizes, len(names))
	return s.Store.SeeNames(ctx, names...)
}

func (s *nameStore) wrote() []int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.sizes)
}

func (s *nameStore) failWith(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fails = err
}

// watching returns a guard whose writes of names are counted.
func (w *world) watching() *nameStore {
	counted := &nameStore{Store: w.store}
	w.restart(func(o *guard.Options) { o.Store = counted })
	w.guard.Use(w.cloud.gaze())
	return counted
}

// former returns the former names of a thing in a plan to delete it.
func (w *world) former(id string) []string {
	w.t.Helper()
	op := w.op(w.call(`{"account":"acme","do":"delete","id":"`+id+`"}`).want(w.t, "approval_required").operation())
	var plan tool.Plan
	if err := json.Unmarshal(op.Plan, &plan); err != nil {
		w.t.Fatal(err)
	}
	return plan.Targets[0].FormerNames
}

// TestWhatReadsShowIsRemembered checks that a name which only a read has shown is a
// former name, in the same process, in another one, and after a restart.
func TestWhatReadsShowIsRemembered(t *testing.T) {
	for name, then := range map[string]func(w *world){
		"at once":             func(*world) {},
		"a month later":       func(*world) { time.Sleep(30*24*time.Hour - time.Second) },
		"in the next process": func(w *world) { w.close(); w.restart() },
		"after a crash":       func(w *world) { time.Sleep(2 * time.Second); synctest.Wait(); w.restart() },
	} {
		story(t, func(t *testing.T, w *world) {
			w.watching()
			w.cloud.things = []thing{{ID: "t-1", Name: "prod-db", Status: "start"}}
			look(t, w.guard)
			w.cloud.things[0].Name = "scratch" // in the cloud's own console
			then(w)
			if got := w.former("t-1"); !slices.Equal(got, []string{"prod-db"}) {
				t.Errorf("%s: former names %q", name, got)
			}
		})
	}
}

func (w *world) close() {
	w.t.Helper()
	if err := w.guard.Close(w.t.Context()); err != nil {
		w.t.Error(err)
	}
}

// TestNamesAreForgotten checks that a former name is shown for 30 days after it was last
// seen.
func TestNamesAreForgotten(t *testing.T) {
	story(t, func(t *testing.T, w *world) {
		w.watching()
		w.cloud.things = []thing{{ID: "t-1", Name: "prod-db", Status: "start"}}
		look(t, w.guard)
		w.cloud.things[0].Name = "scratch"
		time.Sleep(31 * 24 * time.Hour)
		if got := w.former("t-1"); len(got) > 0 {
			t.Errorf("former names %q", got)
		}
	})
}

// TestReadsDoNotWaitForNames checks that reads write nothing themselves, and that what
// they show is written once an hour, in batches.
func TestReadsDoNotWaitForNames(t *testing.T) {
	story(t, func(t *testing.T, w *world) {
		counted := w.watching()
		for i := range 1200 {
			w.cloud.things = append(w.cloud.things, thing{ID: fmt.Sprint("t-", i), Name: fmt.Sprint("web-", i%7)})
		}
		var reads sync.WaitGroup
		for range 50 {
			reads.Go(func() { look(t, w.guard) })
		}
		reads.Wait()
		if got := counted.wrote(); len(got) > 0 {
			t.Fatalf("reads wrote %v", got)
		}
		later := func(after time.Duration, want ...int) {
			t.Helper()
			time.Sleep(after)
			synctest.Wait()
			if got := counted.wrote(); !slices.Equal(got, want) {
				t.Fatalf("wrote %v, want %v", got, want)
			}
		}
		later(2*time.Second, 500, 500, 200)
		look(t, w.guard)
		later(58*time.Minute, 500, 500, 200)
		look(t, w.guard)
		later(2*time.Second, 500, 500, 200)
		w.cloud.things[3].Name = "renamed"
		look(t, w.guard)
		later(2*time.Second, 500, 500, 200, 1)
		time.Sleep(2 * time.Minute)
		look(t, w.guard)
		later(2*time.Second, 500, 500, 200, 1, 500, 500, 199) // the new name is still fresh
	})
}

// TestPlansWaitForNames checks that a plan writes the names that wait before it looks
// names up, and is refused if that fails: it might lack a former name.
func TestPlansWaitForNames(t *testing.T) {
	story(t, func(t *testing.T, w *world) {
		counted := w.watching()
		w.cloud.things = []thing{{ID: "t-1", Name: "prod-db", Status: "start"}, {ID: "t-2", Name: "other", Status: "start"}}
		look(t, w.guard)
		counted.failWith(errors.New("the disk is full"))
		r := request(`{"account":"acme","do":"delete","id":"t-1"}`)
		if reply, err := w.guard.Call(t.Context(), r); err == nil {
			t.Fatalf("planned without names: %+v", reply)
		}
		time.Sleep(5 * time.Second) // the write in the background fails, too
		w.cloud.things[0].Name = "scratch"
		counted.failWith(nil)
		if got := w.former("t-1"); !slices.Equal(got, []string{"prod-db"}) {
			t.Errorf("former names %q", got)
		}
		if got := counted.wrote(); !slices.Equal(got, []int{3}) {
			t.Errorf("wrote %v, want both names and the new one together", got)
		}
		w.former("t-2")
		if got := counted.wrote(); !slices.Equal(got, []int{3}) {
			t.Errorf("a plan about what is known wrote, too: %v", got)
		}
	})
}

// BenchmarkSee measures the cost of storing names for one read of 20 machines.
func BenchmarkSee(b *testing.B) {
	counted := &nameStore{fails: errors.New("nothing is written here")}
	g := guard.New(guard.Options{Store: counted, Now: time.Now})
	m := &memory{}
	for i := range 20 {
		m.things = append(m.things, thing{ID: fmt.Sprint("5f0c3a52-0000-4000-8000-00000000000", i), Name: fmt.Sprint("web-", i)})
	}
	g.Use(m.gaze(), readTool())
	for _, name := range []string{"look", "gaze"} {
		r := guard.Request{Tool: name, Arguments: json.RawMessage(`{"account":"acme","do":""}`), Principal: "alice"}
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := g.Call(b.Context(), r); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
