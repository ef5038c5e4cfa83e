package main

import (
	"os"
	"path/filepath"
	"slices"
	"sync"

	"github.com/shopspring/decimal"

	"countersign/internal/policy"
)

// need is who has to agree to a deed.
type need int

const (
	// needNobody: it is reversible and free.
	needNobody need = iota
	// needCaller: its caller may confirm it alone.
	needCaller
	// needPerson: on any road.
	needPerson
	// needHuman: on a road that no program can answer.
	needHuman
	// needNever: whoever agrees.
	needNever
)

// house is a set of rules that servers are started with, and what it means in the
// simulator's own words.
type house struct {
	name string
	// policy is the file; empty where there is none.
	policy string
	needs  func(d *deed) need
	caps   simulatedCaps
	// protected are names of what may be neither stopped nor ended.
	protected []string

	rules func() (*policy.Rules, error)
}

// simulatedCaps are limits of what may run, over all accounts.
type simulatedCaps struct {
	machines, gpus int
	// perHour is by currency.
	perHour map[string]decimal.Decimal
}

// standard needs a person for what interrupts, costs or destroys.
func standard(d *deed) need {
	if d.needs {
		return needPerson
	}
	return needNobody
}

// houses are all rules that are tried. The first is that without a file.
func houses() []*house {
	all := []*house{
		{name: "standard", needs: standard},
		{name: "caps", policy: "spend:\n  per_hour: [12 USD, 2 SEK]\n  machines: 18\n  gpus: 7\n", needs: standard, caps: simulatedCaps{
			machines: 18, gpus: 7, perHour: map[string]decimal.Decimal{"USD": decimal.NewFromInt(12), "SEK": decimal.NewFromInt(2)},
		}},
		{name: "human", policy: "rules:\n  - {name: creates, when: {tool: create_vm}, then: human, reason: They cost.}\n  - {name: ends, when: {effect: destroy}, then: human, reason: They are lost.}\n", needs: func(d *deed) need {
			if d.tool == "create_vm" || d.tool == "request_grant" || d.destroys {
				return needHuman
			}
			return standard(d)
		}},
		{name: "caller", policy: "rules:\n  - {name: callers, when: {effect: [bill, disrupt], tool: [power_vm, create_vm]}, then: caller, reason: Nobody is there.}\n", needs: func(d *deed) need {
			if d.needs && (d.tool == "power_vm" || d.tool == "create_vm") {
				return needCaller
			}
			return standard(d)
		}},
		{name: "protected", policy: "protect:\n  - {name: name-1, reason: It is in use.}\n  - {name: train-1, reason: It trains.}\n", protected: []string{"name-1", "train-1"}, needs: func(d *deed) need {
			if d.arguments["name"] == "name-1" && d.target != "" {
				return needPerson
			}
			return standard(d)
		}},
		{name: "creates", policy: "rules:\n  - {name: creates, when: {tool: create_vm}, then: allow}\n", needs: func(d *deed) need {
			if d.tool == "create_vm" && d.vendor != "gpcn" { // whose prices are not known
				return needNobody
			}
			return standard(d)
		}},
		{name: "no ends", policy: "rules:\n  - {name: ends, when: {tool: delete_vm}, then: deny, reason: Nothing is ended here.}\n", needs: func(d *deed) need {
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

// read reads the rules as a server does.
func (h *house) read() (*policy.Rules, error) {
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

// choose draws the rules of a story. Rules with caps hold for all of its servers;
// others can change from one start of a server to the next.
func (s *simulation) choose() {
	s.houses = []*house{pick(s, s.every.houses)}
	if s.chance(8) {
		s.houses[0] = s.every.houses[1] // caps take a long way to where they matter
	}
	if s.houses[0].caps.machines == 0 {
		others := slices.DeleteFunc(slices.Clone(s.every.houses), func(h *house) bool { return h.caps.machines > 0 })
		s.houses = append(s.houses, s.houses[0], s.houses[0], pick(s, others))
	}
	// Some stories are about little: what is rare elsewhere comes together there.
	s.eager = s.houses[0].caps.machines > 0 || s.chance(4)
	if s.houses[0].caps.machines == 0 && s.chance(5) {
		s.wishes, s.fewNames, s.eager = []func(*simulation) *deed{pick(s, s.wishes)}, 1, true
		if s.chance(2) {
			s.orders = faultOrders{writes: 1, reads: 1000, stores: 1000, crashes: 1000, of: []networkFault{resetBefore, late, badGateway}}
		}
	}
	if s.chance(2) {
		s.enroll()
	}
	s.tally.event("rules: " + s.houses[0].name)
}

// capsHold holds what runs in the clouds, as they have it themselves, against the
// caps. It is called when something was made.
func (s *simulation) capsHold() {
	caps := s.houses[0].caps
	if caps.machines == 0 {
		return
	}
	s.tally.held("caps")
	running := s.running()
	s.hold("caps", running.machines <= caps.machines, "%d machines, the cap is %d", running.machines, caps.machines)
	s.hold("caps", running.gpus <= caps.gpus, "%d GPUs, the cap is %d", running.gpus, caps.gpus)
	for currency, limit := range caps.perHour {
		s.hold("caps", running.perHour[currency].LessThanOrEqual(limit), "%s %s per hour, the cap is %s", running.perHour[currency], currency, limit)
	}
}

// running adds up what there is in all clouds.
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
