package policy_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"countersign/internal/cloud"
	"countersign/internal/policy"
	"countersign/internal/tool"
)

const protecting = `
preset: relaxed
rules: [{when: {}, then: allow}]
protect:
  - { name: "prod-*", reason: customers live here }
  - { id: id-of-the-bastion, tag: ["keep", "keep=*"] }
`

// TestProtection checks what is refused for a protected thing, whatever the rules say.
func TestProtection(t *testing.T) {
	t.Parallel()
	rules := parsed(t, protecting)
	bastion := tool.Target{Kind: "rental", ID: "id-of-the-bastion", Name: "b"}
	cut := vm("a name that was cut…")
	tests := []struct {
		name    string
		effects []tool.Effect
		targets []tool.Target
		changes []tool.FieldChange
		deny    bool
	}{
		{"stop", []tool.Effect{tool.Disrupt}, []tool.Target{vm("prod-1")}, nil, true},
		{"destroy", []tool.Effect{tool.Destroy}, []tool.Target{vm("prod-1")}, nil, true},
		{"a stop that costs", []tool.Effect{tool.Disrupt, tool.Bill}, []tool.Target{vm("prod-1")}, nil, true},
		{"no effect is told", nil, []tool.Target{vm("prod-1")}, nil, true},
		{"start", []tool.Effect{tool.Change, tool.Bill}, []tool.Target{vm("prod-1")}, nil, false},
		{"another", []tool.Effect{tool.Destroy}, []tool.Target{vm("dev-1")}, nil, false},
		{"one of several", []tool.Effect{tool.Destroy}, []tool.Target{vm("dev-1"), vm("prod-1"), vm("dev-2")}, nil, true},
		{"a former name", []tool.Effect{tool.Destroy}, []tool.Target{vm("dev-1", "x", "prod-1")}, nil, true},
		{"case", []tool.Effect{tool.Destroy}, []tool.Target{vm("PROD-1")}, nil, true},
		{"Cyrillic letters", []tool.Effect{tool.Destroy}, []tool.Target{vm("рrоd-1")}, nil, true},
		{"Greek letters", []tool.Effect{tool.Destroy}, []tool.Target{vm("prοd-1")}, nil, true},
		{"mathematical letters", []tool.Effect{tool.Destroy}, []tool.Target{vm("𝓹𝓻𝓸𝓭-1")}, nil, true},
		{"full width", []tool.Effect{tool.Destroy}, []tool.Target{vm("ｐｒｏｄ－1")}, nil, true},
		{"accents", []tool.Effect{tool.Destroy}, []tool.Target{vm("prôd-1")}, nil, true},
		{"a soft hyphen", []tool.Effect{tool.Destroy}, []tool.Target{vm("pro\u00add-1")}, nil, true},
		{"another dash", []tool.Effect{tool.Destroy}, []tool.Target{vm("prod–1")}, nil, true},
		{"a digit for a letter", []tool.Effect{tool.Destroy}, []tool.Target{vm("pr0d-1")}, nil, false},
		{"a name that was cut", []tool.Effect{tool.Destroy}, []tool.Target{cut}, nil, false},
		{"an ID", []tool.Effect{tool.Disrupt}, []tool.Target{bastion}, nil, true},
		{"a tag", []tool.Effect{tool.Disrupt}, []tool.Target{tagged("a", "x", "Keep=ever")}, nil, true},
		{"a name that is a tag", []tool.Effect{tool.Disrupt}, []tool.Target{vm("keep")}, nil, false},
		{"renamed out", []tool.Effect{tool.Change}, []tool.Target{vm("prod-1")}, []tool.FieldChange{{Field: "name", Before: "prod-1", After: "x"}}, true},
		{"renamed within", []tool.Effect{tool.Change}, []tool.Target{vm("prod-1")}, []tool.FieldChange{{Field: "name", Before: "prod-1", After: "prod-2"}}, true},
		{"renamed later", []tool.Effect{tool.Change}, []tool.Target{vm("x", "prod-1")}, []tool.FieldChange{{Field: "name", Before: "x", After: "y"}}, false},
		{"renamed into", []tool.Effect{tool.Change}, []tool.Target{vm("x")}, []tool.FieldChange{{Field: "name", Before: "x", After: "prod-2"}}, false},
		{"a new host name", []tool.Effect{tool.Change}, []tool.Target{vm("prod-1")}, []tool.FieldChange{{Field: "hostname", Before: "prod-1", After: "x"}}, true},
		{"untagged", []tool.Effect{tool.Change}, []tool.Target{tagged("a", "keep", "x")}, []tool.FieldChange{{Field: "tags", Before: `["keep","x"]`, After: `["x"]`}}, true},
		{"another tag", []tool.Effect{tool.Change}, []tool.Target{tagged("a", "keep", "x")}, []tool.FieldChange{{Field: "tags", Before: `["keep","x"]`, After: `["keep"]`}}, false},
		{"another field", []tool.Effect{tool.Change}, []tool.Target{vm("prod-1")}, []tool.FieldChange{{Field: "username", Before: "prod-1", After: "x"}}, false},
	}
	for _, test := range tests {
		c := stop(test.targets...)
		c.Plan.Effects, c.Plan.Changes = test.effects, test.changes
		v := rules.Decide(c)
		if (v.Outcome == policy.Deny) != test.deny || test.deny && !strings.HasPrefix(v.Rule, "protection ") {
			t.Errorf("%s: %+v, want a refusal %v", test.name, v, test.deny)
		}
	}
	c := stop(vm("prod-1"))
	want := policy.Verdict{
		Outcome: policy.Deny, Rule: "protection 1 (name prod-*)",
		Reason: "vm id-prod-1 is protected: customers live here. No rule and no approval lifts that; only whoever keeps the policy of this server can.",
	}
	if v := rules.Decide(c); v != want {
		t.Errorf("%+v", v)
	}
	c.Plan.Targets = []tool.Target{bastion}
	if v := rules.Decide(c); v.Reason != "rental id-of-the-bastion is protected. No rule and no approval lifts that; only whoever keeps the policy of this server can." || v.Rule != "protection 2 (id id-of-the-bastion; tag keep, keep=*)" {
		t.Errorf("%+v", v)
	}
}

