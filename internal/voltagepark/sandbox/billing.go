package sandbox

import (
	"math"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/shopspring/decimal"

	"countersign/internal/cloud"
	"countersign/internal/voltagepark"
)

// deposit is money that was paid in.
type deposit struct {
	id     string
	at     time.Time
	amount decimal.Decimal
}

// period is a span of time, including from and excluding to.
type period struct{ from, to time.Time }

func (p period) has(at time.Time) bool { return !at.Before(p.from) && at.Before(p.to) }

// bill is a resource that is charged for while it exists.
type bill interface {
	rate() decimal.Decimal
	cost(from, to time.Time) decimal.Decimal
	began() time.Time
	endedAt() *time.Time
	transaction(asked period, now time.Time) voltagepark.Transaction
}

func (m *machine) began() time.Time { return m.created }

func (m *metered) endedAt() *time.Time { return m.ended }

// bills returns all resources that are or were charged for, the oldest of each kind first.
func (w *world) bills() []bill {
	var all []bill
	for _, m := range w.machines {
		all = append(all, m)
	}
	for _, r := range w.rentals {
		all = append(all, r)
	}
	for _, v := range w.volumes {
		all = append(all, v)
	}
	return all
}

// typeOf returns the type of a line for the filter; deposits have none [inferred].
func typeOf(t voltagepark.Transaction) string {
	switch {
	case t.Details.LinkedInstance == nil:
		return ""
	case t.Details.Type == rentalCharge:
		return "baremetal"
	case t.Details.Type == storageCharge:
		return "storage"
	}
	return "virtual_machine"
}

// charged sets the sign of a charge. The page documents no signs; that charges are
// negative is [inferred], and only this function decides it.
func charged(cost decimal.Decimal) decimal.Decimal { return cost.Neg() }

func (s *Sandbox) getHourlyRate(*http.Request) answer {
	sum := decimal.Zero
	for _, b := range s.world.bills() {
		sum = sum.Add(b.rate())
	}
	return ok(voltagepark.HourlyRate{RateHourly: voltagepark.NewDecimal(sum)})
}

func (s *Sandbox) listTransactions(r *http.Request) answer {
	var f form
	limit, offset := f.page(r, 30, math.MaxInt)
	asked := period{from: f.date(r, "earliest"), to: s.kit.Clock.Now()}
	if latest := f.date(r, "latest"); !latest.IsZero() {
		asked.to = earlier(asked.to, latest.AddDate(0, 0, 1)) // that the last day is included is [inferred]
	}
	types := r.URL.Query()["types"]
	for i, t := range types {
		if !slices.Contains([]string{"virtual_machine", "baremetal", "storage_block", "storage"}, t) {
			f.report("enum", "Input should be 'virtual_machine', 'baremetal', 'storage_block' or 'storage'", "query", "types", i)
		}
	}
	if len(f.issues) > 0 {
		return invalid(f.issues...)
	}
	rows := s.world.transactions(asked)
	if len(types) > 0 {
		rows = slices.DeleteFunc(rows, func(t voltagepark.Transaction) bool {
			return !slices.Contains(types, typeOf(t))
		})
	}
	return envelope(rows, limit, offset)
}

func (s *Sandbox) getMonthlyReport(r *http.Request) answer {
	var f form
	year, month := f.pathNumber(r, "year", 1, 9999), f.pathNumber(r, "month", 1, 12)
	if len(f.issues) > 0 {
		return invalid(f.issues...)
	}
	asked := period{from: time.Date(year, time.Month(month), 1, 0, 0, 0, 0, time.UTC)}
	asked.to = earlier(asked.from.AddDate(0, 1, 0), s.kit.Clock.Now())
	start := s.world.balance(earlier(asked.from, s.kit.Clock.Now()))
	end := s.world.balance(asked.to)
	return ok(voltagepark.MonthlyReport{
		Transactions:         s.world.transactions(asked),
		BalanceAtPeriodStart: voltagepark.NewDecimal(start),
		BalanceDeltaInPeriod: voltagepark.NewDecimal(end.Sub(start)),
		BalanceAtPeriodEnd:   voltagepark.NewDecimal(end),
	})
}

// pathNumber reads an integer in the path; the limits are [inferred].
func (f *form) pathNumber(r *http.Request, name string, least, most int) int {
	n, err := strconv.Atoi(r.PathValue(name))
	if err != nil || n < least || n > most {
		f.report("int_parsing", "Input should be a valid integer in range", "path", name)
	}
	return n
}

// balance returns the balance at a time.
func (w *world) balance(at time.Time) decimal.Decimal {
	sum := decimal.Zero
	for _, d := range w.deposits {
		if d.at.Before(at) {
			sum = sum.Add(d.amount)
		}
	}
	for _, b := range w.bills() {
		sum = sum.Add(charged(b.cost(b.began(), at)))
	}
	return sum
}

// transactions returns the lines of a period, newest first: one per deposit, and one for
// each resource that existed in it, whose amount grows while the resource exists.
func (w *world) transactions(asked period) []voltagepark.Transaction {
	rows := []voltagepark.Transaction{}
	if !asked.from.Before(asked.to) {
		return rows // the future
	}
	for _, b := range slices.Backward(w.bills()) {
		if b.began().Before(asked.to) && (b.endedAt() == nil || !b.endedAt().Before(asked.from)) {
			rows = append(rows, b.transaction(asked, w.kit.Clock.Now()))
		}
	}
	for _, d := range slices.Backward(w.deposits) {
		if asked.has(d.at) {
			rows = append(rows, d.transaction())
		}
	}
	return rows
}

func (m *machine) transaction(asked period, now time.Time) voltagepark.Transaction {
	return line(m, m.billing, voltagepark.TransactionDetails{Type: "charge", LinkedInstance: &voltagepark.LinkedInstance{
		Type: "virtual_machine_instance", ID: m.linked, VirtualMachineID: m.id,
	}}, asked, now)
}

// line returns a line of the bill, whose amount grows while the resource exists; the
// details name the resource.
func line(b bill, id string, details voltagepark.TransactionDetails, asked period, now time.Time) voltagepark.Transaction {
	var ended voltagepark.Timestamp
	if at := b.endedAt(); at != nil {
		ended = voltagepark.NewTimestamp(*at)
	}
	created := voltagepark.NewTimestamp(b.began())
	details.LinkedInstance.TimestampCreation, details.LinkedInstance.TimestampDeletion = created, ended
	return voltagepark.Transaction{
		ID:                  cloud.TransactionID(id),
		TotalAmount:         voltagepark.NewDecimal(charged(b.cost(b.began(), now))),
		TimestampCreation:   created,
		TimestampCompletion: ended,
		Details:             details,
		PeriodAmount:        voltagepark.NewDecimal(charged(b.cost(asked.from, asked.to))),
	}
}

func (d deposit) transaction() voltagepark.Transaction {
	return voltagepark.Transaction{
		ID:                  cloud.TransactionID(d.id),
		TotalAmount:         voltagepark.NewDecimal(d.amount),
		TimestampCreation:   voltagepark.NewTimestamp(d.at),
		TimestampCompletion: voltagepark.NewTimestamp(d.at),
		Details:             voltagepark.TransactionDetails{Type: "stripe_deposit"},
		PeriodAmount:        voltagepark.NewDecimal(d.amount),
	}
}
