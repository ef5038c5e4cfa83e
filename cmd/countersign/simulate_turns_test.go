package main

import (
	"cmp"
	"math/rand/v2"
	"slices"
	"sync"
	"testing/synctest"
	"time"
)

// turns lets one actor of a simulation go on at a time, and the seed says which.
// Actors ask for their turn before everything that others can see: a request, a
// read or write of the store, an answer. In between they have the world to
// themselves, so that a seed always plays the same story.
type turns struct {
	random *rand.Rand
	// stirred holds something when somebody has begun to wait or has ended.
	stirred chan struct{}
	// slow draws how long the machine hesitates although somebody could go on.
	slow func() time.Duration

	mu      sync.Mutex
	waiting []*turn
	given   int
}

// turn is one actor that waits to go on.
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

// wait returns when it is this actor's turn.
func (t *turns) wait(who, what string) {
	mine := &turn{who: who, what: what, begin: make(chan struct{})}
	t.mu.Lock()
	t.waiting = append(t.waiting, mine)
	t.mu.Unlock()
	t.stir()
	<-mine.begin
}

// next takes one of those who wait out of the line; nil where nobody does.
func (t *turns) next() *turn {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.waiting) == 0 {
		return nil
	}
	// In which order they came says nothing: they came at the same time.
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

// tick counts the turns that were given: much can happen one after the other
// without any time going by.
func (t *turns) tick() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.given
}

// run gives turns until done. Where nobody waits for one, time passes.
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
