package spend

import (
	"fmt"
	"slices"
	"strconv"
	"time"

	"countersign/internal/cloud"
	"countersign/internal/policy"
)

// Call is one call that is checked against the caps.
type Call struct {
	Account cloud.AccountName
	// Sees are the accounts whose numbers the caller may be told; nil for all.
	Sees []cloud.AccountName
	// Lowers says that the call adds nothing to the bill: it ends or stops something.
	Lowers bool
	Charge
}

// Over says which cap a call would pass.
type Over struct {
	// Scope is the account, or empty for all of them together.
	Scope cloud.AccountName
	// Cap is the key of the cap, as the policy has it.
	Cap string
	// Message is a sentence with the numbers. Public is the same for the caller: without
	// numbers where they are of accounts that the caller does not see.
	Message, Public string
}

// Error implements error.
func (o *Over) Error() string { return o.Message }

// scope is one set of limits with the tally that it applies to.
type scope struct {
	name    cloud.AccountName
	limits  policy.Limits
	unknown policy.Outcome
	tally   Tally
	// own says that the limits are those of the caller's own rules.
	own bool
	// hidden says that it counts accounts that the caller does not see.
	hidden bool
}

func (s scope) words() string {
	switch {
	case s.name == "" && s.own:
		return "this caller's accounts together, by the caller's own rules,"
	case s.name == "":
		return "all accounts together"
	}
	return "account " + string(s.name)
}

// scopes returns the limits that apply to a call: those of its account, those of all counted
// accounts together, and the same of the server above.
func scopes(caps policy.Caps, tallies []Tally, call Call) []scope {
	var all []scope
	for at := &caps; at != nil; at = at.Above {
		var counted []Tally
		hidden := false
		for _, t := range tallies {
			if t.Account == call.Account {
				all = append(all, scope{name: t.Account, limits: at.Accounts[t.Account], unknown: at.Unknown, tally: t})
			}
			if at.Counted == nil || slices.Contains(at.Counted, t.Account) {
				counted = append(counted, t)
				hidden = hidden || call.Sees != nil && !slices.Contains(call.Sees, t.Account)
			}
		}
		all = append(all, scope{limits: at.All, unknown: at.Unknown, tally: Total(counted), own: at.Above != nil, hidden: hidden})
	}
	return all
}

// Accounts returns the accounts whose running machines are needed to check a call.
func Accounts(caps policy.Caps, account cloud.AccountName, all []cloud.AccountName) []cloud.AccountName {
	needed := []cloud.AccountName{account}
	for at := &caps; at != nil; at = at.Above {
		if !Capped(at.All) {
			continue
		}
		for _, name := range all {
			if !slices.Contains(needed, name) && (at.Counted == nil || slices.Contains(at.Counted, name)) {
				needed = append(needed, name)
			}
		}
	}
	return needed
}

// Holds reports whether any cap applies to calls on an account, and whether one on money
// does.
func Holds(caps policy.Caps, account cloud.AccountName) (some, money bool) {
	for at := &caps; at != nil; at = at.Above {
		some = some || Capped(at.All) || Capped(at.Accounts[account])
		money = money || capsMoney(at.All) || capsMoney(at.Accounts[account])
	}
	return some, money
}

// Unsure reports whether a cap on money applies to calls on an account while something runs
// at an unknown price: the cap may be passed already.
func Unsure(caps policy.Caps, tallies []Tally, call Call) bool {
	return slices.ContainsFunc(scopes(caps, tallies, call), func(s scope) bool {
		return capsMoney(s.limits) && s.tally.Unknown > 0
	})
}

// Check returns the first cap that a call would pass; nil if there is none. The tallies
// have to cover what Accounts returns.
func Check(caps policy.Caps, tallies []Tally, call Call, now time.Time) *Over {
	for _, s := range scopes(caps, tallies, call) {
		if over := s.check(call, now); over != nil {
			over.Scope, over.Public = s.name, over.Message
			if s.hidden {
				over.Public = "This call would pass the cap " + over.Cap + " that this server has on several accounts together, among them some that are not yours."
			}
			return over
		}
	}
	return nil
}

