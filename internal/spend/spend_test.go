package spend_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"countersign/internal/cloud"
	"countersign/internal/policy"
	"countersign/internal/spend"
	"countersign/internal/tool"
)

// now is 18:00 on the 10th: six hours of the day and 20 days and six hours of
// the month are left.
var now = time.Date(2026, 6, 10, 18, 0, 0, 0, time.UTC)

func money(text string) *cloud.Money {
	var m cloud.Money
	if err := m.UnmarshalText([]byte(text)); err != nil {
		panic(err)
	}
	return &m
}

func monies(texts ...string) []cloud.Money {
	var all []cloud.Money
	for _, text := range texts {
		all = append(all, *money(text))
	}
	return all
}

func ago(d time.Duration) *time.Time { return new(now.Add(-d)) }

func vm(id, perHour string, since *time.Time) tool.Running {
	r := tool.Running{Kind: "vm", ID: id, Load: cloud.Load{Machines: 1}, Since: since}
	if perHour == "" {
		r.Unknown = "the cloud publishes no prices"
	} else {
		r.PerHour = money(perHour)
	}
	return r
}

func made(ids ...string) []tool.MadeID {
	var all []tool.MadeID
	for _, id := range ids {
		all = append(all, tool.MadeID{Kind: "vm", ID: id})
	}
	return all
}

// makes returns an entry that made, or is making, one machine per ID, and at least one.
func makes(perHour string, ended *time.Time, ids ...string) spend.Entry {
	e := spend.Entry{Account: "acme", IDs: made(ids...), Charge: spend.Charge{Makes: true, Adds: cloud.Load{Machines: max(1, len(ids))}}}
	if perHour == "" {
		e.Unknown = "no price"
	} else {
		e.PerHour = money(perHour)
	}
	if ended != nil {
		e.EndedAt = *ended
	}
	return e
}

