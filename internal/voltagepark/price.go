package voltagepark

import (
	"countersign/internal/cloud"
)

// currency is the currency of all amounts. The vendor names none anywhere; every amount
// is reported with the assumption [inferred].
const currency = "USD"

// assumedCurrency is that assumption.
const assumedCurrency = "currency: the vendor names none, USD assumed"

// money is an amount in the assumed currency; nil where the vendor sent none.
func money(amount Decimal) *cloud.Money {
	value, ok := amount.Number()
	if !ok {
		return nil
	}
	return &cloud.Money{Amount: value, Currency: currency}
}

// hourly returns the price for a rate per hour. what names the rate in the reason where it
// is not a number.
func hourly(rate Decimal, what, source string) cloud.Price {
	amount := money(rate)
	if amount == nil {
		return cloud.UnknownPrice("the vendor's " + what + " is not a number")
	}
	return cloud.HourlyPrice(*amount, source, assumedCurrency)
}
