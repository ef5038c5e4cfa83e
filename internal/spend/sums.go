package spend

import (
	"slices"
	"strings"

	"countersign/internal/cloud"
)

// Sums are amounts of money, at most one of each currency, in the order of their
// currencies.
type Sums []cloud.Money

// Add adds money to the sum of its currency.
func (s *Sums) Add(m cloud.Money) {
	i, found := slices.BinarySearchFunc(*s, m.Currency, func(have cloud.Money, currency string) int {
		return strings.Compare(have.Currency, currency)
	})
	if !found {
		*s = slices.Insert(*s, i, m)
		return
	}
	(*s)[i].Amount = (*s)[i].Amount.Add(m.Amount)
}

// addAll adds sums.
func (s *Sums) addAll(more Sums) {
	for _, m := range more {
		s.Add(m)
	}
}

// atLeast raises each sum to that of its currency in other, where it is smaller.
func (s *Sums) atLeast(other []cloud.Money) {
	for _, m := range other {
		if less := m.Amount.Sub(s.Of(m.Currency).Amount); less.IsPositive() {
			s.Add(cloud.Money{Amount: less, Currency: m.Currency})
		}
	}
}

// Of returns the sum of a currency, 0 where there is none.
func (s Sums) Of(currency string) cloud.Money {
	for _, m := range s {
		if m.Currency == currency {
			return m
		}
	}
	return cloud.Money{Currency: currency}
}

// String returns the sums as text, "nothing" where there are none.
func (s Sums) String() string {
	if len(s) == 0 {
		return "nothing"
	}
	parts := make([]string, 0, len(s))
	for _, m := range s {
		parts = append(parts, m.String())
	}
	return strings.Join(parts, " + ")
}
