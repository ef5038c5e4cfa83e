package cloud

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/shopspring/decimal"
)

// hoursPer30Days converts an hourly rate to a projection for 30 days.
const hoursPer30Days = 30 * 24

// Money is an exact decimal amount in one currency, written "1.99 USD". Amounts
// of different currencies are never added.
type Money struct {
	Amount   decimal.Decimal
	Currency string
}

// SchemaPattern is the pattern of an amount of money in an output.
func (Money) SchemaPattern() string { return `^-?[0-9]+(\.[0-9]+)? [A-Z]{3}$` }

// MarshalText writes "1.99 USD".
func (m Money) MarshalText() ([]byte, error) { return []byte(m.String()), nil }

// UnmarshalText reads "1.99 USD".
func (m *Money) UnmarshalText(text []byte) error {
	amount, currency, ok := strings.Cut(string(text), " ")
	if !ok {
		return fmt.Errorf("money %q has no currency", text)
	}
	read, err := NewMoney(amount, currency)
	if err != nil {
		return fmt.Errorf("money %q: %w", text, err)
	}
	*m = read
	return nil
}

// NewMoney reads an exact decimal such as "2.500000".
func NewMoney(amount, currency string) (Money, error) {
	d, err := decimal.NewFromString(amount)
	if err != nil {
		return Money{}, err
	}
	return Money{Amount: d, Currency: currency}, nil
}

// Times returns the money n times over.
func (m Money) Times(n int64) Money {
	return Money{Amount: m.Amount.Mul(decimal.NewFromInt(n)), Currency: m.Currency}
}

// sharePlaces is the number of decimals of a share. Shares are for people to compare,
// never to add up.
const sharePlaces = 6

// Share returns an equal share of the money among n, rounded to 6 decimals.
func (m Money) Share(n int64) Money {
	return Money{Amount: m.Amount.DivRound(decimal.NewFromInt(n), sharePlaces), Currency: m.Currency}
}

// Minus subtracts money of the same currency; ok is false where currencies differ.
func (m Money) Minus(other Money) (rest Money, ok bool) {
	return m.Plus(other.Times(-1))
}

// Compare orders money of one currency by amount, and currencies by their names.
func (m Money) Compare(other Money) int {
	return cmp.Or(cmp.Compare(m.Currency, other.Currency), m.Amount.Cmp(other.Amount))
}

// Plus adds money of the same currency; ok is false where currencies differ.
func (m Money) Plus(other Money) (sum Money, ok bool) {
	if m.Currency != other.Currency {
		return Money{}, false
	}
	return Money{Amount: m.Amount.Add(other.Amount), Currency: m.Currency}, true
}

// Equal reports whether amount and currency are the same.
func (m Money) Equal(other Money) bool {
	return m.Currency == other.Currency && m.Amount.Equal(other.Amount)
}

// String prints "1.99 USD".
func (m Money) String() string { return m.Amount.String() + " " + m.Currency }

// Price is the cost of a resource while it exists. Unknown says what is not known, and
// Assumed what the vendor does not state; an unknown price is never 0.
type Price struct {
	PerHour   *Money   `json:"per_hour,omitempty" jsonschema_description:"Per hour."`
	Per30Days *Money   `json:"per_30_days,omitempty" jsonschema_description:"Over 30 days."`
	Source    string   `json:"source,omitempty" jsonschema_description:"Where it comes from."`
	Unknown   string   `json:"unknown,omitempty" jsonschema_description:"Why it is not known."`
	Assumed   []string `json:"assumed,omitempty" jsonschema_description:"What is assumed."`
}

// HourlyPrice makes a Price from an hourly rate and projects it over 30 days.
func HourlyPrice(perHour Money, source string, assumed ...string) Price {
	month := perHour.Times(hoursPer30Days)
	return Price{PerHour: &perHour, Per30Days: &month, Source: source, Assumed: assumed}
}

// UnknownPrice returns a price that is not known, with the reason.
func UnknownPrice(why string) Price { return Price{Unknown: why} }

// Known reports whether the hourly rate is known.
func (p Price) Known() bool { return p.PerHour != nil }

// String prints the rate, or says that it is not known.
func (p Price) String() string {
	if p.PerHour == nil {
		return "unknown"
	}
	return p.PerHour.String() + " per hour"
}
