package tools_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"countersign/internal/cloud"
	"countersign/internal/tool"
)

// landlord is a cloud that reports the charges of the month.
type landlord struct {
	acme
	charges cloud.Charges
	failed  error
	month   string
}

func (l *landlord) ListVMs(_ context.Context, page cloud.PageRequest) (cloud.Page[cloud.VM], error) {
	rows, _ := cloud.CutPage(l.vms, page)
	return rows, l.listErr
}

func (l *landlord) ChargesOfMonth(_ context.Context, year int, month time.Month) (cloud.Charges, error) {
	l.month = fmt.Sprintf("%d-%02d", year, month)
	return l.charges, l.failed
}

// costs is the output of list_costs.
type costs struct {
	Totals []struct {
		Currency  string `json:"currency"`
		Machines  int    `json:"machines"`
		PerHour   string `json:"per_hour"`
		Per30Days string `json:"per_30_days"`
		ThisMonth string `json:"this_month"`
		Other     string `json:"other_per_hour"`
	} `json:"totals"`
	Machines []costLine `json:"machines"`
	Saving   []struct {
		Account string `json:"account"`
		Kind    string `json:"kind"`
		Action  string `json:"action"`
		Note    string `json:"note"`
	} `json:"saving"`
	Unknown []struct {
		Account  string `json:"account"`
		Machines int    `json:"machines"`
		What     string `json:"what"`
		Why      string `json:"why"`
	} `json:"unknown"`
	Assumed  []string       `json:"assumed"`
	LeftOut  int            `json:"left_out"`
	Failures []tool.Failure `json:"failures"`
}

type costLine struct {
	ID        string            `json:"id"`
	PerHour   string            `json:"per_hour"`
	Unknown   string            `json:"unknown"`
	ThisMonth string            `json:"this_month"`
	Saves     map[string]string `json:"saves"`
}

func (c costs) totals() []string {
	var out []string
	for _, t := range c.Totals {
		out = append(out, strings.TrimSpace(fmt.Sprint(t.Machines, " for ", t.PerHour, ", ", t.Per30Days, "; ", t.ThisMonth, "; ", t.Other)))
	}
	return out
}

func (c costs) unknowns() []string {
	var out []string
	for _, u := range c.Unknown {
		out = append(out, fmt.Sprint(u.Account, " ", u.What, " of ", u.Machines, ": ", u.Why))
	}
	return out
}

func machine(id string, p cloud.Price, rates map[cloud.PowerState]cloud.Price) cloud.VM {
	return cloud.VM{ID: cloud.VMID(id), Account: "acme", Kind: "acme_vm", Name: id, Power: cloud.PowerRunning, Price: p, Rates: rates}
}

