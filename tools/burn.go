package tools

import (
	"context"
	"fmt"
	"time"

	"countersign/internal/cloud"
	"countersign/internal/tool"
)

var _ tool.BurnReader = burnReader{}

// burnReader reads what is running on the configured accounts and what it costs.
type burnReader struct {
	accounts []cloud.Capable[cloud.VMReader]
	now      func() time.Time
}

// NewBurnReader returns a reader of what is running on accounts.
func NewBurnReader(accounts cloud.Accounts, now func() time.Time) tool.BurnReader {
	return burnReader{cloud.Having[cloud.VMReader](accounts), now}
}

// Burn implements tool.BurnReader. It reads the lists concurrently, because a call
// waits for them.
func (r burnReader) Burn(ctx context.Context, account cloud.AccountName) (tool.Burn, error) {
	c, err := find(r.accounts, account)
	if err != nil {
		return tool.Burn{}, err
	}
	at := r.now()
	var machines, rentals, volumes list
	var charges cloud.Charges
	var chargesErr error
	reads := []func(){func() { machines.err = every(ctx, sighted(c.ListVMs, vmSighting), machines.enterVM) }}
	if reader, ok := c.(cloud.RentalReader); ok {
		reads = append(reads, func() { rentals.err = every(ctx, sighted(reader.ListRentals, rentalSighting), rentals.enterRental) })
	}
	if reader, ok := c.(cloud.VolumeReader); ok {
		reads = append(reads, func() { volumes.err = every(ctx, sighted(reader.ListVolumes, volumeSighting), volumes.enterVolume) })
	}
	if reader, ok := c.(cloud.ChargeReader); ok {
		month := at.UTC()
		reads = append(reads, func() { charges, chargesErr = reader.ChargesOfMonth(ctx, month.Year(), month.Month()) })
	}
	cloud.SideBySide(len(reads), func(i int) { reads[i]() })

	burn := tool.Burn{Account: account, ReadAt: at}
	for _, of := range []struct {
		what string
		list
	}{{"machines", machines}, {"bare-metal rentals", rentals}} {
		if of.err != nil {
			return tool.Burn{}, fmt.Errorf("read all %s of %s: %w", of.what, account, of.err)
		}
		burn.Things = append(burn.Things, of.things...)
	}
	burn.Things = append(burn.Things, volumes.things...)
	if volumes.err != nil {
		burn.Incomplete = append(burn.Incomplete, "Not all volumes could be read. "+tool.AsError(volumes.err).Message)
	}
	if chargesErr != nil {
		burn.Incomplete = append(burn.Incomplete, "What this month has cost could not be read. "+tool.AsError(chargesErr).Message)
	}
	addCharges(&burn, charges)
	return burn, nil
}

// list collects the rows of one list while it is read.
type list struct {
	things []tool.Running
	seen   map[string]bool
	err    error
}

// enter adds r unless it was added before: a row can move to the next page when
// something is created during the read. Only these few fields are kept.
func (l *list) enter(r tool.Running, p cloud.Price) {
	if l.seen[r.ID] {
		return
	}
	if l.seen == nil {
		l.seen = map[string]bool{}
	}
	l.seen[r.ID] = true
	if r.PerHour = p.PerHour; r.PerHour == nil {
		r.Unknown = p.Unknown
		if r.Unknown == "" {
			r.Unknown = "the cloud does not tell what it costs in its present state"
		}
	}
	l.things = append(l.things, r)
}

func (l *list) enterVM(vm cloud.VM) {
	l.enter(tool.Running{Kind: "vm", ID: string(vm.ID), Load: vm.Load(), LoadUnknown: vm.GPUsUntold && !vm.Ended, Since: vm.CreatedAt}, vm.Price)
}

func (l *list) enterRental(r cloud.Rental) {
	load, known := r.Load()
	l.enter(tool.Running{Kind: "rental", ID: string(r.ID), Load: load, LoadUnknown: !known, Since: r.CreatedAt}, r.Price)
}

func (l *list) enterVolume(v cloud.Volume) {
	l.enter(tool.Running{Kind: "volume", ID: string(v.ID), Since: v.CreatedAt}, v.Price)
}

// addCharges adds the figures of the cloud's own bill: the cost of the month, and
// the hourly charge beyond the prices of the listed things.
func addCharges(burn *tool.Burn, charges cloud.Charges) {
	if charges.Total != nil {
		burn.Month = []cloud.Money{*charges.Total}
	}
	if charges.PerHour == nil {
		return
	}
	known := cloud.Money{Currency: charges.PerHour.Currency}
	for _, thing := range burn.Things {
		if thing.PerHour != nil && thing.PerHour.Currency == known.Currency {
			known, _ = known.Plus(*thing.PerHour)
		}
	}
	if other := beyond(*charges.PerHour, known); other != nil {
		burn.Other = []cloud.Money{*other}
	}
}

// leastPlaces is the least number of decimals at which a difference is compared,
// even if the cloud prints fewer.
const leastPlaces = 4

// beyond returns by how much the hourly charge of a cloud exceeds the known prices,
// or nil if it does not. The cloud rounds its figures, so a difference below its
// last digit is ignored.
func beyond(charged, known cloud.Money) *cloud.Money {
	places := max(-charged.Amount.Exponent(), leastPlaces)
	other, ok := charged.Minus(known)
	if !ok || !other.Amount.Round(places).IsPositive() {
		return nil
	}
	return &other
}
