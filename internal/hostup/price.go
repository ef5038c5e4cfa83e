package hostup

import (
	"regexp"

	"github.com/shopspring/decimal"

	"countersign/internal/cloud"
)

// currencyCode matches a currency.
var currencyCode = regexp.MustCompile(`^[A-Z]{3}$`)

// money returns an amount as the vendor sent it; nil where the number or its currency is
// missing.
func money(amount Number, currency string) *cloud.Money {
	value, ok := amount.Decimal()
	if !ok || !currencyCode.MatchString(currency) {
		return nil
	}
	return &cloud.Money{Amount: value, Currency: currency}
}

const (
	// paygSource names the source of a pay-as-you-go server's price.
	paygSource = "HostUp unit prices of pay-as-you-go servers: cores, memory, storage and one IP address"
	// paygAddress and paygTraffic are the assumptions of every such price.
	paygAddress = "addresses: one is counted; further ones cost extra"
	paygTraffic = "traffic: not in it; it is charged per GB"
)

// paygPrice returns what a server of that size costs per hour by unit prices. That every
// server pays for one address is [inferred] from the sample of page
// "get-v2-vps-id-billing-breakdown".
func paygPrice(rates *PAYGRates, size Resources) cloud.Price {
	if rates == nil {
		return cloud.UnknownPrice("HostUp's unit prices could not be read")
	}
	if !currencyCode.MatchString(rates.CurrencyCode) {
		return cloud.UnknownPrice("HostUp's unit prices name no currency")
	}
	var sum decimal.Decimal
	for _, part := range []struct {
		what           string
		quantity, rate Number
	}{
		{"cores", size.CPUCores, rates.CPUPerCoreHour},
		{"memory", size.MemoryGB, rates.MemoryPerGBHour},
		{"storage", size.StorageGB, rates.StoragePerGBHour},
		{"an address", "1", rates.IPPerHour},
	} {
		quantity, known := part.quantity.Decimal()
		rate, priced := part.rate.Decimal()
		switch {
		case !known || quantity.IsNegative():
			return cloud.UnknownPrice("the size is not known: " + part.what)
		case !priced || rate.IsNegative():
			return cloud.UnknownPrice("HostUp's unit prices have none for " + part.what)
		}
		sum = sum.Add(quantity.Mul(rate))
	}
	return cloud.HourlyPrice(cloud.Money{Amount: sum, Currency: rates.CurrencyCode}, paygSource, paygAddress, paygTraffic)
}

// cyclePrice returns the price of a plan. The price per hour is unknown: a price per
// billing cycle is reported in words and never converted.
func cyclePrice(amount Number, currency string, cycle *string) cloud.Price {
	fixed := money(amount, currency)
	if fixed == nil {
		return cloud.UnknownPrice("HostUp told no price that could be read")
	}
	return cloud.UnknownPrice(fixed.String() + " " + perCycle(cycle) + "; a fixed price per billing cycle, not converted into an hourly one")
}

// perCycle returns our words for a billing cycle that page "get-v2-vps-id" lists.
func perCycle(cycle *string) string {
	switch text(cycle) {
	case "monthly":
		return "per month"
	case "quarterly":
		return "per quarter"
	case "semiannually":
		return "per half-year"
	case "annually":
		return "per year"
	case "biennially":
		return "per two years"
	case "triennially":
		return "per three years"
	case "free":
		return "(free)"
	}
	return "per billing cycle"
}