// TestCount checks which running machines, calls in flight and ended ones count.
func TestCount(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		things  []tool.Running
		entries []spend.Entry
		gone    []spend.Gone
		month   []cloud.Money
		// want is the burn, the spending of the day and of the month, machines, unknown.
		burn, day, spent  string
		machines, unknown int
	}{
		{name: "nothing", burn: "nothing", day: "nothing", spent: "nothing"},
		{name: "one that runs since before the month", things: []tool.Running{vm("a", "2 USD", ago(9999*time.Hour))},
			burn: "2 USD", day: "36 USD", spent: "468 USD", machines: 1},
		{name: "one that runs for two hours", things: []tool.Running{vm("a", "2 USD", ago(2*time.Hour))},
			burn: "2 USD", day: "4 USD", spent: "4 USD", machines: 1},
		{name: "nobody knows since when", things: []tool.Running{vm("a", "2 USD", nil)},
			burn: "2 USD", day: "36 USD", spent: "468 USD", machines: 1},
		{name: "the cloud knows of more", things: []tool.Running{vm("a", "2 USD", ago(time.Hour))}, month: monies("100 USD", "7 SEK"),
			burn: "2 USD", day: "2 USD", spent: "7 SEK + 100 USD", machines: 1},
		{name: "the cloud knows of less", things: []tool.Running{vm("a", "2 USD", ago(time.Hour))}, month: monies("1 USD"),
			burn: "2 USD", day: "2 USD", spent: "2 USD", machines: 1},
		{name: "two currencies", things: []tool.Running{vm("a", "2 USD", ago(time.Hour)), vm("b", "3 SEK", ago(time.Hour))},
			burn: "3 SEK + 2 USD", day: "3 SEK + 2 USD", spent: "3 SEK + 2 USD", machines: 2},
		{name: "in flight", entries: []spend.Entry{makes("5 USD", nil)}, burn: "5 USD", day: "nothing", spent: "nothing", machines: 1},
		{name: "in flight, at a price that is not known", entries: []spend.Entry{makes("", nil)}, burn: "nothing", day: "nothing", spent: "nothing", machines: 1, unknown: 1},
		{name: "in flight, known by its ID and shown already", things: []tool.Running{vm("a", "5 USD", now0())}, entries: []spend.Entry{makes("5 USD", nil, "a")},
			burn: "5 USD", day: "0 USD", spent: "0 USD", machines: 1},
		{name: "in flight, and of two machines the ID of one is known", things: []tool.Running{vm("a", "5 USD", now0())},
			entries: []spend.Entry{{Account: "acme", IDs: made("a"), Charge: spend.Charge{Makes: true, PerHour: money("10 USD"), Adds: cloud.Load{Machines: 2}}}},
			burn:    "15 USD", day: "0 USD", spent: "0 USD", machines: 3},
		{name: "made after the cloud was asked", entries: []spend.Entry{makes("5 USD", &now, "a")}, burn: "5 USD", day: "nothing", spent: "nothing", machines: 1},
		{name: "made just before and not shown yet", entries: []spend.Entry{makes("5 USD", ago(time.Minute), "a")}, burn: "5 USD", day: "nothing", spent: "nothing", machines: 1},
		{name: "made long ago and gone", entries: []spend.Entry{makes("5 USD", ago(time.Hour), "a")}, burn: "nothing", day: "nothing", spent: "nothing"},
		{name: "made just before and ended by us", entries: []spend.Entry{makes("5 USD", ago(2*time.Minute), "a")},
			gone: []spend.Gone{{Account: "acme", IDs: made("a"), PerHour: *money("5 USD"), Ended: true, Since: *ago(2 * time.Minute), At: *ago(time.Minute)}},
			burn: "nothing", day: "0.083334 USD", spent: "0.083334 USD"},
		{name: "made just before and stopped by us, and not shown yet", entries: []spend.Entry{makes("5 USD", ago(2*time.Minute), "a")},
			gone: []spend.Gone{{Account: "acme", IDs: made("a"), PerHour: *money("5 USD"), Since: *ago(2 * time.Minute), At: *ago(time.Minute)}},
			burn: "5 USD", day: "0.083334 USD", spent: "0.083334 USD", machines: 1},
		{name: "one of two that we made is ended by us", entries: []spend.Entry{makes("10 USD", ago(2*time.Minute), "a", "b")},
			gone: []spend.Gone{{Account: "acme", IDs: made("a"), PerHour: *money("5 USD"), Ended: true, Since: *ago(2 * time.Minute), At: *ago(time.Minute)}},
			burn: "10 USD", day: "0.083334 USD", spent: "0.083334 USD", machines: 2},
		{name: "made by us, and only we know the price", things: []tool.Running{vm("a", "", ago(time.Hour))}, entries: []spend.Entry{makes("5 USD", ago(time.Hour), "a")},
			burn: "5 USD", day: "5 USD", spent: "5 USD", machines: 1},
		{name: "one of three that we made is left", things: []tool.Running{vm("b", "", ago(time.Hour))}, entries: []spend.Entry{makes("10 USD", ago(time.Hour), "a", "b", "c")},
			burn: "3.333333334 USD", day: "3.333334 USD", spent: "3.333334 USD", machines: 1},
		{name: "not ours, and nobody knows the price", things: []tool.Running{vm("a", "", ago(time.Hour))},
			burn: "nothing", day: "nothing", spent: "nothing", machines: 1, unknown: 1},
		{name: "raised after the cloud was asked", things: []tool.Running{vm("a", "2 USD", now0())},
			entries: []spend.Entry{{Account: "acme", IDs: made("a"), EndedAt: now, Charge: spend.Charge{PerHour: money("3 USD")}}},
			burn:    "5 USD", day: "0 USD", spent: "0 USD", machines: 1},
		{name: "raised before the cloud was asked", things: []tool.Running{vm("a", "5 USD", now0())},
			entries: []spend.Entry{{Account: "acme", IDs: made("a"), EndedAt: *ago(time.Minute), Charge: spend.Charge{PerHour: money("3 USD")}}},
			burn:    "5 USD", day: "0 USD", spent: "0 USD", machines: 1},
		{name: "ended today", gone: []spend.Gone{{Account: "acme", PerHour: *money("2 USD"), At: *ago(16 * time.Hour)}}, burn: "nothing", day: "4 USD", spent: "436 USD"},
		{name: "stopped today, and costs less since", things: []tool.Running{vm("a", "0.5 USD", ago(9999*time.Hour))},
			gone: []spend.Gone{{Account: "acme", IDs: made("a"), PerHour: *money("2 USD"), At: *ago(6 * time.Hour)}},
			burn: "0.5 USD", day: "27 USD", spent: "459 USD", machines: 1},
		{name: "made and stopped today", things: []tool.Running{vm("a", "0 USD", ago(8*time.Hour))},
			gone: []spend.Gone{{Account: "acme", IDs: made("a"), PerHour: *money("2 USD"), At: *ago(6 * time.Hour)}},
			burn: "0 USD", day: "4 USD", spent: "4 USD", machines: 1},
		{name: "made by us and gone today", gone: []spend.Gone{{Account: "acme", IDs: made("a"), PerHour: *money("2 USD"), Since: *ago(7 * time.Hour), At: *ago(6 * time.Hour)}},
			burn: "nothing", day: "2 USD", spent: "2 USD"},
		{name: "stopped twice today, and gone", gone: []spend.Gone{
			{Account: "acme", IDs: made("a"), PerHour: *money("2 USD"), At: *ago(6 * time.Hour)},
			{Account: "acme", IDs: made("a"), PerHour: *money("1 USD"), At: *ago(4 * time.Hour)},
		}, burn: "nothing", day: "26 USD", spent: "458 USD"},
		{name: "stopped today and started again", things: []tool.Running{vm("a", "2 USD", ago(9999*time.Hour))},
			gone: []spend.Gone{{Account: "acme", IDs: made("a"), PerHour: *money("2 USD"), At: *ago(6 * time.Hour)}},
			burn: "2 USD", day: "36 USD", spent: "468 USD", machines: 1},
		{name: "several stopped at once, and one costs as much as before", things: []tool.Running{vm("a", "0 USD", nil), vm("b", "1 USD", nil)},
			gone: []spend.Gone{{Account: "acme", IDs: made("a", "b"), PerHour: *money("3 USD"), At: *ago(6 * time.Hour)}},
			burn: "1 USD", day: "42 USD", spent: "690 USD", machines: 2},
		{name: "ended last month", gone: []spend.Gone{{Account: "acme", PerHour: *money("2 USD"), At: *ago(999 * time.Hour)}}, burn: "nothing", day: "nothing", spent: "nothing"},
	}
	for _, test := range tests {
		got := spend.Count(tool.Burn{Account: "acme", Things: test.things, Month: test.month, ReadAt: now.Add(-time.Second)}, test.entries, test.gone, now)
		if got.PerHour.String() != test.burn || got.Day.String() != test.day || got.Month.String() != test.spent {
			t.Errorf("%s: burn %s, day %s, month %s; want %s, %s, %s", test.name, got.PerHour, got.Day, got.Month, test.burn, test.day, test.spent)
		}
		if got.Load.Machines != test.machines || got.Unknown != test.unknown {
			t.Errorf("%s: %d machines, %d unknown; want %d, %d", test.name, got.Load.Machines, got.Unknown, test.machines, test.unknown)
		}
	}
}

