package guard_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rs/zerolog"

	"countersign/internal/audit"
	"countersign/internal/cloud"
	"countersign/internal/guard"
	"countersign/internal/policy"
	"countersign/internal/store"
	"countersign/internal/store/sqlite"
	"countersign/internal/tool"
)

// world is a guard on a real store, with a cloud in memory behind it. Time is
// the bubble's: it stands still until everybody waits.
type world struct {
	t     testing.TB
	dir   string
	store *sqlite.Store
	cloud *memory
	guard *guard.Guard

	mu        sync.Mutex
	dead      map[string]bool
	instances int
	// tampered is true if a test has altered the audit, so that it need not verify.
	tampered bool
}

// story runs a test in a world of its own.
func story(t *testing.T, tell func(t *testing.T, w *world)) {
	t.Helper()
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		s, err := sqlite.Open(t.Context(), dir)
		if err != nil {
			t.Fatal(err)
		}
		w := &world{t: t, dir: dir, store: s, cloud: &memory{}, dead: map[string]bool{}}
		t.Cleanup(func() {
			synctest.Wait()
			if !w.tampered {
				w.verifyAudit()
			}
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		})
		w.restart()
		tell(t, w)
	})
}

func limits() guard.Limits {
	return guard.Limits{
		AskTTL: 15 * time.Minute, UseTTL: 10 * time.Minute, FormWait: 45 * time.Second, FormMin: time.Second,
		Execute: time.Minute, SettleGrace: 2 * time.Minute, MaxPending: 20,
	}
}

// restart kills the process that had the guard, and starts another one on the same state.
func (w *world) restart(change ...func(*guard.Options)) {
	w.mu.Lock()
	w.dead[fmt.Sprintf("inst_%d", w.instances)] = true
	w.instances++
	instance := fmt.Sprintf("inst_%d", w.instances)
	w.mu.Unlock()
	w.guard = w.process(instance, change...)
}

// process starts one more process on the same state.
func (w *world) process(instance string, change ...func(*guard.Options)) *guard.Guard {
	opts := guard.Options{
		Store: w.store, Rules: policy.Standard(), Log: zerolog.Nop(), Now: time.Now, Key: []byte(strings.Repeat("k", 32)),
		Instance: instance, Limits: limits(),
		Alive: func(id string) bool {
			w.mu.Lock()
			defer w.mu.Unlock()
			return !w.dead[id]
		},
		ApproveCommand: func(op string) string { return "countersign approve " + op },
	}
	for _, f := range change {
		f(&opts)
	}
	g := guard.New(opts)
	g.Use(w.cloud.tool(), readTool())
	return g
}

// got is the response to a call.
type got struct {
	guard.Reply
	outcome tool.Outcome
	err     *tool.Error
}

func (g got) String() string {
	switch {
	case g.err != nil:
		return "error " + string(g.err.Code)
	case g.Ask != nil:
		return "form"
	case g.outcome.Repeated:
		return string(g.outcome.Status) + " repeated"
	}
	return string(g.outcome.Status)
}

// operation returns the ID of the operation that a response is about.
func (g got) operation() string {
	switch {
	case g.err != nil:
		return g.err.Operation
	case g.Ask != nil:
		return g.Ask.Operation
	}
	return g.outcome.Operation
}

func (w *world) call(arguments string, more ...func(*guard.Request)) got {
	w.t.Helper()
	return callOn(w.t, w.guard, arguments, more...)
}

func callOn(t testing.TB, g *guard.Guard, arguments string, more ...func(*guard.Request)) got {
	t.Helper()
	r := request(arguments)
	for _, f := range more {
		f(&r)
	}
	reply, err := g.Call(t.Context(), r)
	answer := got{Reply: reply}
	if err != nil {
		answer.err = tool.AsError(err)
		if answer.err.Code == tool.CodeInternal {
			t.Errorf("%s: %v", arguments, err)
		}
		return answer
	}
	if reply.Ask == nil {
		answer.outcome = reply.Output.(tool.Outcome)
	}
	return answer
}

func request(arguments string) guard.Request {
	return guard.Request{Tool: "act", Arguments: json.RawMessage(arguments), Principal: "alice"}
}

