package cloud

import "fmt"

// PriceBook has the operator's prices of offers, for an account whose cloud publishes no
// prices.
type PriceBook map[OfferID]BookedRate

// BookedRate is the price of a machine of one offer.
type BookedRate struct {
	PerHour Money
	// Stopped is the rate of a stopped machine; nil where the operator does not give
	// it. It is unknown then, not equal to that of a running one, or a start would
	// seem to cost nothing.
	Stopped *Money
}

// The source and the assumption of every price of a book.
const (
	priceBookSource  = "price book of the operator"
	priceBookAssumed = "price: the book is right and up to date; the cloud publishes none to hold it against"
)

// Price returns the price of a number of running machines of an offer. Where the book
// has no price for it, the price is unknown, and silence says why the cloud has no price
// either.
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

// Rates returns the prices of a machine of an offer by power state; nil where the book
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
