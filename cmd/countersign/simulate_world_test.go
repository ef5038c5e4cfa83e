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

// simulation is the whole system in one process, with everything that can go wrong
// in the hands of one seed: agents, people, two servers on one store, three clouds.
type simulation struct {
	t      testing.TB
	seed   uint64
	random *rand.Rand
	turns  *turns
	cfg    *config.Config
	ids    *seededReader
	logs   *lockedBuffer
	every  *shared
	tally  *tally
	clouds map[cloud.Vendor]*simulatedCloud
	// houses are the rules that servers of this story are started with.
	houses []*house
	// handles are the stores of the two places where a server can run, and of the
	// terminals.
	handles [3]*sqlite.Store
	servers [2]*server
	desk    *desk

	mu     sync.Mutex
	story  []string
	began  time.Time
	broken []string // invariants that did not hold
	births int
	dead   map[string]bool
	// skew is how far the clock of the machine is off, off how far it is all along.
	skew, off time.Duration
	// busy are the actors that a step waits for.
	busy int
	// fewNames is how many names agents give, and eager says that most of what they
	// want is to be made.
	fewNames int
	eager    bool
	// quiet says that nothing goes wrong any more.
	quiet bool

	calls    []*simulatedCall
	consents []*consent
	effects  []*effect
	// operations are all that were stored, in their order.
	operations []string
	// makers are the calls that stored an operation.
	makers map[string]*simulatedCall
	// summaries are what callers repeat to confirm an operation.
	summaries map[string]string
	// states are the states of operations, as they were stored.
	states map[string]store.State
	// doneAt is the tick at which an operation was done; told are those whose end was
	// heard by whoever wanted it.
	doneAt map[string]int
	// unseen are operations that failed because the cloud showed no trace of them.
	unseen map[string]bool
	told   map[string]bool
	forms  []*openForm
	names  map[string][]named
	grants []*standingGrant
	// wishes are what agents can want.
	wishes []func(*simulation) *deed
	// withdrawn are operations that an agent has withdrawn.
	withdrawn map[string]bool
	// members are those who come over HTTP; nil in a story without it.
	members map[string]*member
	// messages counts the calls over HTTP: no two have the same ID, so that whoever
	// takes another's back cannot mean their own. meddlers counts those who try.
	messages, meddlers int
	chain              store.Head
	// records are the kinds of the audit records of each operation, audited is of how
	// many effects they were looked through.
	records map[string][]string
	audited int
	orders  faultOrders
}

// shared is what all seeds have in common.
type shared struct {
	tally  *tally
	houses []*house

	mu      sync.Mutex
	schemas map[string]*schema.Schema
}

func newShared() *shared {
	return &shared{tally: newTally(), houses: houses(), schemas: map[string]*schema.Schema{}}
}

// compiled is a schema that is compiled once for all servers of all seeds.
func (e *shared) compiled(name string, input *schema.Schema) *schema.Schema {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.schemas[name] == nil {
		e.schemas[name] = input
	}
	return e.schemas[name]
}

// The places of the store's handles.
const deskPlace = 2

// newSimulation furnishes a world. It is called in a bubble.
func newSimulation(t testing.TB, seed uint64, dir string, every *shared) *simulation {
	random := rand.New(rand.NewPCG(seed, 0x5eed))
	s := &simulation{
		t: t, seed: seed, random: random, turns: newTurns(random), cfg: &config.Config{}, ids: newSeededReader(seed),
		logs: &lockedBuffer{}, every: every, tally: every.tally, clouds: map[cloud.Vendor]*simulatedCloud{},
		began: time.Now(), dead: map[string]bool{}, makers: map[string]*simulatedCall{}, states: map[string]store.State{}, doneAt: map[string]int{}, unseen: map[string]bool{}, told: map[string]bool{}, names: map[string][]named{}, withdrawn: map[string]bool{}, summaries: map[string]string{}, records: map[string][]string{},
	}
	s.cfg.Bind(pflag.NewFlagSet("simulation", pflag.ContinueOnError))
	// A read that is tried again waits for a time that no seed says.
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
	s.furnish()
	s.remember()
	return s
}

// close gives the store up.
func (s *simulation) close() {
	var err error
	for _, handle := range s.handles {
		err = errors.Join(err, handle.Close())
	}
	if err != nil {
		s.t.Error(err)
	}
}

// now is the time by the clock of the machine.
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

// chance is true once in n times.
func (s *simulation) chance(n int) bool { return s.random.IntN(n) == 0 }

// between draws a time, never a round one: what happens at the very same moment
// happens in no order.
func (s *simulation) between(least, most time.Duration) time.Duration {
	return least + time.Duration(s.random.Int64N(int64(most-least)))/1000*1000 + 137*time.Nanosecond
}

// start lets an actor do something beside all others. A step waits for those that
// are not in the background.
func (s *simulation) start(who string, background bool, act func()) {
	s.mu.Lock()
	if !background {
		s.busy++
	}
	s.mu.Unlock()
	go func() {
		defer s.turns.stir()
		s.turns.wait(who, "begins")
		act()
		if !background {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.busy--
		}
	}()
}

// finish gives turns until nobody is left that a step waits for.
func (s *simulation) finish() {
	s.turns.run(func() bool {
		s.mu.Lock()
		defer s.mu.Unlock()
		return s.busy == 0
	})
}

// pass lets time go by.
func (s *simulation) pass(d time.Duration) {
	s.start("time", false, func() { time.Sleep(d) })
	s.finish()
}

// server is a process that carries calls out.
type server struct {
	*app
	name  string
	house *house
	store *simulatedStore
	// front serves those who come over HTTP; nil in a story without it.
	front http.Handler
}

