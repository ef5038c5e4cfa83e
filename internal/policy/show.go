package policy

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"countersign/internal/cloud"
)

// Text returns the rules in the order in which they apply, for people.
func (r *Rules) Text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "preset      %s\n", r.preset)
	if r.readOnly {
		b.WriteString("read-only   nothing above a read is listed or carried out, whatever the rules say\n")
	}
	b.WriteString("\nProtected: neither stopped, destroyed nor changed out of protection, on any road.\n")
	for _, p := range r.protected {
		fmt.Fprintf(&b, "  %s\n", p.name)
		if p.reason != "" {
			fmt.Fprintf(&b, "      %s\n", sentence(p.reason))
		}
	}
	if len(r.protected) == 0 {
		b.WriteString("  nothing\n")
	}
	b.WriteString("\nRules: the first that matches decides.\n")
	for _, rule := range r.rules {
		fmt.Fprintf(&b, "  %-7s %s\n          when %s\n", rule.then, rule.name, rule.when.words)
		if rule.reason != "" {
			fmt.Fprintf(&b, "          %s\n", sentence(rule.reason))
		}
	}
	b.WriteString("  deny    what no rule matches\n\nSpend:\n" + r.caps.text())
	return b.String()
}

func (c Caps) text() string {
	if c.Unknown == "" {
		return "  no caps\n"
	}
	text := c.All.text("all accounts")
	for _, name := range slices.Sorted(maps.Keys(c.Accounts)) {
		text += c.Accounts[name].text(string(name))
	}
	return text + fmt.Sprintf("  %s calls whose own price is not known\n", c.Unknown)
}

func (l Limits) text(scope string) string {
	var parts []string
	for _, one := range []struct {
		what    string
		amounts []cloud.Money
	}{{"a call", l.PerCall}, {"an hour, all that runs", l.PerHour}, {"a day", l.PerDay}, {"a month", l.PerMonth}} {
		for _, m := range one.amounts {
			parts = append(parts, m.String()+" "+one.what)
		}
	}
	for _, one := range []struct {
		what string
		n    *int
	}{{"machine", l.Machines}, {"GPU", l.GPUs}} {
		switch {
		case one.n == nil:
		case *one.n == 1:
			parts = append(parts, "1 "+one.what)
		default:
			parts = append(parts, strconv.Itoa(*one.n)+" "+one.what+"s")
		}
	}
	if len(parts) == 0 {
		return ""
	}
	return fmt.Sprintf("  %s: at most %s\n", scope, strings.Join(parts, "; "))
}
