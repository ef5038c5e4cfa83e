package tools_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"countersign/internal/cloud"
	"countersign/internal/tool"
	"countersign/tools"
)

// TestGrantOfSeveralAtOnce checks that a grant counts calls, and that its question
// says how many machines those are.
func TestGrantOfSeveralAtOnce(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 6, 10, 18, 0, 0, 0, time.UTC)
	for copies, want := range map[int][]string{
		1: {"create up to 3 VMs on", "each costs: 1 EUR per hour"},
		4: {"create up to 12 VMs on", "each call makes: 4 VMs", "each call costs: 1 EUR per hour"},
	} {
		a := &acme{name: "acme", copies: copies, machine: cloud.MachinePlan{Price: price("1"), Equal: "equal"}}
		all := tools.All(tools.Env{
			Accounts: cloud.Accounts{{Name: "acme", Provider: a}}, Grants: struct{ tool.Grants }{}, Now: func() time.Time { return now },
		})
		d := all[slices.IndexFunc(all, func(d *tool.Definition) bool { return d.Name == "request_grant" })]
		call, err := d.Decode([]byte(`{"account":"acme","uses":3,"per_hour":"5 EUR","until":"2026-06-11T00:00:00Z","acme_vm":{"name":"web"}}`))
		if err != nil {
			t.Fatal(err)
		}
		plan, err := call.Plan(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		said := plan.Summary
		for _, f := range plan.Facts {
			said += "\n" + f.Label + ": " + f.Value
		}
		for _, line := range want {
			if !strings.Contains(said, line) {
				t.Errorf("%d at once: the question lacks %q:\n%s", copies, line, said)
			}
		}
	}
}
