package guard_test

import (
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"countersign/internal/cloud"
	"countersign/internal/guard"
	"countersign/internal/store"
	"countersign/internal/store/sqlite"
	"countersign/internal/store/sqlite/sqlitetest"
)

const rightPIN = "correct horse"

func pin(text string) cloud.Secret { return cloud.NewSecret(text) }

// setPIN sets the approver's PIN.
func (w *world) setPIN() {
	w.t.Helper()
	if err := w.desk().SetPIN(w.t.Context(), person(), pin(rightPIN)); err != nil {
		w.t.Fatal(err)
	}
}

// proved returns the approval of a person who has typed a PIN for something.
func (w *world) proved(subject, text string) (guard.Approval, error) {
	w.t.Helper()
	a := person()
	proof, err := w.desk().Prove(w.t.Context(), a, subject, pin(text))
	a.Proof = proof
	return a, err
}

// TestPINIsNeededInATerminal tries to approve with every proof but the right one.
func TestPINIsNeededInATerminal(t *testing.T) {
	t.Parallel()
	story(t, func(t *testing.T, w *world) {
		w.cloud.add(one())
		w.setPIN()
		id := w.call(stopOne).want(t, "approval_required").operation()
		approve := func(a guard.Approval) error { return w.desk().Approve(t.Context(), w.op(id), a) }
		refused := func(name string, a guard.Approval) {
			t.Helper()
			if err := approve(a); err == nil || !strings.Contains(err.Error(), "needs the approver's PIN") {
				t.Errorf("%s: %v", name, err)
			}
			w.wantState(id, store.Waiting)
		}
		refused("no proof", person())
		wrong, err := w.proved(id, "correct house")
		var pinErr *guard.PINError
		if !errors.As(err, &pinErr) || pinErr.Left != 2 {
			t.Errorf("a wrong PIN: %v", err)
		}
		refused("a wrong PIN", wrong)
		other, err := w.proved("op_another", rightPIN)
		if err != nil {
			t.Fatal(err)
		}
		refused("a proof for another operation", other)
		old, err := w.proved(id, rightPIN)
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(2 * time.Minute)
		refused("an old proof", old)
		before, err := w.proved(id, rightPIN)
		if err != nil {
			t.Fatal(err)
		}
		change, err := w.proved(guard.PINSubject, rightPIN)
		if err != nil {
			t.Fatal(err)
		}
		if err := w.desk().SetPIN(t.Context(), change, pin("another horse")); err != nil {
			t.Fatal(err)
		}
		refused("a proof of the PIN before", before)

		now, err := w.proved(id, "another horse")
		if err != nil {
			t.Fatal(err)
		}
		if err := approve(now); err != nil {
			t.Fatal(err)
		}
		w.call(stopOne).want(t, "done")
		// A form of a client is another road.
		w.call(renameOne, saying(guard.Answer{Action: guard.Accept, Typed: "one"}, 5*time.Second))
	})
}

// TestPINChangesNeedThePIN changes and removes the PIN without a proof, with one for
// something else, and with the right one.
func TestPINChangesNeedThePIN(t *testing.T) {
	t.Parallel()
	story(t, func(t *testing.T, w *world) {
		w.cloud.add(one())
		if err := w.desk().RemovePIN(t.Context(), person()); err == nil {
			t.Error("none was set, and it was removed")
		}
		w.setPIN()
		forAnother, err := w.proved("op_1", rightPIN)
		if err != nil {
			t.Fatal(err)
		}
		for name, a := range map[string]guard.Approval{"no proof": person(), "a proof for an operation": forAnother} {
			if err := w.desk().SetPIN(t.Context(), a, pin("another horse")); err == nil {
				t.Errorf("%s: changed", name)
			}
			if err := w.desk().RemovePIN(t.Context(), a); err == nil {
				t.Errorf("%s: removed", name)
			}
		}
		a, err := w.proved(guard.PINSubject, rightPIN)
		if err != nil {
			t.Fatal(err)
		}
		if err := w.desk().SetPIN(t.Context(), a, pin("short")); err == nil {
			t.Error("a PIN that is none was set")
		}
		if err := w.desk().RemovePIN(t.Context(), a); err != nil {
			t.Fatal(err)
		}
		if status, err := w.desk().PIN(t.Context()); err != nil || status.Set {
			t.Errorf("after it was removed: %+v, %v", status, err)
		}
		w.begin(stopOne) // needs none any more
		w.setPIN()
		kinds := w.kinds("")
		if got := strings.Join(kinds, " "); got != "pin_set pin_right pin_removed pin_set" {
			t.Errorf("records %s", got)
		}
	})
}

