package main

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"countersign/internal/audit"
	"countersign/internal/guard"
	"countersign/internal/store"
)

// strangers are three people on one server who know all of each other's operations
// and try to use them.
type strangers struct {
	*office
	random *rand.Rand
	tokens map[string]string
	// calls are all calls so far, of everybody.
	calls []strangerCall
	// approved are the operations that a person has approved.
	approved map[string]bool
	vms      []string
	tried    map[string]int
}

type strangerCall struct{ tool, arguments string }

// TestStrangersOverHTTP plays random sessions of three callers over HTTP, in both
// protocol revisions. Nobody can see, approve, withdraw, repeat or spend an
// operation of somebody else, and nothing is executed that a person did not approve
// for its caller.
func TestStrangersOverHTTP(t *testing.T) {
	t.Parallel()
	for seed := range uint64(3) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			t.Parallel()
			s := newStrangers(t, seed)
			for range 90 {
				s.step()
			}
			s.atTheEnd()
		})
	}
}

func newStrangers(t *testing.T, seed uint64) *strangers {
	s := &strangers{
		office: newOffice(t, "--toolsets", "default,grants"), random: rand.New(rand.NewPCG(seed, 3)), tokens: map[string]string{},
		approved: map[string]bool{}, tried: map[string]int{},
	}
	for _, name := range []string{"alice", "bob", "carol"} {
		s.tokens[name] = s.issuer.Token(resourceURL, name, everything, nil)
	}
	list := s.call(s.tokens["alice"], "list_vms", `{"account":"voltagepark"}`)
	for _, id := range regexp.MustCompile(`"id":"([0-9a-f-]{36})"`).FindAllStringSubmatch(list, -1) {
		s.vms = append(s.vms, id[1])
	}
	if len(s.vms) == 0 {
		t.Fatal(list)
	}
	return s
}

func (s *strangers) principal(who string) string { return s.issuer.URL + "#" + who }

// anybody returns one of the three.
func (s *strangers) anybody() string { return []string{"alice", "bob", "carol"}[s.random.IntN(3)] }

// anyOperation returns an operation of anybody, or an invented one if there is
// none.
func (s *strangers) anyOperation() string {
	ops, err := s.store.Operations(s.t.Context(), store.OperationQuery{})
	if err != nil || len(ops) == 0 {
		return "op_" + strings.Repeat("a", 20)
	}
	return ops[s.random.IntN(len(ops))].ID
}

func (s *strangers) step() {
	who, operation := s.anybody(), fmt.Sprintf(`{"operation":%q}`, s.anyOperation())
	switch n := s.random.IntN(100); {
	case n < 20:
		vm := s.vms[s.random.IntN(len(s.vms))]
		s.make(who, strangerCall{"power_vm", fmt.Sprintf(`{"account":"voltagepark","vm_id":%q,"action":%q}`, vm, []string{"stop", "start", "release"}[s.random.IntN(3)])})
	case n < 28:
		s.make(who, strangerCall{"create_vm", fmt.Sprintf(`{"account":"hostup","hostup_vps":{"name":"web-%d","cpu_cores":2,"memory_gb":4,"storage_gb":80,"region":"stockholm"}}`, s.random.IntN(3))})
	case n < 55 && len(s.calls) > 0:
		s.make(who, s.calls[s.random.IntN(len(s.calls))]) // perhaps a call that was approved for another caller
	case n < 63:
		s.make(who, strangerCall{"get_operation", operation})
	case n < 70:
		s.make(who, strangerCall{"cancel_operation", operation})
	case n < 76:
		s.make(who, strangerCall{"list_operations", `{}`})
	case n < 80:
		s.make(who, strangerCall{"wait_operation", strings.TrimSuffix(operation, "}") + `,"seconds":1}`})
	case n < 84:
		s.make(who, strangerCall{"list_grants", `{}`})
	default:
		s.person()
	}
}

