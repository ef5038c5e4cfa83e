package policy_test

import (
	"fmt"
	"testing"

	"countersign/internal/policy"
	"countersign/internal/tool"
)

// TestWhen checks every key of a rule against a call, as a refusal and as a permission. A
// doubtful match counts for a refusal and not for a permission.
func TestWhen(t *testing.T) {
	t.Parallel()
	type want struct{ deny, allow bool }
	both, neither, denyOnly := want{true, true}, want{}, want{deny: true}
	with := func(c policy.Call, change func(*policy.Call)) policy.Call { change(&c); return c }
	placed := func(location, offer string) policy.Call {
		target := vm("a")
		target.Location, target.Offer = location, offer
		return stop(target)
	}
	altered := vm("dev-1")
	altered.NameAltered = true
	before := price("2 USD")
	raise := func(after string) policy.Call {
		return with(create(after), func(c *policy.Call) { c.Plan.Cost.Before = &before; c.Plan.Targets = []tool.Target{vm("a")} })
	}
	rename := func(from, to string) policy.Call {
		return with(stop(vm(from)), func(c *policy.Call) { c.Plan.Changes = []tool.FieldChange{{Field: "name", Before: from, After: to}} })
	}
	retag := func(from, to string, tags ...string) policy.Call {
		return with(stop(tagged("a", tags...)), func(c *policy.Call) { c.Plan.Changes = []tool.FieldChange{{Field: "tags", Before: from, After: to}} })
	}
	tests := []struct {
		when string
		call policy.Call
		want want
	}{
		{"{}", stop(vm("a")), both},
		{"{}", create("1 USD"), both},

		{"{tag: 'env=prod'}", with(create("1 USD"), func(c *policy.Call) { c.Plan.MadeTags = []string{"env=prod"} }), both},
		{"{tag: 'env=prod'}", create("1 USD"), neither},

		{"{tool: power_vm}", stop(vm("a")), both},
		{"{tool: 'power_*'}", stop(vm("a")), both},
		{"{tool: [delete_vm, '*_vm']}", stop(vm("a")), both},
		{"{tool: power}", stop(vm("a")), neither},
		{"{tool: power_vms}", stop(vm("a")), neither},
		{"{noun: vm}", stop(vm("a")), both},
		{"{noun: [rental, volume]}", stop(vm("a")), neither},
		{"{noun: 'v*'}", stop(vm("a")), neither},
		{"{action: stop}", stop(vm("a")), both},
		{"{action: [force_stop, restart]}", stop(vm("a")), neither},
		{"{action: stop}", create("1 USD"), neither},
		{"{final: true}", stop(vm("a")), neither},
		{"{final: true}", with(stop(vm("a")), func(c *policy.Call) { c.Plan.Final = true }), both},
		{"{account: mill}", stop(vm("a")), both},
		{"{account: MILL}", stop(vm("a")), neither},
		{"{account: [shop, mill]}", stop(vm("a")), both},
		{"{account: shop, tool: power_vm}", stop(vm("a")), neither},
		{"{principal: local}", stop(vm("a")), both},
		{"{principal: alice}", stop(vm("a")), neither},

		{"{effect: disrupt}", stop(vm("a")), both},
		{"{effect: change}", stop(vm("a")), neither}, // the highest counts
		{"{effect: [bill, disrupt]}", stop(vm("a")), both},
		{"{effect: destroy}", with(stop(vm("a")), func(c *policy.Call) { c.Plan.Effects = nil }), both},

		{"{id: id-a}", stop(vm("a")), both},
		{"{id: ID-A}", stop(vm("a")), neither},
		{"{id: 'id-*'}", stop(vm("a")), neither},
		{"{id: id-a}", stop(vm("a"), vm("b")), denyOnly},
		{"{id: [id-a, id-b]}", stop(vm("a"), vm("b")), both},
		{"{id: id-a}", create("1 USD", "id-a"), neither},
		{"{id: id-a}", create("1 USD"), neither},

		{"{name: 'dev-*'}", stop(vm("dev-1")), both},
		{"{name: 'dev-?'}", stop(vm("dev-1")), both},
		{"{name: 'dev-?'}", stop(vm("dev-12")), neither},
		{"{name: ['dev-*', 'test-*']}", stop(vm("dev-1"), vm("test-1")), both},
		{"{name: 'dev-*'}", stop(vm("dev-1"), vm("prod-1")), denyOnly},
		{"{name: 'dev-*'}", stop(vm("dev-1", "prod-1")), denyOnly},
		{"{name: 'dev-*'}", stop(vm("prod-1", "dev-1")), denyOnly},
		{"{name: 'dev-*'}", stop(vm("dev-1", "dev-2")), both},
		{"{name: 'dev-*'}", stop(vm("DEV-1")), denyOnly},
		{"{name: 'dev-*'}", stop(vm("ｄｅｖ-1")), denyOnly},
		{"{name: 'dev-*'}", stop(vm("dеv-1")), denyOnly}, // a Cyrillic letter
		{"{name: 'dev-*'}", stop(vm("dév-1")), denyOnly},
		{"{name: 'dev-*'}", stop(vm("de\u200bv-1")), denyOnly},
		{"{name: 'dév-*'}", stop(vm("de\u0301v-1")), denyOnly}, // the same to the eye, not letter by letter
		{"{name: 'dev-*'}", stop(altered), denyOnly},
		{"{name: '*-db'}", stop(vm("a long name that was cut…")), denyOnly},
		{"{name: 'x*'}", stop(vm("a long name that was cut…")), neither},
		{"{name: '*'}", stop(vm("")), denyOnly},
		{"{name: 'dev-*'}", stop(vm("")), neither},
		{"{name: 'dev-*'}", stop(vm("dev-1", "")), denyOnly},
		{"{name: '*'}", stop(), neither},
		{"{name: 'dev-*'}", create("1 USD", "dev-1", "dev-2"), both},
		{"{name: 'dev-*'}", create("1 USD", "dev-1", "prod-1"), denyOnly},
		{"{name: 'dev-*'}", create("1 USD", "dev-1", ""), denyOnly},
		{"{name: 'dev-*'}", create("1 USD"), neither},
		{"{name: 'dev-*'}", with(create("1 USD", "prod-1"), func(c *policy.Call) { c.Plan.Targets = []tool.Target{vm("dev-1")} }), denyOnly},
		{"{name: 'dev-*'}", rename("dev-1", "dev-2"), both},
		{"{name: 'dev-*'}", rename("dev-1", "prod-1"), denyOnly},
		{"{name: 'prod-*'}", rename("dev-1", "prod-1"), denyOnly},
		{"{name: 'dev-*', id: id-dev-1}", stop(vm("dev-1"), vm("dev-2")), denyOnly},
		{"{name: 'dev-*', id: id-prod-1}", stop(vm("dev-1"), vm("prod-1")), neither}, // no thing is both

		{"{tag: 'env=*'}", stop(tagged("a", "x", "env=dev")), both},
		{"{tag: env=dev}", stop(tagged("a", "ENV=dev")), denyOnly},
		{"{tag: env=dev}", stop(tagged("a", "env=dev"), tagged("b")), denyOnly},
		{"{tag: env=dev}", stop(vm("a")), neither},
		{"{tag: env=dev}", create("1 USD", "a"), neither},
		{"{tag: env=dev}", retag(`["env=dev"]`, `["env=dev","x"]`, "env=dev"), both},
		{"{tag: env=dev}", retag(`["env=dev"]`, `[]`, "env=dev"), denyOnly},
		{"{tag: env=dev}", retag(`[]`, `["env=dev"]`), denyOnly},
		{"{tag: env=dev}", retag(`no list`, `["env=dev"]`, "env=dev"), denyOnly},
		{"{tag: y}", retag(`no list`, `["x"]`, "x"), denyOnly},

		{"{account: mill, location: oslo}", placed("oslo", ""), both},
		{"{account: mill, location: Oslo}", placed("oslo", ""), neither},
		{"{account: mill, location: oslo}", placed("", ""), denyOnly},
		{"{account: shop, location: oslo}", placed("", ""), neither},
		{"{account: mill, location: oslo}", stop(vm("a"), tool.Target{Kind: "vm", Location: "oslo"}), denyOnly},
		{"{account: mill, location: oslo}", stop(tool.Target{Kind: "ssh_key", ID: "k"}), neither}, // keys are nowhere
		{"{account: mill, location: oslo}", with(create("1 USD", "a"), func(c *policy.Call) { c.Plan.Location = "oslo" }), both},
		{"{account: mill, location: oslo}", create("1 USD", "a"), denyOnly},
		{"{account: mill, location: oslo}", create("1 USD"), denyOnly},
		{"{account: mill, offer: h100}", placed("", "h100"), both},
		{"{account: mill, offer: h100}", with(placed("", "h100"), func(c *policy.Call) { c.Plan.Offer = "a100" }), denyOnly}, // a resize away
		{"{account: mill, offer: a100}", with(placed("", "h100"), func(c *policy.Call) { c.Plan.Offer = "a100" }), denyOnly}, // a resize to
		{"{account: mill, offer: h100}", placed("", ""), denyOnly},
		{"{account: mill, offer: h100}", stop(tool.Target{Kind: "network", ID: "n"}), neither},

		{"{cost_above: 5 USD}", create("5.01 USD", "a"), both},
		{"{cost_above: 5 USD}", create("5 USD", "a"), neither},
		{"{cost_above: 5 USD}", create("50 EUR", "a"), neither},
		{"{cost_above: [5 USD, 5 EUR]}", create("50 EUR", "a"), both},
		{"{cost_above: 5 USD}", create("unknown", "a"), neither},
		{"{cost_at_most: 5 USD}", create("5.00 USD", "a"), both},
		{"{cost_at_most: 5 USD}", create("5.000000000001 USD", "a"), neither},
		{"{cost_at_most: 5 USD}", create("1 EUR", "a"), neither},
		{"{cost_at_most: 5 USD}", create("unknown", "a"), neither},
		{"{cost_above: 1 USD, cost_at_most: 2 USD}", create("1.5 USD", "a"), both},
		{"{cost_above: 1 USD, cost_at_most: 2 USD}", create("2.5 USD", "a"), neither},
		{"{cost_unknown: true}", create("unknown", "a"), both},
		{"{cost_unknown: true}", create("1 USD", "a"), neither},
		{"{cost_unknown: true}", stop(vm("a")), neither}, // it leaves the bill alone
		{"{cost_above: 0 USD}", stop(vm("a")), neither},
		{"{cost_at_most: 0 USD}", stop(vm("a")), both},
		{"{cost_at_most: 1 USD}", raise("3 USD"), both}, // what it adds counts
		{"{cost_above: 1 USD}", raise("3.5 USD"), both},
		{"{cost_at_most: 0 USD}", raise("1 USD"), both},
		{"{cost_unknown: true}", raise("3 EUR"), both},
		{"{cost_unknown: true}", with(create("1 USD"), func(c *policy.Call) { c.Plan.Cost = nil }), both}, // it bills, and nobody says how much
		{"{cost_unknown: true}", with(raise("3 USD"), func(c *policy.Call) { p := price("unknown"); c.Plan.Cost.Before = &p }), both},
	}
	for _, test := range tests {
		for outcome, want := range map[policy.Outcome]bool{policy.Deny: test.want.deny, policy.Ask: test.want.deny, policy.Human: test.want.deny, policy.Allow: test.want.allow, policy.Caller: test.want.allow} {
			// What does not match gets the opposite outcome from the next rule.
			other := policy.Allow
			if outcome == policy.Allow || outcome == policy.Caller {
				other = policy.Deny
			}
			rules := parsed(t, fmt.Sprintf("rules:\n  - { when: %s, then: %s }\n  - { when: {}, then: %s }", test.when, outcome, other))
			if v := rules.Decide(test.call); (v.Outcome == outcome) != want {
				t.Errorf("%s then %s: %+v, want a match %v\n%+v", test.when, outcome, v, want, test.call.Plan)
			}
		}
	}
}

