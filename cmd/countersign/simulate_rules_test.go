package main

import (
	"os"
	"path/filepath"
	"slices"
	"sync"

	"github.com/shopspring/decimal"

	"countersign/internal/policy"
)

// need says who has to approve a task.
type need int

const (
	// needNobody: no approval.
	needNobody need = iota
	// needCaller: the caller may confirm it.
	needCaller
	// needPerson: a person, in a form or a terminal.
	needPerson
	// needHuman: a person in a terminal, which no program can answer.
	needHuman
	// needNever: forbidden.
	needNever
)

// ruleSet is a set of rules that servers are started with, and the simulator's own
// statement of its meaning.
type ruleSet struct {
	name string
	// policy is the text of the policy file; empty for none.
	policy string
	needs  func(d *task) need
	caps   simulatedCaps
	// protected are names of machines that must not be stopped or ended.
	protected []string

	rules func() (*policy.Rules, error)
}

// simulatedCaps are the caps on running machines over all accounts.
type simulatedCaps struct {
	machines, gpus int
	// perHour is the cap per currency.
	perHour map[string]decimal.Decimal
}

// standard returns the need under the standard rules: a person for tasks that
// disrupt, bill or destroy.
func standard(d *task) need {
	if d.needs {
		return needPerson
	}
	return needNobody
}

// ruleSets returns all rule sets. The first one has no policy file.
func ruleSets() []*ruleSet {
	all := []*ruleSet{
		{name: "standard", needs: standard},
		{name: "caps", policy: "spend:\n  per_hour: [12 USD, 2 SEK]\n  machines: 18\n  gpus: 7\n", needs: standard, caps: simulatedCaps{
			machines: 18, gpus: 7, perHour: map[string]decimal.Decimal{"USD": decimal.NewFromInt(12), "SEK": decimal.NewFromInt(2)},
		}},
		{name: "human", policy: "rules:\n  - {name: creates, when: {tool: create_vm}, then: human, reason: They cost.}\n  - {name: ends, when: {effect: destroy}, then: human, reason: They are lost.}\n", needs: func(d *task) need {
			if d.tool == "create_vm" || d.tool == "request_grant" || d.destroys {
				return needHuman
			}
			return standard(d)
		}},
		{name: "caller", policy: "rules:\n  - {name: callers, when: {effect: [bill, disrupt], tool: [power_vm, create_vm]}, then: caller, reason: Nobody is there.}\n", needs: func(d *task) need {
			if d.needs && (d.tool == "power_vm" || d.tool == "create_vm") {
				return needCaller
			}
			return standard(d)
		}},
		{name: "protected", policy: "protect:\n  - {name: name-1, reason: It is in use.}\n  - {name: train-1, reason: It trains.}\n", protected: []string{"name-1", "train-1"}, needs: func(d *task) need {
			if d.arguments["name"] == "name-1" && d.target != "" {
				return needPerson
			}
			return standard(d)
		}},
		{name: "creates", policy: "rules:\n  - {name: creates, when: {tool: create_vm}, then: allow}\n", needs: func(d *task) need {
			if d.tool == "create_vm" && d.vendor != "gpcn" { // whose prices are unknown
				return needNobody
			}
			return standard(d)
		}},
		{name: "no ends", policy: "rules:\n  - {name: ends, when: {tool: delete_vm}, then: deny, reason: Nothing is ended here.}\n", needs: func(d *task) need {
			if d.tool == "delete_vm" {
				return needNever
			}
			return standard(d)
		}},
	}
	for _, h := range all {
		h.rules = sync.OnceValues(h.read)
	}
	return all
}

// read parses the policy as a server does.
func (h *ruleSet) read() (*policy.Rules, error) {
	if h.policy == "" {
		return policy.Standard(), nil
	}
	dir, err := os.MkdirTemp("", "house")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	path := filepath.Join(dir, "policy.yaml")
	if err := os.WriteFile(path, []byte(h.policy), 0o600); err != nil {
		return nil, err
	}
	file, err := policyFile(path)
	if err != nil {
		return nil, err
	}
	return file.Rules, nil
}

// drawRules draws the rule sets of a story. A rule set with caps is used by all of
// its servers; others can change when a server is started again.
func (s *simulation) drawRules() {
	s.ruleSets = []*ruleSet{pick(s, s.common.ruleSets)}
	if s.chance(8) {
		s.ruleSets[0] = s.common.ruleSets[1] // caps matter only in long stories, so prefer them
	}
	if s.ruleSets[0].caps.machines == 0 {
		others := slices.DeleteFunc(slices.Clone(s.common.ruleSets), func(h *ruleSet) bool { return h.caps.machines > 0 })
		s.ruleSets = append(s.ruleSets, s.ruleSets[0], s.ruleSets[0], pick(s, others))
	}
	// Some stories have few kinds of tasks and names, so that rare combinations
	// become frequent.
	s.mostlyCreates = s.ruleSets[0].caps.machines > 0 || s.chance(4)
	if s.ruleSets[0].caps.machines == 0 && s.chance(5) {
		s.taskSources, s.nameCount, s.mostlyCreates = []func(*simulation) *task{pick(s, s.taskSources)}, 1, true
		if s.chance(2) {
			s.rates = faultRates{writes: 1, reads: 1000, stores: 1000, crashes: 1000, only: []networkFault{resetBefore, late, badGateway}}
		}
	}
	if s.chance(2) {
		s.enroll()
	}
	s.tally.event("rules: " + s.ruleSets[0].name)
}

// checkCaps compares what runs in the clouds with the caps. It is called after each
// create.
func (s *simulation) checkCaps() {
	caps := s.ruleSets[0].caps
	if caps.machines == 0 {
		return
	}
	s.tally.checked("caps")
	running := s.running()
	s.invariant("caps", running.machines <= caps.machines, "%d machines, the cap is %d", running.machines, caps.machines)
	s.invariant("caps", running.gpus <= caps.gpus, "%d GPUs, the cap is %d", running.gpus, caps.gpus)
	for currency, limit := range caps.perHour {
		s.invariant("caps", running.perHour[currency].LessThanOrEqual(limit), "%s %s per hour, the cap is %s", running.perHour[currency], currency, limit)
	}
}

// running adds up the machines in all clouds.
func (s *simulation) running() simulatedCaps {
	sum := simulatedCaps{perHour: map[string]decimal.Decimal{}}
	for _, c := range s.clouds {
		for _, m := range c.machines() {
			sum.machines++
			sum.gpus += m.gpus
			sum.perHour[m.currency] = sum.perHour[m.currency].Add(m.perHour)
		}
	}
	return sum
}
