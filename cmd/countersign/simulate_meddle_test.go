package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
)

// meddle lets somebody try over HTTP what they can do to a call that is not theirs:
// take it back, answer its question, end its session, listen to it. Nothing of that
// may have any effect.
func (s *simulation) meddle(victim *simulatedCall) {
	s.meddlers++
	c := &simulatedCall{simulation: s, who: fmt.Sprintf("meddler-%d", s.meddlers), server: victim.server, principal: pick(s, principals()), began: s.turns.tick()}
	patience := s.random.IntN(25)
	s.start(c.who, false, func() {
		for range patience {
			c.turns.wait(c.who, "bides its time")
		}
		if victim.wire != nil && c.alive(c.server.name) {
			c.tryOne(victim)
		}
	})
}

// tryAt tries one thing. A session of one's own is no way to a call of another's, and
// one that is another's is none at all.
func (c *simulatedCall) tryOne(victim *simulatedCall) {
	own := c.members[c.principal]
	session, stolen := c.session(own, true), false
	if c.principal == victim.principal {
		session = c.session(own, false)
		if session == victim.wire.session {
			return // a client may take back what it has sent
		}
	} else if victim.wire.session != "" && c.chance(2) {
		session, stolen = victim.wire.session, true
	}
	accept, err := json.Marshal(map[string]any{"jsonrpc": "2.0", "id": victim.wire.question, "result": map[string]any{"action": "accept", "content": map[string]any{}}})
	if err != nil {
		c.t.Fatal(err)
	}
	attempts := []attempt{
		{"takes back", http.MethodPost, fmt.Sprintf(`{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":%d}}`, victim.wire.id), http.StatusAccepted},
		{"answers", http.MethodPost, string(accept), http.StatusBadRequest},
		{"ends the session of", http.MethodDelete, "", http.StatusNotFound},
		{"listens to", http.MethodGet, "", http.StatusNotFound},
	}
	if !stolen { // one's own session may be ended and listened to
		attempts = attempts[:2]
	}
	c.wire = &wireCall{}
	a := pick(c.simulation, attempts)
	want := a.want
	if stolen {
		want = http.StatusNotFound
	}
	response := c.request(c.context(), a.method, own, a.body, session, map[string]string{"Mcp-Protocol-Version": legacyRevision})
	<-response.ended
	c.note("%s: %s %s %s of %s: %d", c.who, c.principal, a.does, victim.who, victim.principal, response.status)
	c.tally.event("meddling: " + a.does)
	c.invariant("nobody else's call", response.status == want, "%s %s %s of %s (stolen session: %v): %d", c.principal, a.does, victim.who, victim.principal, stolen, response.status)
	for raw := range response.messages {
		c.checkMessage(string(raw))
	}
}

// attempt is something that a stranger tries, and how it has to be met.
type attempt struct {
	does, method, body string
	want               int
}

// takeBack lets a client take its own call back, as hosts do whose user has lost
// patience.
func (c *simulatedCall) cancelCall(victim *simulatedCall) {
	w := victim.wire
	if w == nil || w.session == "" || w.abandoned() || victim.ended > 0 || !c.alive(victim.server.name) {
		return
	}
	w.cancelled = true
	victim.faults++
	c.wire = &wireCall{}
	body := fmt.Sprintf(`{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":%d}}`, w.id)
	response := c.post(c.context(), c.members[victim.principal], body, w.session, nil)
	<-response.ended
	c.note("%s: %s takes %s back", c.who, victim.principal, victim.who)
	c.tally.fault("a client takes its call back")
	c.invariant("served", response.status == http.StatusAccepted, "%s takes %s back: %d", victim.principal, victim.who, response.status)
}

// disturb lets somebody act on a call that is about to be made over HTTP, while it is
// under way or later.
func (s *simulation) disturb(victim *simulatedCall) {
	switch {
	case victim.server.httpHandler == nil:
	case s.chance(4):
		s.meddle(victim)
	case s.chance(12):
		c := &simulatedCall{simulation: s, who: victim.who + " impatient", server: victim.server, principal: victim.principal}
		patience := s.random.IntN(25)
		s.start(c.who, false, func() {
			for range patience {
				c.turns.wait(c.who, "grows impatient")
			}
			c.cancelCall(victim)
		})
	}
}

// stray lets somebody meddle with one of the last calls, whose questions may still be
// open.
func (s *simulation) meddleLater() {
	with := slices.DeleteFunc(slices.Clone(s.calls[max(0, len(s.calls)-8):]), func(c *simulatedCall) bool { return c.wire == nil })
	if len(with) > 0 {
		s.meddle(pick(s, with))
	}
}
