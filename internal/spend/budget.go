package spend

import (
	"fmt"
	"strconv"
	"strings"

	"countersign/internal/cloud"
	"countersign/internal/policy"
)

// Budget returns the lines that show a person what a call does to the bill: what it adds or
// saves, the running machines and their rate before and after it, the cost in 30 days, and
// the caps.
func Budget(caps policy.Caps, tallies []Tally, call Call) []cloud.Fact {
	lines := []cloud.Fact{{Label: "this call", Value: addsWords(call.Charge)}}
	prefix := ""
	for at := &caps; at != nil; at = at.Above {
		for _, s := range scopes(policy.Caps{All: at.All, Accounts: at.Accounts, Counted: at.Counted}, tallies, call.Account) {
			switch {
			case s.name != "" && (prefix == "" || Capped(s.limits)):
				lines = append(lines, scopeLines(prefix, s, call)...)
			case s.name == "" && Capped(s.limits):
				lines = append(lines, scopeLines(prefix+"all: ", s, call)...)
			}
		}
		prefix = "server: "
	}
	return lines
}

func scopeLines(prefix string, s scope, call Call) []cloud.Fact {
	after := Tally{Load: s.tally.Load, Unknown: s.tally.Unknown, LoadUnknown: s.tally.LoadUnknown}
	after.PerHour.addAll(s.tally.PerHour)
	after.change(call.Charge)
	var in30Days Sums
	for _, m := range after.PerHour {
		in30Days.Add(*cloud.HourlyPrice(m, "").Per30Days)
	}
	lines := []cloud.Fact{
		{Label: prefix + "burn now", Value: burnWords(s.tally)},
		{Label: prefix + "burn after", Value: burnWords(after)},
		{Label: prefix + "in 30 days", Value: in30Days.String() + unknownWords(after.Unknown)},
		{Label: prefix + "cap", Value: capWords(s.limits)},
	}
	for _, what := range s.tally.Incomplete {
		lines = append(lines, cloud.Fact{Label: prefix + "not read", Value: what})
	}
	return lines
}

// change adds the change of the bill by a call, which may be negative.
func (t *Tally) change(c Charge) {
	if c.PerHour != nil && c.PerHour.Amount.IsNegative() {
		t.PerHour.Add(*c.PerHour)
		return
	}
	t.add(c)
}

func addsWords(c Charge) string {
	words := ""
	switch {
	case c.PerHour == nil:
		words = "UNKNOWN price: " + c.Unknown
	case c.PerHour.Amount.IsZero():
		words = "adds no charge"
	case c.PerHour.Amount.IsNegative():
		words = "saves " + c.PerHour.Times(-1).String() + " per hour"
	default:
		words = "adds " + c.PerHour.String() + " per hour"
	}
	return words + loadWords(", ", c.Adds)
}

func burnWords(t Tally) string {
	load := loadWords(", ", t.Load)
	if t.LoadUnknown > 0 {
		load = fmt.Sprintf(", at least %d machines, %d GPUs", t.Load.Machines, t.Load.GPUs)
	}
	return t.PerHour.String() + " per hour" + load + unknownWords(t.Unknown)
}

func unknownWords(n int) string {
	if n == 0 {
		return ""
	}
	return ", and " + strconv.Itoa(n) + " of UNKNOWN price"
}

func loadWords(before string, l cloud.Load) string {
	if l == (cloud.Load{}) {
		return ""
	}
	return fmt.Sprintf("%s%d machines, %d GPUs", before, l.Machines, l.GPUs)
}

func capWords(l policy.Limits) string {
	var parts []string
	for _, c := range []struct {
		key  string
		caps []cloud.Money
	}{{"per_call", l.PerCall}, {"per_hour", l.PerHour}, {"per_day", l.PerDay}, {"per_month", l.PerMonth}} {
		for _, m := range c.caps {
			parts = append(parts, c.key+" "+m.String())
		}
	}
	for _, c := range []struct {
		key   string
		limit *int
	}{{"machines", l.Machines}, {"gpus", l.GPUs}} {
		if c.limit != nil {
			parts = append(parts, c.key+" "+strconv.Itoa(*c.limit))
		}
	}
	if len(parts) == 0 {
		return "none"
	}
	return strings.Join(parts, ", ")
}
