package policy_test

import (
	"testing"

	"countersign/internal/policy"
	"countersign/internal/tool"
)

// TestDecide is every rule against every effect, alone and among others.
func TestDecide(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name               string
		effects            []tool.Effect
		standard, readOnly policy.Outcome
	}{
		{"read", []tool.Effect{tool.Read}, policy.Allow, policy.Allow},
		{"change", []tool.Effect{tool.Change}, policy.Allow, policy.Deny},
		{"disrupt", []tool.Effect{tool.Disrupt}, policy.Ask, policy.Deny},
		{"bill", []tool.Effect{tool.Bill}, policy.Ask, policy.Deny},
		{"destroy", []tool.Effect{tool.Destroy}, policy.Ask, policy.Deny},
		{"none", nil, policy.Ask, policy.Deny},
		{"the worst first", []tool.Effect{tool.Bill, tool.Change}, policy.Ask, policy.Deny},
		{"the worst last", []tool.Effect{tool.Read, tool.Change, tool.Disrupt}, policy.Ask, policy.Deny},
		{"above all", []tool.Effect{tool.Destroy + 1}, policy.Deny, policy.Deny},
		{"below all", []tool.Effect{tool.Read - 1}, policy.Deny, policy.Deny},
		{"below all, among others", []tool.Effect{tool.Change, tool.Read - 1}, policy.Deny, policy.Deny},
		{"above all, among others", []tool.Effect{tool.Destroy + 1, tool.Read}, policy.Deny, policy.Deny},
	}
	for _, test := range tests {
		plan := tool.Plan{Effects: test.effects}
		for _, rules := range []struct {
			name  string
			rules *policy.Rules
			want  policy.Outcome
		}{{"standard", policy.Standard(), test.standard}, {"read-only", policy.ReadOnly(), test.readOnly}} {
			got := rules.rules.Decide(policy.Call{Plan: plan})
			if got.Outcome != rules.want || got.Reason == "" || got.Rule == "" {
				t.Errorf("%s, %s: %+v, want %s with a reason", rules.name, test.name, got, rules.want)
			}
		}
	}
}

// TestAllows pins which tools are listed at all.
func TestAllows(t *testing.T) {
	t.Parallel()
	for _, e := range tool.Effects() {
		if !policy.Standard().Allows(e) {
			t.Errorf("standard hides %s", e)
		}
		if policy.ReadOnly().Allows(e) != (e == tool.Read) {
			t.Errorf("read-only, %s: %v", e, policy.ReadOnly().Allows(e))
		}
	}
}
