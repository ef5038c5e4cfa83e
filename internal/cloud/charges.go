package cloud

import (
	"context"
	"time"
)

// ChargeReader reads the charges of an account by resource, where its cloud reports
// more than a balance.
type ChargeReader interface {
	// ChargesOfMonth returns the cost of one month until now. It is a month of the
	// vendor's bill.
	ChargesOfMonth(ctx context.Context, year int, month time.Month) (Charges, error)
}

// Charges is the cost of one month. All amounts are above zero, whatever their signs
// in the vendor's bill.
type Charges struct {
	// Total is the cost of everything, including deleted resources and those of other
	// kinds; nil where nothing was charged and the currency is unknown.
	Total *Money
	// VMs are the parts of Total that machines cost.
	VMs map[VMID]Money
	// Volumes are the parts of Total that volumes cost.
	Volumes map[VolumeID]Money
	// Rentals are the parts of Total that bare-metal rentals cost.
	Rentals map[RentalID]Money
	// PerHour is the current charge of all running resources.
	PerHour *Money
	Assumed []string
}

// ChargeOf is the cost of one resource; nil where no line of the bill names it.
func ChargeOf[ID ~string](of map[ID]Money, id ID) *Money {
	if m, ok := of[id]; ok {
		return &m
	}
	return nil
}