// want fails unless a response reads as it should.
func (g got) want(t testing.TB, text string) got {
	t.Helper()
	if g.String() != text {
		t.Fatalf("got %s (%+v, %+v), want %s", g, g.outcome, g.err, text)
	}
	return g
}

func as(principal string) func(*guard.Request) {
	return func(r *guard.Request) { r.Principal = principal }
}

// roundTrip is a client that answers by repeating the call.
func roundTrip(r *guard.Request) { r.RoundTrip = true }

func answered(state string, a guard.Answer) func(*guard.Request) {
	return func(r *guard.Request) { r.RoundTrip, r.State, r.Answer = true, state, &a }
}

// form is a client that answers while the call waits.
func form(ask func(ctx context.Context, q guard.Question) (guard.Answer, error)) func(*guard.Request) {
	return func(r *guard.Request) { r.Form = ask }
}

// saying answers a form after some time.
func saying(a guard.Answer, after time.Duration) func(*guard.Request) {
	return form(func(context.Context, guard.Question) (guard.Answer, error) {
		time.Sleep(after)
		return a, nil
	})
}

func (w *world) op(id string) store.Operation {
	w.t.Helper()
	op, err := w.store.Operation(w.t.Context(), id)
	if err != nil {
		w.t.Fatalf("operation %q: %v", id, err)
	}
	return op
}

func (w *world) wantState(id string, state store.State) {
	w.t.Helper()
	if op := w.op(id); op.State != state {
		w.t.Fatalf("operation is %s, want %s", op.State, state)
	}
}

func (w *world) desk() guard.Desk {
	return guard.Desk{Store: w.store, Now: time.Now, UseTTL: limits().UseTTL}
}

func person() guard.Approval {
	return guard.Approval{By: "bob", Road: "terminal", Terminal: "/dev/pts/1"}
}

func (w *world) approve(id string) {
	w.t.Helper()
	if err := w.desk().Approve(w.t.Context(), w.op(id), person()); err != nil {
		w.t.Fatal(err)
	}
}

// begin makes a call and approves what was asked.
func (w *world) begin(arguments string) string {
	w.t.Helper()
	id := w.call(arguments).want(w.t, "approval_required").operation()
	w.approve(id)
	return id
}

func (w *world) deliver(id string) {
	w.t.Helper()
	if err := w.guard.Delivered(w.t.Context(), id); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) wantSent(n int) {
	w.t.Helper()
	if sent := w.cloud.sent(); sent != n {
		w.t.Fatalf("%d requests were sent, want %d", sent, n)
	}
}

func (w *world) verifyAudit() {
	w.t.Helper()
	found, err := audit.VerifyStore(context.Background(), w.store, audit.Sources{})
	if err != nil || found.Broken != nil {
		w.t.Errorf("audit: %v %v", found.Broken, err)
	}
}