// boot starts a server at one of the two places, on what is stored.
func (s *simulation) boot(place int) {
	s.births++
	p := &server{name: fmt.Sprintf("server-%d", s.births)}
	p.store = &simulatedStore{Store: s.handles[place], simulation: s, server: p}
	accounts, missing, err := connect(s.cfg, nil, s.key, func(o *rest.Options) { o.Transport = &simulatedNetwork{s, p} })
	if err != nil {
		s.t.Fatal(err)
	}
	p.house = pick(s, s.houses)
	p.app = &app{cfg: s.cfg, log: zerolog.New(s.logs), store: p.store, accounts: accounts}
	if p.rules, err = p.house.rules(); err != nil {
		s.t.Fatal(err)
	}
	err = p.wire(missing, surroundings{now: s.now, random: s.ids, instance: p.name, alive: s.alive})
	if err != nil {
		s.t.Fatal(err)
	}
	for _, d := range p.tools {
		d.Input = s.every.compiled(d.Name, d.Input)
	}
	if err := s.handles[place].PutInstance(s.t.Context(), store.Instance{ID: p.name, PID: s.births, StartedAt: time.Now()}); err != nil {
		s.t.Fatal(err)
	}
	if s.members != nil {
		s.open(p)
	}
	s.servers[place] = p
	s.note("%s starts at place %d, with the rules %q", p.name, place, p.house.name)
	s.start(p.name, true, func() {
		c := &simulatedCall{simulation: s, who: p.name + " settles", server: p}
		if err := p.guard.SettleAll(c.context()); err != nil {
			s.note("%s could not settle: %v", p.name, err)
		}
	})
}

// kill ends a server at once: from now on it writes and sends nothing.
func (s *simulation) kill(p *server, why string) {
	s.mu.Lock()
	was := s.dead[p.name]
	s.dead[p.name] = true
	s.mu.Unlock()
	if !was {
		s.note("%s is killed %s", p.name, why)
		s.tally.fault("crash " + why)
	}
}

func (s *simulation) alive(name string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return !s.dead[name]
}

// revive starts a new server where one was killed.
func (s *simulation) revive() {
	for place, p := range s.servers {
		if p == nil || !s.alive(p.name) {
			s.boot(place)
		}
	}
}

// key is the environment: every cloud has a key, and each is a secret that must
// never come out.
func (s *simulation) key(variable string) (string, bool) {
	if prefix, ok := strings.CutSuffix(variable, "_API_KEY"); ok && slices.ContainsFunc(clouds(), func(e cloudEntry) bool { return e.prefix == prefix }) {
		return planted("key-" + strings.ToLower(prefix)), true
	}
	return "", false
}

// plantedBoot is in cloud-init, which the person who approves sees whole, and
// nobody else.
const plantedBoot = "Pl4nted-boot"

// planted is a secret that can be found again.
func planted(what string) string { return "Pl4nted.secret-" + what }

// seededReader yields bytes that the seed says.
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

// simulatedCall is one call of an agent, or something else that a server does of
// its own. It goes with the context, through guard, tools and clients, to whoever
// has to know on whose behalf something happens.
type simulatedCall struct {
	*simulation
	who       string
	server    *server
	principal string
	deed      *deed
	// began is the tick at which it began, and at the time.
	began int
	at    time.Time
	// seen is what the clouds answered to reads of this call.
	seen bytes.Buffer
	// asked is when it last stored a question, by the clock of the machine.
	asked time.Time
	// journaled is the operation whose intent this call has made durable.
	journaled string
	// sent is how many writes have left for a cloud, faults how often the store
	// failed it.
	sent, faults int
	// ended is the tick at which it ended, 0 while it goes on; answers says that it
	// brought the answer to a form.
	ended   int
	answers bool
	// dawdles is how long its agent waits before it calls.
	dawdles time.Duration
	// road is on which a person agreed to it.
	road string
	// drew is the grant that the write was drawn from.
	drew *standingGrant
	// wire is the call on its way over HTTP; nil on other roads.
	wire *wireCall
}

// key is equal for equal calls.
func (c *simulatedCall) key() string { return c.principal + " " + c.deed.call() }

type callKey struct{}

func (c *simulatedCall) context() context.Context {
	return context.WithValue(c.t.Context(), callKey{}, c)
}

// callOf is on whose behalf something happens; nil where nobody said it.
func callOf(ctx context.Context) *simulatedCall {
	c, _ := ctx.Value(callKey{}).(*simulatedCall)
	return c
}

// simulatedCloud is a vendor's sandbox without any network.
type simulatedCloud struct {
	cloudEntry
	handler sandboxHandler
	simulatedWorld
}

// simulatedWorld is what there is in a cloud, and what happens there by itself.
type simulatedWorld interface {
	machines() []simulatedMachine
	deed(s *simulation) *deed
	drift(s *simulation) string
}

// furnish finds out what there is in the clouds.
func (s *simulation) furnish() {
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
		s.wishes = append(s.wishes, c.deed)
	}
}

func newSimulatedCloud(entry cloudEntry, kit *sandboxkit.Kit) *simulatedCloud {
	return &simulatedCloud{cloudEntry: entry, handler: entry.sandbox(kit)}
}

// get reads a sandbox beside all servers.
func get[Out any](s *simulation, vendor cloud.Vendor, path string) Out {
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

// host is where the vendor's requests go.
func (c *simulatedCloud) host() string {
	r, err := http.NewRequest(http.MethodGet, c.baseURL, nil)
	if err != nil {
		return ""
	}
	return r.URL.Host
}
