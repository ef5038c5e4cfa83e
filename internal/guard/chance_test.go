package guard_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"countersign/internal/cloud"
	"countersign/internal/guard"
	"countersign/internal/store"
	"countersign/internal/tool"
)

// mortal is the store as one process sees it: once the process is dead, it writes
// nothing.
type mortal struct {
	store.Store
	mu   sync.Mutex
	dead bool
}

var errDead = errors.New("this process is dead")

func (m *mortal) die() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.dead = true
}

func (m *mortal) alive() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.dead {
		return errDead
	}
	return nil
}

func (m *mortal) InsertOperation(ctx context.Context, op *store.Operation, records ...store.Record) error {
	if err := m.alive(); err != nil {
		return err
	}
	return m.Store.InsertOperation(ctx, op, records...)
}

func (m *mortal) UpdateOperation(ctx context.Context, op *store.Operation, from store.State, records ...store.Record) error {
	if err := m.alive(); err != nil {
		return err
	}
	return m.Store.UpdateOperation(ctx, op, from, records...)
}

// chance is a long session of random events.
type chance struct {
	*world
	t      *testing.T
	random *rand.Rand
	store  *mortal
	trace  []string

	mu sync.Mutex
	// consented are the operations that a person validly approved.
	consented map[string]bool
	asked     []question
	ends      *tally
}

// tally counts, over all sessions, how jobs ended whose responses had arrived.
type tally struct {
	mu sync.Mutex
	of map[cloud.JobState]int
}

func (c *tally) add(state cloud.JobState) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.of[state]++
}

// wantAll fails if some way for a job to end never occurred in any session.
func (c *tally) wantAll(t *testing.T) {
	for _, state := range []cloud.JobState{cloud.JobDone, cloud.JobFailed, cloud.JobCancelled, cloud.JobVanished} {
		if c.of[state] == 0 {
			t.Errorf("no job was %s in any session: it tests nothing", state)
		}
	}
}

// question is a form that was sent to a modern client.
type question struct {
	call, state string
	guard.Question
	at time.Time
}

func (c *chance) note(format string, args ...any) {
	c.trace = append(c.trace, fmt.Sprintf(format, args...))
}

func (c *chance) consent(id string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.consented[id] = true
}

// TestAnythingAtAnyTime plays long random sessions of calls, answers on all roads, lost
// responses, crashes and time. Nothing may be carried out without an approval, and
// nothing twice.
func TestAnythingAtAnyTime(t *testing.T) {
	t.Parallel()
	ends := &tally{of: map[cloud.JobState]int{}}
	t.Cleanup(func() { ends.wantAll(t) })
	for seed := range uint64(6) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			t.Parallel()
			story(t, func(t *testing.T, w *world) {
				c := &chance{world: w, t: t, random: rand.New(rand.NewPCG(seed, 7)), consented: map[string]bool{}, ends: ends}
				w.cloud.sending = c.nothingIsUnsettled
				steps := 320
				if seed%2 == 1 { // a cloud that works in the background
					w.cloud.later, steps = c.fate, 450
				}
				w.cloud.add(one(), thing{ID: "thing-two", Name: "two", Status: "stop"})
				c.revive()
				for range steps {
					c.step()
					c.check()
					if t.Failed() {
						break
					}
				}
				time.Sleep(time.Hour) // forms that are still open
				synctest.Wait()
				c.check()
				c.everythingEnds()
				c.atTheEnd()
				if t.Failed() {
					t.Logf("the last of %d steps:\n%s", len(c.trace), strings.Join(c.trace[max(0, len(c.trace)-25):], "\n"))
				}
			})
		})
	}
}

// revive starts the process anew.
func (c *chance) revive() {
	c.store = &mortal{Store: c.world.store}
	c.restart(func(o *guard.Options) { o.Store = c.store })
}

func (c *chance) step() {
	actions := []struct {
		weight int
		name   string
		act    func()
	}{
		{30, "call", c.plainCall},
		{10, "call with a form", c.formCall},
		{10, "call with a round trip", c.roundTripCall},
		{12, "answer by repeating", c.repeatWithAnswer},
		{14, "answer in a terminal", c.terminal},
		{6, "withdraw", c.withdraw},
		{8, "fault", c.breakNext},
		{3, "crash", c.revive},
		{4, "crash in the middle", c.crash},
		{5, "settle", func() { _ = c.guard.SettleAll(c.t.Context()) }},
		{6, "look", c.look},
		{10, "time", c.time},
		{5, "drift", c.drift},
	}
	total := 0
	for _, a := range actions {
		total += a.weight
	}
	n := c.random.IntN(total)
	for _, a := range actions {
		if n -= a.weight; n < 0 {
			c.note("%s", a.name)
			a.act()
			return
		}
	}
}

