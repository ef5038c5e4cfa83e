package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"countersign/internal/guard"
	"countersign/internal/store"
	"countersign/internal/tool"
)

// openForm is a question that a client of the modern protocol received. It answers
// by repeating its call.
type openForm struct {
	task      *task
	principal string
	state     string
	question  guard.Question
}

// principals returns the principals of the agents.
func principals() []string { return []string{"alice", "bob", "carol"} }

// anyServer returns one of the running servers.
func (s *simulation) anyServer() *server { return s.servers[s.random.IntN(len(s.servers))] }

// newCall returns the next call of an agent, at a random server.
func (s *simulation) newCall(principal string, d *task) *simulatedCall {
	c := &simulatedCall{simulation: s, who: fmt.Sprintf("call-%d", len(s.calls)+1), server: s.anyServer(), principal: principal, task: d, began: s.turns.tick(), at: time.Now()}
	s.calls = append(s.calls, c)
	return c
}

// do makes the call and checks its result. more can change the request.
func (c *simulatedCall) do(more func(*guard.Request)) {
	r := guard.Request{Tool: c.task.tool, Arguments: json.RawMessage(c.task.argumentsJSON())}
	if more != nil {
		more(&r)
	}
	if c.delay > 0 {
		time.Sleep(c.delay)
		c.turns.wait(c.who, "calls at last")
		c.began, c.at = c.turns.tick(), time.Now()
	}
	c.note("%s: %s at %s: %s %s", c.who, c.principal, c.server.name, r.Tool, redacted(r.Arguments))
	c.tally.event("call " + r.Tool)
	reply, heard, err := c.send(r)
	c.ended = c.turns.tick()
	for _, e := range c.sentWrites {
		if e.call == c {
			e.ended = c.ended
		}
	}
	if !heard {
		c.note("%s: the connection is lost", c.who)
		return
	}
	if err != nil {
		c.handleError(err)
		return
	}
	c.handleReply(reply)
}

// handleError checks a call that ended in an error.
func (c *simulatedCall) handleError(err error) {
	e := tool.AsError(err)
	c.note("%s: refused: %s %s %s", c.who, e.Code, e.Operation, e.Message)
	c.tally.event("refused " + string(e.Code))
	ours := errors.Is(err, errFull) || errors.Is(err, errLock) || c.wire != nil && c.faults > 0
	c.invariant("explained", e.Code != tool.CodeInternal || ours, "%s: %v", c.who, err)
	raw, marshalErr := json.Marshal(e)
	if marshalErr != nil {
		c.t.Fatal(marshalErr)
	}
	c.secretFree("an error", string(raw)+err.Error())
}

// handleReply checks a call that received a reply.
func (c *simulatedCall) handleReply(reply guard.Reply) {
	if reply.Ask != nil {
		c.note("%s: asked about %s", c.who, reply.Ask.Operation)
		c.secretFree("a question", reply.Ask.Text)
		c.forms = append(c.forms, &openForm{c.task, c.principal, reply.State, *reply.Ask})
		return
	}
	raw, err := json.Marshal(reply.Output)
	if err != nil {
		c.t.Fatal(err)
	}
	c.secretFree("a result", string(raw)+reply.Text)
	out, ok := reply.Output.(tool.Outcome)
	if !ok {
		return
	}
	again := ""
	if out.Repeated {
		again = ", repeated"
	}
	c.note("%s: %s %s%s", c.who, out.Status, out.Operation, again)
	c.noteReported(out.Operation)
	c.tally.event("answered " + string(out.Status) + again)
	c.judgeReply(out)
	if reply.Deliver != "" && !c.chance(3) {
		if err := c.server.guard.Delivered(c.context(), reply.Deliver); err != nil {
			c.note("%s: delivery not noted: %v", c.who, err)
		}
	}
}

// noteReported records that a caller was informed that an operation is done or
// running.
func (s *simulation) noteReported(operation string) {
	if state := s.states[operation]; state == store.Done || state == store.Running {
		s.reported[operation] = true
	}
}

// judgeReply checks that a reply is consistent with what was sent.
func (c *simulatedCall) judgeReply(out tool.Outcome) {
	if out.Operation == "" {
		c.invariant("told as it is", c.sent == 0, "%s sent something and says there was nothing to do", c.who)
		return
	}
	maker := c.makers[out.Operation]
	c.invariant("own operations", maker != nil && maker.principal == c.principal && maker.key() == c.key(), "%s is told of %s, which is of another call", c.who, out.Operation)
	if out.Status != tool.StatusDone {
		return
	}
	// A write that this call sent and that another call settled counts as
	// repeated.
	c.invariant("told as it is", out.Repeated || c.sent > 0, "%s sent nothing and is answered %+v", c.who, out)
	c.invariant("told as it is", c.sent == 0 || c.journaled == out.Operation, "%s sent for %s and is answered %+v", c.who, c.journaled, out)
}

// begin starts a call with a random kind of client.
func (s *simulation) begin(c *simulatedCall) {
	if c == nil {
		return
	}
	plain := func() { c.do(nil) }
	way := pick(s, []func(){plain, plain, c.withForm, c.roundTrip})
	s.start(c.who, false, way)
	s.disturb(c)
}

// againCall repeats an earlier call. Agents do so after a lost response, and
// sometimes for no reason.
func (s *simulation) againCall() *simulatedCall {
	if len(s.calls) == 0 {
		return nil
	}
	old := s.calls[max(0, len(s.calls)-1-s.random.IntN(8))]
	if old.task == nil {
		return nil
	}
	principal := old.principal
	if s.chance(10) {
		principal = pick(s, principals())
	}
	return s.newCall(principal, old.task)
}

// rush repeats all approved calls at the same time, and the first of them twice.
func (s *simulation) rush() {
	begun := 0
	for _, id := range slices.Backward(s.operations) {
		if s.states[id] != store.Approved || begun == 4 {
			continue
		}
		maker := s.makers[id]
		s.begin(s.newCall(maker.principal, maker.task))
		if begun++; begun == 1 {
			s.begin(s.newCall(maker.principal, maker.task))
		}
	}
	if begun > 1 {
		s.tally.event("rushes")
	}
}

// approvedCall repeats an approved call.
func (s *simulation) approvedCall() *simulatedCall {
	for _, k := range slices.Backward(s.consents) {
		if maker := s.makers[k.operation]; !k.used && s.states[k.operation] == store.Approved {
			c := s.newCall(maker.principal, maker.task)
			if s.chance(4) { // an agent can also be slow
				c.delay = k.until.Sub(s.now()) - s.between(-time.Minute, time.Minute)
			}
			return c
		}
	}
	return s.againCall()
}
