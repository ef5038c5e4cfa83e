package main

import (
	"crypto/sha256"
	"encoding/hex"
	"flag"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// How the simulator is run: one seed to see its story again, or how many.
var (
	oneSeed   = flag.Uint64("seed", 0, "play this one seed of the simulator and print its story")
	manySeeds = flag.Uint64("seeds", 0, "play so many seeds of the simulator; 0 is what fits into make test")
)

// steps is how long a story is.
const steps = 40

// played is a story that was played to its end.
type played struct {
	story  string
	hash   string
	broken []string
}

// TestSimulate plays the whole system, seed by seed. Whatever agents and people do
// and whatever breaks, every invariant holds after every step.
func TestSimulate(t *testing.T) {
	every := newShared()
	if *oneSeed != 0 {
		p := play1(t, *oneSeed, every)
		t.Logf("seed %d:\n%s\n%s", *oneSeed, p.story, every.tally)
		return
	}
	many := *manySeeds
	if many == 0 {
		many = seedsOfATest
	}
	for seed := uint64(1); seed <= many && !t.Failed(); seed++ {
		play1(t, seed, every)
	}
	t.Logf("%d seeds\ncounts:\n%s", many, every.tally)
}

// play1 plays one seed and prints its story where something was broken.
func play1(t *testing.T, seed uint64, every *shared) played {
	p := playSeed(t, seed, every)
	if len(p.broken) > 0 {
		t.Errorf("seed %d breaks %q; go test ./cmd/countersign -run Simulate -seed %d plays it again:\n%s", seed, p.broken, seed, p.story)
	}
	return p
}

// playSeed plays a story in a bubble of its own.
func playSeed(t *testing.T, seed uint64, every *shared) (p played) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		s := newSimulation(t, seed, dir, every)
		defer s.close()
		s.play()
		p.story, p.broken = strings.Join(s.story, "\n"), s.broken
		sum := sha256.Sum256([]byte(p.story))
		p.hash = hex.EncodeToString(sum[:])
	})
	every.tally.mu.Lock()
	every.tally.seeds++
	every.tally.mu.Unlock()
	return p
}

// play is the whole story.
func (s *simulation) play() {
	s.weather()
	s.choose()
	s.revive()
	for range steps {
		s.step()
		s.revive()
		s.check()
		if s.failed() {
			break
		}
	}
	if s.failed() {
		s.stop()
		return
	}
	s.end()
}

// step lets one thing happen, or several at the same time.
func (s *simulation) step() {
	for range 1 + s.random.IntN(3)/2 {
		s.move()
	}
	s.finish()
}

// move lets one actor do something.
func (s *simulation) move() {
	switch n := s.random.IntN(100); {
	case n < 28:
		s.begin(s.newCall(pick(s, principals()), s.anyDeed()))
	case n < 38:
		s.begin(s.againCall())
	case n < 50:
		s.begin(s.approvedCall())
	case n < 54:
		s.rush()
	case n < 62:
		s.answerForm()
	case n < 78:
		s.start(fmt.Sprintf("person-%d", s.desk.seats+1), false, s.desk.terminal)
	case n < 84:
		s.aboutOperation()
	case n < 85:
		s.survey()
	case n < 86:
		s.revoke()
	case n < 88:
		s.begin(s.onGrant())
	case n < 90:
		s.confirms()
	case n < 92:
		s.drift()
	case n < 94:
		s.jump()
	default:
		d := s.between(time.Second, pick(s, []time.Duration{10 * time.Second, 5 * time.Minute, 20 * time.Minute}))
		s.start("time", false, func() { time.Sleep(d) })
	}
}

// begin starts a call of one of the kinds of clients that there are.
func (s *simulation) begin(c *simulatedCall) {
	if c == nil {
		return
	}
	way := []func(){func() { c.do(nil) }, func() { c.do(nil) }, c.withForm, c.roundTrip}[s.random.IntN(4)]
	s.start(c.who, false, way)
}

// TestSimulateRepeats pins that a seed plays the same story whenever it is played.
func TestSimulateRepeats(t *testing.T) {
	every := newShared()
	for seed := uint64(1); seed <= seedsPlayedTwice; seed++ {
		first, second := playSeed(t, seed, every), playSeed(t, seed, newShared())
		if first.hash != second.hash {
			t.Errorf("seed %d plays two stories:\n%s", seed, cmp.Diff(strings.Split(first.story, "\n"), strings.Split(second.story, "\n")))
		}
	}
}
