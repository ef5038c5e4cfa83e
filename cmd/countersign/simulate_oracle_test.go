package main

import (
	"bytes"
	"slices"
	"strings"
	"time"

	"countersign/internal/cloud"
	"countersign/internal/store"
)

// consent is a yes that a person gave, as the person knows it.
type consent struct {
	operation, call string
	// text is what was shown.
	text string
	road string
	// until is when it lapses, by the clock of the machine.
	until time.Time
	spent bool
	// declined is when a person took it back in a form, and by is whose call heard it.
	declined time.Time
	by       *simulatedCall
}

// effect is a write that left for a cloud.
type effect struct {
	*simulation
	call      *simulatedCall
	departure departure
	operation string
	// done says that the cloud did it, answer is what it answered, whoever heard it.
	done   bool
	answer []byte
	// grant is what it was drawn from.
	grant *standingGrant
	// left is when it left, by the clock of the machine.
	left time.Time
	// ended is the tick at which its call ended, 0 while it goes on.
	ended int
}

// violate ends a simulation: something happened that must never happen.
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

// hold counts an invariant and reports where it does not hold.
func (s *simulation) hold(invariant string, holds bool, format string, args ...any) {
	s.tally.held(invariant)
	if !holds {
		s.violate(invariant, format, args...)
	}
}

// inserted is called when an operation is on the disk.
func (s *simulation) inserted(c *simulatedCall, op store.Operation, asked time.Time, records []store.Record) {
	s.judgeAnew(c)
	s.makers[op.ID], s.states[op.ID] = c, op.State
	c.asked = asked
	s.operations = append(s.operations, op.ID)
	s.summaries[op.ID] = op.Summary
	s.journal(c, op, records)
}

// updated is called when a change of an operation is on the disk.
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

// judgeAnew holds that a call is not begun anew whose result nobody has heard: it would
// be made a second time by somebody who believes that it was not made.
func (s *simulation) judgeAnew(c *simulatedCall) {
	if c.deed == nil || c.deed.tool != "create_vm" {
		return
	}
	for i, e := range s.effects {
		if e.call.key() != c.key() || s.states[e.operation] != store.Done || s.doneAt[e.operation] >= c.began {
			continue
		}
		overtaken := slices.ContainsFunc(s.effects[i+1:], func(later *effect) bool {
			return later.call.deed.target != "" && bytes.Contains(e.answer, []byte(later.call.deed.target))
		})
		s.hold("given again", s.told[e.operation] || overtaken, "%s begins anew what %s made, which was told to nobody", c.who, e.operation)
	}
}

// journal notes that an intent is durable, together with its record.
func (s *simulation) journal(c *simulatedCall, op store.Operation, records []store.Record) {
	if op.State == store.Executing && slices.ContainsFunc(records, func(r store.Record) bool { return r.Kind == "sent" && r.Operation == op.ID }) {
		c.journaled = op.ID
	}
}

// judge holds a write that is about to leave against everything that has to be so.
func (s *simulation) judge(c *simulatedCall, d departure) {
	s.hold("asked for", c.deed != nil && c.deed.fits(d), "nobody asked for %s", d)
	if c.deed == nil {
		return
	}
	c.sent++
	s.hold("once per call", c.sent == 1, "%s sends twice", c.who)
	s.hold("journal first", c.journaled != "", "%s leaves and no intent is on the disk", d)
	s.judgeMember(c, d)
	s.judgeEarned(c)
	s.judgeProtected(c)
	s.judgeConsent(c)
	s.judgeUnsettled(c)
}

// judgeEarned holds that each ID of a call was confirmed by the cloud during it.
func (s *simulation) judgeEarned(c *simulatedCall) {
	for _, id := range c.deed.ids {
		s.hold("earned", bytes.Contains(c.seen.Bytes(), []byte(id)), "%s was not read from the cloud in %s", id, c.who)
	}
}

// judgeConsent holds that a person gave a yes for exactly this call, which is not
// used, not lapsed and not taken back.
func (s *simulation) judgeConsent(c *simulatedCall) {
	wanted := max(c.under().needs(c.deed), s.afterLoss(c))
	s.hold("rules", wanted != needNever, "the rules %q forbid %s", c.under().name, c.key())
	if wanted == needNobody {
		return
	}
	s.tally.held("approved")
	var why string
	for _, k := range s.consents {
		switch {
		case k.call != c.key() || k.operation != c.journaled:
			continue
		case !k.enough(wanted):
			why = "the right road"
		case k.spent:
			why = "once per approval"
		case s.withdrawn[k.operation]:
			why = "withdrawn is withdrawn"
		case k.takenBack(c):
			why = "a no counts"
		case s.now().After(k.until.Add(tolerance)):
			why = "approvals lapse"
		default:
			s.spend(k.operation)
			c.road = k.road
			s.judgeShown(c, k)
			return
		}
	}
	switch {
	case s.draws(c, wanted):
	case why == "":
		s.violate("approved", "%s acts and nobody approved %s", c.who, c.key())
	default:
		s.violate(why, "%s acts on an approval that does not stand: %s", c.who, c.key())
	}
}

