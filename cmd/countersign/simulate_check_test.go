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

// check verifies the invariants that hold after every step.
func (s *simulation) check() {
	s.tally.checked("audit chain")
	err := s.handles[deskPlace].Records(s.t.Context(), s.chain.Seq, func(r store.Record) bool {
		head, broken := s.chain.Follow(r)
		if broken != nil {
			s.violate("audit chain", "record %d: %s", broken.Seq, broken.Reason)
			return false
		}
		s.chain = head
		s.records[r.Operation] = append(s.records[r.Operation], r.Kind)
		text := string(r.Body)
		s.invariant("no secret out", !strings.Contains(text, planted("")) && !strings.Contains(text, plantedBoot), "an audit record has a secret: %s", text)
		return true
	})
	if err != nil {
		s.t.Fatal(err)
	}
	for _, e := range s.sentWrites[s.audited:] {
		s.invariant("every effect in the audit", countOf(s.records[e.operation], "sent") == 1, "%s left as %s, whose records are %v", e.request, e.operation, s.records[e.operation])
	}
	s.audited = len(s.sentWrites)
}

func countOf(all []string, of string) int {
	n := 0
	for _, one := range all {
		if one == of {
			n++
		}
	}
	return n
}

// secretFree checks that a text contains none of the planted secrets.
func (s *simulation) secretFree(where, text string) {
	s.invariant("no secret out", !strings.Contains(text, planted("")), "%s has a secret: %s", where, text)
}

// end lets all actors finish, and checks the invariants of a finished story.
func (s *simulation) end() {
	s.noFaults = true
	s.passTime(2 * time.Hour) // for open forms and requests in flight
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
	s.invariant("audit chain", broken == nil && count == s.chain.Seq, "%d records hold of %d: %v", count, s.chain.Seq, broken)
	s.stop()
	s.searchFiles()
}

// stop kills all servers and lets the remaining actors finish.
func (s *simulation) stop() {
	s.noFaults = true
	for _, p := range s.servers {
		s.kill(p, "at the end")
	}
	s.passTime(2 * time.Hour)
}

// settleAll waits for each open operation as its agent would, at both servers: only
// the process that could not store an outcome knows that its call has ended.
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
			s.finishStep()
		}
		s.passTime(2 * time.Minute)
	}
}

// judgeEnd checks that an operation has ended or blocks equal calls, and that its
// recorded outcome is true.
func (s *simulation) judgeEnd(id string) {
	maker, state := s.makers[id], s.states[id]
	last := ""
	for _, kind := range s.records[id] {
		if !slices.Contains([]string{"delivered", "no_answer", "granted", "revoked", "forbidden", "unclear"}, kind) {
			last = kind
		}
	}
	s.invariant("audit tells the end", slices.Contains(endings(state), last), "%s is %s, its records are %v", id, state, s.records[id])
	switch state {
	case store.Unknown:
		s.tally.event("unknown in the end: " + maker.task.tool)
		s.judgeBlocked(maker, id)
		if s.states[id] != store.Unknown { // an equal call has settled it
			s.judgeTruth(maker.task, id, s.states[id])
			return
		}
		s.closeByPerson(maker.task, id)
	case store.Done, store.Failed:
		s.judgeTruth(maker.task, id, state)
	default:
		s.invariant("everything ends", !state.Open(), "%s is %s for ever", id, state)
	}
}

// endings returns the kinds of the last audit record of an operation in a state.
func endings(state store.State) []string {
	return map[store.State][]string{
		store.Done: {"done", "settled"}, store.Failed: {"failed", "settled"}, store.Denied: {"denied"}, store.Expired: {"expired"},
		store.Withdrawn: {"withdrawn"}, store.Drifted: {"drifted"}, store.Unknown: {"unknown"},
	}[state]
}

// judgeBlocked checks that an unknown outcome blocks equal creates, both the same
// call and one by another principal under another name.
func (s *simulation) judgeBlocked(maker *simulatedCall, id string) {
	if maker.task.renamed == nil || maker.task.tool != "create_vm" {
		return
	}
	other := s.newCall(principals()[0], maker.task.renamed("yet-another"))
	if other.principal == maker.principal {
		other.principal = principals()[1]
	}
	again := s.newCall(maker.principal, maker.task)
	for _, c := range []*simulatedCall{other, again} {
		s.start(c.who, false, func() {
			reply, _, err := c.send(guard.Request{Tool: c.task.tool, Arguments: json.RawMessage(c.task.argumentsJSON())})
			out, _ := reply.Output.(tool.Outcome)
			code := tool.AsError(orNoError(err)).Code
			refused := err != nil && code != tool.CodeInternal
			s.invariant("unknown blocks", s.states[id] != store.Unknown || refused || err == nil && out.Status == tool.StatusUnknown && out.Operation == id, "%s is unknown, and an equal call is answered %+v, %v", id, out, err)
		})
		s.finishStep()
	}
}

// closeByPerson lets a person look at the cloud and settle an operation.
func (s *simulation) closeByPerson(d *task, id string) {
	said := guard.Said{Nothing: true}
	if i := slices.IndexFunc(s.sentWrites, func(e *sentWrite) bool { return e.operation == id }); i >= 0 && s.sentWrites[i].done {
		said = guard.Said{Done: !d.makes}
		for _, m := range s.clouds[d.vendor].machines() {
			if d.makes && bytes.Contains(s.sentWrites[i].answer, []byte(m.id)) {
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
		s.invariant("a person can close", err == nil, "%s: %s: %v", id, said, err)
	})
	s.finishStep()
	s.invariant("a person can close", !s.states[id].Open(), "%s is %s", id, s.states[id])
}

func orNoError(err error) error {
	if err == nil {
		return fmt.Errorf("no error")
	}
	return err
}

// judgeTruth compares the recorded outcome of an operation with what the cloud did.
func (s *simulation) judgeTruth(d *task, id string, state store.State) {
	i := slices.IndexFunc(s.sentWrites, func(e *sentWrite) bool { return e.operation == id })
	if i < 0 {
		s.invariant("told as it is", state == store.Failed || !d.makes || d.tool == "request_grant", "%s is done and nothing was sent", id)
		return
	}
	e := s.sentWrites[i]
	if d.tool != "create_vm" {
		return // the effect cannot be distinguished from that of other calls
	}
	if state == store.Done {
		s.invariant("told as it is", e.done, "%s is done, and the cloud did nothing", id)
		return
	}
	for _, m := range s.clouds[d.vendor].machines() {
		s.invariant("told as it is", !bytes.Contains(e.answer, []byte(m.id)) || s.leftBehind(d, m), "%s has failed, and it made %s", id, m.id)
	}
}

// leftBehind reports whether a machine was left by a failed job, or was renamed
// since, so that settling cannot find it.
func (s *simulation) leftBehind(d *task, m simulatedMachine) bool {
	past := s.names[string(d.vendor)+" "+m.id]
	return m.status == string(gpcn.StatusError) || past[0].name != m.name
}

// searchFiles searches the state folder and the log for secrets.
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
	s.invariant("no secret out", !strings.Contains(log, plantedBoot), "cloud-init is in the log")
}
