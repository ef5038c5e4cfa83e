package sandbox

import (
	"time"

	"github.com/shopspring/decimal"
)

// metered is what all have in common that is charged by the hour.
type metered struct {
	sections []section
	ended    *time.Time
}

// section is a time from which on a rate is charged.
type section struct {
	from time.Time
	rate decimal.Decimal
}

// charge makes a rate valid from a time on.
func (m *metered) charge(from time.Time, rate decimal.Decimal) {
	m.sections = append(m.sections, section{from: from, rate: rate})
}

// rate is what it costs per hour now.
func (m *metered) rate() decimal.Decimal {
	if m.ended != nil {
		return decimal.Zero
	}
	return m.sections[len(m.sections)-1].rate
}

// cost is what it cost between two times, charged by the second and
// rounded to six decimals [inferred].
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
