package sandbox

import (
	"time"

	"github.com/shopspring/decimal"

	"countersign/internal/cloud"
	"countersign/internal/voltagepark"
)

// meter counts what something costs from its making to its end.
type meter struct {
	created  time.Time
	ended    *time.Time
	sections []section
}

// section is a time from which on a rate is charged.
type section struct {
	from time.Time
	rate decimal.Decimal
}

// charge makes a rate valid from a time on.
func (m *meter) charge(from time.Time, rate decimal.Decimal) {
	m.sections = append(m.sections, section{from: from, rate: rate})
}

// rate is what it costs per hour now.
func (m *meter) rate() decimal.Decimal {
	if m.ended != nil {
		return decimal.Zero
	}
	return m.sections[len(m.sections)-1].rate
}

// cost is what it cost between two times, charged by the second and
// rounded to six decimals [inferred].
func (m *meter) cost(from, to time.Time) decimal.Decimal {
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

// since is when it began.
func (m *meter) since() time.Time { return m.created }

// end stops the meter.
func (m *meter) end(now time.Time) { m.ended = &now }

// within reports whether it existed in a period.
func (m *meter) within(asked period) bool {
	return m.created.Before(asked.to) && (m.ended == nil || !m.ended.Before(asked.from))
}

// endedAt is the time of the end as the vendor writes it; null while it lives.
func (m *meter) endedAt() voltagepark.Timestamp {
	if m.ended == nil {
		return voltagepark.Timestamp{}
	}
	return voltagepark.NewTimestamp(*m.ended)
}

// line is a line of the bill, which grows while the thing lives; what it is for is
// in the details.
func (m *meter) line(id string, details voltagepark.TransactionDetails, asked period, now time.Time) voltagepark.Transaction {
	details.LinkedInstance.TimestampCreation = voltagepark.NewTimestamp(m.created)
	details.LinkedInstance.TimestampDeletion = m.endedAt()
	return voltagepark.Transaction{
		ID:                  cloud.TransactionID(id),
		TotalAmount:         voltagepark.NewDecimal(charged(m.cost(m.created, now))),
		TimestampCreation:   voltagepark.NewTimestamp(m.created),
		TimestampCompletion: m.endedAt(),
		Details:             details,
		PeriodAmount:        voltagepark.NewDecimal(charged(m.cost(asked.from, asked.to))),
	}
}
