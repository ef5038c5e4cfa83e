package hostup

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"countersign/internal/cloud"
)

var (
	_ cloud.BillingReader     = (*Provider)(nil)
	_ cloud.TransactionLister = (*Provider)(nil)
)

// HourlyRate estimates the cost of all pay-as-you-go servers by unit prices, as if all
// of them were running. Servers of a plan are not included.
func (p *Provider) HourlyRate(ctx context.Context) (cloud.Price, error) {
	servers, err := p.allVPS(ctx)
	if err != nil {
		return cloud.Price{}, err
	}
	options, err := p.client.GetDeploymentOptions(ctx)
	if err != nil {
		return cloud.Price{}, err
	}
	if options.Pricing == nil || !currencyCode.MatchString(options.Pricing.CurrencyCode) {
		return cloud.UnknownPrice("HostUp told no unit prices"), nil
	}
	sum, payg, plans := cloud.Money{Currency: options.Pricing.CurrencyCode}, 0, 0
	for _, v := range servers {
		switch {
		case v.ended():
			continue
		case !v.Billing.IsPAYG:
			plans++
			continue
		}
		payg++
		price := paygPrice(options.Pricing, v.Resources)
		if !price.Known() {
			return cloud.UnknownPrice("of one machine: " + price.Unknown), nil
		}
		sum, _ = sum.Plus(*price.PerHour) // all have one currency
	}
	return cloud.HourlyPrice(sum, fmt.Sprintf("%s, of %d machine(s)", paygSource, payg),
		"estimate: as if every pay-as-you-go machine ran all the time; what a stopped one costs is not documented",
		fmt.Sprintf("plans: %d machine(s) with a fixed price per billing cycle are not in it", plans),
		paygAddress, paygTraffic), nil
}

