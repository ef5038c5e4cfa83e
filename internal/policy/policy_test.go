package policy_test

import (
	"strings"
	"testing"
	"time"

	"countersign/internal/cloud"
	"countersign/internal/policy"
	"countersign/internal/tool"
)

// parsed returns the rules of a policy file.
func parsed(t *testing.T, text string) *policy.Rules {
	t.Helper()
	file, err := policy.Parse("policy.yaml", []byte(text))
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	return file.Rules
}

// monday is the time of the calls of tests.
var monday = time.Date(2026, time.January, 5, 12, 0, 0, 0, time.UTC)

// stop returns a call that stops things.
func stop(targets ...tool.Target) policy.Call {
	return policy.Call{Tool: "power_vm", Noun: "vm", Principal: "local", At: monday, Plan: tool.Plan{
		Account: "mill", Action: "stop", Effects: []tool.Effect{tool.Change, tool.Disrupt}, Targets: targets,
	}}
}

func vm(name string, former ...string) tool.Target {
	return tool.Target{Kind: "vm", ID: "id-" + name, Name: name, FormerNames: former}
}

func tagged(name string, tags ...string) tool.Target {
	target := vm(name)
	target.Tags = tags
	return target
}

// create returns a call that makes things for a rate.
func create(perHour string, names ...string) policy.Call {
	c := policy.Call{Tool: "create_vm", Noun: "vm", Principal: "local", At: monday, Plan: tool.Plan{
		Account: "mill", Effects: []tool.Effect{tool.Bill}, MadeKind: "gpcn_vm", MadeNames: names, Cost: &tool.Cost{After: price(perHour)},
	}}
	return c
}

func price(perHour string) cloud.Price {
	if perHour == "unknown" {
		return cloud.UnknownPrice("nobody tells")
	}
	var m cloud.Money
	if err := m.UnmarshalText([]byte(perHour)); err != nil {
		panic(err)
	}
	return cloud.HourlyPrice(m, "test")
}

// TestDecide checks every preset against every effect, alone and with others.
func TestDecide(t *testing.T) {
	t.Parallel()
	const allow, ask, human, deny = policy.Allow, policy.Ask, policy.Human, policy.Deny
	tests := []struct {
		name                                string
		effects                             []tool.Effect
		standard, relaxed, strict, readOnly policy.Outcome
	}{
		{"read", []tool.Effect{tool.Read}, allow, allow, allow, allow},
		{"change", []tool.Effect{tool.Change}, allow, allow, allow, deny},
		{"disrupt", []tool.Effect{tool.Disrupt}, ask, ask, ask, deny},
		{"bill", []tool.Effect{tool.Bill}, ask, ask, human, deny},
		{"destroy", []tool.Effect{tool.Destroy}, ask, ask, human, deny},
		{"none", nil, ask, ask, human, deny},
		{"the worst first", []tool.Effect{tool.Bill, tool.Change}, ask, ask, human, deny},
		{"the worst last", []tool.Effect{tool.Read, tool.Change, tool.Disrupt}, ask, ask, ask, deny},
		{"above all", []tool.Effect{tool.Destroy + 1}, deny, deny, deny, deny},
		{"below all", []tool.Effect{tool.Read - 1}, deny, deny, deny, deny},
		{"below all, among others", []tool.Effect{tool.Change, tool.Read - 1}, deny, deny, deny, deny},
		{"above all, among others", []tool.Effect{tool.Destroy + 1, tool.Read}, deny, deny, deny, deny},
	}
	for _, test := range tests {
		for _, rules := range []struct {
			name  string
			rules *policy.Rules
			want  policy.Outcome
		}{
			{"standard", policy.Standard(), test.standard}, {"relaxed", policy.Relaxed(), test.relaxed},
			{"strict", policy.Strict(), test.strict}, {"read-only", policy.ReadOnly(), test.readOnly},
			{"nothing", &policy.Rules{}, deny}, {"nil", nil, deny},
			{"all passes", parsed(t, "rules: [{when: {}, then: allow}]"), map[bool]policy.Outcome{true: deny, false: allow}[test.standard == deny]},
		} {
			got := rules.rules.Decide(policy.Call{Plan: tool.Plan{Effects: test.effects}})
			if got.Outcome != rules.want || got.Reason == "" || got.Rule == "" {
				t.Errorf("%s, %s: %+v, want %s with a reason", rules.name, test.name, got, rules.want)
			}
		}
	}
}

