package voltagepark

import (
	"bytes"
	"encoding/json"
	"regexp"
	"time"

	"github.com/shopspring/decimal"
)

// number matches an amount. Its size is bounded: no price has more digits, and an
// exponent of a few bytes can expand to a number that fills the approver's screen.
var number = regexp.MustCompile(`^[+-]?[0-9]{1,20}(\.[0-9]{0,20})?([eE][+-]?[0-9]{1,2})?$`)

// sent is a JSON value exactly as the vendor sent it; empty when it was missing.
type sent string

// IsZero reports whether the value was missing; it makes omitzero work.
func (s sent) IsZero() bool { return s == "" }

// MarshalJSON writes the value back as it was.
func (s sent) MarshalJSON() ([]byte, error) {
	if s == "" {
		return []byte("null"), nil
	}
	return []byte(s), nil
}

// text returns the value of a JSON string, the literal of any other value, and empty for
// null.
func (s sent) text() string {
	var text *string
	if json.Unmarshal([]byte(s), &text) != nil {
		return string(s)
	}
	if text == nil {
		return ""
	}
	return *text
}

// Decimal is an amount of money. The API page shows strings such as "2.500000", a bare
// number for bare-metal prices and the placeholder "text"; any value is kept unchanged.
type Decimal struct{ sent }

// NewDecimal returns an amount in the vendor's usual form, a string of six decimals.
func NewDecimal(d decimal.Decimal) Decimal {
	return Decimal{sent(`"` + d.StringFixed(6) + `"`)}
}

// UnmarshalJSON takes any JSON value.
func (d *Decimal) UnmarshalJSON(raw []byte) error {
	d.sent = sent(bytes.TrimSpace(raw))
	return nil
}

// Number returns the exact value; ok is false where the vendor sent no number.
func (d Decimal) Number() (value decimal.Decimal, ok bool) {
	text := d.text()
	if !number.MatchString(text) {
		return decimal.Decimal{}, false
	}
	value, err := decimal.NewFromString(text)
	return value, err == nil
}

// Timestamp is a point in time, kept as the vendor sent it.
type Timestamp struct{ sent }

// NewTimestamp returns a time in the vendor's form: UTC with milliseconds.
func NewTimestamp(t time.Time) Timestamp {
	return Timestamp{sent(t.UTC().Format(`"2006-01-02T15:04:05.000Z"`))}
}

// UnmarshalJSON takes any JSON value.
func (t *Timestamp) UnmarshalJSON(raw []byte) error {
	t.sent = sent(bytes.TrimSpace(raw))
	return nil
}

// Time returns the point in time, in UTC; nil where the vendor sent none. A time without
// a zone, as Python prints it, counts as UTC.
func (t Timestamp) Time() *time.Time {
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999"} {
		if at, err := time.Parse(layout, t.text()); err == nil {
			at = at.UTC()
			return &at
		}
	}
	return nil
}

// Scalar is a value that the vendor's page shows as a string and describes as a number;
// any value is kept unchanged.
type Scalar struct{ sent }

// UnmarshalJSON takes any JSON value.
func (s *Scalar) UnmarshalJSON(raw []byte) error {
	s.sent = sent(bytes.TrimSpace(raw))
	return nil
}

// Text returns the text or the number; empty for none.
func (s Scalar) Text() string { return s.text() }
