package hostup

import (
	"context"
	"net/url"
	"strconv"

	"countersign/internal/cloud"
)

// ActivityKind selects one of the account's two ledgers.
type ActivityKind string

// The kinds that page "get-v2-billing-activity" lists.
const (
	ActivityTransactions ActivityKind = "transaction"
	ActivityCredit       ActivityKind = "credit"
)

// Activity is one page of a ledger.
type Activity struct {
	Kind    ActivityKind    `json:"kind"`
	Entries []ActivityEntry `json:"entries"`
	HasMore bool            `json:"hasMore"`
}

// InvoiceID identifies an invoice.
type InvoiceID string

// ActivityEntry is one line of a ledger.
type ActivityEntry struct {
	ID          cloud.TransactionID `json:"id"`
	Description string              `json:"description"`
	// Method is card, accountCredit, swish, bankgiro, sepa, alipay, paypal,
	// invoice, other or null; MethodLabel is for people.
	Method      *string `json:"method"`
	MethodLabel *string `json:"methodLabel"`
	// Amount is signed.
	Amount        Number     `json:"amount"`
	CurrencyCode  string     `json:"currencyCode"`
	CreatedAt     *string    `json:"createdAt"` // ISO 8601
	InvoiceID     *InvoiceID `json:"invoiceId"`
	InvoiceNumber *string    `json:"invoiceNumber"`
}

// ListActivity returns one page of the transactions, counted from 0, or the
// whole ledger of credit, which has no pages. It needs the scope read:billing.
// Page: "get-v2-billing-activity" (full).
//
//api:operation GET /api/v2/billing/activity
func (c *Client) ListActivity(ctx context.Context, kind ActivityKind, page int) (Activity, error) {
	query := url.Values{"kind": {string(kind)}}
	if kind == ActivityTransactions {
		query.Set("page", strconv.Itoa(page))
	}
	k := call{name: "list billing activity", scope: "read:billing", about: aboutAccount}
	return get[Activity](ctx, c, k, "/api/v2/billing/activity", query)
}
