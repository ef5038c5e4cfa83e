package main

import (
	"encoding/json"
	"fmt"

	"countersign/internal/guard"
	"countersign/internal/tool"
)

// aboutOperation lets an agent read, wait for or cancel an operation, sometimes of
// somebody else.
func (s *simulation) aboutOperation() {
	if len(s.operations) == 0 {
		return
	}
	id := s.operations[max(0, len(s.operations)-1-s.random.IntN(6))]
	c := s.newCall(s.makers[id].principal, nil)
	if s.chance(5) {
		c.principal = pick(s, principals())
	}
	name := pick(s, []string{"get_operation", "get_operation", "wait_operation", "wait_operation", "cancel_operation"})
	s.start(c.who, false, func() { c.operation(name, id) })
}

// operation calls a tool for an operation.
func (c *simulatedCall) operation(name, id string) {
	arguments := map[string]any{"operation": id}
	if name == "wait_operation" {
		arguments["seconds"] = 1 + c.random.IntN(30)
	}
	raw, err := json.Marshal(arguments)
	if err != nil {
		c.t.Fatal(err)
	}
	c.note("%s: %s at %s: %s %s", c.who, c.principal, c.server.name, name, raw)
	own := c.makers[id].principal == c.principal
	reply, heard, err := c.send(guard.Request{Tool: name, Arguments: raw})
	if !heard {
		return
	}
	if err != nil {
		c.handleError(err)
		return
	}
	c.invariant("own operations", own, "%s is told of %s by %s", c.principal, id, name)
	c.noteReported(id)
	text, err := json.Marshal(reply.Output)
	if err != nil {
		c.t.Fatal(err)
	}
	c.secretFree("a result of "+name, string(text))
	c.tally.event("call " + name)
	if out, ok := reply.Output.(tool.Outcome); ok && out.Status == tool.StatusDone {
		c.note("%s: %s is withdrawn", c.who, id)
		c.withdrawn[id] = true
	}
}

// randomRead lets an agent call a read tool.
func (s *simulation) randomRead() {
	c := s.newCall(pick(s, principals()), nil)
	name, arguments := "list_vms", "{}"
	if s.chance(3) {
		name = pick(s, []string{"list_operations", "list_costs", "list_offers", "list_accounts"})
	}
	s.start(c.who, false, func() {
		reply, heard, err := c.send(guard.Request{Tool: name, Arguments: json.RawMessage(arguments)})
		if !heard {
			return
		}
		if err != nil {
			c.handleError(err)
			return
		}
		text, err := json.Marshal(reply.Output)
		if err != nil {
			c.t.Fatal(err)
		}
		c.note("%s: %s reads %s", c.who, c.principal, name)
		c.secretFree("a result of "+name, string(text))
		if name == "list_operations" {
			c.ownOperationsOnly(text)
		}
	})
}

// ownOperationsOnly checks that list_operations shows only operations of the
// caller.
func (c *simulatedCall) ownOperationsOnly(text []byte) {
	var list struct {
		Operations []struct{ Operation string }
	}
	if err := json.Unmarshal(text, &list); err != nil {
		c.t.Fatal(err)
	}
	for _, op := range list.Operations {
		maker := c.makers[op.Operation]
		c.invariant("own operations", maker != nil && maker.principal == c.principal, "%s is listed %s", c.principal, fmt.Sprint(op))
	}
}
