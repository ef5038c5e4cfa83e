package gpcn

import (
	"context"
	"sync"
	"time"

	"countersign/internal/cloud"
)

// A list of VMs does not show the offer of each machine, and a price book has its
// prices by offer. So the machines of a list are read one by one, a few per minute
// because GPCN limits the rate. An offer is cached while the machine's size stays the
// same: another offer has another size.
const (
	// maxOfferReads is how many machines are read in offerWindow for their offers.
	maxOfferReads = 30
	offerWindow   = time.Minute
	// offerReaders is how many of them are read in parallel.
	offerReaders = 5
	// maxOffersKnown is how many machines are remembered.
	maxOffersKnown = 10_000
)

// offerMemory caches the offers of VMs. It is safe for concurrent use.
type offerMemory struct {
	now func() time.Time

	mu    sync.Mutex
	known map[cloud.VMID]sizedOffer
	since time.Time
	reads int
}

// sizedOffer is the offer of a machine, and its size when the offer was read.
type sizedOffer struct {
	size  cloud.MachineSize
	offer cloud.OfferID
}

func newOfferMemory(now func() time.Time) *offerMemory {
	return &offerMemory{now: now, known: map[cloud.VMID]sizedOffer{}}
}

// of returns the cached offer of a row; it may be known to be empty. It is never known
// where the row has no size.
func (m *offerMemory) of(row VMRow) (offer cloud.OfferID, known bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	at, known := m.known[row.ID]
	return at.offer, known && row.Configuration.told() && at.size == row.Configuration.size()
}

// saw records a machine that was read.
func (m *offerMemory) saw(vm VM) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.known) >= maxOffersKnown {
		clear(m.known)
	}
	m.known[vm.ID] = sizedOffer{vm.Configuration.size(), vm.Configuration.SKUID}
}

// told reports whether all parts of a size are known.
func (h Hardware) told() bool { return h.CPU != nil && h.RAM != nil && h.Disk != nil }

// allow returns how many of the wanted machines may be read now, and counts them.
func (m *offerMemory) allow(wanted int) int {
	m.mu.Lock()
	defer m.mu.Unlock()
	if now := m.now(); now.Sub(m.since).Abs() >= offerWindow {
		m.since, m.reads = now, 0
	}
	allowed := min(wanted, maxOfferReads-m.reads)
	m.reads += allowed
	return allowed
}

// priceRows sets the prices of the machines of a list from the operator's book. A
// machine whose offer is not known, or that cannot be read, stays unchanged.
func (p *Provider) priceRows(ctx context.Context, rows []VMRow, vms []cloud.VM) {
	if len(p.book) == 0 {
		return
	}
	var unknown []cloud.VMID
	for _, row := range rows {
		if _, known := p.offersOf.of(row); !known && row.Configuration.told() {
			unknown = append(unknown, row.ID)
		}
	}
	unknown = unknown[:p.offersOf.allow(len(unknown))]
	cloud.SideBySide(min(offerReaders, len(unknown)), func(first int) {
		for i := first; i < len(unknown); i += offerReaders {
			if vm, err := p.client.GetVM(ctx, unknown[i]); err == nil && vm.ID == unknown[i] {
				p.offersOf.saw(vm)
			}
		}
	})
	for i, row := range rows {
		if offer, known := p.offersOf.of(row); known {
			vms[i].OfferID = offer
			vms[i].Price, vms[i].Rates = p.machinePrices(vms[i].Power, offer)
		}
	}
}
