package policy_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"countersign/internal/cloud"
	"countersign/internal/policy"
	"countersign/internal/tool"
)

func nounOf(name string) string {
	return map[string]string{"power_vm": "vm", "create_vm": "vm"}[name]
}

func casesFile(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "cases.txtar")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestCases checks that a table is read completely, its policy included.
func TestCases(t *testing.T) {
	t.Parallel()
	cases, err := policy.ReadCases(casesFile(t, `A comment
of two lines.
-- policy.yaml --
rules: [{ name: mine, when: { name: "dev-*" }, then: caller }]
-- a whole one --
tool: power_vm
noun: rental
action: stop
final: true
account: mill
effect: [change, disrupt]
targets:
  - { id: "1", name: dev-1, former: [dev-0, x], tags: [a, "b=c"], kind: vm, location: oslo, offer: h100 }
  - { id: "2" }
changes:
  - { field: name, from: dev-1, to: y }
  - { field: tags, from: [a, "b=c"] }
makes: [s-1]
location: bergen
offer: a100
cost: 2.50 USD
principal: alice
at: 2026-07-01T23:00:00+02:00
want: deny
rule: protection
-- a short one --
tool: power_vm
account: mill
effect: change
want: allow
-- unknown --
tool: create_vm
account: mill
effect: bill
cost: unknown
want: ask
`), nounOf)
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, time.July, 1, 21, 0, 0, 0, time.UTC)
	want := []policy.Case{
		{Name: "a whole one", Want: policy.Deny, Rule: "protection", Call: policy.Call{Tool: "power_vm", Noun: "rental", Principal: "alice", At: at, Plan: tool.Plan{
			Account: "mill", Action: "stop", Final: true, Effects: []tool.Effect{tool.Change, tool.Disrupt},
			Targets: []tool.Target{
				{Kind: "vm", ID: "1", Name: "dev-1", FormerNames: []string{"dev-0", "x"}, Tags: []string{"a", "b=c"}, Location: "oslo", Offer: "h100"},
				{Kind: "rental", ID: "2"},
			},
			Changes:   []tool.FieldChange{{Field: "name", Before: "dev-1", After: "y"}, {Field: "tags", Before: `["a","b=c"]`, After: "[]"}},
			MadeNames: []string{"s-1"}, Location: "bergen", Offer: "a100", Cost: &tool.Cost{After: cloud.HourlyPrice(money("2.5 USD"), "the case")},
		}}},
		{Name: "a short one", Want: policy.Allow, Call: policy.Call{Tool: "power_vm", Noun: "vm", Principal: "local", At: monday, Plan: tool.Plan{
			Account: "mill", Effects: []tool.Effect{tool.Change},
		}}},
		{Name: "unknown", Want: policy.Ask, Call: policy.Call{Tool: "create_vm", Noun: "vm", Principal: "local", At: monday, Plan: tool.Plan{
			Account: "mill", Effects: []tool.Effect{tool.Bill}, Cost: &tool.Cost{After: cloud.UnknownPrice("the case says so")},
		}}},
	}
	if diff := cmp.Diff(want, cases.All); diff != "" {
		t.Error(diff)
	}
	if cases.Policy == nil || !cases.Policy.Rules.CanBeConfirmedByCaller() {
		t.Fatalf("the policy of the table is not read: %+v", cases.Policy)
	}
	run := policy.Case{Call: stop(vm("dev-1")), Want: policy.Caller}
	for rule, want := range map[string]bool{"": true, "mine": true, "rule 1": true, "rule 2": false} {
		run.Rule = rule
		if v, ok := run.Run(cases.Policy.Rules); ok != want {
			t.Errorf("%q: %+v %v", rule, v, ok)
		}
	}
	run.Want, run.Rule = policy.Ask, ""
	if v, ok := run.Run(cases.Policy.Rules); ok || v.Outcome != policy.Caller {
		t.Errorf("%+v %v", v, ok)
	}
}

// TestCasesThatAreWrong checks that an error names the line in the whole file.
func TestCasesThatAreWrong(t *testing.T) {
	t.Parallel()
	const head = "-- one --\ntool: power_vm\naccount: mill\neffect: change\nwant: allow\n-- two --\n"
	const body = "tool: power_vm\naccount: mill\neffect: change\nwant: allow\n"
	for text, want := range map[string]string{
		"no case":                           ": there is no case in it: each begins with a line such as -- dev machines may be stopped --",
		"-- policy.yaml --\npreset: strict": ": there is no case in it",
		"-- policy.yaml --\nrules: x\n" + head + body: ":2:8: rules: expected a list, got a text or number",
		head:                        `:6:1: "two" has nothing in it`,
		head + "tool: power_vm\n":   ":7:1: case: the key account is missing",
		head + body + "wan: deny\n": `:11:1: case: there is no key "wan"; did you mean want?`,
		"# a\n# b\n" + head + body + "at: noon\n":                  `:13:5: at: expected a time such as 2026-01-05T12:00:00Z, got "noon"`,
		head + body + "cost: 5\n":                                  ":11:7: cost: expected a decimal and its currency",
		head + body + "targets: { id: x }\n":                       ":11:10: targets: expected a list, got a mapping",
		head + body + "targets: [{ ids: x }]\n":                    `:11:13: target: there is no key "ids"; did you mean id?`,
		head + body + "targets: [{ id: [x] }]\n":                   ":11:17: id: expected a text, got a list",
		head + body + "changes: [{ from: x }]\n":                   ":11:11: change: the key field is missing",
		head + body + "changes: [{ field: name, from: [a, b] }]\n": ":11:32: from: only tags are a list",
		head + strings.Replace(body, "allow", "permit", 1):         `:10:7: want: there is no "permit"`,
		head + strings.Replace(body, "change", "chance", 1):        `:9:9: effect: there is no "chance"; did you mean change?`,
		head + strings.Replace(body, "change", "bill", 1):          ":9:9: case: a call with the effect bill needs the key cost",
	} {
		path := casesFile(t, text)
		cases, err := policy.ReadCases(path, nounOf)
		if err == nil || len(cases.All) > 0 || !strings.HasPrefix(err.Error(), path+want) {
			t.Errorf("%s\n%v\nwant %s", text, err, want)
		}
	}
	if _, err := policy.ReadCases(filepath.Join(t.TempDir(), "none"), nounOf); err == nil || !strings.HasPrefix(err.Error(), "read cases: ") {
		t.Errorf("%v", err)
	}
}
