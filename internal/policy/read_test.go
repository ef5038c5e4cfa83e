package policy_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"countersign/internal/cloud"
	"countersign/internal/policy"
)

func money(text string) cloud.Money { return *price(text).PerHour }

// TestCaps checks that every cap is read to the last digit, and that the returned caps
// are copies.
func TestCaps(t *testing.T) {
	t.Parallel()
	if diff := cmp.Diff(policy.Caps{}, policy.Standard().Caps()); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(policy.Caps{Unknown: policy.Ask}, parsed(t, "spend: {}").Caps()); diff != "" {
		t.Error(diff)
	}
	rules := parsed(t, `
spend:
  per_call: 5.000001 USD
  per_hour: [20 USD, 100 SEK]
  per_day: 100 USD
  per_month: 0 USD
  machines: 10
  gpus: 0
  unknown: deny
  accounts:
    mill: { per_hour: 1 USD, machines: 1 }
`)
	ten, none, one := 10, 0, 1
	want := policy.Caps{
		All: policy.Limits{
			PerCall: []cloud.Money{money("5.000001 USD")}, PerHour: []cloud.Money{money("20 USD"), money("100 SEK")},
			PerDay: []cloud.Money{money("100 USD")}, PerMonth: []cloud.Money{money("0 USD")}, Machines: &ten, GPUs: &none,
		},
		Accounts: map[cloud.AccountName]policy.Limits{"mill": {PerHour: []cloud.Money{money("1 USD")}, Machines: &one}},
		Unknown:  policy.Deny,
	}
	got := rules.Caps()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	*got.All.Machines, got.All.PerHour[0] = 99, money("99 USD")
	got.Accounts["mill"], got.Accounts["shop"] = policy.Limits{}, policy.Limits{}
	if diff := cmp.Diff(want, rules.Caps()); diff != "" {
		t.Errorf("the rules were changed:\n%s", diff)
	}
}

