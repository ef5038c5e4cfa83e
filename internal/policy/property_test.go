package policy_test

import (
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"countersign/internal/policy"
	"countersign/internal/tool"
)

// strictness orders outcomes.
func strictness(o policy.Outcome) int {
	return slices.Index([]policy.Outcome{policy.Allow, policy.Caller, policy.Ask, policy.Human, policy.Deny}, o)
}

// dice draws policies and calls from a few words, so that they often match.
type dice struct{ *rand.Rand }

func (d dice) one(of ...string) string { return of[d.IntN(len(of))] }

func (d dice) some(of ...string) []string {
	var some []string
	for _, word := range of {
		if d.IntN(3) == 0 {
			some = append(some, word)
		}
	}
	return some
}

func (d dice) policy() string {
	var b strings.Builder
	fmt.Fprintf(&b, "preset: %s\nrules:\n", d.one(policy.Presets()...))
	for range 1 + d.IntN(6) {
		var when []string
		for _, key := range d.some("effect", "name", "tag", "id", "account", "tool", "cost_at_most") {
			value := map[string]func() string{
				"effect":       func() string { return d.one("change", "disrupt", "bill", "destroy") },
				"name":         func() string { return d.one("'a*'", "'*b'", "ab", "'*'", "['a', 'b*']", "'?b'") },
				"tag":          func() string { return d.one("x", "'x*'", "['y', 'xy']", "'*'") },
				"id":           func() string { return d.one("'1'", "['2', '3']") },
				"account":      func() string { return d.one("mill", "shop") },
				"tool":         func() string { return d.one("power_vm", "'*_vm'") },
				"cost_at_most": func() string { return "1 USD" },
			}[key]()
			when = append(when, key+": "+value)
		}
		fmt.Fprintf(&b, "  - { when: { %s }, then: %s }\n", strings.Join(when, ", "), d.one("allow", "caller", "ask", "human", "deny"))
	}
	if d.IntN(3) == 0 {
		b.WriteString("protect: [{ name: " + d.one("'ab*'", "b", "'?a'") + ", tag: xy }]\n")
	}
	return b.String()
}

func (d dice) target() tool.Target {
	name := func() string { return d.one("a", "b", "ab", "ba", "abb", "A", "") }
	t := tool.Target{Kind: "vm", ID: d.one("1", "2", "3", "4"), Name: name(), Tags: d.some("x", "xy", "y", "X"), NameAltered: d.IntN(8) == 0}
	for range d.IntN(3) {
		t.FormerNames = append(t.FormerNames, name())
	}
	return t
}

func (d dice) call() policy.Call {
	c := policy.Call{Tool: d.one("power_vm", "delete_vm", "update_vm"), Noun: "vm", Principal: "local", At: monday}
	c.Plan.Account = "mill"
	for _, e := range tool.Effects()[1:] {
		if d.IntN(3) == 0 {
			c.Plan.Effects = append(c.Plan.Effects, e)
		}
	}
	for range d.IntN(3) {
		c.Plan.Targets = append(c.Plan.Targets, d.target())
	}
	if d.IntN(4) == 0 {
		c.Plan.Changes = []tool.FieldChange{{Field: "name", Before: d.one("a", "ab"), After: d.one("b", "x")}}
	}
	if d.IntN(4) == 0 {
		c.Plan.MadeNames = []string{d.one("a", "ab", "b")}
	}
	if d.IntN(2) == 0 {
		c.Plan.Cost = &tool.Cost{After: price(d.one("1 USD", "2 USD", "unknown"))}
	}
	return c
}

// TestNothingAddedMakesItMilder checks, for thousands of policies and calls, that one
// more thing, former name, made name or effect never gives a call a milder verdict:
// nobody gets around a refusal by asking for more.
func TestNothingAddedMakesItMilder(t *testing.T) {
	t.Parallel()
	milder, refused := 0, 0
	for seed := range uint64(1200) {
		d := dice{rand.New(rand.NewPCG(seed, 7))}
		text := d.policy()
		rules := parsed(t, text)
		for range 5 {
			before := d.call()
			if len(before.Plan.Targets) == 0 {
				before.Plan.Targets = []tool.Target{d.target()}
			}
			was := rules.Decide(before)
			after := before
			after.Plan.Targets = slices.Clone(before.Plan.Targets)
			switch d.IntN(3) {
			case 0:
				after.Plan.Targets = slices.Insert(after.Plan.Targets, d.IntN(len(after.Plan.Targets)+1), d.target())
			case 1:
				of := &after.Plan.Targets[d.IntN(len(after.Plan.Targets))]
				of.FormerNames = append(slices.Clone(of.FormerNames), d.one("a", "b", "ab", "ba", "q"))
			case 2:
				after.Plan.MadeNames = append(slices.Clone(before.Plan.MadeNames), d.one("a", "b", "ab", "q"))
			}
			is := rules.Decide(after)
			if was.Outcome == policy.Deny {
				refused++
			}
			if strictness(is.Outcome) < strictness(was.Outcome) || strictness(is.Outcome) < 0 || is.Reason == "" || is.Rule == "" {
				milder++
				t.Errorf("seed %d: %+v became %+v\n%s\n%+v\n%+v", seed, was, is, text, before.Plan, after.Plan)
			}
		}
		if milder > 3 {
			break
		}
	}
	if refused < 500 {
		t.Errorf("only %d refusals were tried", refused)
	}
}

