package cloud

import (
	"context"
	"time"
)

// BillingReader reads the charges of an account.
type BillingReader interface {
	// HourlyRate returns the cost per hour of all running resources.
	HourlyRate(ctx context.Context) (Price, error)
	// MonthlyReport returns the bill of one month.
	MonthlyReport(ctx context.Context, year int, month time.Month) (BillingReport, error)
}

// VMBillReader reads the expected cost of one machine, part by part.
type VMBillReader interface {
	VMReader
	// VMBill returns the vendor's own estimate for a machine. Where the vendor has no
	// estimate, VMBill.Unknown says why.
	VMBill(ctx context.Context, vm VM) (VMBill, error)
}

// VMBill is a vendor's estimate of what a machine costs in a period.
type VMBill struct {
	VMID     VMID         `json:"vm_id" jsonschema_description:"Exact ID of the machine."`
	Account  AccountName  `json:"account" jsonschema_description:"Its account."`
	Estimate *Money       `json:"estimate,omitempty" jsonschema_description:"Whole amount of the period."`
	From     *time.Time   `json:"from,omitempty" jsonschema_description:"Beginning of the period."`
	To       *time.Time   `json:"to,omitempty" jsonschema_description:"End of the period."`
	Parts    []VMBillPart `json:"parts,omitempty" jsonschema_description:"What it is made of."`
	Unknown  string       `json:"unknown,omitempty" jsonschema_description:"What is not told, and why."`
	Assumed  []string     `json:"assumed,omitempty" jsonschema_description:"What is assumed."`
}

// VMBillPart is one resource of a machine's bill.
type VMBillPart struct {
	What     string `json:"what" jsonschema_description:"The cloud's word for the resource."`
	Quantity string `json:"quantity,omitempty" jsonschema_description:"How much of it."`
	PerHour  *Money `json:"unit_per_hour,omitempty" jsonschema_description:"Price of one unit per hour."`
	Estimate *Money `json:"estimate,omitempty" jsonschema_description:"Amount of the period."`
}

// TransactionLister lists the lines of a bill.
type TransactionLister interface {
	// ListTransactions returns one page, newest as the vendor orders them.
	ListTransactions(ctx context.Context, filter TransactionFilter, page PageRequest) (Page[Transaction], error)
	// TransactionTypes returns the values that the filter accepts.
	TransactionTypes() []string
}

// TransactionFilter narrows a list of transactions; zero values do not filter.
type TransactionFilter struct {
	Types    []string
	Earliest string // YYYY-MM-DD
	Latest   string // YYYY-MM-DD
}

// BillingReport is one month: the balances before and after, and the lines between.
type BillingReport struct {
	Year             int      `json:"year" jsonschema_description:"Year."`
	Month            int      `json:"month" jsonschema_description:"Month, 1 to 12."`
	BalanceAtStart   *Money   `json:"balance_at_start,omitempty" jsonschema_description:"Balance when the month began."`
	BalanceDelta     *Money   `json:"balance_delta,omitempty" jsonschema_description:"Change within the month."`
	BalanceAtEnd     *Money   `json:"balance_at_end,omitempty" jsonschema_description:"Balance at the end, or now."`
	TransactionCount int      `json:"transaction_count" jsonschema_description:"How many lines list_transactions has of the month."`
	Assumed          []string `json:"assumed,omitempty" jsonschema_description:"What is assumed."`
	// Transactions are all lines of the month.
	Transactions []Transaction `json:"-"`
}

// Transaction is one line of a bill.
type Transaction struct {
	ID           TransactionID `json:"id" jsonschema_description:"Exact ID."`
	Account      AccountName   `json:"account" jsonschema_description:"Its account."`
	Type         string        `json:"type" jsonschema_description:"The cloud's word for what it is."`
	Total        *Money        `json:"total,omitempty" jsonschema_description:"Whole amount."`
	InPeriod     *Money        `json:"in_period,omitempty" jsonschema_description:"The part within the period asked for."`
	CreatedAt    *time.Time    `json:"created_at,omitempty" jsonschema_description:"When it began."`
	CompletedAt  *time.Time    `json:"completed_at,omitempty" jsonschema_description:"When it ended; missing while it runs."`
	ResourceKind string        `json:"resource_kind,omitempty" jsonschema_description:"What was charged for: vm, bare_metal, volume."`
	ResourceID   string        `json:"resource_id,omitempty" jsonschema_description:"Exact ID of what was charged for."`
	Note         string        `json:"note,omitempty" jsonschema_description:"The vendor's note."`
}
