package main

import (
	"bytes"
	"slices"
	"strings"
	"time"

	"countersign/internal/cloud"
	"countersign/internal/store"
)

// consent is an approval that a person gave, in the simulator's own model.
type consent struct {
	operation, call string
	// text is the question that was shown.
	text string
	road string
	// until is when it expires, by the clock of the machine.
	until time.Time
	used  bool
	// declined is when a person revoked it in a form; by is the call that received
	// the refusal.
	declined time.Time
	by       *simulatedCall
}

// sentWrite is a write that was sent to a cloud.
type sentWrite struct {
	*simulation
	call      *simulatedCall
	request   outboundRequest
	operation string
	// done reports that the cloud did it; answer is the response, received or not.
	done   bool
	answer []byte
	// grant is the grant that it used.
	grant *standingGrant
	// sentAt is when it was sent, by the clock of the machine.
	sentAt time.Time
	// ended is the tick at which its call ended; 0 while the call is running.
	ended int
}

// violate records that an invariant is violated, which ends the story.
func (s *simulation) violate(invariant, format string, args ...any) {
	s.note("VIOLATED "+invariant+": "+format, args...)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.broken = append(s.broken, invariant)
}

func (s *simulation) failed() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.broken) > 0
}

// invariant checks an invariant and counts the check.
func (s *simulation) invariant(name string, holds bool, format string, args ...any) {
	s.tally.checked(name)
	if !holds {
		s.violate(name, format, args...)
	}
}

// inserted is called after an operation was stored.
func (s *simulation) inserted(c *simulatedCall, op store.Operation, asked time.Time, records []store.Record) {
	s.judgeRestart(c)
	s.makers[op.ID], s.states[op.ID] = c, op.State
	c.asked = asked
	s.operations = append(s.operations, op.ID)
	s.summaries[op.ID] = op.Summary
	s.journal(c, op, records)
}

// updated is called after a change of an operation was stored.
func (s *simulation) updated(c *simulatedCall, op store.Operation, from store.State, records []store.Record) {
	s.states[op.ID] = op.State
	if from != op.State {
		s.unseen[op.ID] = op.State == store.Failed && slices.ContainsFunc(records, func(r store.Record) bool { return r.Kind == "settled" })
		if op.State == store.Done {
			s.doneAt[op.ID] = s.turns.tick()
		}
		s.tally.event(string(from) + " to " + string(op.State))
	}
	s.journal(c, op, records)
}

// judgeRestart checks that a call does not start a second operation while the
// result of the first one was reported to nobody. Its caller would create the thing
// twice.
func (s *simulation) judgeRestart(c *simulatedCall) {
	if c.task == nil || c.task.tool != "create_vm" {
		return
	}
	for _, e := range s.sentWrites {
		if e.call.key() != c.key() || s.states[e.operation] != store.Done || s.doneAt[e.operation] >= c.began {
			continue
		}
		ended := slices.ContainsFunc(s.operations, func(id string) bool {
			later, open := s.makers[id].task, s.states[id]
			begun := open == store.Executing || open == store.Running || open == store.Unknown || open == store.Done
			return begun && later != nil && later.destroys && bytes.Contains(e.answer, []byte(later.target))
		})
		s.invariant("given again", s.reported[e.operation] || ended, "%s begins anew what %s made, which was told to nobody", c.who, e.operation)
	}
}

// journal records that an intent is durable together with its audit record.
func (s *simulation) journal(c *simulatedCall, op store.Operation, records []store.Record) {
	if op.State == store.Executing && slices.ContainsFunc(records, func(r store.Record) bool { return r.Kind == "sent" && r.Operation == op.ID }) {
		c.journaled = op.ID
	}
}

// judge checks all invariants of a write before it is sent.
func (s *simulation) judge(c *simulatedCall, d outboundRequest) {
	s.invariant("asked for", c.task != nil && c.task.fits(d), "nobody asked for %s", d)
	if c.task == nil {
		return
	}
	c.sent++
	s.invariant("once per call", c.sent == 1, "%s sends twice", c.who)
	s.invariant("journal first", c.journaled != "", "%s leaves and no intent is on the disk", d)
	s.judgeMember(c, d)
	s.judgeEarned(c)
	s.judgeProtected(c)
	s.judgeConsent(c)
	s.judgeUnsettled(c)
}

// judgeEarned checks that the cloud confirmed each ID of a call during the call.
func (s *simulation) judgeEarned(c *simulatedCall) {
	for _, id := range c.task.ids {
		s.invariant("earned", bytes.Contains(c.seen.Bytes(), []byte(id)), "%s was not read from the cloud in %s", id, c.who)
	}
}

// judgeConsent checks that exactly this call was approved, and that the approval is
// unused, valid and not revoked.
func (s *simulation) judgeConsent(c *simulatedCall) {
	wanted := max(c.ruleSet().needs(c.task), s.afterLoss(c))
	s.invariant("rules", wanted != needNever, "the rules %q forbid %s", c.ruleSet().name, c.key())
	if wanted == needNobody {
		return
	}
	s.tally.checked("approved")
	var why string
	for _, k := range s.consents {
		switch {
		case k.call != c.key() || k.operation != c.journaled:
			continue
		case !k.satisfies(wanted):
			why = "the right road"
		case k.used:
			why = "once per approval"
		case s.withdrawn[k.operation]:
			why = "withdrawn is withdrawn"
		case k.declinedBefore(c):
			why = "a no counts"
		case s.now().After(k.until.Add(tolerance)):
			why = "approvals lapse"
		default:
			s.useUp(k.operation)
			c.road = k.road
			s.judgeShown(c, k)
			return
		}
	}
	switch {
	case s.drawsOnGrant(c, wanted):
	case why == "":
		s.violate("approved", "%s acts and nobody approved %s", c.who, c.key())
	default:
		s.violate(why, "%s acts on an approval that does not stand: %s", c.who, c.key())
	}
}