func (c *chance) anyCall() string {
	c.cloud.mu.Lock()
	madeThings := slices.Clone(c.cloud.things[2:])
	c.cloud.mu.Unlock()
	if len(madeThings) > 0 && c.random.IntN(6) == 0 {
		return fmt.Sprintf(`{"account":"acme","do":"delete","id":%q}`, madeThings[c.random.IntN(len(madeThings))].ID)
	}
	calls := []string{
		makeWeb, `{"account":"acme","do":"make","name":"web-2","size":"s"}`, size("l"), stopOne, startOne, renameOne,
		`{"account":"acme","do":"rename","id":"thing-two","name":"2"}`, `{"account":"acme","do":"start","id":"thing-two"}`,
		`{"account":"acme","do":"stop","id":"thing-two"}`, `{"account":"acme","do":"delete","id":"thing-0001"}`,
	}
	return calls[c.random.IntN(len(calls))]
}

// answer makes a call; now and then its result reaches the client.
func (c *chance) answer(arguments string, more ...func(*guard.Request)) got {
	r := request(arguments)
	for _, f := range more {
		f(&r)
	}
	reply, err := c.guard.Call(c.t.Context(), r)
	g := got{Reply: reply}
	switch {
	case err != nil:
		g.err = tool.AsError(err)
		if g.err.Code == tool.CodeInternal && !errors.Is(err, errDead) {
			c.t.Errorf("%s: %v", arguments, err)
		}
	case reply.Ask == nil:
		g.outcome = reply.Output.(tool.Outcome)
	}
	c.note("  %s: %s %s", arguments, g, g.operation())
	if reply.Deliver != "" && c.random.IntN(3) > 0 {
		_ = c.guard.Delivered(c.t.Context(), reply.Deliver)
		c.note("  delivered")
	}
	return g
}

func (c *chance) plainCall() { c.answer(c.anyCall()) }

// anyAnswer draws how a person will answer, before the question exists.
func (c *chance) anyAnswer() func(guard.Question) (a guard.Answer, counts bool) {
	action := []guard.Action{guard.Accept, guard.Accept, guard.Decline, guard.Cancel}[c.random.IntN(4)]
	types := c.random.IntN(4) > 0
	return func(q guard.Question) (guard.Answer, bool) {
		a := guard.Answer{Action: action}
		if types {
			a.Typed = q.Typed
		}
		return a, a.Action == guard.Accept && a.Typed == q.Typed
	}
}

// formCall answers a form while the call waits, or later, or not at all.
func (c *chance) formCall() {
	after := time.Duration(c.random.Int64N(int64(80 * time.Second)))
	if c.random.IntN(4) == 0 {
		after = time.Duration(c.random.Int64N(int64(2 * time.Second)))
	}
	person := c.anyAnswer()
	c.answer(c.anyCall(), form(func(_ context.Context, q guard.Question) (guard.Answer, error) {
		a, counts := person(q)
		time.Sleep(after)
		if counts && after >= limits().FormMin {
			c.consent(q.Operation)
		}
		return a, nil
	}))
}

func (c *chance) roundTripCall() {
	call := c.anyCall()
	if g := c.answer(call, roundTrip); g.Ask != nil {
		c.asked = append(c.asked, question{call, g.State, *g.Ask, time.Now()})
	}
}

// repeatWithAnswer answers some question, often a stale one, and now and then with the
// state of another.
func (c *chance) repeatWithAnswer() {
	if len(c.asked) == 0 {
		return
	}
	q := c.asked[len(c.asked)-1-c.random.IntN(min(4, len(c.asked)))]
	a, counts := c.anyAnswer()(q.Question)
	shown := q
	if c.random.IntN(5) == 0 {
		shown = c.asked[c.random.IntN(len(c.asked))]
	}
	// A state is valid only for its own question, of the same call.
	if counts && shown.call == q.call && time.Since(shown.at) >= limits().FormMin {
		c.consent(shown.Operation)
	}
	if g := c.answer(q.call, answered(shown.state, a)); g.Ask != nil {
		c.asked = append(c.asked, question{q.call, g.State, *g.Ask, time.Now()})
	}
}

// terminal answers an operation as a person in a terminal.
func (c *chance) terminal() {
	pending, err := c.desk().Pending(c.t.Context())
	if err != nil || len(pending) == 0 {
		return
	}
	op := pending[c.random.IntN(len(pending))]
	if c.random.IntN(4) == 0 {
		_ = sayNo(c.desk(), op)
	} else if sayYes(c.desk(), op) == nil {
		c.consent(op.ID)
	}
}