// TestLockOpensAndGrows locks a PIN again and again.
func TestLockOpensAndGrows(t *testing.T) {
	t.Parallel()
	story(t, func(t *testing.T, w *world) {
		w.setPIN()
		for _, lock := range []time.Duration{time.Minute, 4 * time.Minute, 16 * time.Minute} {
			for left := 2; left >= 0; left-- {
				var e *guard.PINError
				if _, err := w.proved("op_1", "wrong pin"); !errors.As(err, &e) || e.Left != left || e.LockedUntil.IsZero() != (left > 0) {
					t.Fatalf("%d tries left: %v", left, err)
				}
			}
			time.Sleep(lock - time.Second)
			var e *guard.PINError
			if _, err := w.proved("op_1", rightPIN); !errors.As(err, &e) || !e.LockedUntil.Equal(time.Now().Add(time.Second)) {
				t.Fatalf("before the lock of %s ends: %v", lock, err)
			}
			if status, err := w.desk().PIN(t.Context()); err != nil || status.LockedUntil.IsZero() {
				t.Errorf("status %+v, %v", status, err)
			}
			time.Sleep(time.Second)
		}
		if _, err := w.proved("op_1", rightPIN); err != nil {
			t.Fatal(err)
		}
		var e *guard.PINError
		if _, err := w.proved("op_1", "wrong pin"); !errors.As(err, &e) || e.Left != 2 {
			t.Errorf("a right one has not taken the wrong ones back: %v", err)
		}
	})
}

// TestPINTriedByManyProcesses lets an attacker try as many PINs as there are processes,
// all at the same moment: only three of them learn anything.
func TestPINTriedByManyProcesses(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	first := openDesk(t, dir)
	if err := first.SetPIN(t.Context(), person(), pin(rightPIN)); err != nil {
		t.Fatal(err)
	}
	const processes, each = 6, 2
	var (
		mu     sync.Mutex
		counts = map[string]int{}
		all    sync.WaitGroup
		gate   = make(chan struct{})
	)
	for range processes {
		desk := openDesk(t, dir)
		all.Go(func() {
			<-gate
			for range each {
				_, err := desk.Prove(t.Context(), person(), "op_1", pin("wrong horse"))
				var e *guard.PINError
				mu.Lock()
				switch {
				case !errors.As(err, &e):
					t.Errorf("a wrong PIN: %v", err)
				case e.LockedUntil.IsZero():
					counts["wrong"]++
				default:
					counts["locked"]++
				}
				mu.Unlock()
			}
		})
	}
	close(gate)
	all.Wait()
	// The error of the third wrong try says that it has locked the PIN.
	if counts["wrong"] != 2 || counts["locked"] != processes*each-2 {
		t.Errorf("answers: %v", counts)
	}
	told := 0
	if err := first.Store.Records(t.Context(), 0, func(r store.Record) bool {
		if r.Kind == "pin_wrong" {
			told++
		}
		return true
	}); err != nil || told != 3 {
		t.Errorf("%d wrong tries were compared (%v), want 3", told, err)
	}
	var e *guard.PINError
	if _, err := first.Prove(t.Context(), person(), "op_1", pin(rightPIN)); !errors.As(err, &e) || e.LockedUntil.IsZero() {
		t.Errorf("the right one, locked: %v", err)
	}
}

