package hostup

import (
	"bytes"
	"encoding/json"
	"regexp"
	"strconv"

	"github.com/shopspring/decimal"
)

// Number is a number of an answer, digit for digit as the vendor wrote it; it
// never passes through a binary fraction. It is empty where the vendor sent none:
// a missing field, null, or something that is no number.
type Number string

// numeral is what is taken for a number. Its size is bounded: no price has more
// digits, and an exponent of a few bytes can stand for a number that fills the
// screen of the person who approves.
var numeral = regexp.MustCompile(`^-?[0-9]{1,20}(\.[0-9]{1,20})?([eE][+-]?[0-9]{1,2})?$`)

// NewNumber is the number in the vendor's form.
func NewNumber(d decimal.Decimal) Number { return Number(d.String()) }

// UnmarshalJSON takes any JSON value; a number within a string counts as one.
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

// Decimal is the exact value; ok is false where there is no number.
func (n Number) Decimal() (value decimal.Decimal, ok bool) {
	if !numeral.MatchString(string(n)) {
		return decimal.Decimal{}, false
	}
	value, err := decimal.NewFromString(string(n))
	return value, err == nil
}

// Int is the value where it is a whole number; ok is false where it is not, or
// where there is none.
func (n Number) Int() (value int, ok bool) {
	exact, ok := n.Decimal()
	if !ok || !exact.IsInteger() {
		return 0, false
	}
	value, err := strconv.Atoi(exact.StringFixed(0))
	return value, err == nil
}
