package sandbox

import (
	"time"

	"github.com/shopspring/decimal"
)

// metered has the rates over time of a resource that is charged by the hour.
type metered struct {
	sections []section
	ended    *time.Time
}

// section is a rate and the time from which it is charged.
type section struct {
	from time.Time
	rate decimal.Decimal
}

// charge sets the rate from a time on.
func (m *metered) charge(from time.Time, rate decimal.Decimal) {
	m.sections = append(m.sections, section{from: from, rate: rate})
}

// rate returns the present rate per hour.
func (m *metered) rate() decimal.Decimal {
	if m.ended != nil {
		return decimal.Zero
	}
	return m.sections[len(m.sections)-1].rate
}

// cost returns the cost between two times, charged by the second and rounded to six
// decimals [inferred].
func (m *metered) cost(from, to time.Time) decimal.Decimal {
	sum := decimal.Zero
	for i, s := range m.sections {
		end := to
		if i+1 < len(m.sections) {
			end = earlier(end, m.sections[i+1].from)
		}
		if m.ended != nil {
			end = earlier(end, *m.ended)
		}
		if begin := later(from, s.from); begin.Before(end) {
			seconds := decimal.NewFromInt(int64(end.Sub(begin) / time.Second))
			sum = sum.Add(s.rate.Mul(seconds))
		}
	}
	return sum.DivRound(decimal.NewFromInt(3600), 6)
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