// openDesk returns the desk of one more process.
func openDesk(t *testing.T, dir string) guard.Desk {
	t.Helper()
	s, err := sqlite.Open(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return guard.Desk{Store: s, Now: time.Now, UseTTL: time.Minute}
}

// TestPINChangedByHandFailsClosed changes the stored PIN behind the store's back.
func TestPINChangedByHandFailsClosed(t *testing.T) {
	t.Parallel()
	story(t, func(t *testing.T, w *world) {
		w.cloud.add(one())
		w.setPIN()
		if _, err := w.proved("op_1", "wrong pin"); err == nil {
			t.Fatal("a wrong PIN is right")
		}
		id := w.call(stopOne).operation()
		good, err := w.proved(id, rightPIN)
		if err != nil {
			t.Fatal(err)
		}
		for _, statement := range []string{
			"UPDATE approver SET wrong = 7",
			"UPDATE approver SET hash = ''",
			"UPDATE approver SET version = version + 1",
			"UPDATE approver SET locked_until = '2026-01-01T00:00:00.000000000Z'",
			"DELETE FROM approver",
		} {
			if _, err := sqlitetest.Tamper(t.Context(), w.dir, statement); err != nil {
				t.Fatal(err)
			}
			if err := w.desk().Approve(t.Context(), w.op(id), good); !errors.Is(err, guard.ErrPINTampered) {
				t.Errorf("%s: %v", statement, err)
			}
			if _, err := w.desk().PIN(t.Context()); !errors.Is(err, guard.ErrPINTampered) {
				t.Errorf("%s: status: %v", statement, err)
			}
			if err := w.desk().SetPIN(t.Context(), good, pin("another horse")); !errors.Is(err, guard.ErrPINTampered) {
				t.Errorf("%s: set: %v", statement, err)
			}
			w.wantState(id, store.Waiting)
		}
	})
}

// TestPINWithoutARecord writes a PIN by hand before any was set.
func TestPINWithoutARecord(t *testing.T) {
	t.Parallel()
	story(t, func(t *testing.T, w *world) {
		w.cloud.add(one())
		id := w.call(stopOne).operation()
		if _, err := sqlitetest.Tamper(t.Context(), w.dir, "INSERT INTO approver VALUES (1, 'mine', 0, NULL, 1)"); err != nil {
			t.Fatal(err)
		}
		if err := w.desk().Approve(t.Context(), w.op(id), person()); !errors.Is(err, guard.ErrPINTampered) {
			t.Errorf("approved: %v", err)
		}
	})
}

// TestNobodyApproves checks that an answer which does not say by whom and on which road
// is refused, and that no made-up road gets around the PIN.
func TestNobodyApproves(t *testing.T) {
	t.Parallel()
	story(t, func(t *testing.T, w *world) {
		w.cloud.add(one())
		id := w.call(stopOne).want(t, "approval_required").operation()
		lost := w.lose(makeWeb)
		refused := func(a guard.Approval) {
			t.Helper()
			for name, answer := range map[string]func() error{
				"approve": func() error { return w.desk().Approve(t.Context(), w.op(id), a) },
				"deny":    func() error { return w.desk().Deny(t.Context(), w.op(id), a, "") },
				"settle":  func() error { return w.desk().Settle(t.Context(), w.op(lost), a, guard.Said{Nothing: true}) },
			} {
				if name == "deny" && a.By != "" && a.Road != "" {
					continue // a no needs no PIN
				}
				if err := answer(); err == nil {
					t.Errorf("%s: %+v was taken", name, a)
				}
			}
		}
		refused(guard.Approval{})
		refused(guard.Approval{By: "bob"})
		refused(guard.Approval{Road: guard.RoadTerminal})
		w.setPIN()
		refused(guard.Approval{By: "bob", Road: "side door"})
		w.wantState(id, store.Waiting)
		w.wantState(lost, store.Unknown)
		if err := w.desk().Answerable(w.op(id)); err != nil {
			t.Errorf("waiting: %v", err)
		}
		if err := w.desk().Answerable(w.op(lost)); err == nil || !strings.Contains(err.Error(), "was answered already") {
			t.Errorf("unknown: %v", err)
		}
	})
}
