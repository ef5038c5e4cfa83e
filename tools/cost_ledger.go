package tools

import (
	"cmp"
	"context"
	"slices"
	"time"

	"countersign/internal/cloud"
	"countersign/internal/tool"
)

// Parts of a cost that can be unknown.
const (
	perHour   = "per_hour"
	thisMonth = "this_month"
)

// maxReasons bounds the list of reasons of one account. A reason can contain a
// price, so there could be as many as machines.
const maxReasons = 20

// manyReasons replaces the reasons beyond maxReasons.
const manyReasons = "Of further reasons; get_vm tells that of each machine."

// ledger holds what the machines, rentals and volumes of one account cost. However
// many there are, it keeps only the rows with the highest prices.
type ledger struct {
	account cloud.AccountName
	limit   int
	charges cloud.Charges
	// entered counts all machines, rentals and volumes, kept or not.
	entered int
	rows    []costRow
	totals  costTotals
	saving  []savingRow
	unknown []unknownCost
	// assumed are the assumptions behind the prices, without duplicates.
	assumed []string
}

// readLedger reads all machines of an account, its rentals and volumes if its cloud
// has any, and the charges of the month if its cloud reports them.
func readLedger(ctx context.Context, a cloud.Capable[cloud.VMReader], now time.Time, limit int) (ledger, error) {
	l := ledger{account: a.Account, limit: limit}
	l.readCharges(ctx, a.Cloud, now)
	powerer, _ := a.Cloud.(cloud.VMPowerer)
	err := every(ctx, sighted(a.Cloud.ListVMs, vmSighting), func(vm cloud.VM) { l.enter(vm, powerer) })
	if err != nil {
		return ledger{}, err
	}
	if reader, ok := a.Cloud.(cloud.VolumeReader); ok {
		if err := every(ctx, sighted(reader.ListVolumes, volumeSighting), l.enterVolume); err != nil {
			l.unknown = append(l.unknown, unknownCost{Account: l.account, What: perHour, Why: "Not all volumes could be read. " + tool.AsError(err).Message})
		}
	}
	if reader, ok := a.Cloud.(cloud.RentalReader); ok {
		if err := every(ctx, sighted(reader.ListRentals, rentalSighting), l.enterRental); err != nil {
			l.unknown = append(l.unknown, unknownCost{Account: l.account, What: perHour, Why: "Not all bare-metal rentals could be read. " + tool.AsError(err).Message})
		}
	}
	l.rows = dearest(l.rows, limit)
	l.close()
	return l, nil
}

func (l *ledger) readCharges(ctx context.Context, c cloud.VMReader, now time.Time) {
	reader, ok := c.(cloud.ChargeReader)
	if !ok {
		l.unknown = append(l.unknown, unknownCost{Account: l.account, What: thisMonth, Why: "This cloud does not tell what a machine has cost."})
		return
	}
	charges, err := reader.ChargesOfMonth(ctx, now.Year(), now.Month())
	if err != nil {
		l.unknown = append(l.unknown, unknownCost{Account: l.account, What: thisMonth, Why: tool.AsError(err).Message})
		return
	}
	l.charges = charges
	l.assume(charges.Assumed)
}

// enter adds one machine.
func (l *ledger) enter(vm cloud.VM, powerer cloud.VMPowerer) {
	row := costRow{
		ID: string(vm.ID), Account: vm.Account, Kind: vm.Kind, Name: vm.Name, Power: vm.Power, ThisMonth: cloud.ChargeOf(l.charges.VMs, vm.ID),
	}
	l.price(&row, vm.Price, unknownCost{Machines: 1}, costTotal{Machines: 1})
	if powerer != nil {
		for _, action := range powerer.PowerActions(vm) {
			if action.Interrupts && action.Result != cloud.PowerRunning && action.Result != vm.Power {
				row.Saves.set(action.Action, saved(vm, action.Result))
				l.explain(vm, action)
			}
		}
	}
	l.add(row)
}

// enterVolume adds one volume.
func (l *ledger) enterVolume(v cloud.Volume) {
	row := costRow{ID: string(v.ID), Account: v.Account, Kind: "volume", Name: v.Name, ThisMonth: cloud.ChargeOf(l.charges.Volumes, v.ID)}
	l.price(&row, v.Price, unknownCost{Volumes: 1}, costTotal{Volumes: 1})
	l.add(row)
}

// enterRental adds one bare-metal rental.
func (l *ledger) enterRental(r cloud.Rental) {
	row := costRow{
		ID: string(r.ID), Account: r.Account, Kind: r.Kind, Name: r.Name, Power: r.Power, ThisMonth: cloud.ChargeOf(l.charges.Rentals, r.ID),
	}
	l.price(&row, r.Price, unknownCost{Machines: 1}, costTotal{Machines: 1})
	l.add(row)
}