func (c *chance) withdraw() {
	ops, err := c.world.store.Operations(c.t.Context(), store.OperationQuery{Limit: 3})
	if err == nil && len(ops) > 0 {
		_ = c.cancel(ops[c.random.IntN(len(ops))].ID)
	}
}

func (c *chance) breakNext() {
	faults := []fault{refused, ownRefusal, lostDone, lostUndone, plainError, panicBefore, panicAfter, hangsForEver}
	c.cloud.fault = faults[c.random.IntN(len(faults))]
}

// crash kills the process during a write, before or after the cloud has carried it out.
func (c *chance) crash() {
	if c.random.IntN(2) == 0 {
		c.cloud.fault = lostUndone
	}
	dying, killed := c.store, false
	c.cloud.hold = func() {
		dying.die()
		killed = true
	}
	for range 5 {
		c.answer(c.anyCall())
		if killed {
			break
		}
	}
	c.cloud.hold = nil
	c.revive()
}

func (c *chance) time() {
	time.Sleep(time.Duration(c.random.Int64N(int64([]time.Duration{3 * time.Second, time.Minute, 20 * time.Minute}[c.random.IntN(3)]))))
}

// drift changes something at the cloud without a call.
func (c *chance) drift() {
	c.cloud.mu.Lock()
	defer c.cloud.mu.Unlock()
	c.cloud.things[c.random.IntN(2)].Status = []string{"stop", "start"}[c.random.IntN(2)]
}

// fate draws the fate of a write that the cloud accepts as a job. If its response is lost
// and the job works, it is found before it is given up.
func (c *chance) fate(lost bool) (fate, bool) {
	states := []cloud.JobState{cloud.JobDone, cloud.JobDone, cloud.JobFailed, cloud.JobCancelled, cloud.JobVanished}
	f := fate{
		state: states[c.random.IntN(len(states))], after: time.Duration(c.random.Int64N(int64(200 * time.Second))),
		late: c.random.IntN(3) == 0, stays: c.random.IntN(2) == 0,
	}
	if lost {
		f.after /= 2
	} else if c.random.IntN(3) == 0 && f.state != cloud.JobVanished {
		f.after *= 5
	}
	return f, c.random.IntN(3) > 0
}

// look reads an operation in one of the ways that do not carry it out.
func (c *chance) look() {
	ops, err := c.world.store.Operations(c.t.Context(), store.OperationQuery{Limit: 5})
	if err != nil || len(ops) == 0 {
		return
	}
	id := ops[c.random.IntN(len(ops))].ID
	if c.random.IntN(2) == 0 {
		c.wait(id, time.Duration(c.random.Int64N(int64(30*time.Second))))
		return
	}
	detail, err := c.see(id)
	if err != nil {
		c.t.Errorf("get_operation %s: %v", id, err)
	} else if op := c.op(id); op.State != store.State(detail.State) {
		c.t.Errorf("get_operation says %s is %s, stored is %s", id, detail.State, op.State)
	}
}

// nothingIsUnsettled checks, when a request is sent, that no equal operation, and none
// that may have made the same, has an unknown outcome.
func (c *chance) nothingIsUnsettled(run tool.Run) {
	own := c.op(run.Operation)
	ops, err := c.world.store.Operations(c.t.Context(), store.OperationQuery{States: []store.State{store.Executing, store.Running, store.Unknown}})
	if err != nil {
		c.t.Error(err)
	}
	for _, op := range ops {
		same := op.Call == own.Call || op.State != store.Running && own.Equal != "" && op.Equal == own.Equal && op.Account == own.Account
		if op.ID != own.ID && same {
			c.t.Errorf("operation %s is sent while %s is %s", own.ID, op.ID, op.State)
		}
	}
}

// everythingEnds checks that each operation ends, and that get_operation,
// list_operations, the store and the audit agree on how.
func (c *chance) everythingEnds() {
	ops, err := c.world.store.Operations(c.t.Context(), store.OperationQuery{})
	if err != nil {
		c.t.Fatal(err)
	}
	told := map[string]tool.OperationState{}
	for _, op := range ops {
		for range 6 { // a job that has vanished is looked for a while
			c.wait(op.ID, 30*time.Second)
		}
		detail, err := c.see(op.ID)
		if err != nil {
			c.t.Fatal(err)
		}
		told[op.ID] = detail.State
		if store.State(detail.State).Open() {
			c.t.Errorf("operation %s is %s for ever: %v", op.ID, detail.State, c.kinds(op.ID))
		}
	}
	for cursor := ""; ; {
		var page cloud.Page[tool.OperationRow]
		err := c.own(func(ctx context.Context) (err error) {
			page, err = c.guard.ListOperations(ctx, tool.OperationFilter{Page: cloud.PageRequest{Limit: 50, Cursor: cursor}})
			return err
		})
		if err != nil {
			c.t.Fatal(err)
		}
		for _, row := range page.Items {
			if told[string(row.Operation)] != row.State {
				c.t.Errorf("operation %s: get_operation says %s, list_operations %s", row.Operation, told[string(row.Operation)], row.State)
			}
			delete(told, string(row.Operation))
		}
		if cursor = page.Next; cursor == "" {
			break
		}
	}
	if len(told) > 0 {
		c.t.Errorf("list_operations has not %v", told)
	}
	for _, op := range ops {
		c.auditAgrees(c.op(op.ID))
	}
}

