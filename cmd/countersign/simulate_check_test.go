package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"countersign/internal/audit"
	"countersign/internal/gpcn"
	"countersign/internal/guard"
	"countersign/internal/store"
	"countersign/internal/tool"
)

// check holds all that has to be so after every step.
func (s *simulation) check() {
	s.tally.held("audit chain")
	err := s.handles[deskPlace].Records(s.t.Context(), s.chain.Seq, func(r store.Record) bool {
		head, broken := s.chain.Follow(r)
		if broken != nil {
			s.violate("audit chain", "record %d: %s", broken.Seq, broken.Reason)
			return false
		}
		s.chain = head
		s.records[r.Operation] = append(s.records[r.Operation], r.Kind)
		text := string(r.Body)
		s.hold("no secret out", !strings.Contains(text, planted("")) && !strings.Contains(text, plantedBoot), "an audit record has a secret: %s", text)
		return true
	})
	if err != nil {
		s.t.Fatal(err)
	}
	for _, e := range s.effects[s.audited:] {
		s.hold("every effect in the audit", count1(s.records[e.operation], "sent") == 1, "%s left as %s, whose records are %v", e.departure, e.operation, s.records[e.operation])
	}
	s.audited = len(s.effects)
}

func count1(all []string, of string) int {
	n := 0
	for _, one := range all {
		if one == of {
			n++
		}
	}
	return n
}

// secretFree holds that a text has no secret that was planted.
func (s *simulation) secretFree(where, text string) {
	s.hold("no secret out", !strings.Contains(text, planted("")), "%s has a secret: %s", where, text)
}

// end lets everything come to rest, and holds what has to be so then.
func (s *simulation) end() {
	s.quiet = true
	s.pass(2 * time.Hour) // forms that are still open, requests that are on their way
	s.revive()
	s.settleAll()
	s.check()
	for _, id := range s.operations {
		s.judgeEnd(id)
	}
	s.check()
	found, err := audit.VerifyStore(s.t.Context(), s.handles[deskPlace], audit.Sources{})
	count, broken := found.Count, found.Broken
	if err != nil {
		s.t.Fatal(err)
	}
	s.hold("audit chain", broken == nil && count == s.chain.Seq, "%d records hold of %d: %v", count, s.chain.Seq, broken)
	s.stop()
	s.searchFiles()
}

// stop ends all that still goes on.
func (s *simulation) stop() {
	s.quiet = true
	for _, p := range s.servers {
		s.kill(p, "at the end")
	}
	s.pass(2 * time.Hour)
}

// settleAll waits for each operation as its agents would, at either server: only the
// one that could not write an outcome down knows that the call has ended.
func (s *simulation) settleAll() {
	for round := range 6 {
		var open []string
		for _, id := range s.operations {
			if s.states[id].Open() {
				open = append(open, id)
			}
		}
		if len(open) == 0 {
			return
		}
		for _, id := range open {
			c := s.newCall(s.makers[id].principal, nil)
			c.server = s.servers[round%len(s.servers)]
			s.start(c.who, false, func() { c.operation("wait_operation", id) })
			s.finish()
		}
		s.pass(2 * time.Minute)
	}
}

// judgeEnd holds that an operation has ended, or blocks its equals, and that what is
// said of it is what happened.
func (s *simulation) judgeEnd(id string) {
	maker, state := s.makers[id], s.states[id]
	last := ""
	for _, kind := range s.records[id] {
		if !slices.Contains([]string{"delivered", "no_answer", "granted", "revoked", "forbidden"}, kind) {
			last = kind
		}
	}
	s.hold("audit tells the end", slices.Contains(endings(state), last), "%s is %s, its records are %v", id, state, s.records[id])
	switch state {
	case store.Unknown:
		s.tally.event("unknown in the end: " + maker.deed.tool)
		s.judgeBlocked(maker, id)
		if s.states[id] != store.Unknown { // what stood in its way is settled by now
			s.judgeTruth(maker.deed, id, s.states[id])
			return
		}
		s.close1(maker.deed, id)
	case store.Done, store.Failed:
		s.judgeTruth(maker.deed, id, state)
	default:
		s.hold("everything ends", !state.Open(), "%s is %s for ever", id, state)
	}
}

// endings are the records that an operation in a state can end with.
func endings(state store.State) []string {
	return map[store.State][]string{
		store.Done: {"done", "settled"}, store.Failed: {"failed", "settled"}, store.Denied: {"denied"}, store.Expired: {"expired"},
		store.Withdrawn: {"withdrawn"}, store.Drifted: {"drifted"}, store.Unknown: {"unknown"},
	}[state]
}