// TestPresets checks the differences between the presets.
func TestPresets(t *testing.T) {
	t.Parallel()
	act := func(action string, change func(*policy.Call)) policy.Call {
		c := stop(vm("a"))
		c.Plan.Action = action
		if change != nil {
			change(&c)
		}
		return c
	}
	tests := []struct {
		name                      string
		call                      policy.Call
		standard, relaxed, strict policy.Outcome
	}{
		{"stop", act("stop", nil), policy.Ask, policy.Allow, policy.Ask},
		{"restart", act("restart", nil), policy.Ask, policy.Allow, policy.Ask},
		{"force_stop", act("force_stop", nil), policy.Ask, policy.Ask, policy.Ask},
		{"release", act("release", nil), policy.Ask, policy.Ask, policy.Ask},
		{"no action", act("", nil), policy.Ask, policy.Ask, policy.Ask},
		{"a stop for good", act("stop", func(c *policy.Call) { c.Plan.Final = true }), policy.Ask, policy.Ask, policy.Ask},
		{"a restart that costs", act("restart", func(c *policy.Call) { c.Plan.Effects = append(c.Plan.Effects, tool.Bill) }), policy.Ask, policy.Ask, policy.Human},
		{"another tool's stop", act("stop", func(c *policy.Call) { c.Tool = "stop_gpcn_gpus" }), policy.Ask, policy.Ask, policy.Ask},
		{"1 USD", create("1 USD", "a"), policy.Ask, policy.Ask, policy.Ask},
		{"more than 1 USD", create("1.000001 USD", "a"), policy.Ask, policy.Ask, policy.Human},
		{"10 SEK", create("10 SEK", "a"), policy.Ask, policy.Ask, policy.Ask},
		{"11 SEK", create("11 SEK", "a"), policy.Ask, policy.Ask, policy.Human},
		{"another currency", create("0.01 GBP", "a"), policy.Ask, policy.Ask, policy.Human},
		{"nobody knows what", create("unknown", "a"), policy.Ask, policy.Ask, policy.Human},
	}
	for _, test := range tests {
		for preset, want := range map[string]policy.Outcome{"standard": test.standard, "relaxed": test.relaxed, "strict": test.strict, "read-only": policy.Deny} {
			v := parsed(t, "preset: "+preset).Decide(test.call)
			if v.Outcome != want || !strings.HasPrefix(v.Rule, "preset "+preset) && preset != "read-only" {
				t.Errorf("%s, %s: %+v, want %s", preset, test.name, v, want)
			}
		}
	}
}

// TestAllows checks which tools are listed at all, and that no rule of a file makes a
// read-only server do more.
func TestAllows(t *testing.T) {
	t.Parallel()
	loosened := parsed(t, "preset: read-only\nrules: [{when: {}, then: allow}]")
	for _, e := range tool.Effects() {
		if !policy.Standard().Allows(e) || !policy.Relaxed().Allows(e) || !policy.Strict().Allows(e) {
			t.Errorf("standard, relaxed or strict hides %s", e)
		}
		for name, rules := range map[string]*policy.Rules{
			"read-only": policy.ReadOnly(), "loosened": loosened, "standard, only reading": policy.Standard().OnlyReading(), "nil": nil,
		} {
			if rules.Allows(e) != (e == tool.Read) {
				t.Errorf("%s, %s: %v", name, e, rules.Allows(e))
			}
			if v := rules.Decide(policy.Call{Plan: tool.Plan{Effects: []tool.Effect{e}}}); e != tool.Read && v.Outcome != policy.Deny {
				t.Errorf("%s, %s: %+v", name, e, v)
			}
		}
	}
	if policy.Standard().Allows(tool.Change) != true {
		t.Error("OnlyReading has changed the rules that it was asked of")
	}
}