// TestSeveralThings checks that the rules are applied to each thing of a call, and the
// strictest verdict counts.
func TestSeveralThings(t *testing.T) {
	t.Parallel()
	rules := parsed(t, `
rules:
  - { name: odd, when: { name: "odd-*" }, then: ask }
  - { name: dev, when: { name: "dev-*" }, then: allow }
  - { name: test, when: { name: "test-*" }, then: caller }
  - { name: prod, when: { name: "prod-*" }, then: deny }
  - { name: rest, when: {}, then: allow }
`)
	tests := []struct {
		targets []tool.Target
		want    policy.Outcome
		rule    string
	}{
		{[]tool.Target{vm("dev-1")}, policy.Allow, "rule 2 (dev)"},
		{[]tool.Target{vm("dev-1"), vm("dev-2")}, policy.Allow, "rule 2 (dev)"},
		{[]tool.Target{vm("odd-1"), vm("prod-1")}, policy.Deny, "rule 4 (prod)"}, // the first match is not the strictest
		{[]tool.Target{vm("prod-1"), vm("odd-1")}, policy.Deny, "rule 4 (prod)"},
		{[]tool.Target{vm("dev-1"), vm("odd-1")}, policy.Ask, "rule 1 (odd)"},
		{[]tool.Target{vm("dev-1"), vm("test-1")}, policy.Caller, "rule 3 (test)"},
		{[]tool.Target{vm("dev-1"), vm("x")}, policy.Allow, "rule 2 (dev)"},
		{[]tool.Target{vm("test-1"), vm("x")}, policy.Caller, "rule 3 (test)"},
		{[]tool.Target{vm("dev-1", "prod-1")}, policy.Deny, "rule 4 (prod)"},
		{[]tool.Target{vm("odd-1", "prod-1")}, policy.Deny, "rule 4 (prod)"}, // no name hides another
		{[]tool.Target{vm("prod-1", "odd-1")}, policy.Deny, "rule 4 (prod)"},
		{nil, policy.Allow, "rule 5 (rest)"},
	}
	for _, test := range tests {
		if v := rules.Decide(stop(test.targets...)); v.Outcome != test.want || v.Rule != test.rule {
			t.Errorf("%v: %+v, want %s by %s", test.targets, v, test.want, test.rule)
		}
	}
}
