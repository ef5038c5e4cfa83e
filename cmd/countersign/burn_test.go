package main

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"countersign/internal/cloud"
	"countersign/internal/gpcn"
	gpcnsandbox "countersign/internal/gpcn/sandbox"
	"countersign/internal/sandboxkit"
	"countersign/internal/tool"
	voltageparksandbox "countersign/internal/voltagepark/sandbox"
	"countersign/tools"
)

// thingBytes bounds the memory for one running thing.
const thingBytes = 600

// TestBurnOfTenThousand reads an account of 10 000 machines on each cloud: every
// machine once, with one request per page, and little memory for each.
func TestBurnOfTenThousand(t *testing.T) {
	if testing.Short() {
		t.Skip("takes some seconds")
	}
	for _, entry := range clouds() {
		t.Run(string(entry.vendor), func(t *testing.T) {
			c := newCrowd(t, entry.vendor, most)
			reader := tools.NewBurnReader(cloud.Accounts{c.account}, time.Now)
			before := liveHeap()
			c.began(false)
			at := time.Now()
			burn, err := reader.Burn(t.Context(), c.account.Name)
			took := time.Since(at)
			if err != nil {
				t.Fatal(err)
			}
			held := max(liveHeap()-before, 0)
			requests, _ := c.ended()
			seen := map[string]bool{}
			for _, thing := range burn.Things {
				if thing.Kind == "vm" {
					seen[thing.ID] = true
				}
				if (thing.PerHour == nil) == (thing.Unknown == "") {
					t.Fatalf("neither a price nor why not: %+v", thing)
				}
			}
			for id := range c.ids {
				if !seen[string(id)] {
					t.Fatalf("%s is missing among %d", id, len(seen))
				}
			}
			t.Logf("%d things in %d requests, %s, %d bytes held", len(burn.Things), requests, took, held)
			if pages := most / fullPage; requests > 2*pages+10 {
				t.Errorf("%d requests", requests)
			}
			if held > len(burn.Things)*thingBytes {
				t.Errorf("%d bytes are held for %d things", held, len(burn.Things))
			}
		})
	}
}

// TestBurnOfTheSandboxes checks the initial costs of the three clouds' accounts,
// with a price book for a cloud without prices.
func TestBurnOfTheSandboxes(t *testing.T) {
	clock := sandboxkit.NewClock(time.Date(2026, 8, 14, 12, 0, 0, 0, time.UTC))
	kit := sandboxkit.NewKit(clock, 1)
	for _, entry := range clouds() {
		account := accountServedBy(t, entry.vendor, entry.sandbox(kit).ServeHTTP)
		burn, err := tools.NewBurnReader(cloud.Accounts{account}, clock.Now).Burn(t.Context(), account.Name)
		if err != nil {
			t.Fatal(err)
		}
		got := summed(burn)
		want := map[cloud.Vendor]burnSum{
			"gpcn":        {load: cloud.Load{Machines: 5, GPUs: 2}, unknown: 7},
			"hostup":      {load: cloud.Load{Machines: 8}, perHour: "0.57 SEK", unknown: 7},
			"voltagepark": {load: cloud.Load{Machines: 2, GPUs: 2}, perHour: "3.98 USD"},
		}[entry.vendor]
		if diff := cmp.Diff(want, got, cmp.AllowUnexported(burnSum{})); diff != "" || len(burn.Incomplete) > 0 {
			t.Errorf("%s (-want +got):\n%s%v", entry.vendor, diff, burn.Incomplete)
		}
		if told := len(burn.Month) > 0; told != (entry.vendor == "voltagepark") {
			t.Errorf("%s: this month %v", entry.vendor, burn.Month)
		}
	}
}

// burnSum is the sum of what is running.
type burnSum struct {
	load    cloud.Load
	perHour string
	unknown int
}

// summed adds up known prices; the sandboxes have one currency each.
func summed(b tool.Burn) burnSum {
	var out burnSum
	var sum cloud.Money
	for _, thing := range b.Things {
		out.load = out.load.Plus(thing.Load)
		if thing.PerHour == nil {
			out.unknown++
			continue
		}
		sum.Currency = thing.PerHour.Currency
		sum, _ = sum.Plus(*thing.PerHour)
		out.perHour = sum.String()
	}
	return out
}

// TestBurnByState checks how the vendors' states count: a stopped machine costs and
// holds its GPUs, a released one costs its storage and holds none.
func TestBurnByState(t *testing.T) {
	kit := sandboxkit.NewKit(sandboxkit.NewClock(time.Date(2026, 8, 14, 12, 0, 0, 0, time.UTC)), 1)
	vendor := voltageparksandbox.New(kit)
	account := accountServedBy(t, "voltagepark", vendor.ServeHTTP)
	rack := vendor.PutRental("rack", "Stopped")
	first := vendor.VMs()[0].ID
	powerer, ok := account.Provider.(cloud.VMPowerer)
	if !ok {
		t.Fatal("it cannot switch machines")
	}
	for _, c := range []struct {
		action cloud.PowerAction
		load   cloud.Load
		price  string
	}{
		{cloud.PowerStop, cloud.Load{Machines: 1, GPUs: 1}, "1.99 USD"},
		{cloud.PowerRelease, cloud.Load{Machines: 1}, "0.1 USD"},
	} {
		if _, err := powerer.PowerVM(t.Context(), first, c.action); err != nil {
			t.Fatal(err)
		}
		things := runningOn(t, account, kit.Clock.Now)
		vm, off := things[string(first)], things[string(rack)]
		if vm.Load != c.load || vm.PerHour == nil || vm.PerHour.String() != c.price || vm.Since == nil {
			t.Errorf("%s: %+v", c.action, vm)
		}
		if off.Load != (cloud.Load{Machines: 1, GPUs: 8}) || off.Unknown == "" {
			t.Errorf("a rental that is off: %+v", off)
		}
	}

	g := gpcnsandbox.New(kit)
	gpu := g.GPUs()[0].ID
	g.SetStatus(gpu, gpcn.StatusShutoff)
	account = accountServedBy(t, "gpcn", g.ServeHTTP)
	if off := runningOn(t, account, kit.Clock.Now)[string(gpu)]; off.Load != (cloud.Load{Machines: 1, GPUs: 1}) {
		t.Errorf("a GPU VM that is off: %+v", off)
	}
}

// runningOn returns what is running on an account, by ID.
func runningOn(t *testing.T, account cloud.Account, now func() time.Time) map[string]tool.Running {
	t.Helper()
	burn, err := tools.NewBurnReader(cloud.Accounts{account}, now).Burn(t.Context(), account.Name)
	if err != nil {
		t.Fatal(err)
	}
	things := map[string]tool.Running{}
	for _, thing := range burn.Things {
		things[thing.ID] = thing
	}
	return things
}