// person approves a waiting operation of anybody.
func (s *strangers) person() {
	desk := guard.Desk{Store: s.store, Now: time.Now, UseTTL: 10 * time.Minute}
	waiting, err := desk.Pending(s.t.Context())
	if err != nil || len(waiting) == 0 {
		return
	}
	op := waiting[s.random.IntN(len(waiting))]
	if err := desk.Approve(s.t.Context(), op, guard.Approval{By: "dana", Road: guard.RoadTerminal, Terminal: "/dev/pts/9"}); err != nil {
		s.t.Error(err)
	}
	s.approved[op.ID] = true
}

var anOperation = regexp.MustCompile(`op_[a-z0-9]{20}`)

// make makes a call in one of the revisions and checks the operations in the
// response.
func (s *strangers) make(who string, c strangerCall) {
	before := s.states()
	answer := s.say(who, c)
	s.tried[c.tool]++
	if strings.HasSuffix(c.tool, "_vm") {
		s.calls = append(s.calls, c)
	}
	for _, id := range anOperation.FindAllString(answer, -1) {
		op, err := s.store.Operation(s.t.Context(), id)
		if err != nil {
			continue // an invented ID that the response only repeats
		}
		if op.Principal != s.principal(who) {
			s.t.Errorf("%s is told of operation %s of %s: %s %s: %s", who, id, op.Principal, c.tool, c.arguments, answer)
		}
	}
	for id, was := range before {
		op, err := s.store.Operation(s.t.Context(), id)
		if err != nil {
			s.t.Fatal(err)
		}
		if op.State != was && op.Principal != s.principal(who) {
			s.t.Errorf("operation %s of %s was %s and is %s after %s called %s %s", id, op.Principal, was, op.State, who, c.tool, c.arguments)
		}
	}
}

func (s *strangers) states() map[string]store.State {
	ops, err := s.store.Operations(s.t.Context(), store.OperationQuery{})
	if err != nil {
		s.t.Fatal(err)
	}
	states := map[string]store.State{}
	for _, op := range ops {
		states[op.ID] = op.State
	}
	return states
}

// say makes a call over HTTP, in a random revision.
func (s *strangers) say(who string, c strangerCall) string {
	if s.random.IntN(2) == 0 {
		return s.call(s.tokens[who], c.tool, c.arguments)
	}
	const revision = "2026-07-28"
	body, err := json.Marshal(map[string]any{"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": map[string]any{
		"name": c.tool, "arguments": json.RawMessage(c.arguments), "_meta": map[string]any{
			"io.modelcontextprotocol/protocolVersion":    revision,
			"io.modelcontextprotocol/clientInfo":         map[string]string{"name": "stranger", "version": "1"},
			"io.modelcontextprotocol/clientCapabilities": map[string]any{},
		},
	}})
	if err != nil {
		s.t.Fatal(err)
	}
	r, err := http.NewRequest(http.MethodPost, s.url+"/mcp", strings.NewReader(string(body)))
	if err != nil {
		s.t.Fatal(err)
	}
	for name, value := range map[string]string{
		"Content-Type": "application/json", "Accept": "application/json, text/event-stream",
		"MCP-Protocol-Version": revision, "Mcp-Method": "tools/call", "Mcp-Name": c.tool,
	} {
		r.Header.Set(name, value)
	}
	status, answer := s.send(s.tokens[who], r)
	if status != http.StatusOK {
		s.t.Errorf("%d %s", status, answer)
	}
	return answer
}

// atTheEnd compares what was sent to the clouds with what people approved.
func (s *strangers) atTheEnd() {
	ops, err := s.store.Operations(s.t.Context(), store.OperationQuery{})
	if err != nil {
		s.t.Fatal(err)
	}
	sent := 0
	for _, op := range ops {
		if op.SentAt.IsZero() || op.Road == "policy" { // reversible and free
			continue
		}
		sent++
		if !s.approved[op.ID] {
			s.t.Errorf("operation %s of %s was sent and nobody approved it", op.ID, op.Principal)
		}
	}
	if found, err := audit.VerifyStore(s.t.Context(), s.store, audit.Sources{}); err != nil || found.Broken != nil {
		s.t.Errorf("audit: %v %v", found.Broken, err)
	}
	if sent < 3 || s.tried["cancel_operation"] == 0 || s.tried["get_operation"] == 0 {
		s.t.Errorf("%d were sent, tried %v: it tests nothing", sent, s.tried)
	}
}
