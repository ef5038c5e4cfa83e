package voltagepark

import (
	"context"
	"fmt"
	"net/url"
	"time"

	"countersign/internal/cloud"
	"countersign/internal/rest"
)

// HourlyRate is the cost of all active rentals per hour.
type HourlyRate struct {
	RateHourly Decimal `json:"rate_hourly"`
}

// GetHourlyRate is "Current rate for active rentals".
//
//api:operation GET /api/v1/billing/hourly-rate
func (c *Client) GetHourlyRate(ctx context.Context) (HourlyRate, error) {
	return rest.Get[HourlyRate](ctx, c.rest, "get hourly rate", "/billing/hourly-rate", nil)
}

// Transaction is one line of the billing log.
type Transaction struct {
	ID                  cloud.TransactionID `json:"id"`
	TotalAmount         Decimal             `json:"total_amount"`
	TimestampCreation   Timestamp           `json:"timestamp_creation"`
	TimestampCompletion Timestamp           `json:"timestamp_completion"`
	Details             TransactionDetails  `json:"details"`
	PeriodAmount        Decimal             `json:"period_amount"`
}

// TransactionDetails are the details of a line. The page shows the type "charge"; the
// members of the other types are known from another client.
type TransactionDetails struct {
	Type           string          `json:"type"`
	LinkedInstance *LinkedInstance `json:"linked_instance,omitempty"`
	NotePublic     *string         `json:"note_public,omitempty"`
}

// LinkedInstance is the resource that was charged for.
type LinkedInstance struct {
	Type              string     `json:"type,omitempty"`
	ID                string     `json:"id"`
	VirtualMachineID  cloud.VMID `json:"virtual_machine_id,omitempty"`
	BareMetalRentalID string     `json:"baremetal_rental_id,omitempty"`
	TimestampCreation Timestamp  `json:"timestamp_creation"`
	TimestampDeletion Timestamp  `json:"timestamp_deletion"`
}

// TransactionQuery narrows the billing log; zero values are not sent.
type TransactionQuery struct {
	ListOptions
	// Types is sent as a repeated parameter, as FastAPI reads arrays [inferred].
	Types    []string
	Earliest string // YYYY-MM-DD
	Latest   string // YYYY-MM-DD
}

// ListTransactions is "Historical organization billing log". The default limit is 30; no
// maximum is documented.
//
//api:operation GET /api/v1/billing/transactions
func (c *Client) ListTransactions(ctx context.Context, q TransactionQuery) (List[Transaction], error) {
	query := q.query()
	for _, t := range q.Types {
		query.Add("types", t)
	}
	setUnlessEmpty(query, "earliest", q.Earliest)
	setUnlessEmpty(query, "latest", q.Latest)
	return rest.Get[List[Transaction]](ctx, c.rest, "list transactions", "/billing/transactions", query)
}

func setUnlessEmpty(query url.Values, name, value string) {
	if value != "" {
		query.Set(name, value)
	}
}

// MonthlyReport is the billing log of one month with the balances at both ends.
type MonthlyReport struct {
	Transactions         []Transaction `json:"transactions"`
	BalanceAtPeriodStart Decimal       `json:"balance_at_period_start"`
	BalanceDeltaInPeriod Decimal       `json:"balance_delta_in_period"`
	BalanceAtPeriodEnd   Decimal       `json:"balance_at_period_end"`
}

// GetMonthlyReport is "Monthly billing log". It is not paged.
//
//api:operation GET /api/v1/billing/reports/{year}/{month}/transactions
func (c *Client) GetMonthlyReport(ctx context.Context, year int, month time.Month) (MonthlyReport, error) {
	path := fmt.Sprintf("/billing/reports/%d/%d/transactions", year, int(month))
	return rest.Get[MonthlyReport](ctx, c.rest, "get monthly report", path, nil)
}