// price adds the price of a row to the totals, or counts it as unknown. Deleting
// the thing saves its whole price.
func (l *ledger) price(row *costRow, p cloud.Price, lacking unknownCost, known costTotal) {
	row.PerHour, row.Saves.Delete = p.PerHour, p.PerHour
	if !p.Known() {
		row.Unknown = p.Unknown
		l.lacks(p.Unknown, lacking)
		return
	}
	l.total(p, known)
	l.assume(p.Assumed)
}

func (l *ledger) add(row costRow) {
	l.entered++
	l.rows = append(l.rows, row)
	if len(l.rows) >= 2*l.limit+chunk {
		l.rows = dearest(l.rows, l.limit)
	}
}

// assume records assumptions together with their account.
func (l *ledger) assume(all []string) {
	for _, what := range all {
		if line := string(l.account) + ": " + what; len(l.assumed) < maxReasons && !slices.Contains(l.assumed, line) {
			l.assumed = append(l.assumed, line)
		}
	}
}

// total adds a known price; row already has the number of things that it is for.
func (l *ledger) total(p cloud.Price, row costTotal) {
	row.Currency, row.PerHour, row.Per30Days = p.PerHour.Currency, *p.PerHour, *cloud.HourlyPrice(*p.PerHour, "").Per30Days
	l.totals.add(row)
}

// lacks counts things without a known price under the reason why it is unknown.
func (l *ledger) lacks(why string, lacking unknownCost) {
	for i := range l.unknown {
		if l.unknown[i].What == perHour && l.unknown[i].Why == why {
			l.unknown[i].Machines += lacking.Machines
			l.unknown[i].Volumes += lacking.Volumes
			return
		}
	}
	if len(l.unknown) >= maxReasons && why != manyReasons {
		l.lacks(manyReasons, lacking)
		return
	}
	lacking.Account, lacking.What, lacking.Why = l.account, perHour, why
	l.unknown = append(l.unknown, lacking)
}

// explain records the vendor's note on how an action changes the bill, without
// duplicates.
func (l *ledger) explain(vm cloud.VM, action cloud.PowerActionInfo) {
	row := savingRow{Account: l.account, Kind: vm.Kind, Sold: vm.Billing, Action: action.Action, Note: action.Billing}
	if action.Billing != "" && len(l.saving) < maxReasons && !slices.Contains(l.saving, row) {
		l.saving = append(l.saving, row)
	}
}

// close adds what is known for the whole account only: the cost of the month, and
// charges beyond its machines and volumes.
func (l *ledger) close() {
	if c := l.charges.Total; c != nil {
		l.totals.of(c.Currency).ThisMonth = c
	}
	if l.charges.PerHour == nil {
		return
	}
	total := l.totals.of(l.charges.PerHour.Currency)
	total.Other = beyond(*l.charges.PerHour, total.PerHour)
}

// saved returns how much less a machine costs per hour in another power state, or
// nil if one of the two prices is unknown.
func saved(vm cloud.VM, in cloud.PowerState) *cloud.Money {
	after, ok := vm.Rates[in]
	if !ok || !after.Known() || !vm.Price.Known() {
		return nil
	}
	less, ok := vm.Price.PerHour.Minus(*after.PerHour)
	if !ok {
		return nil
	}
	return &less
}

func (s *savings) set(action cloud.PowerAction, amount *cloud.Money) {
	switch action {
	case cloud.PowerStop:
		s.Stop = amount
	case cloud.PowerForceStop:
		s.ForceStop = amount
	case cloud.PowerRelease:
		s.Release = amount
	}
}

// dearest sorts rows by currency and price, unknown prices last, and keeps at most
// limit of them. Each currency gets its share, so that one with small amounts is
// not pushed out.
func dearest(rows []costRow, limit int) []costRow {
	slices.SortStableFunc(rows, func(a, b costRow) int {
		if a.PerHour == nil || b.PerHour == nil {
			return first(a.PerHour != nil, b.PerHour != nil)
		}
		return cmp.Or(cmp.Compare(a.PerHour.Currency, b.PerHour.Currency), b.PerHour.Compare(*a.PerHour))
	})
	if len(rows) <= limit {
		return rows
	}
	return fairly(rows, limit)
}

// fairly takes rows of every currency in turn until the limit is reached.
func fairly(rows []costRow, limit int) []costRow {
	var groups [][]costRow
	for from, at := 0, 1; at <= len(rows); at++ {
		if at == len(rows) || rows[at].currency() != rows[from].currency() {
			groups = append(groups, rows[from:at])
			from = at
		}
	}
	taken := make([]int, len(groups))
	for left := limit; left > 0; {
		for i, group := range groups {
			if left > 0 && taken[i] < len(group) {
				taken[i]++
				left--
			}
		}
	}
	kept := make([]costRow, 0, limit)
	for i, group := range groups {
		kept = append(kept, group[:taken[i]]...)
	}
	return kept
}

// currency returns the currency of the price, or "" if the price is unknown.
func (r costRow) currency() string {
	if r.PerHour == nil {
		return ""
	}
	return r.PerHour.Currency
}
