package tools

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"countersign/internal/cloud"
	"countersign/internal/tool"
)

// month selects the report of one month; it is empty if none is requested.
type month struct {
	Year  int `json:"year,omitempty" jsonschema:"minimum=2020,maximum=2100" jsonschema_description:"With month: the report of that month."`
	Month int `json:"month,omitempty" jsonschema:"minimum=1,maximum=12" jsonschema_description:"With year: the report of that month."`
}

func (m month) check() error {
	if (m.Year == 0) != (m.Month == 0) {
		return tool.Errorf(tool.CodeInvalidArguments, "Give both, or neither.", "year and month go together.")
	}
	return nil
}

type getBillingInput struct {
	Account cloud.AccountName `json:"account,omitempty" jsonschema_description:"Only this account."`
	VMID    cloud.VMID        `json:"vm_id,omitempty" jsonschema_description:"Instead: the cloud's estimate for this machine, part by part. Needs account."`
	month
}

type getBillingOutput struct {
	Accounts []billingRow   `json:"accounts" jsonschema_description:"One row per account. Currencies are never added."`
	VM       *cloud.VMBill  `json:"vm,omitempty" jsonschema_description:"The machine that was asked for."`
	Failures []tool.Failure `json:"failures,omitempty" jsonschema_description:"Accounts that could not be read."`
}

type billingRow struct {
	Account cloud.AccountName    `json:"account" jsonschema_description:"The account."`
	Rate    cloud.Price          `json:"rate" jsonschema_description:"What everything that runs costs now."`
	Report  *cloud.BillingReport `json:"report,omitempty" jsonschema_description:"The month that was asked for."`
}

func getBilling(env Env) *tool.Definition {
	accounts := cloud.Having[cloud.BillingReader](env.Accounts)
	if len(accounts) == 0 {
		return nil
	}
	bills := cloud.Having[cloud.VMBillReader](env.Accounts)
	return tool.NewRead(tool.Spec{
		Name:        "get_billing",
		Title:       "Get billing",
		Description: "What everything that runs costs per hour and in 30 days; on request the report of one month with its balances, or one machine.",
		Schema:      anyAccount(accounts),
	}, func(ctx context.Context, in getBillingInput) (getBillingOutput, error) {
		if err := in.check(); err != nil {
			return getBillingOutput{}, err
		}
		if in.VMID != "" {
			return vmBilling(ctx, bills, in)
		}
		got, err := gather(ctx, accounts, in.Account, tool.Page{Limit: 100},
			func(ctx context.Context, a cloud.Capable[cloud.BillingReader], _ cloud.PageRequest) (cloud.Page[billingRow], []string, error) {
				row, partial, err := billing(ctx, a, in)
				return cloud.Page[billingRow]{Items: []billingRow{row}}, partial, err
			})
		return getBillingOutput{Accounts: got.rows, Failures: got.failures}, err
	})
}

// vmBilling returns the expected cost of one machine, from a cloud that reports it.
func vmBilling(ctx context.Context, bills []cloud.Capable[cloud.VMBillReader], in getBillingInput) (getBillingOutput, error) {
	out := getBillingOutput{Accounts: []billingRow{}}
	if in.Year != 0 {
		return out, tool.Errorf(tool.CodeInvalidArguments, "Leave year and month out.", "A machine has no report of a month.")
	}
	c, err := oneAccount(bills, in.Account, "vm_id")
	if err != nil {
		if tool.AsError(err).Code == tool.CodeUnknownAccount {
			err = tool.Errorf(tool.CodeUnsupported, "list_costs tells what its machines cost now, and this month where its cloud tells.",
				"The cloud of account %s has no estimate for one machine.", in.Account)
		}
		return out, err
	}
	vm, err := earnVM(ctx, c, in.VMID)
	if err != nil {
		return out, err
	}
	bill, err := c.VMBill(ctx, vm)
	out.VM = &bill
	return out, err
}

func billing(ctx context.Context, a cloud.Capable[cloud.BillingReader], in getBillingInput) (row billingRow, partial []string, err error) {
	rate, err := a.Cloud.HourlyRate(ctx)
	if err != nil || in.Year == 0 {
		return billingRow{Account: a.Account, Rate: rate}, nil, err
	}
	report, err := a.Cloud.MonthlyReport(ctx, in.Year, time.Month(in.Month))
	if err != nil {
		return billingRow{Account: a.Account, Rate: rate}, []string{tool.AsError(err).Message}, nil
	}
	return billingRow{Account: a.Account, Rate: rate, Report: &report}, nil, nil
}

