package tools_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"countersign/internal/cloud"
	"countersign/internal/tool"
	"countersign/tools"
)

// colony is a cloud with machines, rentals, volumes and a bill.
type colony struct {
	landlord
	rentals               []cloud.Rental
	volumes               []cloud.Volume
	rentalsErr, volumeErr error
	// twice repeats the last row of each page on the next one, as happens when a
	// machine is created during the read.
	twice bool
}

func (c *colony) ListVMs(_ context.Context, page cloud.PageRequest) (cloud.Page[cloud.VM], error) {
	rows, _ := cloud.CutPage(c.vms, page)
	if at, _ := cloud.ReadOffset(page.Cursor); c.twice && at > 0 {
		rows.Items = append([]cloud.VM{c.vms[at-1]}, rows.Items...)
	}
	return rows, c.listErr
}

func (c *colony) ListRentals(context.Context, cloud.PageRequest) (cloud.Page[cloud.Rental], error) {
	return cloud.Page[cloud.Rental]{Items: c.rentals}, c.rentalsErr
}

func (*colony) GetRental(context.Context, cloud.RentalID) (cloud.Rental, error) {
	return cloud.Rental{}, errors.New("nobody asks for one")
}

func (c *colony) ListVolumes(context.Context, cloud.PageRequest) (cloud.Page[cloud.Volume], error) {
	return cloud.Page[cloud.Volume]{Items: c.volumes}, c.volumeErr
}

func (*colony) GetVolume(context.Context, cloud.VolumeID) (cloud.Volume, error) {
	return cloud.Volume{}, errors.New("nobody asks for one")
}

// reading is the time of the tests. Locally it is an hour into the month, in UTC it
// is still the previous month.
var reading = time.Date(2026, 9, 1, 1, 0, 0, 0, time.FixedZone("", 2*3600))

func burn(t *testing.T, c cloud.Provider, account cloud.AccountName) (tool.Burn, error) {
	t.Helper()
	return tools.NewBurnReader(having(c).Accounts, func() time.Time { return reading }).Burn(t.Context(), account)
}