func now0() *time.Time { return &now }

// TestCheck checks calls against every cap, up to it and just beyond.
func TestCheck(t *testing.T) {
	t.Parallel()
	charge := func(perHour string, machines, gpus int) spend.Charge {
		c := spend.Charge{Adds: cloud.Load{Machines: machines, GPUs: gpus}, Makes: true}
		if perHour == "" {
			c.Unknown = "no price"
		} else {
			c.PerHour = money(perHour)
		}
		return c
	}
	// acme runs 10 USD per hour since 17:00 on 2 machines with 8 GPUs, other 1 USD.
	tallies := []spend.Tally{
		spend.Count(tool.Burn{Account: "acme", ReadAt: now, Things: []tool.Running{
			vm("a", "6 USD", ago(time.Hour)), {Kind: "vm", ID: "b", PerHour: money("4 USD"), Since: ago(time.Hour), Load: cloud.Load{Machines: 1, GPUs: 8}},
		}}, nil, nil, now),
		spend.Count(tool.Burn{Account: "other", ReadAt: now, Things: []tool.Running{vm("c", "1 USD", ago(time.Hour))}}, nil, nil, now),
	}
	dark := spend.Count(tool.Burn{Account: "dark", ReadAt: now, Things: []tool.Running{{Kind: "vm", ID: "d", PerHour: money("1 USD"), Load: cloud.Load{Machines: 1}, LoadUnknown: true}}}, nil, nil, now)
	all := func(l policy.Limits) policy.Caps { return policy.Caps{All: l} }
	acme := func(l policy.Limits) policy.Caps {
		return policy.Caps{Accounts: map[cloud.AccountName]policy.Limits{"acme": l}}
	}
	tests := []struct {
		name string
		caps policy.Caps
		call spend.Charge
		// want is the cap that is passed and a part of the message; empty for none.
		want, says string
	}{
		{"no caps", policy.Caps{}, charge("999 USD", 99, 99), "", ""},
		{"up to the cap of one call", all(policy.Limits{PerCall: monies("5 USD")}), charge("5 USD", 1, 0), "", ""},
		{"beyond the cap of one call", all(policy.Limits{PerCall: monies("5 USD")}), charge("5.000001 USD", 1, 0), "per_call", "is 5 USD; it would be 5.000001 USD"},
		{"up to all that runs", all(policy.Limits{PerHour: monies("16 USD")}), charge("5 USD", 1, 0), "", ""},
		{"beyond all that runs", all(policy.Limits{PerHour: monies("16 USD")}), charge("5.01 USD", 1, 0), "per_hour", "16.01 USD per hour"},
		{"other accounts do not count", acme(policy.Limits{PerHour: monies("15 USD")}), charge("5 USD", 1, 0), "", ""},
		{"the account alone", acme(policy.Limits{PerHour: monies("14.9 USD")}), charge("5 USD", 1, 0), "per_hour", "account acme"},
		// 11 spent, then 16 an hour for six hours.
		{"up to the day", all(policy.Limits{PerDay: monies("107 USD")}), charge("5 USD", 1, 0), "", ""},
		{"beyond the day", all(policy.Limits{PerDay: monies("106.99 USD")}), charge("5 USD", 1, 0), "per_day", "107 USD by the end of this day"},
		{"up to the month", all(policy.Limits{PerMonth: monies("7787 USD")}), charge("5 USD", 1, 0), "", ""},
		{"beyond the month", all(policy.Limits{PerMonth: monies("7786.9 USD")}), charge("5 USD", 1, 0), "per_month", "7787 USD by the end of this month"},
		{"another currency has no cap", all(policy.Limits{PerHour: monies("99 USD")}), charge("1 SEK", 1, 0), "per_hour", "has no cap in SEK"},
		{"another currency has its own", all(policy.Limits{PerHour: monies("99 USD", "1 SEK")}), charge("1 SEK", 1, 0), "", ""},
		{"a price that is not known", all(policy.Limits{PerHour: monies("1 USD")}), charge("", 1, 0), "", ""},
		{"a price that is not known and refused", policy.Caps{All: policy.Limits{PerHour: monies("1 USD")}, Unknown: policy.Deny}, charge("", 1, 0), "unknown", "no price"},
		{"up to the machines", all(policy.Limits{Machines: new(4)}), charge("", 1, 0), "", ""},
		{"beyond the machines", all(policy.Limits{Machines: new(4)}), charge("", 2, 0), "machines", "3 are there or on their way, and this call adds 2"},
		{"beyond the GPUs", acme(policy.Limits{GPUs: new(15)}), charge("", 1, 8), "gpus", "is 15; 8 are there"},
		{"the cloud does not tell the GPUs", policy.Caps{Accounts: map[cloud.AccountName]policy.Limits{"dark": {GPUs: new(99)}}}, charge("1 USD", 1, 1), "gpus", "cannot be held"},
		{"the cloud does not tell the GPUs, and none are added", policy.Caps{Accounts: map[cloud.AccountName]policy.Limits{"dark": {GPUs: new(99)}}}, charge("1 USD", 1, 0), "", ""},
		{"the server's caps hold beside one's own", policy.Caps{All: policy.Limits{PerHour: monies("99 USD")}, Above: new(all(policy.Limits{PerHour: monies("15 USD")}))}, charge("5 USD", 1, 0), "per_hour", "is 15 USD; it would be 16 USD"},
		{"one's own caps hold beside the server's", policy.Caps{All: policy.Limits{PerHour: monies("15 USD")}, Above: new(all(policy.Limits{PerHour: monies("99 USD")}))}, charge("5.01 USD", 1, 0), "per_hour", "is 15 USD"},
		{"one's own caps count one's own accounts", policy.Caps{All: policy.Limits{PerHour: monies("15 USD")}, Counted: []cloud.AccountName{"acme"}, Above: new(all(policy.Limits{PerHour: monies("16 USD")}))}, charge("5 USD", 1, 0), "", ""},
		{"beyond already, and this call adds none", acme(policy.Limits{GPUs: new(1)}), charge("", 1, 0), "", ""},
		{"beyond already, and this call costs nothing", all(policy.Limits{PerHour: monies("1 USD")}), charge("0 USD", 0, 0), "", ""},
	}
	for _, test := range tests {
		account, seen := cloud.AccountName("acme"), tallies
		if _, ok := test.caps.Accounts["dark"]; ok {
			account, seen = "dark", append(slices.Clone(tallies), dark)
		}
		got := spend.Check(test.caps, seen, spend.Call{Account: account, Charge: test.call}, now)
		if test.want == "" && got != nil || test.want != "" && (got == nil || got.Cap != test.want || !strings.Contains(got.Message, test.says)) {
			t.Errorf("%s: %+v, want %q with %q", test.name, got, test.want, test.says)
		}
	}
}