// auditAgrees checks that the last record which changes a state matches the stored state.
func (c *chance) auditAgrees(op store.Operation) {
	ends := map[store.State][]string{
		store.Done: {"done", "settled"}, store.Failed: {"failed", "settled"}, store.Denied: {"denied"},
		store.Expired: {"expired"}, store.Withdrawn: {"withdrawn"}, store.Drifted: {"drifted"},
	}
	last := ""
	for _, kind := range c.kinds(op.ID) {
		if kind != "delivered" && kind != "no_answer" {
			last = kind
		}
	}
	if !slices.Contains(ends[op.State], last) {
		c.t.Errorf("operation %s is %s, the audit ends with %s: %v", op.ID, op.State, last, c.kinds(op.ID))
	}
}

// jobsAreTold checks that the outcome of a call matches what its job did.
func (c *chance) jobsAreTold() {
	for _, b := range c.cloud.background {
		op := c.op(b.operation)
		told := len(op.Jobs) > 0
		// Something that was made and deleted before the look left no trace.
		there := b.do == "make" && c.cloud.find(b.thing) >= 0
		var wrong bool
		if told {
			c.ends.add(b.state)
		}
		switch b.state {
		case cloud.JobDone:
			wrong = (told || there) && op.State != store.Done
		case cloud.JobFailed, cloud.JobCancelled:
			wrong = told && op.State != store.Failed
		case cloud.JobVanished:
			wrong = there && op.State != store.Done
		}
		if wrong {
			c.t.Errorf("operation %s is %s; its job %+v, told %v: %v", op.ID, op.State, b.fate, told, c.kinds(op.ID))
		}
	}
}

// check checks that everything sent was approved.
func (c *chance) check() {
	c.cloud.mu.Lock()
	runs := slices.Clone(c.cloud.runs)
	c.cloud.mu.Unlock()
	c.mu.Lock()
	defer c.mu.Unlock()
	seen := map[string]bool{}
	for _, run := range runs {
		if seen[run.Operation] {
			c.t.Errorf("operation %s was carried out twice", run.Operation)
		}
		seen[run.Operation] = true
		if tool.Highest(run.Plan.Effects) > tool.Change && !c.consented[run.Operation] {
			c.t.Errorf("operation %s was carried out and nobody approved it", run.Operation)
		}
	}
}

// atTheEnd checks the journal: each request follows an approval or a rule and has the
// plan that was shown, and the outcome of each create is true.
func (c *chance) atTheEnd() {
	c.cloud.mu.Lock()
	defer c.cloud.mu.Unlock()
	for _, run := range c.cloud.runs {
		kinds := strings.Join(c.kinds(run.Operation), " ")
		if !strings.Contains(kinds, "approved sent") && !strings.HasPrefix(kinds, "allowed sent") || strings.Count(kinds, "sent") != 1 {
			c.t.Errorf("operation %s: %s", run.Operation, kinds)
		}
		op := c.op(run.Operation)
		var shown tool.Plan
		if err := json.Unmarshal(op.Plan, &shown); err != nil {
			c.t.Error(err)
		}
		if len(shown.Targets) > 0 && (shown.Targets[0].Name != run.Plan.Targets[0].Name || shown.Targets[0].Status != run.Plan.Targets[0].Status) {
			c.t.Errorf("operation %s was shown %+v and carried out %+v", op.ID, shown.Targets, run.Plan.Targets)
		}
		inBackground := slices.ContainsFunc(c.cloud.background, func(b *background) bool { return b.operation == op.ID })
		if shown.MadeKind == "" || inBackground {
			continue
		}
		made := slices.Contains(c.cloud.worked, run.Operation)
		if made && op.State == store.Failed || !made && op.State == store.Done {
			c.t.Errorf("operation %s is %s, made is %v", op.ID, op.State, made)
		}
	}
	if c.cloud.later != nil {
		c.jobsAreTold()
	}
	if len(c.cloud.runs) < 10 {
		c.t.Errorf("only %d requests in the whole session: it tests nothing", len(c.cloud.runs))
	}
}