// TestBurn checks what is running, what it costs in its present state, and its
// load.
func TestBurn(t *testing.T) {
	t.Parallel()
	made := time.Date(2026, 8, 1, 0, 0, 0, 0, time.UTC)
	eight := []cloud.GPU{{Model: "h100", Count: 8}}
	c := &colony{
		landlord: landlord{
			acme: acme{vms: []cloud.VM{
				{ID: "on", Power: cloud.PowerRunning, GPUs: eight, Price: priceIn("16", "USD"), CreatedAt: &made},
				{ID: "off", Power: cloud.PowerStopped, GPUs: eight, Price: priceIn("16", "USD")},
				{ID: "parked", Power: cloud.PowerReleased, GPUs: eight, Price: priceIn("0.1", "USD")},
				{ID: "plan", Power: cloud.PowerRunning, Price: cloud.UnknownPrice("49 SEK per month")},
				{ID: "dark", Power: cloud.PowerOther, GPUsUntold: true},
				{ID: "over", Power: cloud.PowerOther, Ended: true, GPUsUntold: true, Price: cloud.UnknownPrice("the contract is over")},
			}},
			charges: cloud.Charges{Total: priceIn("120.5", "USD").PerHour, PerHour: priceIn("60.5", "USD").PerHour},
		},
		rentals: []cloud.Rental{
			{ID: "rack", NodeCount: new(2), Server: &cloud.Server{GPU: eight[0]}, Price: priceIn("24", "USD")},
			{ID: "pending", Price: priceIn("1", "EUR")},
		},
		volumes: []cloud.Volume{{ID: "disk", Price: priceIn("0.4", "USD"), CreatedAt: &made}},
	}
	got, err := burn(t, c, "acme-0")
	if err != nil {
		t.Fatal(err)
	}
	usd := func(amount string) *cloud.Money { return priceIn(amount, "USD").PerHour }
	want := tool.Burn{
		Account: "acme-0", ReadAt: reading,
		Things: []tool.Running{
			{Kind: "vm", ID: "on", PerHour: usd("16"), Load: cloud.Load{Machines: 1, GPUs: 8}, Since: &made},
			{Kind: "vm", ID: "off", PerHour: usd("16"), Load: cloud.Load{Machines: 1, GPUs: 8}},
			{Kind: "vm", ID: "parked", PerHour: usd("0.1"), Load: cloud.Load{Machines: 1}},
			{Kind: "vm", ID: "plan", Unknown: "49 SEK per month", Load: cloud.Load{Machines: 1}},
			{Kind: "vm", ID: "dark", Unknown: "the cloud does not tell what it costs in its present state", Load: cloud.Load{Machines: 1}, LoadUnknown: true},
			{Kind: "vm", ID: "over", Unknown: "the contract is over"},
			{Kind: "rental", ID: "rack", PerHour: usd("24"), Load: cloud.Load{Machines: 2, GPUs: 16}},
			{Kind: "rental", ID: "pending", PerHour: priceIn("1", "EUR").PerHour, Load: cloud.Load{Machines: 1}, LoadUnknown: true},
			{Kind: "volume", ID: "disk", PerHour: usd("0.4"), Since: &made},
		},
		Other: []cloud.Money{*usd("4")}, // 60.5 without 16, 16, 0.1, 24 and 0.4
		Month: []cloud.Money{*usd("120.5")},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if c.month != "2026-08" {
		t.Errorf("asked for the bill of %s, and it was August in UTC", c.month)
	}
}

// TestBurnThatCannotBeRead checks that an incomplete list of machines is an error,
// and that other missing parts are reported.
func TestBurnThatCannotBeRead(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]*colony{
		"machines": {landlord: landlord{acme: acme{listErr: errAway}}},
		"rentals":  {rentalsErr: errAway},
	} {
		if got, err := burn(t, c, "acme-0"); !errors.Is(err, errAway) || len(got.Things) > 0 {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
	if _, err := burn(t, &colony{}, "acme-9"); tool.AsError(err).Code != tool.CodeUnknownAccount {
		t.Errorf("an account of nobody: %v", err)
	}
	got, err := burn(t, &colony{landlord: landlord{failed: errAway}, volumeErr: errAway}, "acme-0")
	if err != nil || len(got.Incomplete) != 2 || !strings.Contains(got.Incomplete[0], "volumes") || !strings.Contains(got.Incomplete[1], "month") {
		t.Errorf("%+v, %v", got, err)
	}
	if got, err := burn(t, &acme{}, "acme-0"); err != nil || len(got.Incomplete)+len(got.Month)+len(got.Other) > 0 {
		t.Errorf("a cloud without rentals, volumes and bill: %+v, %v", got, err)
	}
}

// TestBurnCountsOnce checks that a row on two pages counts once.
func TestBurnCountsOnce(t *testing.T) {
	t.Parallel()
	c := &colony{twice: true}
	for i := range 250 {
		c.vms = append(c.vms, machine(strings.Repeat("x", i+1), priceIn("1", "USD"), nil))
	}
	got, err := burn(t, c, "acme-0")
	if err != nil || len(got.Things) != 250 {
		t.Errorf("%d things, %v", len(got.Things), err)
	}
}

// BenchmarkBurn reads an account of 10 000 machines in memory.
func BenchmarkBurn(b *testing.B) {
	c := &colony{}
	for i := range 10_000 {
		c.vms = append(c.vms, machine(strings.Repeat("x", i%100)+time.Duration(i).String(), priceIn("1", "USD"), nil))
	}
	reader := tools.NewBurnReader(having(c).Accounts, time.Now)
	b.ReportAllocs()
	for b.Loop() {
		got, err := reader.Burn(b.Context(), "acme-0")
		if err != nil || len(got.Things) != len(c.vms) {
			b.Fatal(len(got.Things), err)
		}
	}
}