// TestListCosts adds up three clouds: one that reports the charges of the month,
// one with another currency and machines without a price, and one that cannot be
// reached.
func TestListCosts(t *testing.T) {
	t.Parallel()
	usd := func(amount string) cloud.Price { return priceIn(amount, "USD") }
	money := func(amount string) *cloud.Money { return usd(amount).PerHour }
	assumed := usd("2")
	assumed.Assumed = []string{"currency: USD"}
	first := &landlord{
		acme: acme{
			vms: []cloud.VM{
				machine("cheap", usd("1"), nil),
				machine("dear", assumed, map[cloud.PowerState]cloud.Price{cloud.PowerStopped: usd("2"), cloud.PowerReleased: usd("0.1")}),
			},
			actions: []cloud.PowerActionInfo{
				{Action: cloud.PowerStart, Result: cloud.PowerRunning, Billing: "All."},
				{Action: cloud.PowerStop, Result: cloud.PowerStopped, Interrupts: true, Billing: "It costs the same."},
				{Action: cloud.PowerRelease, Result: cloud.PowerReleased, Interrupts: true, Billing: "The disk only."},
				{Action: cloud.PowerRestart, Result: cloud.PowerRunning, Interrupts: true, Billing: "All."},
			},
		},
		charges: cloud.Charges{
			Total: money("120.5"), PerHour: money("3.25"), VMs: map[cloud.VMID]cloud.Money{"dear": *money("100")}, Assumed: []string{"signs"},
		},
	}
	second := &acme{vms: []cloud.VM{
		machine("dark-1", cloud.UnknownPrice("no list"), nil), machine("euro", price("0.5"), nil), machine("dark-2", cloud.UnknownPrice("no list"), nil),
	}}
	env := having(first, second, &acme{listErr: errAway})
	env.Now = func() time.Time { return time.Date(2026, 3, 1, 0, 30, 0, 0, time.FixedZone("", 3600)) }
	var got costs
	if err := read(t, env, "list_costs", `{}`, &got); err != nil {
		t.Fatal(err)
	}
	if first.month != "2026-02" {
		t.Errorf("the month asked for is %s, not that of UTC", first.month)
	}
	for name, diff := range map[string]string{
		"totals": cmp.Diff([]string{"2 for 3 USD, 2160 USD; 120.5 USD; 0.25 USD", "1 for 0.5 EUR, 360 EUR; ;"}, got.totals()),
		"unknown": cmp.Diff([]string{
			"acme-1 this_month of 0: This cloud does not tell what a machine has cost.", "acme-1 per_hour of 2: no list",
		}, got.unknowns()),
		"assumed": cmp.Diff([]string{"acme-0: signs", "acme-0: currency: USD"}, got.Assumed),
		"machines": cmp.Diff([]costLine{
			{ID: "euro", PerHour: "0.5 EUR", Saves: map[string]string{"delete": "0.5 EUR"}},
			{ID: "dear", PerHour: "2 USD", ThisMonth: "100 USD", Saves: map[string]string{"stop": "0 USD", "release": "1.9 USD", "delete": "2 USD"}},
			{ID: "cheap", PerHour: "1 USD", Saves: map[string]string{"delete": "1 USD"}},
			{ID: "dark-1", Unknown: "no list"}, {ID: "dark-2", Unknown: "no list"},
		}, got.Machines),
	} {
		if diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	if len(got.Saving) != 2 || got.Saving[0].Note != "It costs the same." || got.Saving[1].Action != "release" {
		t.Errorf("saving %+v", got.Saving)
	}
	if len(got.Failures) != 1 || got.Failures[0].Account != "acme-2" || got.LeftOut != 0 {
		t.Errorf("failures %+v, left out %d", got.Failures, got.LeftOut)
	}
}

// TestRoundingIsNoCost checks that a difference from rounding is not reported as a
// further cost, and that a real difference is, however few digits the cloud prints.
func TestRoundingIsNoCost(t *testing.T) {
	t.Parallel()
	for charged, want := range map[string]string{
		"1.000001": "", "1.0000008": "0.0000002 USD", "1.00001": "0.0000094 USD", "1": "", "1.0": "", "1.1": "0.0999994 USD", "2": "0.9999994 USD",
	} {
		one := &landlord{
			acme:    acme{vms: []cloud.VM{machine("odd", priceIn("1.0000006", "USD"), nil)}},
			charges: cloud.Charges{PerHour: priceIn(charged, "USD").PerHour},
		}
		var got costs
		if err := read(t, having(one), "list_costs", `{}`, &got); err != nil {
			t.Fatal(err)
		}
		if len(got.Totals) != 1 || got.Totals[0].Other != want {
			t.Errorf("%s charged: %+v, want %q", charged, got.Totals, want)
		}
	}
}

// TestListCostsIsFair checks that the rows with the highest prices of every
// currency are kept, and that the totals count all machines.
func TestListCostsIsFair(t *testing.T) {
	t.Parallel()
	many := &landlord{failed: &cloud.Error{Kind: cloud.ErrForbidden, Message: "no scope"}}
	for i := range 1000 {
		p := priceIn(fmt.Sprint(i), "USD")
		switch {
		case i%100 == 0:
			p = priceIn(fmt.Sprint(i), "EUR")
		case i%2 == 0:
			p = cloud.UnknownPrice(fmt.Sprint("plan ", i))
		}
		many.vms = append(many.vms, machine(fmt.Sprint("vm-", i), p, nil))
	}
	var got costs
	if err := read(t, having(many), "list_costs", `{"limit":31}`, &got); err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, m := range got.Machines {
		ids = append(ids, strings.TrimPrefix(m.ID, "vm-"))
	}
	want := strings.Fields("900 800 700 600 500 400 300 200 100 0 999 997 995 993 991 989 987 985 983 981 979 2 4 6 8 10 12 14 16 18 20")
	if diff := cmp.Diff(want, ids); diff != "" || got.LeftOut != 969 {
		t.Errorf("left out %d, machines (-want +got):\n%s", got.LeftOut, diff)
	}
	if diff := cmp.Diff([]string{"10 for 4500 EUR, 3240000 EUR; ;", "500 for 250000 USD, 180000000 USD; ;"}, got.totals()); diff != "" {
		t.Error(diff)
	}
	last := got.Unknown[len(got.Unknown)-1]
	if len(got.Unknown) != 21 || !strings.Contains(got.Unknown[0].Why, "no scope") || last.Machines != 471 || !strings.Contains(last.Why, "further reasons") {
		t.Errorf("%d unknowns, the last %+v", len(got.Unknown), last)
	}
	raw, err := json.Marshal(got)
	if err != nil || len(raw) > 60_000 {
		t.Errorf("%d bytes, error %v", len(raw), err)
	}
}