// TestChargeOf checks what plans add.
func TestChargeOf(t *testing.T) {
	t.Parallel()
	price := func(perHour string) *cloud.Price { return new(cloud.HourlyPrice(*money(perHour), "")) }
	unknown := cloud.UnknownPrice("no list")
	bill := []tool.Effect{tool.Bill}
	tests := []struct {
		name string
		plan tool.Plan
		want string // the rate or why it is not known, "none" for nothing added
	}{
		{"a read", tool.Plan{Effects: []tool.Effect{tool.Read}}, "none"},
		{"a stop", tool.Plan{Effects: []tool.Effect{tool.Disrupt}, Cost: &tool.Cost{Before: price("2 USD"), After: *price("1 USD")}}, "none"},
		{"a create", tool.Plan{Effects: bill, Cost: &tool.Cost{After: *price("2 USD")}}, "2 USD"},
		{"a start", tool.Plan{Effects: bill, Cost: &tool.Cost{Before: price("0.5 USD"), After: *price("2 USD")}}, "1.5 USD"},
		{"no price", tool.Plan{Effects: bill, Cost: &tool.Cost{After: unknown}}, "no list"},
		{"no cost", tool.Plan{Effects: bill}, "the plan names no price"},
		{"no price now", tool.Plan{Effects: bill, Cost: &tool.Cost{Before: &unknown, After: *price("2 USD")}}, "no list"},
		{"another currency", tool.Plan{Effects: bill, Cost: &tool.Cost{Before: price("1 SEK"), After: *price("2 USD")}}, "its price changes its currency"},
		{"bills and destroys", tool.Plan{Effects: []tool.Effect{tool.Bill, tool.Destroy}, Cost: &tool.Cost{After: *price("2 USD")}}, "2 USD"},
	}
	for _, test := range tests {
		got, c := "none", spend.ChargeOf(test.plan)
		if c != nil && c.PerHour != nil {
			got = c.PerHour.String()
		} else if c != nil {
			got = c.Unknown
		}
		if got != test.want {
			t.Errorf("%s: %s, want %s", test.name, got, test.want)
		}
	}
}