// afterLoss returns who has to approve a call because the answer to an equal one was lost
// and the cloud has shown nothing of it so far.
func (s *simulation) afterLoss(c *simulatedCall) need {
	for _, w := range s.sentWrites {
		if c.task.equal != "" && w.call.task.equal == c.task.equal && s.unseen[w.operation] {
			s.tally.checked("lost is asked")
			return needPerson
		}
	}
	return needNobody
}

// useUp marks all consents to an operation as used.
func (s *simulation) useUp(operation string) {
	for _, k := range s.consents {
		k.used = k.used || k.operation == operation
	}
}

// satisfies reports whether a consent, given in its way, is what the rules need.
func (k *consent) satisfies(wanted need) bool {
	switch wanted {
	case needCaller:
		return true
	case needPerson:
		return k.road != roadCaller
	}
	return k.road == roadTerminal
}

// declinedBefore reports whether a refusal after the consent had reached the guard
// well before a call began.
func (k *consent) declinedBefore(c *simulatedCall) bool {
	if k.declined.IsZero() || k.by.faults > 0 || !k.by.alive(k.by.server.name) {
		return false
	}
	// The answer to a form that is shown while a call waits can reach the guard
	// after the call.
	return k.by.answersForm && k.by.ended > 0 && k.by.ended < c.began || c.at.After(k.declined.Add(time.Minute))
}

// tolerance is the longest time between reading the clock and the write reaching
// the cloud: the disk can be slow.
const tolerance = 11 * time.Second

// judgeShown checks that the person was shown what is done now.
func (s *simulation) judgeShown(c *simulatedCall, k *consent) {
	if k.road == roadCaller {
		return // a caller confirms without a question
	}
	for _, text := range c.task.shows {
		s.invariant("shown", strings.Contains(k.text, text), "%q was not shown to the person who approved %s", text, k.operation)
	}
	if c.task.target == "" {
		return
	}
	names := s.namesSince(c.task.vendor, c.task.target, c.began)
	ok := slices.ContainsFunc(names, func(n string) bool { return strings.Contains(k.text, shownName(n)) })
	s.invariant("planned again", ok, "%s was shown to the person under another name than %q", c.task.target, names)
}

// judgeProtected checks that nothing is harmed that was protected during the whole
// call.
func (s *simulation) judgeProtected(c *simulatedCall) {
	protected := c.ruleSet().protected
	if len(protected) == 0 || c.task.target == "" || !c.task.harms {
		return
	}
	free := slices.ContainsFunc(s.namesSince(c.task.vendor, c.task.target, c.began), func(n string) bool { return !slices.Contains(protected, n) })
	s.invariant("protected", free, "%s is protected", c.task.target)
}

// inFlight is the longest time from the intent of a call to its stored outcome.
const inFlight = 90 * time.Second

// judgeUnsettled checks that nothing is created while the outcome of an equal
// create is unknown.
func (s *simulation) judgeUnsettled(c *simulatedCall) {
	if c.task.equal == "" {
		return
	}
	for _, e := range s.sentWrites {
		if e.call.task.equal != c.task.equal || e.ended == 0 || e.ended > c.began {
			continue
		}
		state := s.states[e.operation]
		if state == store.Executing && s.now().Before(e.sentAt.Add(inFlight+tolerance)) {
			continue // only its own process knows that it could not store the outcome
		}
		s.invariant("unsettled blocks", state != store.Executing && state != store.Unknown, "%s makes another one while %s is %s", c.who, e.operation, state)
	}
}

// recordWrite records a request as a sent write, unless it is a read.
func (s *simulation) recordWrite(c *simulatedCall, d outboundRequest) *sentWrite {
	e := &sentWrite{simulation: s, call: c, request: d, operation: c.journaled, grant: c.usedGrant, sentAt: s.now()}
	if d.writes() && c.task != nil {
		s.sentWrites = append(s.sentWrites, e)
		s.tally.event("sent " + c.task.tool)
	}
	return e
}

// recordResponse records what a cloud did.
func (e *sentWrite) recordResponse(code int, body []byte) {
	e.answer, e.done = body, code < 300
	// The cost of a start is known for Voltage Park only; for the others a person
	// is asked.
	if e.done && (e.call.task.makes || e.request.vendor == "voltagepark") {
		e.checkCaps()
	}
}

// nameSince is a name that a machine has since a tick.
type nameSince struct {
	tick int
	name string
}

// recordNames records the names of all machines that have changed.
func (s *simulation) recordNames() {
	for vendor, c := range s.clouds {
		for _, m := range c.machines() {
			key := string(vendor) + " " + m.id
			past := s.names[key]
			if len(past) == 0 || past[len(past)-1].name != m.name {
				s.names[key] = append(past, nameSince{s.turns.tick(), m.name})
			}
		}
	}
}

// namesSince returns the names that a machine had since a tick.
func (s *simulation) namesSince(vendor cloud.Vendor, id string, since int) []string {
	var names []string
	past := s.names[string(vendor)+" "+id]
	for i, n := range past {
		if i+1 == len(past) || past[i+1].tick > since {
			names = append(names, n.name)
		}
	}
	return names
}