func (p *Provider) allVPS(ctx context.Context) ([]VPS, error) {
	var out []VPS
	for v, err := range cloud.All(ctx, MaxVPSPage, func(ctx context.Context, page cloud.PageRequest) (cloud.Page[VPS], error) {
		list, err := p.client.ListVPS(ctx, VPSQuery{Limit: page.Limit, Cursor: page.Cursor})
		if err != nil {
			return cloud.Page[VPS]{}, err
		}
		return listed(p, "list VPS", aboutVPS, list, page.Cursor, func(v VPS) VPS { return v })
	}) {
		if err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, nil
}

// MonthlyReport returns ErrUnsupported: no source shows an operation that reports a
// month.
func (p *Provider) MonthlyReport(context.Context, int, time.Month) (cloud.BillingReport, error) {
	e := p.refuse(cloud.ErrUnsupported, "get monthly report", "HostUp has no report of a month")
	e.Hint = "list_transactions without year and month lists the account's activity."
	return cloud.BillingReport{}, e
}

// TransactionTypes returns the two ledgers of page "get-v2-billing-activity".
func (*Provider) TransactionTypes() []string {
	return []string{string(ActivityTransactions), string(ActivityCredit)}
}

// ListTransactions returns the rows of the requested ledgers, one after the other. The
// vendor's operation has no dates to filter by.
func (p *Provider) ListTransactions(ctx context.Context, filter cloud.TransactionFilter, page cloud.PageRequest) (cloud.Page[cloud.Transaction], error) {
	const operation = "list billing activity"
	none := cloud.Page[cloud.Transaction]{}
	kinds, err := p.ledgers(operation, filter)
	if err != nil {
		return none, err
	}
	at, ok := readLedgerCursor(page.Cursor, kinds)
	if !ok {
		return none, cloud.BadCursor(p.account, operation)
	}
	for {
		activity, err := p.client.ListActivity(ctx, at.kind, at.page)
		if err != nil {
			return none, err
		}
		if activity.Entries == nil {
			e := p.refuse(cloud.ErrUnavailable, operation, "the answer holds no list")
			e.Hint = hintFor(cloud.ErrUnavailable, aboutAccount)
			return none, e
		}
		out, next := at.cut(activity, page.Limit, kinds)
		if len(out) == 0 && next != nil { // an empty page is not the end
			at = *next
			continue
		}
		return p.transactions(at.kind, out, next), nil
	}
}

// ledgers returns the kinds that a filter selects, in the order of the types.
func (p *Provider) ledgers(operation string, filter cloud.TransactionFilter) ([]ActivityKind, error) {
	var problems []cloud.Issue
	for field, day := range map[string]string{"earliest": filter.Earliest, "latest": filter.Latest} {
		if day != "" {
			problems = append(problems, cloud.Issue{Field: field, Message: "HostUp's activity takes no dates; leave it out"})
		}
	}
	slices.SortFunc(problems, func(a, b cloud.Issue) int { return strings.Compare(a.Field, b.Field) })
	for _, kind := range filter.Types {
		if !slices.Contains(p.TransactionTypes(), kind) {
			problems = append(problems, cloud.Issue{Field: "types", Message: "are " + strings.Join(p.TransactionTypes(), " and ")})
			break
		}
	}
	var kinds []ActivityKind
	for _, kind := range p.TransactionTypes() {
		if len(filter.Types) == 0 || slices.Contains(filter.Types, kind) {
			kinds = append(kinds, ActivityKind(kind))
		}
	}
	return kinds, p.invalid(operation, problems)
}

// ledgerCursor is where a list continues: a ledger, the vendor's page of it, and how
// many rows of that page were returned already. It is written "transaction.2.5".
type ledgerCursor struct {
	kind       ActivityKind
	page, rows int
}

func (c ledgerCursor) String() string { return fmt.Sprintf("%s.%d.%d", c.kind, c.page, c.rows) }

func readLedgerCursor(text string, kinds []ActivityKind) (ledgerCursor, bool) {
	if text == "" {
		return ledgerCursor{kind: kinds[0]}, true
	}
	parts := strings.Split(text, ".")
	if len(parts) != 3 {
		return ledgerCursor{}, false
	}
	page, pageErr := strconv.Atoi(parts[1])
	rows, rowsErr := strconv.Atoi(parts[2])
	kind := ActivityKind(parts[0])
	ok := pageErr == nil && rowsErr == nil && page >= 0 && rows >= 0 && slices.Contains(kinds, kind)
	return ledgerCursor{kind, page, rows}, ok
}

// cut returns at most limit rows and where the list continues; nil at its end. An empty
// page counts as the last one, even if it claims that there are more.
func (c ledgerCursor) cut(activity Activity, limit int, kinds []ActivityKind) ([]ActivityEntry, *ledgerCursor) {
	rows := activity.Entries[min(c.rows, len(activity.Entries)):]
	if limit > 0 && len(rows) > limit {
		return rows[:limit], &ledgerCursor{c.kind, c.page, c.rows + limit}
	}
	if activity.HasMore && len(activity.Entries) > 0 && c.kind == ActivityTransactions {
		return rows, &ledgerCursor{c.kind, c.page + 1, 0}
	}
	if i := slices.Index(kinds, c.kind) + 1; i < len(kinds) {
		return rows, &ledgerCursor{kind: kinds[i]}
	}
	return rows, nil
}

func (p *Provider) transactions(kind ActivityKind, rows []ActivityEntry, next *ledgerCursor) cloud.Page[cloud.Transaction] {
	var out cloud.Page[cloud.Transaction]
	for _, row := range rows {
		t := cloud.Transaction{
			ID: row.ID, Account: p.account, Type: string(kind), Total: money(row.Amount, row.CurrencyCode),
			CreatedAt: moment(row.CreatedAt), Note: cloud.CleanText(row.Description),
		}
		if row.InvoiceID != nil {
			t.ResourceKind, t.ResourceID = "invoice", string(*row.InvoiceID)
		}
		out.Items = append(out.Items, t)
	}
	if next != nil {
		out.Next = next.String()
	}
	return out
}
