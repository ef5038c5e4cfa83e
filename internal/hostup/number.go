package hostup

import (
	"bytes"
	"encoding/json"
	"regexp"
	"strconv"

	"github.com/shopspring/decimal"
)

// Number is a number in a response, digit for digit as the vendor wrote it; it is never
// converted to a binary float. It is empty for a missing field, null, or any value that
// is not a number.
type Number string

// numeral matches a number. Its size is bounded: no price has more digits, and an
// exponent of a few bytes can expand to a number that fills the approver's screen.
var numeral = regexp.MustCompile(`^-?[0-9]{1,20}(\.[0-9]{1,20})?([eE][+-]?[0-9]{1,2})?$`)

// NewNumber returns a number in the vendor's form.
func NewNumber(d decimal.Decimal) Number { return Number(d.String()) }

// UnmarshalJSON accepts any JSON value; a number in a string counts as one.
func (n *Number) UnmarshalJSON(raw []byte) error {
	text := string(bytes.TrimSpace(raw))
	var quoted string
	if json.Unmarshal(raw, &quoted) == nil {
		text = quoted
	}
	*n = ""
	if numeral.MatchString(text) {
		*n = Number(text)
	}
	return nil
}

// MarshalJSON writes the number as it was, and null for none.
func (n Number) MarshalJSON() ([]byte, error) {
	if n == "" {
		return []byte("null"), nil
	}
	return []byte(n), nil
}

// Decimal returns the exact value; ok is false where there is no number.
func (n Number) Decimal() (value decimal.Decimal, ok bool) {
	if !numeral.MatchString(string(n)) {
		return decimal.Decimal{}, false
	}
	value, err := decimal.NewFromString(string(n))
	return value, err == nil
}

// Int returns the value of a whole number; ok is false for any other or none.
func (n Number) Int() (value int, ok bool) {
	exact, ok := n.Decimal()
	if !ok || !exact.IsInteger() {
		return 0, false
	}
	value, err := strconv.Atoi(exact.StringFixed(0))
	return value, err == nil
}
