package main

import (
	"crypto/sha256"
	"encoding/hex"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// Flags of the simulator: play one seed again and print its story, or set the
// number of seeds.
var (
	oneSeed   = flag.Uint64("seed", 0, "play this one seed of the simulator and print its story")
	manySeeds = flag.Uint64("seeds", 0, "play so many seeds of the simulator; 0 is what fits into make test")
)

// steps is the number of steps of a story.
const steps = 40

// played is the result of one story.
type played struct {
	story, hash string
	broken      []string
}

// TestSimulate plays the whole system, seed by seed. Whatever agents and people do
// and whatever fails, every invariant holds after every step.
func TestSimulate(t *testing.T) {
	common := newShared()
	t.Cleanup(func() { t.Logf("counts:\n%s", common.tally) })
	if *oneSeed != 0 {
		p := playOne(t, *oneSeed, common)
		t.Logf("seed %d:\n%s", *oneSeed, p.story)
		return
	}
	many := *manySeeds
	if many == 0 {
		many = seedsOfATest
	}
	var last atomic.Uint64
	var broken atomic.Bool
	for i := range runtime.GOMAXPROCS(0) {
		t.Run(fmt.Sprint("worker ", i), func(t *testing.T) {
			t.Parallel()
			for seed := last.Add(1); seed <= many && !broken.Load(); seed = last.Add(1) {
				if p := playOne(t, seed, common); len(p.broken) > 0 {
					broken.Store(true)
				}
			}
		})
	}
}

// playOne plays a seed and reports its story if an invariant was violated.
func playOne(t *testing.T, seed uint64, common *shared) played {
	t.Helper()
	p := playSeed(t, seed, common)
	if len(p.broken) > 0 {
		t.Errorf("seed %d breaks %q; go test ./cmd/countersign -run Simulate -seed %d plays it again:\n%s", seed, p.broken, seed, p.story)
	}
	return p
}

// playSeed plays a story in a synctest bubble of its own.
func playSeed(t *testing.T, seed uint64, common *shared) (p played) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "state")
	synctest.Test(t, func(t *testing.T) {
		s := newSimulation(t, seed, dir, common)
		defer s.close()
		s.play()
		p.story, p.broken = strings.Join(s.story, "\n"), s.broken
		sum := sha256.Sum256([]byte(p.story))
		p.hash = hex.EncodeToString(sum[:])
	})
	if err := os.RemoveAll(dir); err != nil { // thousands of folders would fill the disk
		t.Fatal(err)
	}
	common.tally.seed()
	return p
}

// play plays all steps of a story.
func (s *simulation) play() {
	s.drawFaults()
	s.drawRules()
	s.revive()
	for range steps {
		s.step()
		s.revive()
		s.check()
		if s.failed() {
			s.stop()
			return
		}
	}
	s.end()
}

// step lets one actor act, or several at the same time.
func (s *simulation) step() {
	for range 1 + s.random.IntN(3)/2 {
		s.move()
	}
	s.finishStep()
}

// move starts one random actor.
func (s *simulation) move() {
	moves := []struct {
		weight int
		act    func()
	}{
		{28, func() { s.begin(s.newCall(pick(s, principals()), s.anyTask())) }},
		{10, func() { s.begin(s.againCall()) }},
		{12, func() { s.begin(s.approvedCall()) }},
		{4, s.rush},
		{8, s.answerForm},
		{16, s.desk.visit},
		{6, s.aboutOperation},
		{1, s.randomRead},
		{1, s.revoke},
		{2, func() { s.begin(s.onGrant()) }},
		{2, s.confirmSome},
		{2, s.meddleLater},
		{2, s.drift},
		{2, s.jumpClock},
		{6, s.idle},
	}
	total := 0
	for _, m := range moves {
		total += m.weight
	}
	n := s.random.IntN(total)
	for _, m := range moves {
		if n -= m.weight; n < 0 {
			m.act()
			return
		}
	}
}

// idle lets time pass while others act.
func (s *simulation) idle() {
	d := s.between(time.Second, pick(s, []time.Duration{10 * time.Second, 5 * time.Minute, 20 * time.Minute}))
	s.start("time", false, func() { time.Sleep(d) })
}

// TestSimulateRepeats checks that a seed always plays the same story.
func TestSimulateRepeats(t *testing.T) {
	common := newShared()
	for seed := uint64(1); seed <= seedsPlayedTwice; seed++ {
		first, second := playSeed(t, seed, common), playSeed(t, seed, newShared())
		if first.hash != second.hash {
			t.Errorf("seed %d plays two stories:\n%s", seed, cmp.Diff(strings.Split(first.story, "\n"), strings.Split(second.story, "\n")))
		}
	}
}