type listTransactionsInput struct {
	Account  cloud.AccountName `json:"account,omitempty" jsonschema_description:"Only this account."`
	Types    []string          `json:"types,omitempty" jsonschema:"maxItems=10" jsonschema_description:"Only these kinds, in the cloud's words; a wrong one is refused with all that there are."`
	Earliest string            `json:"earliest,omitempty" jsonschema:"format=date" jsonschema_description:"First day, YYYY-MM-DD."`
	Latest   string            `json:"latest,omitempty" jsonschema:"format=date" jsonschema_description:"Last day, YYYY-MM-DD."`
	month
	tool.Page
}

// check refuses filters that contradict each other.
func (in listTransactionsInput) check() error {
	if err := in.month.check(); err != nil {
		return err
	}
	if in.Year != 0 && (len(in.Types) > 0 || in.Earliest != "" || in.Latest != "") {
		return tool.Errorf(tool.CodeInvalidArguments, "Give year and month alone, or types and days.", "A month's report cannot be filtered.")
	}
	if in.Earliest != "" && in.Latest != "" && in.Earliest > in.Latest {
		return tool.Errorf(tool.CodeInvalidArguments, "Swap them.", "earliest is after latest.")
	}
	return nil
}

type listTransactionsOutput struct {
	Transactions []cloud.Transaction `json:"transactions" jsonschema_description:"Lines of the bill. Signs are the cloud's own."`
	NextCursor   string              `json:"next_cursor,omitempty" jsonschema_description:"cursor of the next page."`
	Failures     []tool.Failure      `json:"failures,omitempty" jsonschema_description:"Accounts that could not be read."`
}

func listTransactions(env Env) *tool.Definition {
	accounts := cloud.Having[cloud.TransactionLister](env.Accounts)
	if len(accounts) == 0 {
		return nil
	}
	return tool.NewRead(tool.Spec{
		Name:        "list_transactions",
		Title:       "List transactions",
		Description: "List the lines of the bill: charges and deposits, by kind and day.",
		Schema:      anyAccount(accounts),
	}, func(ctx context.Context, in listTransactionsInput) (listTransactionsOutput, error) {
		if err := in.check(); err != nil {
			return listTransactionsOutput{}, err
		}
		if err := knownTypes(accounts, in.Types); err != nil {
			return listTransactionsOutput{}, err
		}
		filter := cloud.TransactionFilter{Types: in.Types, Earliest: in.Earliest, Latest: in.Latest}
		got, err := gather(ctx, accounts, in.Account, in.Page,
			func(ctx context.Context, a cloud.Capable[cloud.TransactionLister], page cloud.PageRequest) (cloud.Page[cloud.Transaction], []string, error) {
				if in.Year != 0 {
					p, err := reportLines(ctx, a, in.month, page)
					return p, nil, err
				}
				p, err := a.Cloud.ListTransactions(ctx, filter, page)
				return p, nil, err
			})
		return listTransactionsOutput{got.rows, got.next, got.failures}, err
	})
}

// reportLines returns a page of the lines of a month's report, which the cloud
// sends in one response.
func reportLines(ctx context.Context, a cloud.Capable[cloud.TransactionLister], m month, page cloud.PageRequest) (cloud.Page[cloud.Transaction], error) {
	reader, ok := a.Cloud.(cloud.BillingReader)
	if !ok {
		return cloud.Page[cloud.Transaction]{}, tool.Errorf(tool.CodeUnsupported, "Give earliest and latest instead.", "The cloud of account %s has no monthly report.", a.Account)
	}
	report, err := reader.MonthlyReport(ctx, m.Year, time.Month(m.Month))
	if err != nil {
		return cloud.Page[cloud.Transaction]{}, err
	}
	from := 0
	if page.Cursor != "" {
		if from, err = strconv.Atoi(page.Cursor); err != nil || from < 0 {
			return cloud.Page[cloud.Transaction]{}, errBadCursor()
		}
	}
	lines := report.Transactions[min(from, len(report.Transactions)):]
	if len(lines) <= page.Limit {
		return cloud.Page[cloud.Transaction]{Items: lines}, nil
	}
	return cloud.Page[cloud.Transaction]{Items: lines[:page.Limit], Next: strconv.Itoa(from + page.Limit)}, nil
}

// knownTypes rejects a type that no cloud has. A cloud would return an empty list,
// which reads like "nothing was charged".
func knownTypes(accounts []cloud.Capable[cloud.TransactionLister], types []string) error {
	var known []string
	for _, a := range accounts {
		known = append(known, a.Cloud.TransactionTypes()...)
	}
	for _, t := range types {
		if !slices.Contains(known, t) {
			return tool.Errorf(tool.CodeInvalidArguments, "There are: "+strings.Join(known, ", ")+".", "types: one of the kinds is not known; nothing was sent.")
		}
	}
	return nil
}