// TestFilesThatAreWrong checks that errors name the place, what was expected and what may
// have been meant.
func TestFilesThatAreWrong(t *testing.T) {
	t.Parallel()
	when := func(when string) string { return "rules:\n  - { then: deny, when: " + when + " }\n" }
	tests := []struct{ text, want string }{
		{"rulez: []", `p:1:1: policy: there is no key "rulez"; did you mean rules?`},
		{"presets: strict", `p:1:1: policy: there is no key "presets"; did you mean preset?`},
		{"preset: stric", `p:1:9: preset: there is no "stric"; did you mean strict?`},
		{"preset: [strict]", "p:1:9: preset: expected a text, got a list"},
		{"preset: readonly", `p:1:9: preset: there is no "readonly"; did you mean read-only?`},
		{"rules: {}", "p:1:8: rules: expected a list, got a mapping"},
		{"rules:\n  - deny", "p:2:5: rule 1: expected a mapping of keys to values, got a text or number"},
		{"rules:\n  - { then: deny }", "p:2:5: rule 1: the key when is missing; when: {} matches every call"},
		{"rules:\n  - { when: {} }", "p:2:5: rule 1: the key then is missing"},
		{"rules:\n  - { when: {}, then: refuse }", `p:2:23: then: there is no "refuse"; expected allow or caller or ask or human or deny`},
		{"rules:\n  - { when: {}, then: alow }", `p:2:23: then: there is no "alow"; did you mean allow?`},
		{"rules:\n  - { when: {}, than: deny }", `p:2:17: rule 1: there is no key "than"; did you mean then?`},
		{"rules:\n  - { when: {}, then: deny, name: [a] }", "p:2:35: name: expected a text, got a list"},
		{when("[]"), "p:2:25: when: expected a mapping of keys to values, got a list"},
		{when("{ nam: x }"), `p:2:27: when: there is no key "nam"; did you mean name?`},
		{when("{ cost-above: 1 USD }"), `p:2:27: when: there is no key "cost-above"; did you mean cost_above?`},
		{when("{ name: }"), "p:2:33: name: expected a text, got nothing"},
		{when("{ name: [] }"), "p:2:33: name: the list is empty; leave the key out"},
		{when("{ name: [a, {b: c}] }"), "p:2:37: name: expected a text, got a mapping"},
		{when("{ name: [a, \"\"] }"), "p:2:37: name: expected a text, got nothing"},
		{when("{ tool: * }"), `p:2:34: is not YAML: while scanning an alias: did not find expected alphabetic or numeric character; put a text that begins with * in quotes`},
		{when("{ name: *a }"), `p:2:33: is not YAML: unknown anchor 'a' referenced; put a text that begins with * in quotes`},
		{when("{ effect: destroi }"), `p:2:35: effect: there is no "destroi"; did you mean destroy?`},
		{when("{ effect: [bill, x] }"), `p:2:42: effect: there is no "x"; expected read or change or disrupt or bill or destroy`},
		{when("{ final: yes }"), `p:2:34: final: expected true, got "yes"`},
		{when("{ cost_unknown: false }"), `p:2:41: cost_unknown: expected true, got "false"; leave the key out`},
		{when("{ cost_unknown: true, cost_above: 1 USD }"), "p:2:41: cost_unknown: what is not known is neither above nor at most a sum"},
		{when("{ cost_above: 5 }"), `p:2:39: cost_above: expected a decimal and its currency, such as "1.20 USD", got "5"`},
		{when("{ cost_at_most: [1 USD, 2 USD] }"), "p:2:49: cost_at_most: there is an amount in USD already"},
		{when("{ cost_at_most: -1 USD }"), "p:2:41: cost_at_most: no price is negative"},
		{when("{ location: oslo }"), "p:2:37: location: IDs belong to an account; give the key account too"},
		{when("{ offer: h100 }"), "p:2:34: offer: IDs belong to an account; give the key account too"},
		{when("{ between: 8:00-18:00 }"), `p:2:36: between: expected two different times of the day, such as "08:00-18:00" or "22:00-06:00", got "8:00-18:00"`},
		{when("{ between: 08:00-08:00 }"), `got "08:00-08:00"`},
		{when("{ between: 08:00-24:01 }"), `got "08:00-24:01"`},
		{when("{ between: 24:00-08:00 }"), `got "24:00-08:00"`},
		{when("{ between: 08:60-09:00 }"), `got "08:60-09:00"`},
		{when("{ days: monday }"), `p:2:33: days: expected a day or a run of days, such as mon or mon-fri, got "monday"`},
		{when("{ days: mon-mon }"), `got "mon-mon"`},
		{when("{ days: Mon }"), `got "Mon"`},
		{when("{ zone: Europe/Berlin }"), "p:2:33: zone: it is of use only with between or days"},
		{when("{ days: mon, zone: Europe/Berlln }"), `p:2:44: zone: "Europe/Berlln" is not known on this machine; give a name such as Europe/Berlin, or UTC.`},
		{when("{ days: mon, zone: Local }"), `p:2:44: zone: "Local" is not known`},
		{"protect: {}", "p:1:10: protect: expected a list, got a mapping"},
		{"protect:\n  - { reason: x }", "p:2:5: protection 1: give at least one of id, name and tag"},
		{"protect:\n  - { nane: x }", `p:2:7: protection 1: there is no key "nane"; did you mean name?`},
		{"protect:\n  - { location: x }", `p:2:7: protection 1: there is no key "location"`},
		{"spend: { per_hours: 1 USD }", `p:1:10: spend: there is no key "per_hours"; did you mean per_hour?`},
		{"spend: { per_hour: [1 USD, 1.5 USD] }", "p:1:28: per_hour: there is an amount in USD already"},
		{"spend: { per_day: 1 }", `p:1:19: per_day: expected a decimal and its currency`},
		{"spend: { machines: ten }", `p:1:20: machines: expected a whole number from 0 to 1000000, got "ten"`},
		{"spend: { machines: 1.0 }", `got "1.0"`},
		{"spend: { gpus: -1 }", `p:1:16: gpus: expected a whole number`},
		{"spend: { gpus: 0x10 }", `got "0x10"`},
		{"spend: { gpus: 1000001 }", `got "1000001"`},
		{"spend: { unknown: allow }", `p:1:19: unknown: there is no "allow"; expected ask or deny`},
		{"spend: { accounts: [mill] }", "p:1:20: spend.accounts: expected a mapping of keys to values, got a list"},
		{"spend: { accounts: { mill: { unknown: ask } } }", `p:1:30: spend.mill: there is no key "unknown"`},
		{"spend: { accounts: { mill: { accounts: {} } } }", `p:1:30: spend.mill: there is no key "accounts"`},
		{"a: 1\na: 2", `p:2:1: policy: "a" stands on line 1 already`},
		{"- a", "p:1:1: policy: expected a mapping of keys to values, got a list"},
		{"", "p: is empty; `preset: standard` is what holds without a file"},
	}
	for _, test := range tests {
		file, err := policy.Parse("p", []byte(test.text))
		if err == nil || file != nil || !strings.HasPrefix(err.Error(), "p:") || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s\n%v, want %q", test.text, err, test.want)
		}
	}
}

