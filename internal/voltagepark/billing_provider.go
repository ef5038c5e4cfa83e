package voltagepark

import (
	"context"
	"slices"
	"strings"
	"time"

	"countersign/internal/cloud"
)

// maxTransactions is the largest limit that we send; the vendor documents no maximum.
const maxTransactions = 100

// HourlyRate returns the cost of all active rentals of the organization per hour.
func (p *Provider) HourlyRate(ctx context.Context) (cloud.Price, error) {
	rate, err := p.client.GetHourlyRate(ctx)
	if err != nil {
		return cloud.Price{}, err
	}
	return hourly(rate.RateHourly, "hourly rate", "Voltage Park billing, current rate for active rentals"), nil
}

// MonthlyReport returns the bill of one month; amounts keep the vendor's signs, which are
// not documented.
func (p *Provider) MonthlyReport(ctx context.Context, year int, month time.Month) (cloud.BillingReport, error) {
	if year < 2000 || year > 9999 || month < time.January || month > time.December {
		return cloud.BillingReport{}, p.refuse(cloud.ErrInvalid, "get monthly report", "there is no such month: year is 2000 to 9999, month 1 to 12")
	}
	report, err := p.client.GetMonthlyReport(ctx, year, month)
	if err != nil {
		return cloud.BillingReport{}, err
	}
	out := cloud.BillingReport{
		Year:             year,
		Month:            int(month),
		BalanceAtStart:   money(report.BalanceAtPeriodStart),
		BalanceDelta:     money(report.BalanceDeltaInPeriod),
		BalanceAtEnd:     money(report.BalanceAtPeriodEnd),
		TransactionCount: len(report.Transactions),
		Assumed:          []string{assumedCurrency, "signs: the vendor documents none, amounts are shown as sent"},
	}
	for _, line := range report.Transactions {
		out.Transactions = append(out.Transactions, p.transaction(line))
	}
	return out, nil
}

// TransactionTypes returns the values of the filter. The API page lacks them; they are
// known from another client [inferred to be complete].
func (*Provider) TransactionTypes() []string {
	return []string{"virtual_machine", "baremetal", "storage_block", "storage"}
}

// ListTransactions returns one page of the billing log.
func (p *Provider) ListTransactions(ctx context.Context, filter cloud.TransactionFilter, page cloud.PageRequest) (cloud.Page[cloud.Transaction], error) {
	const operation = "list transactions"
	for _, t := range filter.Types {
		if !slices.Contains(p.TransactionTypes(), t) {
			return cloud.Page[cloud.Transaction]{}, p.refuse(cloud.ErrInvalid, operation, "types are "+strings.Join(p.TransactionTypes(), ", "))
		}
	}
	for _, date := range []string{filter.Earliest, filter.Latest} {
		if _, err := time.Parse(time.DateOnly, date); date != "" && err != nil {
			return cloud.Page[cloud.Transaction]{}, p.refuse(cloud.ErrInvalid, operation, "dates are written YYYY-MM-DD")
		}
	}
	rows, err := listPage(ctx, p, operation, page, maxTransactions, func(ctx context.Context, opts ListOptions) (List[Transaction], error) {
		return p.client.ListTransactions(ctx, TransactionQuery{
			ListOptions: opts, Types: filter.Types, Earliest: filter.Earliest, Latest: filter.Latest,
		})
	})
	return cloud.MapPage(rows, p.transaction), err
}

func (p *Provider) transaction(t Transaction) cloud.Transaction {
	out := cloud.Transaction{
		ID:          t.ID,
		Account:     p.account,
		Type:        cloud.CleanText(t.Details.Type),
		Total:       money(t.TotalAmount),
		InPeriod:    money(t.PeriodAmount),
		CreatedAt:   t.TimestampCreation.Time(),
		CompletedAt: t.TimestampCompletion.Time(),
		Note:        optionalText(t.Details.NotePublic),
	}
	if linked := t.Details.LinkedInstance; linked != nil {
		out.ResourceKind, out.ResourceID = linked.resource(t.Details.Type)
	}
	return out
}

// resource returns our word for the charged resource. The vendor's words other than
// "charge" and "virtual_machine_instance" are known from another client.
func (l LinkedInstance) resource(detailsType string) (kind, id string) {
	switch {
	case l.BareMetalRentalID != "":
		return "bare_metal", l.BareMetalRentalID
	case l.Type == "virtual_machine_instance":
		return "vm", string(l.VirtualMachineID)
	case l.Type == "storage_block_instance", strings.HasPrefix(detailsType, "storage_"):
		return "volume", l.ID
	}
	return "", l.ID
}