// TestOneThingIsFirstMatch compares calls about one thing with one name with the rules
// taken one at a time: the first that matches on its own decides.
func TestOneThingIsFirstMatch(t *testing.T) {
	t.Parallel()
	decided := map[policy.Outcome]int{}
	for seed := range uint64(1000) {
		d := dice{rand.New(rand.NewPCG(seed, 8))}
		text, _, _ := strings.Cut(d.policy(), "protect:")
		head, list, _ := strings.Cut(text, "rules:\n")
		lines := strings.Split(strings.TrimSuffix(list, "\n"), "\n")
		c := d.call()
		c.Plan.Changes, c.Plan.MadeNames, c.Plan.Targets = nil, nil, []tool.Target{d.target()}
		c.Plan.Targets[0].FormerNames = nil
		got := parsed(t, text).Decide(c)
		want := parsed(t, head).Decide(c)
		for i, line := range lines {
			if strings.HasPrefix(head, "preset: read-only") {
				break
			}
			// Alone before a rule with the opposite outcome, to see whether it matches.
			then := line[strings.LastIndex(line, "then: ")+len("then: ") : len(line)-len(" }")]
			opposite := "deny"
			if then == "deny" {
				opposite = "allow"
			}
			if alone := parsed(t, "rules:\n"+line+"\n  - { when: {}, then: "+opposite+" }\n").Decide(c); string(alone.Outcome) == then {
				want = policy.Verdict{Outcome: alone.Outcome, Rule: fmt.Sprintf("rule %d", i+1)}
				break
			}
		}
		if got.Outcome != want.Outcome || got.Rule != want.Rule {
			t.Errorf("seed %d: %+v, want %+v\n%s\n%+v", seed, got, want, text, c.Plan)
		}
		decided[got.Outcome]++
	}
	for _, o := range []policy.Outcome{policy.Allow, policy.Caller, policy.Ask, policy.Human, policy.Deny} {
		if decided[o] < 20 {
			t.Errorf("%s came out %d times only", o, decided[o])
		}
	}
}

// FuzzParse checks that no file breaks the reader, and that the rules of any valid file
// return a verdict.
func FuzzParse(f *testing.F) {
	f.Add([]byte("preset: strict\nrules: [{when: {name: 'a*', cost_above: 1 USD}, then: human}]\nprotect: [{tag: x}]\nspend: {per_hour: 1 USD}"))
	f.Add([]byte("rules: [{when: {between: 22:00-06:00, days: [mon-fri], zone: UTC}, then: deny, name: x, reason: y}]"))
	f.Add([]byte("rules: [{when: {}, then: allow}]\nspend: {accounts: {a: {machines: 1}}}"))
	f.Fuzz(func(t *testing.T, text []byte) {
		file, err := policy.Parse("p", text)
		if err != nil {
			if !strings.HasPrefix(err.Error(), "p:") {
				t.Errorf("%q: %v", text, err)
			}
			return
		}
		if v := file.Rules.Decide(stop(tagged("a", "x"), vm("b"))); strictness(v.Outcome) < 0 || v.Reason == "" || v.Rule == "" {
			t.Errorf("%q: %+v", text, v)
		}
		_ = file.Rules.Text()
	})
}

// FuzzName checks that a refusal by name applies to exactly what the pattern matches, in
// any case, and that a permission by name never applies to more.
func FuzzName(f *testing.F) {
	f.Add("dev-*", "dev-1")
	f.Add("*a?b*", "xxaxbyy")
	f.Add("a**b", "ab")
	f.Add("İ*", "i̇")
	f.Add("ß", "SS")
	f.Fuzz(func(t *testing.T, pattern, name string) {
		if !utf8.ValidString(pattern) || !utf8.ValidString(name) || name == "" || strings.Trim(pattern, " \t") == "" {
			return
		}
		quoted := "'" + strings.ReplaceAll(pattern, "'", "''") + "'"
		refusing, err := policy.Parse("p", []byte("rules: [{when: {name: "+quoted+"}, then: deny}, {when: {}, then: allow}]"))
		if err != nil || strings.ContainsAny(pattern, "\n\r\u0085\u2028\u2029\t") {
			return // such a pattern cannot be written so
		}
		leaving := parsed(t, "rules: [{when: {name: "+quoted+"}, then: allow}, {when: {}, then: deny}]")
		expression := strings.NewReplacer(`\*`, "(?s:.*)", `\?`, "(?s:.)").Replace(regexp.QuoteMeta(pattern))
		matches := regexp.MustCompile("^(?:" + expression + ")$").MatchString(name)
		c := stop(vm(name))
		if got := leaving.Decide(c).Outcome == policy.Allow; got != matches {
			t.Errorf("%q allows %q: %v", pattern, name, got)
		}
		if refusing.Rules.Decide(c).Outcome != policy.Deny && matches {
			t.Errorf("%q does not refuse %q", pattern, name)
		}
		c.Plan.Targets[0].Name = strings.ToUpper(name)
		if refusing.Rules.Decide(c).Outcome != policy.Deny && matches && strings.EqualFold(strings.ToUpper(name), name) {
			t.Errorf("%q does not refuse %q", pattern, strings.ToUpper(name))
		}
	})
}