// TestCheck checks that the names in a file have to exist.
func TestCheck(t *testing.T) {
	t.Parallel()
	known := policy.Known{Tools: []string{"power_vm", "delete_vm"}, Nouns: []string{"vm", "rental", "vm"}, Actions: []string{"stop", "restart"}, Accounts: []string{"mill", "shop"}}
	for text, want := range map[string]string{
		"rules: [{then: deny, when: {tool: [power_vm, '*_vm'], noun: vm, action: stop, account: shop}}]": "",
		"rules: [{then: deny, when: {tool: powr_vm}}]":                                                   `p:1:35: tool: no call of a tool "powr_vm" is held against rules: reads are not, and a grant is judged as the calls that it covers; did you mean power_vm?`,
		"rules: [{then: deny, when: {tool: [power_vm, 'get_*']}}]":                                       "p:1:46: tool: no call of a tool \"get_*\" is held against rules: reads are not, and a grant is judged as the calls that it covers; `countersign tools` lists them with their effects",
		"rules: [{then: deny, when: {noun: vms}}]":                                                       `p:1:35: noun: there is no noun "vms"; did you mean vm?`,
		"rules: [{then: deny, when: {noun: network}}]":                                                   `p:1:35: noun: there is no noun "network"; expected rental or vm`,
		"rules: [{then: deny, when: {action: stopp}}]":                                                   `p:1:37: action: there is no action "stopp"; did you mean stop?`,
		"rules: [{then: deny, when: {account: mil}}]":                                                    `p:1:38: account: there is no account "mil"; did you mean mill?`,
		"spend: {accounts: {shop: {machines: 1}, mil: {machines: 1}}}":                                   `p:1:41: account: there is no account "mil"; did you mean mill?`,
		"protect: [{id: anything, name: is, tag: fine}]\npreset: strict":                                 "",
	} {
		file, err := policy.Parse("p", []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		if err := file.Check(known); err == nil && want != "" || err != nil && err.Error() != want {
			t.Errorf("%s\n%v\nwant %s", text, err, want)
		}
	}
}

// TestReadFile checks that a file is read from disk, that its prices are returned, and
// that an error names the file.
func TestReadFile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "policy.yaml")
	if _, err := policy.Read(path); err == nil || !strings.Contains(err.Error(), path+": cannot be read: ") {
		t.Errorf("%v", err)
	}
	if err := os.WriteFile(path, []byte("preset: read-only\nprices: {mill: {offers: {}}}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	file, err := policy.Read(path)
	if err != nil || file.Prices == nil {
		t.Fatalf("%+v %v", file, err)
	}
	if entries, err := file.Prices.Entries("prices"); err != nil || len(entries) != 1 || entries[0].Key != "mill" {
		t.Errorf("%v %v", entries, err)
	}
	if v := file.Rules.Decide(stop(vm("a"))); v.Outcome != policy.Deny {
		t.Errorf("%+v", v)
	}
	if none, err := policy.Parse("p", []byte("{}")); err != nil || none.Prices != nil || none.Rules.Decide(stop(vm("a"))).Outcome != policy.Ask {
		t.Errorf("an empty file is not the standard rules: %+v %v", none, err)
	}
}

// TestText checks that the text has everything that applies.
func TestText(t *testing.T) {
	t.Parallel()
	const want = `preset      read-only
read-only   nothing above a read is listed or carried out, whatever the rules say

Protected: neither stopped, destroyed nor changed out of protection, on any road.
  protection 1 (name prod-*, live-*; tag keep)
      customers live here.

Rules: the first that matches decides.
  human   rule 1 (nights)
          when account mill; effect disrupt, destroy; between 22:00-06:00; days mon-fri; zone Europe/Berlin
  deny    rule 2
          when every call
          nothing else!
  allow   preset read-only: reads
          when effect read
          A read changes nothing.
  deny    preset read-only: what is no read
          when effect change, disrupt, bill, destroy
          This server is read-only: nothing that changes anything is carried out.
  deny    what no rule matches

Spend:
  all accounts: at most 5 USD a call; 20 USD an hour, all that runs; 30 USD a day; 40 USD a month; 2 machines
  mill: at most 0 GPUs
  deny calls whose own price is not known
`
	got := parsed(t, `
preset: read-only
rules:
  - { name: nights, when: { zone: Europe/Berlin, days: mon-fri, between: 22:00-06:00, effect: [disrupt, destroy], account: mill }, then: human }
  - { when: {}, then: deny, reason: nothing else! }
protect: [{ name: ["prod-*", "live-*"], tag: keep, reason: customers live here }]
spend: { per_call: 5 USD, per_hour: 20 USD, per_day: 30 USD, per_month: 40 USD, machines: 2, unknown: deny, accounts: { mill: { gpus: 0 } } }
`).Text()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if got := policy.Standard().Text(); !strings.Contains(got, "\n  nothing\n") || !strings.HasSuffix(got, "Spend:\n  no caps\n") {
		t.Error(got)
	}
}
