package main

import (
	"cmp"
	"math/rand/v2"
	"slices"
	"sync"
	"testing/synctest"
	"time"
)

// turns schedules the actors of a simulation: one runs at a time, in an order that
// depends on the seed. An actor waits for its turn before every step that others
// can observe: a request, an access to the store, an answer. In between it runs
// alone, so a seed always plays the same story.
type turns struct {
	random *rand.Rand
	// stirred has an element after an actor has begun to wait or has ended.
	stirred chan struct{}
	// slow returns how long the machine pauses before a turn.
	slow func() time.Duration

	mu      sync.Mutex
	waiting []*turn
	given   int
}

// turn is a waiting actor.
type turn struct {
	who, what string
	begin     chan struct{}
}

func newTurns(random *rand.Rand) *turns {
	return &turns{random: random, stirred: make(chan struct{}, 1), slow: func() time.Duration { return 0 }}
}

func (t *turns) stir() {
	select {
	case t.stirred <- struct{}{}:
	default:
	}
}

// wait returns when it is the turn of this actor.
func (t *turns) wait(who, what string) {
	mine := &turn{who: who, what: what, begin: make(chan struct{})}
	t.mu.Lock()
	t.waiting = append(t.waiting, mine)
	t.mu.Unlock()
	t.stir()
	<-mine.begin
}

// next removes one of the waiting actors from the queue and returns it; nil if
// there is none.
func (t *turns) next() *turn {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.waiting) == 0 {
		return nil
	}
	// The order of arrival is random, because they arrived at the same time. Sort
	// them first.
	slices.SortStableFunc(t.waiting, func(a, b *turn) int {
		return cmp.Or(cmp.Compare(a.who, b.who), cmp.Compare(a.what, b.what))
	})
	i := 0
	if len(t.waiting) > 1 {
		i = t.random.IntN(len(t.waiting))
	}
	chosen := t.waiting[i]
	t.waiting = slices.Delete(t.waiting, i, i+1)
	t.given++
	return chosen
}

// tick returns the number of turns given so far. It orders events that happen at
// the same time.
func (t *turns) tick() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.given
}

// run gives turns until done. If no actor waits for a turn, time passes.
func (t *turns) run(done func() bool) {
	for {
		synctest.Wait()
		if done() {
			return
		}
		chosen := t.next()
		if chosen == nil {
			<-t.stirred
			continue
		}
		if pause := t.slow(); pause > 0 {
			time.Sleep(pause)
			synctest.Wait()
		}
		close(chosen.begin)
	}
}
