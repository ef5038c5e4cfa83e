package cloud

import (
	"context"
	"time"
)

// ChargeReader reads what an account has been charged for what, where its cloud
// tells more than a balance.
type ChargeReader interface {
	// ChargesOfMonth is what one month has cost until now. The month is that of
	// the vendor's bill.
	ChargesOfMonth(ctx context.Context, year int, month time.Month) (Charges, error)
}

// Charges are what one month has cost. All amounts are costs, above zero, whatever
// signs the vendor's bill has.
type Charges struct {
	// Total is the cost of everything, of what is gone and of what is no machine
	// too; nil where nothing was charged and no currency is known.
	Total *Money
	// VMs are the parts of Total that machines cost.
	VMs map[VMID]Money
	// Volumes are the parts of Total that volumes cost.
	Volumes map[VolumeID]Money
	// Rentals are the parts of Total that bare-metal rentals cost.
	Rentals map[RentalID]Money
	// PerHour is what everything that runs is charged now.
	PerHour *Money
	Assumed []string
}

// ChargeOf is what one thing has cost; nil where no line of the bill names it.
func ChargeOf[ID ~string](of map[ID]Money, id ID) *Money {
	if m, ok := of[id]; ok {
		return &m
	}
	return nil
}
