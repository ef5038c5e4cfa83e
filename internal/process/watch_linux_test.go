package process_test

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"countersign/internal/process"
)

// identOf parses the output of a process in the role who.
func identOf(t *testing.T, r running) process.Ident {
	t.Helper()
	i, err := parseIdent(r.line)
	if err != nil || i.PID != r.Process.Pid {
		t.Fatalf("%q is not process %d (%v)", r.line, r.Process.Pid, err)
	}
	return i
}

func TestWatchCallsOnceWhenTheProcessIsGone(t *testing.T) {
	child := start(t, self(t), "who")
	watched := identOf(t, child)
	synctest.Test(t, func(t *testing.T) {
		var calls atomic.Int32
		go process.Watch(t.Context(), watched, func() { calls.Add(1) })
		time.Sleep(time.Hour) // of the bubble's clock
		synctest.Wait()
		if calls.Load() != 0 {
			t.Fatal("called while the process runs")
		}
		child.kill(t)
		time.Sleep(2 * time.Second)
		synctest.Wait()
		if calls.Load() != 1 {
			t.Fatalf("called %d times within 2 s of the end", calls.Load())
		}
		time.Sleep(time.Hour)
		synctest.Wait()
		if calls.Load() != 1 {
			t.Errorf("called %d times", calls.Load())
		}
	})
}

func TestWatchSeesThatTheNumberWasGivenAway(t *testing.T) {
	me := process.Self()
	me.Started--
	called := false
	process.Watch(t.Context(), me, func() { called = true })
	if !called {
		t.Error("another process was taken for the watched one")
	}
}

func TestWatchEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			process.Watch(ctx, process.Self(), func() { t.Error("called though the process runs") })
		}()
		synctest.Wait()
		cancel()
		<-ended
	})
}
