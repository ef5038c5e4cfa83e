package tool_test

import (
	"slices"
	"testing"

	"countersign/internal/tool"
)

// TestScopesCoverEffects pins the scope of each effect, that no scope includes another,
// and that an invalid effect is covered by no set.
func TestScopesCoverEffects(t *testing.T) {
	t.Parallel()
	read, write, spend, destroy := tool.ScopeRead, tool.ScopeWrite, tool.ScopeSpend, tool.ScopeDestroy
	tests := []struct {
		has     []tool.Scope
		effects []tool.Effect
		missing []tool.Scope
	}{
		{nil, []tool.Effect{tool.Read}, []tool.Scope{read}},
		{[]tool.Scope{read}, []tool.Effect{tool.Read}, nil},
		{[]tool.Scope{write, spend, destroy}, []tool.Effect{tool.Read}, []tool.Scope{read}},
		{[]tool.Scope{read}, []tool.Effect{tool.Change}, []tool.Scope{write}},
		{[]tool.Scope{read}, []tool.Effect{tool.Change, tool.Disrupt}, []tool.Scope{write}},
		{[]tool.Scope{write}, []tool.Effect{tool.Change, tool.Disrupt}, nil},
		{[]tool.Scope{write}, []tool.Effect{tool.Disrupt, tool.Bill}, []tool.Scope{spend}},
		{[]tool.Scope{spend}, []tool.Effect{tool.Bill}, nil},
		{[]tool.Scope{spend}, []tool.Effect{tool.Destroy}, []tool.Scope{destroy}},
		{[]tool.Scope{destroy}, []tool.Effect{tool.Bill}, []tool.Scope{spend}},
		{[]tool.Scope{destroy}, []tool.Effect{tool.Disrupt, tool.Destroy}, []tool.Scope{write}},
		{[]tool.Scope{read, write, spend, destroy}, tool.Effects(), nil},
		{[]tool.Scope{read, write, spend}, nil, []tool.Scope{destroy}},
		{[]tool.Scope{read, write, spend, destroy}, []tool.Effect{7}, []tool.Scope{"cloud:effect(7)"}},
		{[]tool.Scope{read, write, spend, destroy, "cloud:effect(7)", "admin"}, []tool.Effect{7}, []tool.Scope{"cloud:effect(7)"}},
	}
	for _, test := range tests {
		if got := tool.NewScopes(test.has...).Covers(test.effects); !slices.Equal(got, test.missing) {
			t.Errorf("%v with %v: missing %v, want %v", test.effects, test.has, got, test.missing)
		}
	}
}

// TestScopeNames pins the names, and that other names are refused.
func TestScopeNames(t *testing.T) {
	t.Parallel()
	all := tool.NewScopes(tool.AllScopes()...)
	if got := all.String(); got != "cloud:read cloud:write cloud:spend cloud:destroy" {
		t.Errorf("all scopes: %q", got)
	}
	for _, s := range append(tool.AllScopes(), tool.ScopeMetrics) {
		if !tool.NewScopes(s).Has(s) || all.Has(tool.ScopeMetrics) {
			t.Errorf("%s is in no set, or in that of the tools without being one of theirs", s)
		}
		if got, err := tool.ParseScope(string(s)); got != s || err != nil {
			t.Errorf("%s: %s %v", s, got, err)
		}
	}
	for _, name := range []string{"", "cloud", "cloud:", "cloud:Read", "cloud:approve", "cloud:*", "cloud:read cloud:write", "*"} {
		if got, err := tool.ParseScope(name); err == nil {
			t.Errorf("%q is %s", name, got)
		}
		if !tool.NewScopes(tool.Scope(name)).IsEmpty() {
			t.Errorf("%q gives scopes", name)
		}
	}
	if got := tool.NewScopes(tool.ScopeRead, tool.ScopeSpend).Intersect(tool.NewScopes(tool.ScopeSpend, tool.ScopeWrite)); got.String() != "cloud:spend" {
		t.Errorf("in common: %s", got)
	}
}
