package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"countersign/internal/guard"
	"countersign/internal/store"
	"countersign/internal/tool"
)

// standingGrant is the simulator's own model of a standing grant.
type standingGrant struct {
	id, principal, equal string
	// renamed returns the task that it covers, with a name.
	renamed func(name string) *task
	// road is the way in which a person approved it.
	road  string
	uses  int
	until time.Time
	// revoked is the tick at which it was revoked; 0 if it is valid.
	revoked int
}

// grantTask returns a task that requests a grant for one kind of machine, or nil if
// the kind has no price.
func (s *simulation) grantTask() *task {
	d := pick(s, s.taskSources)(s)
	if d.tool != "create_vm" || d.vendor == "gpcn" {
		return nil
	}
	grant := *d
	grant.tool, grant.uses, grant.method = "request_grant", 1+s.random.IntN(2), ""
	grant.until = s.now().Add(time.Duration(1+s.random.IntN(3)) * 20 * time.Minute).UTC().Truncate(time.Minute)
	limit := map[string]string{"voltagepark": "9 USD", "hostup": "2 SEK"}[string(d.vendor)]
	grant.arguments = map[string]any{"uses": grant.uses, "per_hour": limit, "until": grant.until.Format(time.RFC3339)}
	maps.Copy(grant.arguments, d.arguments)
	grant.shows = []string{fmt.Sprint(grant.uses), limit}
	return &grant
}

// onGrant makes a call that a grant covers, or covered before it ended.
func (s *simulation) onGrant() *simulatedCall {
	if len(s.grants) == 0 {
		return nil
	}
	g := pick(s, s.grants)
	return s.newCall(g.principal, g.renamed(s.newName()))
}

// judgeGrant checks that a new grant was approved.
func (s *simulation) judgeGrant(c *simulatedCall, id string) {
	s.invariant("asked for", c.task != nil && c.task.tool == "request_grant", "nobody asked for %s", id)
	if c.task == nil {
		return
	}
	s.invariant("journal first", c.journaled != "", "%s is made and no intent is on the disk", id)
	c.sent++
	s.judgeConsent(c)
	s.grants = append(s.grants, &standingGrant{id: id, principal: c.principal, equal: c.task.equal, renamed: c.task.renamed, road: c.road, uses: c.task.uses, until: c.task.until})
	s.tally.event("grants")
}

// drawsOnGrant reports whether a grant covers a call, and sets the grant that the
// call uses.
func (s *simulation) drawsOnGrant(c *simulatedCall, wanted need) bool {
	if c.task.tool != "create_vm" {
		return false
	}
	for _, g := range s.grants {
		switch {
		case g.principal != c.principal, g.equal != c.task.equal, s.now().After(g.until.Add(tolerance)), g.revoked > 0 && c.began > g.revoked, wanted == needHuman && g.road != roadTerminal:
			continue
		case s.usesDrawn(g) >= g.uses:
			continue
		}
		c.usedGrant = g
		s.tally.checked("grants")
		return true
	}
	return false
}

// usesDrawn returns how often a grant was used; failed operations do not count.
func (s *simulation) usesDrawn(g *standingGrant) int {
	n := 0
	for _, e := range s.sentWrites {
		if e.grant == g && s.states[e.operation] != store.Failed {
			n++
		}
	}
	return n
}

// revoke lets an agent revoke a grant, sometimes of somebody else.
func (s *simulation) revoke() {
	if len(s.grants) == 0 {
		return
	}
	g := pick(s, s.grants)
	c := s.newCall(g.principal, nil)
	if s.chance(4) {
		c.principal = pick(s, principals())
	}
	s.start(c.who, false, func() {
		raw, err := json.Marshal(map[string]any{"grant": g.id})
		if err != nil {
			c.t.Fatal(err)
		}
		_, heard, err := c.send(guard.Request{Tool: "revoke_grant", Arguments: raw})
		c.note("%s: %s revokes %s: %v", c.who, c.principal, g.id, err)
		if err == nil && heard {
			c.invariant("own operations", g.principal == c.principal, "%s revokes the grant of %s", c.principal, g.principal)
			g.revoked = c.turns.tick()
			c.tally.event("grants revoked")
		}
	})
}

// confirmSome lets an agent confirm a waiting call, sometimes of somebody else or
// with a wrong summary.
func (s *simulation) confirmSome() {
	waiting := slices.DeleteFunc(slices.Clone(s.operations), func(id string) bool { return s.states[id] != store.Waiting })
	if len(waiting) == 0 {
		return
	}
	id := pick(s, waiting)
	maker := s.makers[id]
	c := s.newCall(maker.principal, nil)
	if s.chance(6) {
		c.principal = pick(s, principals())
	}
	wrong := s.chance(6)
	s.start(c.who, false, func() { c.confirm(id, wrong) })
}

func (c *simulatedCall) confirm(id string, wrong bool) {
	maker := c.makers[id]
	summary := c.summaries[id]
	if wrong {
		summary += " Really."
	}
	raw, err := json.Marshal(map[string]any{"operation": id, "summary": summary})
	if err != nil {
		c.t.Fatal(err)
	}
	if !wrong && c.principal == maker.principal {
		c.recordConsent(guard.Question{Operation: id}, roadCaller)
	}
	reply, heard, err := c.send(guard.Request{Tool: "confirm_operation", Arguments: raw})
	c.note("%s: %s confirms %s: %v", c.who, c.principal, id, err)
	if out, ok := reply.Output.(tool.Outcome); err == nil && heard && ok && out.Status == tool.StatusDone {
		c.invariant("own operations", c.principal == maker.principal && !wrong, "%s confirms %s of %s", c.principal, id, maker.principal)
		c.tally.event("confirmed by the caller")
	}
}