// kinds returns the kinds of an operation's audit records.
func (w *world) kinds(id string) []string {
	w.t.Helper()
	var kinds []string
	err := w.store.Records(w.t.Context(), 0, func(r store.Record) bool {
		if r.Operation == id {
			kinds = append(kinds, r.Kind)
		}
		return true
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return kinds
}

// thing is something in the cloud in memory.
type thing struct{ ID, Name, Status, Marker string }

// memory is a cloud in memory with one tool.
type memory struct {
	mu     sync.Mutex
	things []thing
	runs   []tool.Run // that were sent
	worked []string   // operations whose request did its work
	// fault is what goes wrong with the next write.
	fault fault
	// hold is called while a write is under way.
	hold func()
	// alter changes every plan.
	alter func(*tool.Plan)
	// settles replaces the findings of settling.
	settles func() (tool.Settlement, error)
	// others are the IDs that the last search was told to leave out.
	others []string
	// jobs are the jobs that a write begins, as the cloud shows them now.
	jobs []cloud.Job
	// short is the text of a response about what is not done. With noIDs, responses have no IDs.
	short string
	noIDs bool
	// parts are the results that a write returns for single things.
	parts []cloud.Job
	// kindless is true if the kind of what jobs make is unknown.
	kindless bool
	// asked are the jobs that were read last.
	asked []cloud.JobID
	// reading is called while the jobs are read.
	reading func()
	// later draws whether the cloud runs a write as a job, and how that ends; lost is true if
	// the response will not arrive.
	later      func(lost bool) (fate, bool)
	background []*background
	// sending is called when a write arrives.
	sending func(tool.Run)
	// burnFails is the error of reading the things; with priceless the cloud has no prices.
	burnFails error
	priceless bool
	// since is when things were made; zero for just now.
	since time.Time
}

// fault is what goes wrong with a write.
type fault string

const (
	refused      fault = "refused"               // the cloud says no
	lostDone     fault = "done, answer lost"     // it did the work
	lostUndone   fault = "not done, answer lost" // it did not
	plainError   fault = "done, then a strange error"
	panicBefore  fault = "panic before"
	panicAfter   fault = "panic after"
	hangsForEver fault = "hangs"
	ownRefusal   fault = "our own refusal"
)

type actInput struct {
	Account  cloud.AccountName `json:"account"`
	Do       string            `json:"do"`
	ID       string            `json:"id,omitempty"`
	Name     string            `json:"name,omitempty"`
	Size     string            `json:"size,omitempty"`
	Password cloud.Secret      `json:"password,omitzero"`
}

func (m *memory) tool() *tool.Definition {
	return m.toolOf(tool.Spec{Name: "act", Effect: tool.Destroy})
}

func (m *memory) toolOf(spec tool.Spec) *tool.Definition {
	kind := "thing"
	if m.kindless {
		kind = ""
	}
	return tool.NewWrite(spec, tool.Writer[actInput]{
		Account: func(in actInput) cloud.AccountName { return in.Account },
		Plan:    m.plan,
		Execute: m.execute,
		Settle:  m.settle,
		Follow:  m.follow,
		Kind:    kind,
	})
}

func (m *memory) follow(_ context.Context, _ cloud.AccountName, asked []cloud.JobID) ([]cloud.Job, error) {
	if m.later != nil {
		return m.shownJobs(asked), nil
	}
	m.mu.Lock()
	m.asked = asked
	jobs, reading := slices.Clone(m.jobs), m.reading
	m.mu.Unlock()
	if reading != nil {
		reading()
	}
	return jobs, nil
}

func readTool() *tool.Definition {
	return tool.NewRead(tool.Spec{Name: "look"}, func(_ context.Context, in actInput) (string, error) { return in.Name, nil })
}

func price(perHour string) cloud.Price {
	m, err := cloud.NewMoney(perHour, "EUR")
	if err != nil {
		panic(err)
	}
	return cloud.HourlyPrice(m, "the price list")
}

func (m *memory) plan(_ context.Context, in actInput) (tool.Plan, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.pass()
	p := tool.Plan{Account: in.Account, Summary: in.Do + " " + in.ID}
	if in.Do == "make" {
		p.Effects, p.Facts = []tool.Effect{tool.Bill}, []cloud.Fact{{Label: "name", Value: in.Name}}
		p.Cost, p.Equal, p.Marks = &tool.Cost{After: price("1.50")}, "thing|"+in.Size, true
		p.MadeKind, p.MadeNames = "thing", []string{in.Name}
	} else {
		i := m.find(in.ID)
		if i < 0 {
			return p, &cloud.Error{Kind: cloud.ErrUnknownID, Account: in.Account, Operation: "find thing", Message: "no such thing"}
		}
		t := m.things[i]
		p.Targets = []tool.Target{{Kind: "thing", ID: t.ID, Name: t.Name, Status: t.Status}}
		p.Effects = []tool.Effect{map[string]tool.Effect{"rename": tool.Change, "stop": tool.Disrupt, "start": tool.Bill, "delete": tool.Destroy}[in.Do]}
		p.Changes = []tool.FieldChange{{Field: "name", Before: t.Name, After: in.Name}}
		if in.Do != "rename" {
			p.Changes = []tool.FieldChange{{Field: "status", Before: t.Status, After: in.Do}}
		}
		if t.Status == in.Do || in.Do == "rename" && t.Name == in.Name {
			p.Nothing = "It is so already."
		}
	}
	if m.alter != nil {
		m.alter(&p)
	}
	return p, nil
}

func (m *memory) find(id string) int {
	return slices.IndexFunc(m.things, func(t thing) bool { return t.ID == id })
}

func (m *memory) execute(ctx context.Context, in actInput, run tool.Run) (tool.Made, error) {
	m.mu.Lock()
	m.runs = append(m.runs, run)
	fault, hold, sending := m.fault, m.hold, m.sending
	m.fault = ""
	m.mu.Unlock()
	if sending != nil {
		sending(run)
	}
	if hold != nil {
		hold()
	}
	lost := &cloud.Error{Kind: cloud.ErrUnavailable, Account: in.Account, Operation: in.Do, Message: "no answer", Ambiguous: true}
	switch fault {
	case refused:
		return tool.Made{}, &cloud.Error{Kind: cloud.ErrInvalid, Account: in.Account, Operation: in.Do, Status: 400, Message: "the vendor's words"}
	case ownRefusal:
		return tool.Made{}, tool.Errorf(tool.CodeNotPossible, "Read it.", "It went away.")
	case lostUndone:
		return tool.Made{}, lost
	case panicBefore:
		panic("before")
	case hangsForEver:
		<-ctx.Done()
		lost.Err = ctx.Err()
		return tool.Made{}, lost
	}
	made := m.work(in, run, fault != "" || hold != nil)
	switch fault {
	case lostDone:
		return tool.Made{}, lost
	case plainError:
		return tool.Made{}, fmt.Errorf("the answer has no ID")
	case panicAfter:
		panic("after")
	}
	return made, nil
}

// work carries a write out, or begins to.
func (m *memory) work(in actInput, run tool.Run, lost bool) tool.Made {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.later != nil {
		if f, ok := m.later(lost); ok {
			return m.begin(in, run, f)
		}
	}
	made := made(m.apply(in, run))
	if made.Shortfall = m.short; m.noIDs {
		made.IDs = nil
	}
	made.Parts = m.parts
	for _, job := range m.jobs {
		made.Jobs = append(made.Jobs, job.ID)
	}
	return made
}

// apply changes what was requested; something that no longer exists stays so.
func (m *memory) apply(in actInput, run tool.Run) string {
	m.worked = append(m.worked, run.Operation)
	i := m.find(in.ID)
	if in.Do != "make" && i < 0 {
		return in.ID
	}
	switch in.Do {
	case "make":
		id := fmt.Sprintf("thing-%04d", len(m.runs))
		m.things = append(m.things, thing{ID: id, Name: in.Name, Status: "start", Marker: run.Marker})
		return id
	case "rename":
		m.things[i].Name = in.Name
	case "delete":
		m.things = slices.Delete(m.things, i, i+1)
	default:
		m.things[i].Status = in.Do
	}
	return in.ID
}

func made(id string) tool.Made {
	return tool.Made{Summary: "Did it.", IDs: []tool.MadeID{{Kind: "thing", ID: id}}}
}

func (m *memory) settle(_ context.Context, intent tool.Intent) (tool.Settlement, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.pass()
	m.others = intent.Others
	if m.settles != nil {
		return m.settles()
	}
	done := func(id string) (tool.Settlement, error) {
		return tool.Settlement{Finding: tool.FoundDone, Made: made(id)}, nil
	}
	if intent.Marker != "" {
		for _, t := range m.things {
			if t.Marker == intent.Marker {
				return done(t.ID)
			}
		}
		return tool.Settlement{Finding: tool.FoundNothing}, nil
	}
	id, change := intent.Plan.Targets[0].ID, intent.Plan.Changes[0]
	i := m.find(id)
	if i < 0 && change.After == "delete" || i >= 0 && (m.things[i].Status == change.After || change.Field == "name" && m.things[i].Name == change.After) {
		return done(id)
	}
	return tool.Settlement{Finding: tool.FoundNothing}, nil
}

func (m *memory) sent() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.runs)
}

func (m *memory) add(things ...thing) { m.things = append(m.things, things...) }

const (
	makeWeb   = `{"account":"acme","do":"make","name":"web","size":"s"}`
	stopOne   = `{"account":"acme","do":"stop","id":"thing-one"}`
	startOne  = `{"account":"acme","do":"start","id":"thing-one"}`
	renameOne = `{"account":"acme","do":"rename","id":"thing-one","name":"new"}`
	deleteOne = `{"account":"acme","do":"delete","id":"thing-one"}`
)

func one() thing { return thing{ID: "thing-one", Name: "one", Status: "start"} }

type ctx = context.Context

func pageOf(limit int) cloud.PageRequest { return cloud.PageRequest{Limit: limit} }
