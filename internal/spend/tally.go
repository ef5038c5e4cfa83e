package spend

import (
	"cmp"
	"slices"
	"time"

	"github.com/shopspring/decimal"

	"countersign/internal/cloud"
	"countersign/internal/tool"
)

// Charge is what one call adds to the bill and the running machines.
type Charge struct {
	// PerHour is the added rate; nil where it is unknown.
	PerHour *cloud.Money `json:"per_hour,omitempty"`
	// Unknown is why PerHour is unknown.
	Unknown string `json:"unknown,omitempty"`
	// Adds are the added machines and GPUs.
	Adds cloud.Load `json:"adds,omitzero"`
	// Makes is true if it creates something, which the cloud will list.
	Makes bool `json:"makes,omitempty"`
}

// ChargeOf returns the charge of a plan; nil where it adds nothing. A standing grant adds
// nothing itself; the calls that use it do.
func ChargeOf(p tool.Plan) *Charge {
	if p.Grant != nil || !raises(p) && p.Adds == (cloud.Load{}) {
		return nil
	}
	if !raises(p) {
		return &Charge{PerHour: &cloud.Money{}, Adds: p.Adds, Makes: p.MadeKind != ""}
	}
	c := ChangeOf(p)
	return &c
}

// ChangeOf returns the change of the bill per hour by a plan, which may be negative.
func ChangeOf(p tool.Plan) Charge {
	c := Charge{Adds: p.Adds, Makes: p.MadeKind != ""}
	switch {
	case p.Cost == nil && raises(p):
		c.Unknown = "the plan names no price"
	case p.Cost == nil:
		c.PerHour = &cloud.Money{}
	case !p.Cost.After.Known():
		c.Unknown = cmp.Or(p.Cost.After.Unknown, "no rate per hour is known")
	case p.Cost.Before == nil:
		c.PerHour = p.Cost.After.PerHour
	case !p.Cost.Before.Known():
		c.Unknown = cmp.Or(p.Cost.Before.Unknown, "what it costs now is not known")
	default:
		more, ok := p.Cost.After.PerHour.Minus(*p.Cost.Before.PerHour)
		if !ok {
			c.Unknown = "its price changes its currency"
		} else {
			c.PerHour = &more
		}
	}
	return c
}

// raises reports whether a plan starts or raises a charge.
func raises(p tool.Plan) bool { return slices.Contains(p.Effects, tool.Bill) }

// Entry is an earlier call of ours that adds to the running machines.
type Entry struct {
	Operation string
	Account   cloud.AccountName
	Charge
	// IDs are those of what it made or changed, as far as they are known.
	IDs []tool.MadeID
	// EndedAt is when its outcome was stored; zero while it is in flight.
	EndedAt time.Time
}

// Gone is something that a call of ours ended or made cheaper.
type Gone struct {
	Account cloud.AccountName
	// IDs are those of what the call acted on.
	IDs []tool.MadeID
	// PerHour is what all of them cost together before the call.
	PerHour cloud.Money
	// Ended says that they are no more; others were made cheaper.
	Ended bool
	// Since is when they began, if a call of ours made them, else zero; At is when the call
	// ended.
	Since, At time.Time
}

// Tally is the sum of the running machines and the money spent, of one account or of all.
type Tally struct {
	Account cloud.AccountName
	// PerHour is the rate of everything with a known price.
	PerHour Sums
	// Day and Month are the money spent since the beginning of the day and of the calendar
	// month, UTC.
	Day, Month Sums
	Load       cloud.Load
	// Unknown counts what runs at an unknown price; LoadUnknown counts what may use more
	// machines or GPUs than Load includes for it.
	Unknown, LoadUnknown int
	// Incomplete lists what could not be read.
	Incomplete []string
}

// Visible is how long something new may be missing from a cloud's list.
const Visible = 10 * time.Minute

// Count returns the tally of one account: what its cloud lists, what our own calls add to
// that, and what ended.
func Count(burn tool.Burn, entries []Entry, gone []Gone, now time.Time) Tally {
	t := Tally{Account: burn.Account, Incomplete: burn.Incomplete}
	shown, counted := map[tool.MadeID]tool.Running{}, map[tool.MadeID]cloud.Money{}
	ours := rates(entries)
	for _, thing := range burn.Things {
		id := tool.MadeID{Kind: thing.Kind, ID: thing.ID}
		shown[id] = thing
		t.Load = t.Load.Plus(thing.Load)
		if thing.LoadUnknown {
			t.LoadUnknown++
		}
		rate := thing.PerHour
		if rate == nil {
			if known, ok := ours[id]; ok {
				rate = &known
			}
		}
		if rate == nil {
			t.Unknown++
			continue
		}
		counted[id] = *rate
		t.runs(*rate, thing.Since, now)
	}
	for _, other := range burn.Other {
		t.runs(other, nil, now)
	}
	over := endedIDs(gone)
	for _, e := range entries {
		if counts(e, burn, shown, over, now) {
			t.add(e.Charge)
		}
	}
	t.ended(gone, shown, counted, now)
	t.Month.atLeast(burn.Month)
	return t
}

