package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rs/zerolog"
	"github.com/spf13/pflag"

	"countersign/internal/cloud"
	"countersign/internal/config"
	gpcnsandbox "countersign/internal/gpcn/sandbox"
	hostupsandbox "countersign/internal/hostup/sandbox"
	"countersign/internal/rest"
	"countersign/internal/sandboxkit"
	"countersign/internal/schema"
	"countersign/internal/store"
	"countersign/internal/store/sqlite"
	voltageparksandbox "countersign/internal/voltagepark/sandbox"
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
	doneAt   map[string]int
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
		began: time.Now(), killed: map[string]bool{}, makers: map[string]*simulatedCall{}, states: map[string]store.State{}, doneAt: map[string]int{}, reported: map[string]bool{}, names: map[string][]nameSince{}, withdrawn: map[string]bool{}, summaries: map[string]string{}, records: map[string][]string{},
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

// server is a server process.
type server struct {
	*app
	name    string
	ruleSet *ruleSet
	store   *simulatedStore
	// httpHandler serves the HTTP principals; nil in a story without HTTP.
	httpHandler http.Handler
}

// boot starts a server at one of the two places, with the stored state.
func (s *simulation) boot(place int) {
	s.boots++
	p := &server{name: fmt.Sprintf("server-%d", s.boots)}
	p.store = &simulatedStore{Store: s.handles[place], simulation: s, server: p}
	accounts, missing, err := connect(s.cfg, nil, s.key, func(o *rest.Options) { o.Transport = &simulatedNetwork{s, p} })
	if err != nil {
		s.t.Fatal(err)
	}
	p.ruleSet = pick(s, s.ruleSets)
	p.app = &app{cfg: s.cfg, log: zerolog.New(s.logs), store: p.store, accounts: accounts}
	if p.rules, err = p.ruleSet.rules(); err != nil {
		s.t.Fatal(err)
	}
	err = p.wire(missing, surroundings{now: s.now, random: s.ids, instance: p.name, alive: s.alive})
	if err != nil {
		s.t.Fatal(err)
	}
	for _, d := range p.tools {
		d.Input = s.common.compiled(d.Name, d.Input)
	}
	if err := s.handles[place].PutInstance(s.t.Context(), store.Instance{ID: p.name, PID: s.boots, StartedAt: time.Now()}); err != nil {
		s.t.Fatal(err)
	}
	if s.members != nil {
		s.openHTTP(p)
	}
	s.servers[place] = p
	s.note("%s starts at place %d, with the rules %q", p.name, place, p.ruleSet.name)
	s.start(p.name, true, func() {
		c := &simulatedCall{simulation: s, who: p.name + " settles", server: p}
		if err := p.guard.SettleAll(c.context()); err != nil {
			s.note("%s could not settle: %v", p.name, err)
		}
	})
}

// kill kills a server: from now on it writes and sends nothing.
func (s *simulation) kill(p *server, why string) {
	s.mu.Lock()
	was := s.killed[p.name]
	s.killed[p.name] = true
	s.mu.Unlock()
	if !was {
		s.note("%s is killed %s", p.name, why)
		s.tally.fault("crash " + why)
	}
}

func (s *simulation) alive(name string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return !s.killed[name]
}

// revive starts a new server where one was killed.
func (s *simulation) revive() {
	for place, p := range s.servers {
		if p == nil || !s.alive(p.name) {
			s.boot(place)
		}
	}
}

// key returns the value of an environment variable: every cloud has a key, and each
// is a planted secret.
func (s *simulation) key(variable string) (string, bool) {
	if prefix, ok := strings.CutSuffix(variable, "_API_KEY"); ok && slices.ContainsFunc(clouds(), func(e cloudEntry) bool { return e.prefix == prefix }) {
		return planted("key-" + strings.ToLower(prefix)), true
	}
	return "", false
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

// simulatedCall is one call of an agent, or a background task of a server. It is
// passed in the context through guard, tools and clients, so that each fake knows
// which call it works for.
type simulatedCall struct {
	*simulation
	who       string
	server    *server
	principal string
	task      *task
	// began is the tick at which it began, and at the time.
	began int
	at    time.Time
	// seen has the responses of the clouds to the reads of this call.
	seen bytes.Buffer
	// asked is when it last stored a question, by the clock of the machine.
	asked time.Time
	// journaled is the operation whose intent this call has stored.
	journaled string
	// sent is the number of writes sent to a cloud, faults the number of failed
	// accesses.
	sent, faults int
	// ended is the tick at which it ended, 0 while it is running; answersForm
	// reports that it has the answer to a form.
	ended       int
	answersForm bool
	// delay is how long its agent waits before it calls.
	delay time.Duration
	// road is the way in which it was approved.
	road string
	// usedGrant is the grant that its write used.
	usedGrant *standingGrant
	// wire is its HTTP exchange; nil for a call in process.
	wire *wireCall
}

// key returns a text that is the same for equal calls.
func (c *simulatedCall) key() string { return c.principal + " " + c.task.call() }

type callKey struct{}

func (c *simulatedCall) context() context.Context {
	return context.WithValue(c.t.Context(), callKey{}, c)
}

// callOf returns the call that a context belongs to; nil if there is none.
func callOf(ctx context.Context) *simulatedCall {
	c, _ := ctx.Value(callKey{}).(*simulatedCall)
	return c
}

// simulatedCloud is a vendor's sandbox without a network.
type simulatedCloud struct {
	cloudEntry
	handler sandboxHandler
	simulatedWorld
}

// simulatedWorld has the machines of a cloud, random tasks on it, and its changes
// from outside.
type simulatedWorld interface {
	machines() []simulatedMachine
	task(s *simulation) *task
	drift(s *simulation) string
}

// setUpClouds reads the initial state of the clouds.
func (s *simulation) setUpClouds() {
	for _, vendor := range slices.Sorted(maps.Keys(s.clouds)) {
		c := s.clouds[vendor]
		switch sandbox := c.handler.(type) {
		case *gpcnsandbox.Sandbox:
			c.simulatedWorld = newGPCNWorld(s, sandbox)
		case *hostupsandbox.Sandbox:
			c.simulatedWorld = hostUpWorld{sandbox}
		case *voltageparksandbox.Sandbox:
			c.simulatedWorld = newVoltageParkWorld(s, sandbox)
		default:
			s.t.Fatalf("nothing is known of the world of %s: a cloud that is added belongs into the simulation", vendor)
		}
		s.taskSources = append(s.taskSources, c.task)
	}
}

func newSimulatedCloud(entry cloudEntry, kit *sandboxkit.Kit) *simulatedCloud {
	return &simulatedCloud{cloudEntry: entry, handler: entry.sandbox(kit)}
}

// readSandbox reads from a sandbox directly, without a server.
func readSandbox[Out any](s *simulation, vendor cloud.Vendor, path string) Out {
	r := httptest.NewRequest(http.MethodGet, path, nil)
	r.Header.Set("Authorization", "Bearer beside")
	r.Header.Set("X-API-Key", "beside")
	w := httptest.NewRecorder()
	s.clouds[vendor].handler.ServeHTTP(w, r)
	var out Out
	if err := json.Unmarshal(w.Body.Bytes(), &out); err != nil || w.Code != http.StatusOK {
		s.t.Fatalf("%s %s: %d %s", vendor, path, w.Code, w.Body)
	}
	return out
}

// host returns the host of the vendor's API.
func (c *simulatedCloud) host() string {
	r, err := http.NewRequest(http.MethodGet, c.baseURL, nil)
	if err != nil {
		return ""
	}
	return r.URL.Host
}