func (s scope) check(call Call, now time.Time) *Over {
	if over := s.count("machines", s.limits.Machines, s.tally.Load.Machines, call.Adds.Machines); over != nil {
		return over
	}
	if over := s.count("gpus", s.limits.GPUs, s.tally.Load.GPUs, call.Adds.GPUs); over != nil {
		return over
	}
	if !capsMoney(s.limits) {
		return nil
	}
	if call.PerHour == nil {
		if s.unknown == policy.Deny {
			return &Over{Cap: "unknown", Message: "What this call costs is not known (" + call.Unknown + "), and the rules refuse such calls where money has a cap."}
		}
		return nil // the guard asks a person, and the question begins with that
	}
	if !call.PerHour.Amount.IsPositive() {
		return nil
	}
	return s.money(*call.PerHour, now)
}

func (s scope) count(key string, limit *int, now, adds int) *Over {
	switch {
	case limit == nil || adds <= 0:
		return nil
	case s.tally.LoadUnknown > 0:
		return &Over{Cap: key, Message: fmt.Sprintf("There is a cap of %s on %s, and of %d things there the cloud does not tell how many they take up, so it cannot be held.", key, s.words(), s.tally.LoadUnknown)}
	case now+adds <= *limit:
		return nil
	}
	return &Over{Cap: key, Message: fmt.Sprintf("The cap of %s on %s is %d; %d are there or on their way, and this call adds %d.", key, s.words(), *limit, now, adds)}
}

// money checks an added rate against all caps on money.
func (s scope) money(adds cloud.Money, now time.Time) *Over {
	after := s.tally.PerHour.Of(adds.Currency)
	after.Amount = after.Amount.Add(adds.Amount)
	until := func(spent Sums, end time.Time) cloud.Money {
		sum := spent.Of(adds.Currency)
		sum.Amount = sum.Amount.Add(over(after, now, end).Amount)
		return sum
	}
	for _, c := range []struct {
		key, what string
		caps      []cloud.Money
		would     cloud.Money
	}{
		{"per_call", "per hour by this call", s.limits.PerCall, adds},
		{"per_hour", "per hour by all that would run", s.limits.PerHour, after},
		{"per_day", "by the end of this day (UTC)", s.limits.PerDay, until(s.tally.Day, dayEnd(now))},
		{"per_month", "by the end of this month (UTC)", s.limits.PerMonth, until(s.tally.Month, monthEnd(now))},
	} {
		if len(c.caps) == 0 {
			continue
		}
		limit, ok := capIn(c.caps, adds.Currency)
		if !ok {
			return &Over{Cap: c.key, Message: fmt.Sprintf("This call costs %s per hour, and %s of %s has no cap in %s: what has no cap is refused where others have one.", adds, c.key, s.words(), adds.Currency)}
		}
		if c.would.Amount.GreaterThan(limit.Amount) {
			return &Over{Cap: c.key, Message: fmt.Sprintf("The cap %s of %s is %s; it would be %s %s%s.", c.key, s.words(), limit, c.would, c.what, s.atLeast())}
		}
	}
	return nil
}

// atLeast returns the words that say how many things of unknown price the sum lacks.
func (s scope) atLeast() string {
	if s.tally.Unknown == 0 {
		return ""
	}
	return ", and " + strconv.Itoa(s.tally.Unknown) + " more of unknown price"
}

func capIn(caps []cloud.Money, currency string) (cloud.Money, bool) {
	for _, c := range caps {
		if c.Currency == currency {
			return c, true
		}
	}
	return cloud.Money{}, false
}

// capsMoney reports whether there is a cap on money.
func capsMoney(l policy.Limits) bool {
	return len(l.PerCall)+len(l.PerHour)+len(l.PerDay)+len(l.PerMonth) > 0
}

// Capped reports whether there is any cap.
func Capped(l policy.Limits) bool { return capsMoney(l) || l.Machines != nil || l.GPUs != nil }