// afterLoss is who has to agree to a call because the answer to an equal one was lost, of
// which the cloud has shown nothing so far.
func (s *simulation) afterLoss(c *simulatedCall) need {
	for _, e := range s.effects {
		if c.deed.equal != "" && e.call.deed.equal == c.deed.equal && s.unseen[e.operation] {
			s.tally.held("lost is asked")
			return needPerson
		}
	}
	return needNobody
}

// spend uses an operation up, on whatever roads it was agreed to.
func (s *simulation) spend(operation string) {
	for _, k := range s.consents {
		k.spent = k.spent || k.operation == operation
	}
}

// enough reports whether a consent on its road is what the rules want.
func (k *consent) enough(wanted need) bool {
	switch wanted {
	case needCaller:
		return true
	case needPerson:
		return k.road != roadCaller
	}
	return k.road == roadTerminal
}

// takenBack reports whether a person had taken a consent back, and been heard, well
// before a call began.
func (k *consent) takenBack(c *simulatedCall) bool {
	if k.declined.IsZero() || k.by.faults > 0 || !k.by.alive(k.by.server.name) {
		return false
	}
	// A form that is shown while a call waits can be answered after it.
	return k.by.answers && k.by.ended > 0 && k.by.ended < c.began || c.at.After(k.declined.Add(time.Minute))
}

// tolerance is how long an intent may be on its way from the look at the clock to
// the cloud: the disk can be slow, and hesitate before.
const tolerance = 11 * time.Second

// judgeShown holds that the person was shown what happens now.
func (s *simulation) judgeShown(c *simulatedCall, k *consent) {
	if k.road == roadCaller {
		return // nobody was shown anything
	}
	for _, text := range c.deed.shows {
		s.hold("shown", strings.Contains(k.text, text), "%q was not shown to the person who approved %s", text, k.operation)
	}
	if c.deed.target == "" {
		return
	}
	names := s.namesSince(c.deed.vendor, c.deed.target, c.began)
	ok := slices.ContainsFunc(names, func(n string) bool { return strings.Contains(k.text, shownName(n)) })
	s.hold("planned again", ok, "%s was shown to the person under another name than %q", c.deed.target, names)
}

// judgeProtected holds that nothing is harmed that was protected all through the call.
func (s *simulation) judgeProtected(c *simulatedCall) {
	protected := c.under().protected
	if len(protected) == 0 || c.deed.target == "" || !c.deed.harms {
		return
	}
	free := slices.ContainsFunc(s.namesSince(c.deed.vendor, c.deed.target, c.began), func(n string) bool { return !slices.Contains(protected, n) })
	s.hold("protected", free, "%s is protected", c.deed.target)
}

// inFlight is how long a call can take from its intent to its outcome on the disk.
const inFlight = 90 * time.Second

// judgeUnsettled holds that nothing is made while an equal thing may have been made.
func (s *simulation) judgeUnsettled(c *simulatedCall) {
	if c.deed.equal == "" {
		return
	}
	for _, e := range s.effects {
		if e.call.deed.equal != c.deed.equal || e.ended == 0 || e.ended > c.began {
			continue
		}
		state := s.states[e.operation]
		if state == store.Executing && s.now().Before(e.left.Add(inFlight+tolerance)) {
			continue // only its own process knows that it could not write the outcome down
		}
		s.hold("unsettled blocks", state != store.Executing && state != store.Unknown, "%s makes another one while %s is %s", c.who, e.operation, state)
	}
}

// effectOf notes a write that leaves.
func (s *simulation) effectOf(c *simulatedCall, d departure) *effect {
	e := &effect{simulation: s, call: c, departure: d, operation: c.journaled, grant: c.drew, left: s.now()}
	if d.writes() && c.deed != nil {
		s.effects = append(s.effects, e)
		s.tally.event("sent " + c.deed.tool)
	}
	return e
}

// arrived notes what a cloud did.
func (e *effect) arrived(code int, body []byte) {
	e.answer, e.done = body, code < 300
	// What a start costs is known of Voltage Park alone; of others a person is asked.
	if e.done && (e.call.deed.makes || e.departure.vendor == "voltagepark") {
		e.capsHold()
	}
}

// named is a name that a thing had from some time on.
type named struct {
	tick int
	name string
}

// remember notes the names of all machines, where they have changed.
func (s *simulation) remember() {
	for vendor, c := range s.clouds {
		for _, m := range c.machines() {
			key := string(vendor) + " " + m.id
			past := s.names[key]
			if len(past) == 0 || past[len(past)-1].name != m.name {
				s.names[key] = append(past, named{s.turns.tick(), m.name})
			}
		}
	}
}

// namesSince are the names that a machine had since a tick.
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
