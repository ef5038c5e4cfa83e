package main

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"countersign/internal/guard"
	"countersign/internal/store"
)

// The ways in which people and callers approve.
const (
	roadForm     = "form"
	roadTerminal = "terminal"
	roadCaller   = "caller"
)

// desk starts people who answer in terminals.
type desk struct {
	*simulation
	store *simulatedStore
	seats int
}

func (d *desk) guard() guard.Desk {
	return guard.Desk{Store: d.store, Now: d.now, UseTTL: d.cfg.UseTTL}
}

// visit starts a person at a terminal.
func (d *desk) visit() {
	d.seats++
	c := &simulatedCall{simulation: d.simulation, who: fmt.Sprintf("person-%d", d.seats)}
	d.start(c.who, false, func() { d.terminal(c) })
}

// terminal lets a person read a waiting operation, think, and answer, sometimes
// twice.
func (d *desk) terminal(c *simulatedCall) {
	pending, err := d.guard().Pending(c.context())
	d.turns.wait(c.who, "has looked")
	if err != nil || len(pending) == 0 {
		return
	}
	op := pick(d.simulation, pending)
	q, err := d.guard().Question(c.context(), op)
	d.turns.wait(c.who, "reads")
	d.invariant("shown", err == nil, "%s cannot be shown: %v", op.ID, err)
	if err != nil {
		return
	}
	d.reviewQuestion(q)
	think := d.between(2*time.Second, 30*time.Second)
	if d.chance(8) {
		think = d.between(10*time.Minute, 20*time.Minute)
	}
	time.Sleep(think)
	d.turns.wait(c.who, "answers")
	twice := d.chance(4)
	d.answer(c, op, q)
	if twice {
		d.start(c.who+" again", true, func() { d.answer(c, op, q) })
	}
}

// answer approves or denies an operation.
func (d *desk) answer(c *simulatedCall, op store.Operation, q guard.Question) {
	if d.chance(5) {
		err := d.guard().Deny(c.context(), op, guard.Approval{By: "dana", Road: roadTerminal, Terminal: "/dev/pts/7"}, "not now")
		d.turns.wait(c.who, "has denied")
		d.note("%s denies %s: %v", c.who, op.ID, err)
		return
	}
	a := guard.Answer{Action: guard.Accept, Typed: d.typed(q)}
	if !q.Consents(a) {
		d.note("%s types %q for %s", c.who, a.Typed, op.ID)
		return
	}
	if d.isYes(q, a) {
		d.recordConsent(q, roadTerminal)
	}
	err := d.guard().Approve(c.context(), op, guard.Approval{By: "dana", Road: roadTerminal, Terminal: "/dev/pts/7"})
	d.turns.wait(c.who, "has approved")
	d.note("%s approves %s: %v", c.who, op.ID, err)
	d.tally.event("approved in a terminal")
}

// typed returns what a person types, usually the right text.
func (s *simulation) typed(q guard.Question) string {
	switch {
	case q.Typed == "": // the terminal itself asks for a yes
		return ""
	case s.chance(6):
		return pick(s, []string{"", "yes", strings.ToUpper(q.Typed) + "x", "new-1", "delete 1 VM"})
	}
	return q.Typed
}

// reviewQuestion checks a question as a person does who knows what the agent wants.
func (s *simulation) reviewQuestion(q guard.Question) {
	maker := s.makers[q.Operation]
	if maker == nil || maker.task == nil {
		s.violate("shown", "nobody asked for %s", q.Operation)
		return
	}
	s.secretFree("a question", q.Text)
	escalated := len(maker.ruleSet().protected) > 0 && maker.task.tool == "update_vm"
	s.invariant("typed", (q.Typed != "") == maker.task.destroys || escalated, "%s has to be typed %q", q.Operation, q.Typed)
	if q.Typed != "" {
		s.invariant("typed", slices.Contains(s.validTexts(maker), q.Typed), "%s has to be typed %q, of %q", q.Operation, q.Typed, s.validTexts(maker))
	}
}

// validTexts returns the texts that identify the target which is destroyed.
func (s *simulation) validTexts(c *simulatedCall) []string {
	id := c.task.target
	return append(s.namesSince(c.task.vendor, id, c.began), id[max(0, len(id)-6):])
}

// isYes reports whether an answer is an approval from the view of the person.
func (s *simulation) isYes(q guard.Question, a guard.Answer) bool {
	maker := s.makers[q.Operation]
	if maker == nil || a.Action != guard.Accept {
		return false
	}
	return !maker.task.destroys && q.Typed == "" || slices.Contains(s.validTexts(maker), a.Typed)
}

// recordConsent records an approval, unless the question has expired.
func (s *simulation) recordConsent(q guard.Question, road string) {
	maker := s.makers[q.Operation]
	if s.now().After(maker.asked.Add(s.cfg.AskTTL + tolerance)) {
		return
	}
	same := func(k *consent) bool { return k.operation == q.Operation && k.road == road }
	if i := slices.IndexFunc(s.consents, same); i >= 0 {
		if until := s.now().Add(s.cfg.UseTTL); until.After(s.consents[i].until) {
			s.consents[i].until = until // a second yes only extends the first one
		}
		return
	}
	s.consents = append(s.consents, &consent{
		operation: q.Operation, call: maker.key(), text: q.Text, road: road, until: s.now().Add(s.cfg.UseTTL),
	})
}
