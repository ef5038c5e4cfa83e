package main

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/spf13/pflag"

	"countersign/internal/cloud"
	"countersign/internal/config"
	"countersign/internal/sandboxkit"
	"countersign/internal/schema"
	"countersign/internal/store"
	"countersign/internal/store/sqlite"
)

// simulation is the whole system in one process: agents, people, two servers on one
// store, three clouds. One seed determines everything that happens, including all
// faults.
type simulation struct {
	t      testing.TB
	seed   uint64
	random *rand.Rand
	turns  *turns
	cfg    *config.Config
	ids    *seededReader
	logs   *lockedBuffer
	common *shared
	tally  *tally
	clouds map[cloud.Vendor]*simulatedCloud
	// ruleSets are the rules that servers of this story are started with.
	ruleSets []*ruleSet
	// handles are the store connections of the two server places and of the
	// terminals.
	handles [3]*sqlite.Store
	servers [2]*server
	desk    *desk

	mu     sync.Mutex
	story  []string
	began  time.Time
	broken []string // violated invariants
	boots  int
	killed map[string]bool
	// skew is the present clock skew of the machine, baseSkew its constant part.
	skew, baseSkew time.Duration
	// active counts the running actors that a step waits for.
	active int
	// nameCount is the number of names that agents use; mostlyCreates makes most
	// tasks creates.
	nameCount     int
	mostlyCreates bool
	// noFaults switches all faults off.
	noFaults bool

	calls      []*simulatedCall
	consents   []*consent
	sentWrites []*sentWrite
	// operations are the IDs of all stored operations, in order.
	operations []string
	// makers maps an operation to the call that stored it.
	makers map[string]*simulatedCall
	// summaries are the texts that callers repeat to confirm an operation.
	summaries map[string]string
	// states are the stored states of operations.
	states map[string]store.State
	// doneAt is the tick at which an operation was done; reported has those whose
	// outcome has reached their caller.
	doneAt map[string]int
	// unseen has the operations that failed because the cloud showed no trace of them.
	unseen   map[string]bool
	reported map[string]bool
	forms    []*openForm
	names    map[string][]nameSince
	grants   []*standingGrant
	// taskSources return random tasks, one source per cloud.
	taskSources []func(*simulation) *task
	// withdrawn has the operations that an agent has cancelled.
	withdrawn map[string]bool
	// members are the HTTP principals; nil in a story without HTTP.
	members map[string]*member
	// messages counts the calls over HTTP. IDs are unique, so that cancelling the
	// call of somebody else cannot hit an own one. meddlers counts the attackers.
	messages, meddlers int
	chain              store.Head
	// records are the kinds of the audit records of each operation; audited is how
	// many sent writes have been checked against them.
	records map[string][]string
	audited int
	rates   faultRates
}

// shared is what all seeds share.
type shared struct {
	tally    *tally
	ruleSets []*ruleSet

	mu      sync.Mutex
	schemas map[string]*schema.Schema
}

func newShared() *shared {
	return &shared{tally: newTally(), ruleSets: ruleSets(), schemas: map[string]*schema.Schema{}}
}

// compiled returns the schema of that name, so that it is compiled once for all
// servers of all seeds.
func (e *shared) compiled(name string, input *schema.Schema) *schema.Schema {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.schemas[name] == nil {
		e.schemas[name] = input
	}
	return e.schemas[name]
}

// deskPlace is the index of the terminals' store connection.
const deskPlace = 2

// newSimulation sets up a simulation. It is called in a synctest bubble.
func newSimulation(t testing.TB, seed uint64, dir string, common *shared) *simulation {
	random := rand.New(rand.NewPCG(seed, 0x5eed))
	s := &simulation{
		t: t, seed: seed, random: random, turns: newTurns(random), cfg: &config.Config{}, ids: newSeededReader(seed),
		logs: &lockedBuffer{}, common: common, tally: common.tally, clouds: map[cloud.Vendor]*simulatedCloud{},
		began: time.Now(), killed: map[string]bool{}, makers: map[string]*simulatedCall{}, states: map[string]store.State{}, doneAt: map[string]int{}, unseen: map[string]bool{}, reported: map[string]bool{}, names: map[string][]nameSince{}, withdrawn: map[string]bool{}, summaries: map[string]string{}, records: map[string][]string{},
	}
	s.cfg.Bind(pflag.NewFlagSet("simulation", pflag.ContinueOnError))
	// No retries: their random delay does not depend on the seed.
	s.cfg.State, s.cfg.Retries, s.cfg.Toolsets = dir, 0, []string{"all"}
	kit := sandboxkit.NewKit(sandboxkit.NewRunningClock(), seed)
	for _, entry := range clouds() {
		s.clouds[entry.vendor] = newSimulatedCloud(entry, kit)
	}
	for i := range s.handles {
		var err error
		if s.handles[i], err = sqlite.Open(t.Context(), dir, sqlite.WithoutSync()); err != nil {
			t.Fatal(err)
		}
	}
	s.desk = &desk{simulation: s}
	s.desk.store = &simulatedStore{Store: s.handles[deskPlace], simulation: s}
	s.setUpClouds()
	s.recordNames()
	return s
}

// close closes the store connections.
func (s *simulation) close() {
	var err error
	for _, handle := range s.handles {
		err = errors.Join(err, handle.Close())
	}
	if err != nil {
		s.t.Error(err)
	}
}

// now returns the time by the clock of the machine.
func (s *simulation) now() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return time.Now().Add(s.skew)
}

// note adds a line to the story.
func (s *simulation) note(format string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.story = append(s.story, fmt.Sprintf("%10s  ", time.Since(s.began).Truncate(time.Millisecond))+fmt.Sprintf(format, args...))
}

// chance returns true once in n times.
func (s *simulation) chance(n int) bool { return s.random.IntN(n) == 0 }

// between returns a random duration, never a round one: events at exactly the same
// time would have no order.
func (s *simulation) between(least, most time.Duration) time.Duration {
	return least + time.Duration(s.random.Int64N(int64(most-least)))/1000*1000 + 137*time.Nanosecond
}

// start starts an actor concurrently with all others. A step waits for it unless it
// is in the background.
func (s *simulation) start(who string, background bool, act func()) {
	s.mu.Lock()
	if !background {
		s.active++
	}
	s.mu.Unlock()
	go func() {
		defer s.turns.stir()
		s.turns.wait(who, "begins")
		act()
		if !background {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.active--
		}
	}()
}

// finishStep gives turns until no actor is left that the step waits for.
func (s *simulation) finishStep() {
	s.turns.run(func() bool {
		s.mu.Lock()
		defer s.mu.Unlock()
		return s.active == 0
	})
}

// passTime lets d pass.
func (s *simulation) passTime(d time.Duration) {
	s.start("time", false, func() { time.Sleep(d) })
	s.finishStep()
}

// plantedBoot is part of cloud-init, which only the person who approves may see.
const plantedBoot = "Pl4nted-boot"

// planted returns a secret that can be recognized.
func planted(what string) string { return "Pl4nted.secret-" + what }

// seededReader returns bytes that depend on the seed.
type seededReader struct {
	mu     sync.Mutex
	source *rand.ChaCha8
}

func newSeededReader(seed uint64) *seededReader {
	var key [32]byte
	copy(key[:], fmt.Sprintf("simulation %d", seed))
	return &seededReader{source: rand.NewChaCha8(key)}
}

// Read implements io.Reader.
func (r *seededReader) Read(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.source.Read(p)
}
