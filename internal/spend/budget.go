package spend

import (
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
		for _, s := range scopes(policy.Caps{All: at.All, Accounts: at.Accounts, Counted: at.Counted}, tallies, call) {
			switch {
			case s.hidden: // it would tell what others spend
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
	after := s.tally.after(call)
	var in30Days Sums
	for _, m := range after.PerHour {
		in30Days.Add(*cloud.HourlyPrice(m, "").Per30Days)
	}
	lines := []cloud.Fact{
		{Label: prefix + "burn now", Value: burnWords(s.tally)},
		{Label: prefix + "burn after", Value: burnAfter(after, call)},
		{Label: prefix + "in 30 days", Value: in30Days.String() + unknownWords(after.Unknown)},
		{Label: prefix + "cap", Value: capWords(s.limits)},
	}
	for _, what := range s.tally.Incomplete {
		lines = append(lines, cloud.Fact{Label: prefix + "not read", Value: what})
	}
	return lines
}

// after is what runs when a call is carried out.
func (t Tally) after(call Call) Tally {
	after := Tally{Load: t.Load, Unknown: t.Unknown, LoadUnknown: t.LoadUnknown}
	after.PerHour.addAll(t.PerHour)
	switch {
	case !call.Lowers:
		after.add(call.Charge)
	case call.PerHour != nil:
		after.PerHour.Add(*call.PerHour)
	}
	return after
}

// burnAfter says what runs after a call. Of one that ends or stops something it says
// what that costs: how many machines are left is the cloud's to tell.
func burnAfter(after Tally, call Call) string {
	switch {
	case !call.Lowers:
		return burnWords(after)
	case call.PerHour == nil:
		return "NOT KNOWN: " + call.Unknown
	}
	return after.PerHour.String() + " per hour" + unknownWords(after.Unknown)
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
		load = ", at least " + counted(t.Load.Machines, "machine") + ", " + counted(t.Load.GPUs, "GPU")
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
	return before + counted(l.Machines, "machine") + ", " + counted(l.GPUs, "GPU")
}

func counted(n int, noun string) string {
	if n != 1 {
		noun += "s"
	}
	return strconv.Itoa(n) + " " + noun
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
