package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
)

// meddle lets an actor attack a call of somebody else over HTTP: cancel it, answer
// its question, end its session or listen to it. None of that may have an effect.
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

// tryOne makes one attempt. The own session gives no access to a call of somebody
// else, and the session of somebody else is not accepted.
func (c *simulatedCall) tryOne(victim *simulatedCall) {
	own := c.members[c.principal]
	session, stolen := c.session(own, true), false
	if c.principal == victim.principal {
		session = c.session(own, false)
		if session == victim.wire.session {
			return // a client may cancel its own calls
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
	if !stolen { // the own session may be ended and listened to
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

// attempt is an attack and the status with which it has to be rejected.
type attempt struct {
	does, method, body string
	want               int
}

// cancelCall cancels a call by its own client, as a host does when the user loses
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

// disturb starts an actor that attacks or cancels a call over HTTP while it runs,
// or later.
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

// meddleLater attacks one of the last calls, whose questions may still be open.
func (s *simulation) meddleLater() {
	with := slices.DeleteFunc(slices.Clone(s.calls[max(0, len(s.calls)-8):]), func(c *simulatedCall) bool { return c.wire == nil })
	if len(with) > 0 {
		s.meddle(pick(s, with))
	}
}
