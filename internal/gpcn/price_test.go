package gpcn_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"countersign/internal/cloud"
	"countersign/internal/gpcn"
	"countersign/internal/gpcn/sandbox"
)

const (
	fromBook = "price book of the operator"
	ifRight  = "price: the book is right and up to date; the cloud publishes none to hold it against"
	noneIn   = "GPCN publishes no prices in its API, and the price book of the operator has none for the offer "
)

func usd(t *testing.T, amount string) cloud.Money {
	t.Helper()
	m, err := cloud.NewMoney(amount, "USD")
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// booked is the same tenant with a price book. It has the size of the stopped machine
// with a rate while stopped, the size of the running one without, and three GPU SKUs.
func (w tenant) booked(t *testing.T) tenant {
	t.Helper()
	tenth := usd(t, "0.10")
	book := cloud.PriceBook{
		w.offer(t, "G-Small-1").ID:  {PerHour: usd(t, "0.12")},
		w.offer(t, "G-Medium-1").ID: {PerHour: usd(t, "0.24"), Stopped: &tenth},
		"h100-sxm-80gb-1x":          {PerHour: usd(t, "2.50")},
		"h100-pcie-80gb-1x":         {PerHour: usd(t, "2.10")},
		"gpu_2x_a6000":              {PerHour: usd(t, "1.60"), Stopped: &tenth},
	}
	return tenant{gpcn.New("gpcn", w.house.Client, gpcn.WithPriceBook(book)), w.house}
}

// TestOffersWithABook pins that prices of the book stand at exactly the offers
// that they are for, and that all others stay unknown for a reason.
func TestOffersWithABook(t *testing.T) {
	w := newTenant(t).booked(t)
	small := w.offer(t, "G-Small-1")
	want := map[cloud.OfferID]cloud.Price{
		small.ID:                    cloud.HourlyPrice(usd(t, "0.12"), fromBook, ifRight),
		w.offer(t, "G-Medium-1").ID: cloud.HourlyPrice(usd(t, "0.24"), fromBook, ifRight),
		"h100-sxm-80gb-1x":          cloud.HourlyPrice(usd(t, "2.5"), fromBook, ifRight),
		"h100-pcie-80gb-1x":         cloud.HourlyPrice(usd(t, "2.1"), fromBook, ifRight),
		"gpu_2x_a6000":              cloud.HourlyPrice(usd(t, "1.6"), fromBook, ifRight),
	}
	page, err := w.ListOffers(t.Context(), cloud.OfferQuery{}, cloud.PageRequest{})
	if err != nil || len(page.Items) <= len(want) {
		t.Fatal(len(page.Items), err)
	}
	for _, offer := range page.Items {
		price, booked := want[offer.ID]
		if !booked {
			price = cloud.UnknownPrice(noneIn + string(offer.ID))
		}
		if diff := cmp.Diff(price, offer.Total); diff != "" {
			t.Errorf("%s (-want +got):\n%s", offer.ID, diff)
		}
	}
	if got, err := w.GetOffer(t.Context(), small.ID); err != nil || !cmp.Equal(got.Total, want[small.ID]) {
		t.Errorf("%+v %v", got.Total, err)
	}
}

// TestPlansWithABook pins what a create would cost: as many rates as machines,
// and for GPUs the SKU that would be made, named or not.
func TestPlansWithABook(t *testing.T) {
	w := newTenant(t).booked(t)
	three := w.smallVM(t)
	three.NumberOfInstances = 3
	unbooked := w.smallVM(t)
	unbooked.SKUID = w.offer(t, "G-Micro-1").ID
	named := w.smallGPU(t)
	named.SKUCode = "h100-sxm-80gb-1x"
	const booked = "GPCN publishes no prices: this one is what the operator wrote down"
	for name, c := range map[string]struct {
		spec  cloud.MachineSpec
		price cloud.Price
		says  string
	}{
		"one VM":       {w.smallVM(t), cloud.HourlyPrice(usd(t, "0.12"), fromBook, ifRight), booked},
		"three VMs":    {three, cloud.HourlyPrice(usd(t, "0.36"), fromBook+", 3 times 0.12 USD", ifRight), booked},
		"not in book":  {unbooked, cloud.UnknownPrice(noneIn + string(unbooked.SKUID)), "what this costs is not known here"},
		"a named SKU":  {named, cloud.HourlyPrice(usd(t, "2.5"), fromBook, ifRight), booked},
		"cheapest SKU": {w.smallGPU(t), cloud.HourlyPrice(usd(t, "2.1"), fromBook, ifRight, "sku_code: GPCN makes h100-pcie-80gb-1x, the cheapest now; give sku_code to be sure"), booked},
		"GPU, not in it": {&gpcn.GPUSpec{
			Name: "train-9", DatacenterID: w.location(t, "Kansas"), SeriesID: w.series(t, "gpu_2x_a6000"), GPUCount: 1, SSHKeyID: w.key(t, "ops-laptop"),
		}, cloud.UnknownPrice(noneIn + "gpu_1x_a6000"), "what this costs is not known here"},
	} {
		plan, err := w.kind(t, c.spec.BlockName()).PlanMachine(t.Context(), c.spec)
		if err != nil {
			t.Fatal(name, err)
		}
		if diff := cmp.Diff(c.price, plan.Price); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
		if !strings.Contains(plan.Consequences[0], c.says) || len(plan.Consequences) < 3 {
			t.Errorf("%s: %q", name, plan.Consequences)
		}
	}
	if w.writes() != 0 {
		t.Error("something was sent")
	}
}

// TestMachinesWithABook pins what machines cost by state, in the list, where each is
// read for its offer, as alone.
func TestMachinesWithABook(t *testing.T) {
	w := newTenant(t).booked(t)
	untold := cloud.UnknownPrice("the price book of the operator does not tell what a stopped machine of this offer costs")
	price := func(amount string) cloud.Price { return cloud.HourlyPrice(usd(t, amount), fromBook, ifRight) }
	for name, want := range map[string]struct {
		now   cloud.Price
		rates map[cloud.PowerState]cloud.Price
	}{
		sandbox.RunningVM: {price("0.12"), map[cloud.PowerState]cloud.Price{cloud.PowerRunning: price("0.12"), cloud.PowerStopped: untold}},
		sandbox.StoppedVM: {price("0.1"), map[cloud.PowerState]cloud.Price{cloud.PowerRunning: price("0.24"), cloud.PowerStopped: price("0.1")}},
	} {
		row := w.vm(t, name)
		vm, err := w.GetVM(t.Context(), row.ID)
		if err != nil {
			t.Fatal(err)
		}
		for _, got := range []cloud.VM{row, vm} {
			if diff := cmp.Diff(want.now, got.Price) + cmp.Diff(want.rates, got.Rates); diff != "" {
				t.Errorf("%s (-want +got):\n%s", name, diff)
			}
		}
	}
	vm := w.vm(t, sandbox.RunningVM)
	w.house.sandbox.SetStatus(vm.ID, gpcn.StatusError)
	if vm, err := w.GetVM(t.Context(), vm.ID); err != nil || vm.Price.Unknown != "what a machine costs in this state is not known" {
		t.Errorf("%+v %v", vm.Price, err)
	}
}

// details counts the machines that were read alone.
func (w tenant) details() int {
	n := 0
	for _, r := range w.house.kit.Requests("gpcn") {
		if r.Method == "GET" && strings.HasPrefix(r.Path, "/v1/resource/virtual-machines/") && !strings.HasSuffix(r.Path, "/network-interfaces") {
			n++
		}
	}
	return n
}

// TestOffersOfAListAreLearned pins that machines of a list are read for their offers
// once, few in a minute, and that another size is another offer.
func TestOffersOfAListAreLearned(t *testing.T) {
	w := newTenant(t)
	for i := range 40 {
		w.house.sandbox.PutVM(fmt.Sprint("node-", i))
	}
	list := func(p *gpcn.Provider) (priced, plain int) {
		t.Helper()
		for vm, err := range cloud.All(t.Context(), 100, p.ListVMs) {
			if err != nil {
				t.Fatal(err)
			}
			if vm.Kind != "gpcn_vm" {
				continue
			}
			if plain++; vm.OfferID != "" {
				priced++
			}
		}
		return priced, plain
	}
	if priced, plain := list(w.Provider); priced != 0 || plain < 40 || w.details() != 0 {
		t.Errorf("without a book: %d of %d, %d read", priced, plain, w.details())
	}
	booked := w.booked(t)
	for range 2 {
		if priced, _ := list(booked.Provider); priced != 30 || w.details() != 30 {
			t.Errorf("%d have an offer, %d were read", priced, w.details())
		}
	}
	vm := w.vm(t, sandbox.RunningVM)
	if _, err := booked.GetVM(t.Context(), vm.ID); err != nil { // whatever is read is known
		t.Fatal(err)
	}
	before := booked.vm(t, sandbox.RunningVM)
	if !before.Price.Known() {
		t.Errorf("%+v", before.Price)
	}
	if _, err := booked.ResizeVM(t.Context(), vm.ID, cloud.Resize{OfferID: w.offer(t, "G-Medium-1").ID}); err != nil {
		t.Fatal(err)
	}
	w.house.kit.Clock.Advance(time.Hour)
	if after := booked.vm(t, sandbox.RunningVM); after.Price.Known() || !strings.Contains(after.Price.Unknown, "not known yet") {
		t.Errorf("of another size, and its old price: %+v", after.Price)
	}
}

// TestGPUMachinesWithABook pins that a GPU VM has its price in the list too, which shows
// its SKU.
func TestGPUMachinesWithABook(t *testing.T) {
	w := newTenant(t)
	var running, stopped gpcn.GPURow
	rows, err := w.house.ListGPUs(t.Context(), gpcn.GPUFilter{})
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range rows.Items {
		switch row.Name {
		case sandbox.RunningGPU:
			running = row
		case sandbox.StoppedGPU:
			stopped = row
		}
	}
	book := cloud.PriceBook{cloud.OfferID(running.Configuration.SKUCode): {PerHour: usd(t, "2.50")}}
	w.Provider = gpcn.New("gpcn", w.house.Client, gpcn.WithPriceBook(book))
	want := cloud.HourlyPrice(usd(t, "2.5"), fromBook, ifRight)
	row := w.vm(t, sandbox.RunningGPU)
	vm, err := w.GetVM(t.Context(), row.ID)
	if err != nil || !cmp.Equal(row.Price, want) || !cmp.Equal(vm.Price, want) || vm.Rates[cloud.PowerStopped].Known() {
		t.Errorf("row %+v, machine %+v %+v, %v", row.Price, vm.Price, vm.Rates, err)
	}
	if other := w.vm(t, sandbox.StoppedGPU); other.Price.Unknown != noneIn+stopped.Configuration.SKUCode || other.Rates != nil {
		t.Errorf("%+v %+v", other.Price, other.Rates)
	}
}

// TestMachineThatTellsNoOffer pins that the price of a machine without an offer is not
// guessed, whatever is in the book.
func TestMachineThatTellsNoOffer(t *testing.T) {
	provider := routed(t, map[string]string{
		"GET /virtual-machines/" + someID: `{"success":true,"data":{"id":"` + someID + `","name":"old","status":"Running",
			"configuration":{"name":"G-Small-1","code":"G-Small-1","cpu":2,"ram":4,"disk":40}}}`,
		"GET /virtual-machines/" + someID + "/network-interfaces": `{"success":true,"data":[]}`,
	}, gpcn.WithPriceBook(cloud.PriceBook{"": {PerHour: usd(t, "1")}, "G-Small-1": {PerHour: usd(t, "1")}}))
	vm, err := provider.GetVM(t.Context(), someID)
	if err != nil || vm.Price.Known() || vm.Price.Unknown != "GPCN does not tell which offer this machine is of" || vm.Rates != nil {
		t.Errorf("%+v %+v, %v", vm.Price, vm.Rates, err)
	}
}

// TestPowerActionsWithABook pins that the table names the book where it has both rates,
// and otherwise is the same as without a book.
func TestPowerActionsWithABook(t *testing.T) {
	w := newTenant(t).booked(t)
	for name, want := range map[string]string{
		sandbox.StoppedVM: "both rates are those of the operator's price book",
		sandbox.RunningVM: "not documented",
	} {
		vm, err := w.GetVM(t.Context(), w.vm(t, name).ID)
		if err != nil {
			t.Fatal(err)
		}
		if table := w.PowerActions(vm); len(table) != 2 || slices.ContainsFunc(table, func(a cloud.PowerActionInfo) bool { return !strings.Contains(a.Billing, want) }) {
			t.Errorf("%s: %+v", name, table)
		}
	}
}