// judgeBlocked holds that nothing equal is made while nobody knows what became of an
// operation: neither by the same call nor under another name by somebody else.
func (s *simulation) judgeBlocked(maker *simulatedCall, id string) {
	if maker.deed.renamed == nil || maker.deed.tool != "create_vm" {
		return
	}
	other := s.newCall(principals()[0], maker.deed.renamed("yet-another"))
	if other.principal == maker.principal {
		other.principal = principals()[1]
	}
	again := s.newCall(maker.principal, maker.deed)
	for _, c := range []*simulatedCall{other, again} {
		s.start(c.who, false, func() {
			reply, _, err := c.ask(guard.Request{Tool: c.deed.tool, Arguments: json.RawMessage(c.deed.wire())})
			out, _ := reply.Output.(tool.Outcome)
			code := tool.AsError(orNothing(err)).Code
			refused := err != nil && code != tool.CodeInternal
			s.hold("unknown blocks", s.states[id] != store.Unknown || refused || err == nil && out.Status == tool.StatusUnknown && out.Operation == id, "%s is unknown, and an equal call is answered %+v, %v", id, out, err)
		})
		s.finish()
	}
}

// close1 lets a person look at the cloud and say what came of an operation.
func (s *simulation) close1(d *deed, id string) {
	said := guard.Said{Nothing: true}
	if i := slices.IndexFunc(s.effects, func(e *effect) bool { return e.operation == id }); i >= 0 && s.effects[i].done {
		said = guard.Said{Done: !d.makes}
		for _, m := range s.clouds[d.vendor].machines() {
			if d.makes && bytes.Contains(s.effects[i].answer, []byte(m.id)) {
				said.Made = append(said.Made, tool.MadeID{Kind: "vm", ID: m.id})
			}
		}
		said.Nothing = !said.Done && len(said.Made) == 0
	}
	c := &simulatedCall{simulation: s, who: "person closes " + id}
	s.start(c.who, false, func() {
		op, err := s.desk.store.Operation(c.context(), id)
		if err == nil {
			err = s.desk.guard().Settle(c.context(), op, guard.Approval{By: "dana", Road: roadTerminal, Terminal: "/dev/pts/7"}, said)
		}
		s.turns.wait(c.who, "has said")
		s.hold("a person can close", err == nil, "%s: %s: %v", id, said, err)
	})
	s.finish()
	s.hold("a person can close", !s.states[id].Open(), "%s is %s", id, s.states[id])
}

func orNothing(err error) error {
	if err == nil {
		return fmt.Errorf("no error")
	}
	return err
}

// judgeTruth holds what is said of an operation against what the cloud did.
func (s *simulation) judgeTruth(d *deed, id string, state store.State) {
	i := slices.IndexFunc(s.effects, func(e *effect) bool { return e.operation == id })
	if i < 0 {
		s.hold("told as it is", state == store.Failed || !d.makes || d.tool == "request_grant", "%s is done and nothing was sent", id)
		return
	}
	e := s.effects[i]
	if d.tool != "create_vm" {
		return // what others did cannot be told apart from it
	}
	if state == store.Done {
		s.hold("told as it is", e.done, "%s is done, and the cloud did nothing", id)
		return
	}
	for _, m := range s.clouds[d.vendor].machines() {
		s.hold("told as it is", !bytes.Contains(e.answer, []byte(m.id)) || s.left(d, m), "%s has failed, and it made %s", id, m.id)
	}
}

// left reports whether a machine is what a job left behind that did not end well, or
// was given another name since, by which nobody finds it.
func (s *simulation) left(d *deed, m simulatedMachine) bool {
	past := s.names[string(d.vendor)+" "+m.id]
	return m.status == string(gpcn.StatusError) || past[0].name != m.name
}

// searchFiles looks for secrets in all that was written.
func (s *simulation) searchFiles() {
	files, err := filepath.Glob(filepath.Join(s.cfg.State, "*"))
	if err != nil || len(files) == 0 {
		s.t.Fatalf("no files in the state folder (%v)", err)
	}
	for _, file := range files {
		info, err := os.Stat(file)
		if err != nil || info.IsDir() {
			continue
		}
		raw, err := os.ReadFile(file)
		if err != nil {
			s.t.Fatal(err)
		}
		s.secretFree(filepath.Base(file), string(raw))
	}
	log := s.logs.String()
	s.secretFree("the log", log)
	s.hold("no secret out", !strings.Contains(log, plantedBoot), "cloud-init is in the log")
}
