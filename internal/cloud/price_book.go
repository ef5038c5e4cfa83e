package cloud

import "fmt"

// PriceBook is what the operator says that offers cost, for an account whose
// cloud publishes no prices. An empty book knows nothing.
type PriceBook map[OfferID]BookedRate

// BookedRate is what a machine of one offer costs.
type BookedRate struct {
	PerHour Money
	// Stopped is the rate of a machine that is stopped; nil where the operator does
	// not tell. That is unknown and not the rate of a running one: else a start
	// would seem to cost nothing.
	Stopped *Money
}

// What is said of every price of a book.
const (
	priceBookSource  = "price book of the operator"
	priceBookAssumed = "price: the book is right and up to date; the cloud publishes none to hold it against"
)

// Price is what so many running machines of an offer cost together. Where the
// book has no price for it, silence is why the cloud tells none either.
func (b PriceBook) Price(id OfferID, machines int, silence string) Price {
	rate, booked := b[id]
	switch {
	case len(b) == 0:
		return UnknownPrice(silence)
	case !booked:
		return UnknownPrice(silence + ", and the price book of the operator has none for the offer " + CleanText(string(id)))
	case machines == 1:
		return HourlyPrice(rate.PerHour, priceBookSource, priceBookAssumed)
	}
	return HourlyPrice(rate.PerHour.Times(int64(machines)), fmt.Sprintf("%s, %d times %s", priceBookSource, machines, rate.PerHour), priceBookAssumed)
}

// Rates are what a machine of an offer costs by power state; nil where the book
// has no price for it.
func (b PriceBook) Rates(id OfferID) map[PowerState]Price {
	rate, booked := b[id]
	if !booked {
		return nil
	}
	stopped := UnknownPrice("the price book of the operator does not tell what a stopped machine of this offer costs")
	if rate.Stopped != nil {
		stopped = HourlyPrice(*rate.Stopped, priceBookSource, priceBookAssumed)
	}
	return map[PowerState]Price{
		PowerRunning: HourlyPrice(rate.PerHour, priceBookSource, priceBookAssumed),
		PowerStopped: stopped,
	}
}
