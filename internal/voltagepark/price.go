package voltagepark

import (
	"countersign/internal/cloud"
)

// currency is that of all amounts. The vendor names none anywhere; it is said
// beside every amount that it is assumed [inferred].
const currency = "USD"

// assumedCurrency says so.
const assumedCurrency = "currency: the vendor names none, USD assumed"

// money is an amount in the assumed currency; nil where the vendor sent none.
func money(amount Decimal) *cloud.Money {
	value, ok := amount.Number()
	if !ok {
		return nil
	}
	return &cloud.Money{Amount: value, Currency: currency}
}

// hourly is the price that a rate per hour makes. What names the rate where it
// is no number.
func hourly(rate Decimal, what, source string) cloud.Price {
	amount := money(rate)
	if amount == nil {
		return cloud.UnknownPrice("the vendor's " + what + " is not a number")
	}
	return cloud.HourlyPrice(*amount, source, assumedCurrency)
}