// TestCallersConfirm checks that callers can confirm only where a rule allows it.
func TestCallersConfirm(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		"preset: relaxed": false, "rules: [{when: {}, then: ask}]": false, "rules: [{when: {}, then: ask}, {when: {account: mill}, then: caller}]": true,
	} {
		if got := parsed(t, text).CanBeConfirmedByCaller(); got != want {
			t.Errorf("%s: %v", text, got)
		}
	}
}

// TestFirstMatch checks that a file's own rules precede its preset's, in order, and that
// the verdict has the name and the reason of the rule that decided.
func TestFirstMatch(t *testing.T) {
	t.Parallel()
	rules := parsed(t, `
preset: strict
rules:
  - name: mine
    when: { account: mill, effect: disrupt }
    then: caller
    reason: it is mine
  - when: { effect: [disrupt, bill] }
    then: deny
`)
	c := stop(vm("a"))
	if v := rules.Decide(c); v != (policy.Verdict{Outcome: policy.Caller, Reason: "it is mine.", Rule: "rule 1 (mine)", Own: `rule "mine"`}) {
		t.Errorf("%+v", v)
	}
	c.Plan.Account = "shop"
	if v := rules.Decide(c); v != (policy.Verdict{Outcome: policy.Deny, Reason: "This is what rule 2 of this server says.", Rule: "rule 2", Own: "rule 2"}) {
		t.Errorf("%+v", v)
	}
	c.Plan.Effects = []tool.Effect{tool.Destroy}
	if v := rules.Decide(c); v.Outcome != policy.Human || v.Rule != "preset strict: what destroys" {
		t.Errorf("%+v", v)
	}
}

// TestUnder checks that a caller's own rules loosen no protection and no cap of the
// server.
func TestUnder(t *testing.T) {
	t.Parallel()
	parse := func(text string) *policy.Rules {
		file, err := policy.Parse("policy.yaml", []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		return file.Rules
	}
	server := parse("protect: [{name: 'prod-*'}]\nspend: {machines: 3}\n")
	own := parse("protect: [{name: 'mine'}]\nrules: [{when: {}, then: allow}]\nspend: {machines: 9}\n").Under(server, []cloud.AccountName{"gpcn"})
	for name, want := range map[string]policy.Outcome{"prod-1": policy.Deny, "mine": policy.Deny, "other": policy.Allow} {
		plan := tool.Plan{Account: "gpcn", Effects: []tool.Effect{tool.Destroy}, Targets: []tool.Target{{Kind: "vm", ID: "1", Name: name}}}
		if got := own.Decide(policy.Call{Tool: "delete_vm", Noun: "vm", Plan: plan}); got.Outcome != want {
			t.Errorf("%s: %+v, want %s", name, got, want)
		}
	}
	readOnly := parse("rules: [{when: {}, then: allow}]\n").Under(parse("preset: read-only\n"), nil)
	plan := tool.Plan{Account: "gpcn", Effects: []tool.Effect{tool.Change}}
	if v := readOnly.Decide(policy.Call{Tool: "update_vm", Noun: "vm", Plan: plan}); v.Outcome != policy.Deny || readOnly.Allows(tool.Change) {
		t.Errorf("under a server that only reads: %+v", v)
	}
	caps := own.Caps()
	if *caps.All.Machines != 9 || *caps.Above.All.Machines != 3 || len(caps.Counted) != 1 {
		t.Errorf("caps: %+v", caps)
	}
}