// rates returns the rates of single things, as our calls that made them planned them.
func rates(entries []Entry) map[tool.MadeID]cloud.Money {
	known := map[tool.MadeID]cloud.Money{}
	for _, e := range entries {
		if !e.Makes || e.PerHour == nil || len(e.IDs) == 0 {
			continue
		}
		each := *e.PerHour
		if n := int64(len(e.IDs)); n > 1 {
			// Rounded up: a lost fraction must not make room under a cap.
			each.Amount = each.Amount.Div(decimal.NewFromInt(n)).RoundUp(sharePlaces)
		}
		for _, id := range e.IDs {
			known[id] = each
		}
	}
	return known
}

// sharePlaces is how many decimals a share of one call's rate keeps.
const sharePlaces = 9

// endedIDs are the things that calls of ours ended.
func endedIDs(gone []Gone) map[tool.MadeID]bool {
	ended := map[tool.MadeID]bool{}
	for _, g := range gone {
		for _, id := range g.IDs {
			ended[id] = ended[id] || g.Ended
		}
	}
	return ended
}

// counts reports whether an entry adds to what its cloud has listed: it is in flight, or
// ended after the cloud was asked, or made something that the cloud does not list yet and that
// no call of ours has ended. While it is in flight, not all of its IDs may be known.
func counts(e Entry, burn tool.Burn, shown map[tool.MadeID]tool.Running, ended map[tool.MadeID]bool, now time.Time) bool {
	all := e.Makes && len(e.IDs) > 0 && (!e.EndedAt.IsZero() || len(e.IDs) >= e.Adds.Machines)
	for _, id := range e.IDs {
		_, there := shown[id]
		all = all && (there || ended[id])
	}
	switch {
	case all:
		return false
	case e.EndedAt.IsZero() || !e.EndedAt.Before(burn.ReadAt):
		return true
	}
	return e.Makes && now.Sub(e.EndedAt) < Visible
}

// add adds a charge that begins now.
func (t *Tally) add(c Charge) {
	t.Load = t.Load.Plus(c.Adds)
	if c.PerHour == nil {
		t.Unknown++
		return
	}
	if c.PerHour.Amount.IsPositive() {
		t.PerHour.Add(*c.PerHour)
	}
}

// runs adds something that costs a rate now and has done so since a time; nil is always.
func (t *Tally) runs(rate cloud.Money, since *time.Time, now time.Time) {
	t.PerHour.Add(rate)
	t.Day.Add(over(rate, later(dayStart(now), since), now))
	t.Month.Add(over(rate, later(monthStart(now), since), now))
}

// ended adds what things cost before our calls ended them or made them cheaper. What still
// runs is already counted at its present rate for all of the time, so only the difference is
// added. The time begins with the previous call on the same things, or when they were made;
// where neither is known, with the day and the month.
func (t *Tally) ended(gone []Gone, shown map[tool.MadeID]tool.Running, counted map[tool.MadeID]cloud.Money, now time.Time) {
	last := map[string]time.Time{}
	for _, g := range slices.SortedFunc(slices.Values(gone), func(a, b Gone) int { return a.At.Compare(b.At) }) {
		more, since, key := g.PerHour, g.Since, ""
		for _, id := range g.IDs {
			if less, ok := more.Minus(counted[id]); ok {
				more = less
			}
			key += id.Kind + " " + id.ID + "\n"
		}
		if len(g.IDs) == 1 {
			since = later(since, shown[g.IDs[0]].Since)
		}
		since = later(since, new(last[key]))
		if key != "" {
			last[key] = g.At
		}
		if !more.Amount.IsPositive() {
			continue
		}
		if from := later(dayStart(now), &since); g.At.After(from) {
			t.Day.Add(over(more, from, g.At))
		}
		if from := later(monthStart(now), &since); g.At.After(from) {
			t.Month.Add(over(more, from, g.At))
		}
	}
}

// Total returns the sum of several accounts.
func Total(tallies []Tally) Tally {
	var total Tally
	for _, t := range tallies {
		total.PerHour.addAll(t.PerHour)
		total.Day.addAll(t.Day)
		total.Month.addAll(t.Month)
		total.Load = total.Load.Plus(t.Load)
		total.Unknown += t.Unknown
		total.LoadUnknown += t.LoadUnknown
		total.Incomplete = append(total.Incomplete, t.Incomplete...)
	}
	return total
}

// over returns the cost of a rate per hour between two times, rounded up.
func over(rate cloud.Money, from, to time.Time) cloud.Money {
	span := max(0, to.Sub(from))
	amount := rate.Amount.Mul(decimal.NewFromInt(int64(span))).Div(decimal.NewFromInt(int64(time.Hour)))
	return cloud.Money{Amount: amount.RoundUp(spentPlaces), Currency: rate.Currency}
}

// spentPlaces is how many decimals the cost of a span of time keeps.
const spentPlaces = 6

func later(t time.Time, other *time.Time) time.Time {
	if other != nil && other.After(t) {
		return *other
	}
	return t
}

func dayStart(now time.Time) time.Time {
	y, m, d := now.UTC().Date()
	return time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
}

func dayEnd(now time.Time) time.Time { return dayStart(now).AddDate(0, 0, 1) }

// MonthStart returns the first moment of the calendar month, UTC.
func MonthStart(now time.Time) time.Time { return monthStart(now) }

func monthStart(now time.Time) time.Time {
	y, m, _ := now.UTC().Date()
	return time.Date(y, m, 1, 0, 0, 0, 0, time.UTC)
}

func monthEnd(now time.Time) time.Time { return monthStart(now).AddDate(0, 1, 0) }