// TestBudget checks the lines that a person reads.
func TestBudget(t *testing.T) {
	t.Parallel()
	tally := spend.Count(tool.Burn{Account: "acme", ReadAt: now, Things: []tool.Running{vm("a", "6 USD", nil), vm("b", "", nil)}}, nil, nil, now)
	caps := policy.Caps{All: policy.Limits{PerHour: monies("20 USD", "9 SEK"), Machines: new(5)}}
	call := spend.Call{Account: "acme", Charge: spend.Charge{PerHour: money("1.99 USD"), Adds: cloud.Load{Machines: 1, GPUs: 8}}}
	var got strings.Builder
	for _, line := range spend.Budget(caps, []spend.Tally{tally}, call) {
		got.WriteString(line.Label + " | " + line.Value + "\n")
	}
	want := `this call | adds 1.99 USD per hour, 1 machine, 8 GPUs
burn now | 6 USD per hour, 2 machines, 0 GPUs, and 1 of UNKNOWN price
burn after | 7.99 USD per hour, 3 machines, 8 GPUs, and 1 of UNKNOWN price
in 30 days | 5752.8 USD, and 1 of UNKNOWN price
cap | none
all: burn now | 6 USD per hour, 2 machines, 0 GPUs, and 1 of UNKNOWN price
all: burn after | 7.99 USD per hour, 3 machines, 8 GPUs, and 1 of UNKNOWN price
all: in 30 days | 5752.8 USD, and 1 of UNKNOWN price
all: cap | per_hour 20 USD, per_hour 9 SEK, machines 5
`
	if got.String() != want {
		t.Errorf("got:\n%swant:\n%s", got.String(), want)
	}
	for _, test := range []struct {
		charge spend.Charge
		want   string
	}{
		{spend.Charge{PerHour: money("-6 USD")}, "0 USD per hour, and 1 of UNKNOWN price"},
		{spend.Charge{Unknown: "the cloud names no price"}, "NOT KNOWN: the cloud names no price"},
	} {
		lines := spend.Budget(policy.Caps{}, []spend.Tally{tally}, spend.Call{Account: "acme", Lowers: true, Charge: test.charge})
		if lines[2].Label != "burn after" || lines[2].Value != test.want {
			t.Errorf("after a call that lowers the bill: %+v, want %s", lines[2], test.want)
		}
	}
}