// TestEscalate checks which changes count as destroying: those of a field that any rule
// or protection matches, before or after the change.
func TestEscalate(t *testing.T) {
	t.Parallel()
	change := func(field, before, after string) tool.FieldChange {
		return tool.FieldChange{Field: field, Before: before, After: after}
	}
	rules := func(when string) string { return "rules: [{when: " + when + ", then: allow}]" }
	tests := []struct {
		name, policy string
		change       tool.FieldChange
		destroys     bool
	}{
		{"away from a rule", rules("{name: 'dev-*'}"), change("name", "dev-1", "x"), true},
		{"to a rule", rules("{name: 'dev-*'}"), change("name", "x", "dev-1"), true},
		{"within a rule", rules("{name: 'dev-*'}"), change("name", "dev-1", "dev-2"), true},
		{"what looks like it", rules("{name: 'dev-*'}"), change("name", "x", "DЕV-1"), true},
		{"beside a rule", rules("{name: 'dev-*'}"), change("name", "x", "y"), false},
		{"a rule that none escapes", rules("{name: '*'}"), change("name", "x", "y"), false},
		{"a rule of another account", rules("{name: 'dev-*', account: shop}"), change("name", "dev-1", "x"), false},
		{"a rule of this account", rules("{name: 'dev-*', account: mill}"), change("name", "dev-1", "x"), true},
		{"a rule about another tool", rules("{name: 'dev-*', tool: delete_vm}"), change("name", "dev-1", "x"), true},
		{"a host name", rules("{name: 'dev-*'}"), change("hostname", "dev-1", "x"), true},
		{"of several", rules("{name: 'dev-*'}"), change("name of id-1", "dev-1", "x"), true},
		{"a name in another field", rules("{name: 'dev-*'}"), change("description", "dev-1", "x"), false},
		{"a tag that goes", rules("{tag: 'env=*'}"), change("tags", `["env=dev","a"]`, `["a"]`), true},
		{"a tag that comes", rules("{tag: 'env=*'}"), change("tags", `[]`, `["env=dev"]`), true},
		{"a tag with another value", rules("{tag: 'env=*'}"), change("tags", `["env=dev"]`, `["env=prod"]`), true},
		{"a tag that stays", rules("{tag: 'env=*'}"), change("tags", `["env=dev","a"]`, `["b","env=dev"]`), false},
		{"a tag that looks like it", rules("{tag: 'env=*'}"), change("tags", `["Env=dev"]`, `[]`), true},
		{"any tag", rules("{tag: '*'}"), change("tags", `["a"]`, `[]`), true},
		{"tags that cannot be read", rules("{tag: 'env=*'}"), change("tags", `env`, `[]`), true},
		{"tags, and no rule about any", rules("{name: 'dev-*'}"), change("tags", `["dev-1"]`, `[]`), false},
		{"a group that a rule names", rules("{id: grp-1}"), change("resource_group_id", "grp-1", ""), true},
		{"to a group that a rule names", rules("{id: grp-1}"), change("resource_group_id", "", "grp-1"), true},
		{"another group", rules("{id: grp-1}"), change("resource_group_id", "grp-2", "grp-3"), false},
		{"a protected name", "protect: [{name: 'prod-*'}]", change("name", "prod-1", "x"), true},
		{"to a protected name", "protect: [{name: 'prod-*'}]", change("name", "x", "Prod-1"), true},
		{"a protected tag", "protect: [{tag: keep}]", change("tags", `["keep"]`, `[]`), true},
		{"a protected group", "protect: [{id: grp-1}]", change("resource_group_id", "grp-1", "grp-2"), true},
		{"power", "protect: [{name: '*'}]", change("power", "running", "stopped"), false},
		{"no file", "preset: strict", change("name", "prod-1", "x"), false},
	}
	for _, test := range tests {
		plan := tool.Plan{Account: "mill", Effects: make([]tool.Effect, 1, 4), Consequences: make([]string, 1, 4), Changes: []tool.FieldChange{test.change}}
		plan.Effects[0], plan.Consequences[0] = tool.Change, "as before"
		r := parsed(t, test.policy)
		got := r.Escalate(plan)
		if slices.Contains(got.Effects, tool.Destroy) != test.destroys || (len(got.Consequences) == 2) != test.destroys {
			t.Errorf("%s: %+v, want that it destroys: %v", test.name, got, test.destroys)
		}
		if len(plan.Effects) != 1 || plan.Effects[:4][1] != 0 || plan.Consequences[:4][1] != "" {
			t.Errorf("%s: the plan that was given is changed: %+v", test.name, plan)
		}
		if diff := cmp.Diff(got, r.Escalate(got), cmp.Comparer(func(a, b cloud.Load) bool { return a == b })); diff != "" {
			t.Errorf("%s: once more is not the same:\n%s", test.name, diff)
		}
	}
}

// TestEscalatedWords checks the text for the person who approves.
func TestEscalatedWords(t *testing.T) {
	t.Parallel()
	rules := parsed(t, "protect: [{name: 'prod-*', tag: keep}]")
	got := rules.Escalate(tool.Plan{Changes: []tool.FieldChange{
		{Field: "name", Before: "x", After: "prod-1"}, {Field: "hostname", Before: "x", After: "prod-1"}, {Field: "tags", Before: `[]`, After: `["keep"]`},
	}})
	want := []string{"The rules of this server go by the name and the tags that this changes, so it ranks with what destroys: other rules may hold for it afterwards."}
	if diff := cmp.Diff(want, got.Consequences); diff != "" {
		t.Error(diff)
	}
}
