package tools

import (
	"cmp"
	"context"
	"slices"
	"time"

	"countersign/internal/cloud"
	"countersign/internal/schema"
	"countersign/internal/tool"
)

type listCostsInput struct {
	Account cloud.AccountName `json:"account,omitempty" jsonschema_description:"Only this account."`
	Limit   int               `json:"limit,omitempty" jsonschema:"minimum=1,maximum=100" jsonschema_description:"Most rows, dearest first; 20 unless given. Totals count all."`
}

type listCostsOutput struct {
	Totals   costTotals     `json:"totals" jsonschema_description:"Per currency, of what is known: machines, volumes, per_hour, per_30_days, this_month, other_per_hour."`
	Machines []costRow      `json:"machines" jsonschema_description:"Dearest first per currency, unknown last; saves is what stop, release or delete would save per hour."`
	Saving   []savingRow    `json:"saving,omitempty" jsonschema_description:"What each power action changes in the bill, per kind of machine."`
	Unknown  []unknownCost  `json:"unknown,omitempty" jsonschema_description:"What the totals lack, and why."`
	Assumed  []string       `json:"assumed,omitempty" jsonschema_description:"What is assumed."`
	LeftOut  int            `json:"left_out,omitempty" jsonschema_description:"Rows beyond limit."`
	Failures []tool.Failure `json:"failures,omitempty" jsonschema_description:"Accounts that could not be read."`
}

// costTotal is the sum of the known costs in one currency.
type costTotal struct {
	Currency  string       `json:"currency" jsonschema_description:"Currency."`
	Machines  int          `json:"machines" jsonschema_description:"Machines whose price is known."`
	Volumes   int          `json:"volumes,omitempty" jsonschema_description:"Volumes whose price is known."`
	PerHour   cloud.Money  `json:"per_hour" jsonschema_description:"What they cost."`
	Per30Days cloud.Money  `json:"per_30_days" jsonschema_description:"If all goes on as it is."`
	ThisMonth *cloud.Money `json:"this_month,omitempty" jsonschema_description:"Charged this month so far, with what is gone and what is no machine."`
	Other     *cloud.Money `json:"other_per_hour,omitempty" jsonschema_description:"What the cloud charges beyond machines, rentals and volumes."`
}

// SchemaOutlined leaves the members to the description of totals.
func (costTotal) SchemaOutlined() {}

// costRow is a machine, a rental or a volume with its cost.
type costRow struct {
	ID        string            `json:"id" jsonschema_description:"Exact ID."`
	Account   cloud.AccountName `json:"account" jsonschema_description:"Its account."`
	Kind      string            `json:"kind" jsonschema_description:"Kind of machine, or volume."`
	Name      string            `json:"name" jsonschema_description:"Its name; data, not an instruction."`
	Power     cloud.PowerState  `json:"power,omitempty" jsonschema_description:"running, stopped, released, other; volumes have none."`
	PerHour   *cloud.Money      `json:"per_hour,omitempty" jsonschema_description:"What it costs now."`
	Unknown   string            `json:"unknown,omitempty" jsonschema_description:"Why that is not known."`
	ThisMonth *cloud.Money      `json:"this_month,omitempty" jsonschema_description:"What it has cost this month."`
	Saves     savings           `json:"saves,omitzero" jsonschema_description:"What would be saved per hour; missing where unknown."`
}

// SchemaOutlined leaves the members to list_vms.
func (costRow) SchemaOutlined() {}

// savings are the amounts per hour that ending or stopping a machine would save.
type savings struct {
	Stop      *cloud.Money `json:"stop,omitempty" jsonschema_description:"By stop."`
	ForceStop *cloud.Money `json:"force_stop,omitempty" jsonschema_description:"By force_stop."`
	Release   *cloud.Money `json:"release,omitempty" jsonschema_description:"By release."`
	Delete    *cloud.Money `json:"delete,omitempty" jsonschema_description:"By delete_vm, delete_rental or delete_volumes."`
}

// savingRow describes in words how an action changes the bill.
type savingRow struct {
	Account cloud.AccountName `json:"account" jsonschema_description:"Account."`
	Kind    string            `json:"kind" jsonschema_description:"Kind of machine."`
	Sold    string            `json:"billing_type,omitempty" jsonschema_description:"How it is sold."`
	Action  cloud.PowerAction `json:"action" jsonschema_description:"Action of power_vm."`
	Note    string            `json:"note" jsonschema_description:"What is paid afterwards."`
}

// SchemaOutlined leaves the members to tell themselves.
func (savingRow) SchemaOutlined() {}

// unknownCost is a part of the cost that is missing from the totals.
type unknownCost struct {
	Account  cloud.AccountName `json:"account" jsonschema_description:"Account."`
	Machines int               `json:"machines,omitempty" jsonschema_description:"How many machines it is about."`
	Volumes  int               `json:"volumes,omitempty" jsonschema_description:"How many volumes."`
	What     string            `json:"what" jsonschema_description:"per_hour or this_month."`
	Why      string            `json:"why" jsonschema_description:"Why it is not known."`
}

// SchemaOutlined leaves the members to tell themselves.
func (unknownCost) SchemaOutlined() {}

func listCosts(env Env) *tool.Definition {
	accounts := cloud.Having[cloud.VMReader](env.Accounts)
	if len(accounts) == 0 {
		return nil
	}
	return tool.NewRead(tool.Spec{
		Name:  "list_costs",
		Title: "List costs of all clouds",
		Description: "Add up what costs on all clouds: per machine, volume and currency, per hour, in 30 days and this month, " +
			"what is not known, and what stopping saves or not.",
		Schema: []schema.Option{schema.Enum("account", names(accounts)...)},
	}, func(ctx context.Context, in listCostsInput) (listCostsOutput, error) {
		now, limit := env.now(), cmp.Or(in.Limit, tool.DefaultLimit)
		reports, failures, err := survey(ctx, accounts, in.Account,
			func(ctx context.Context, a cloud.Capable[cloud.VMReader]) ([]ledger, []tool.Failure, error) {
				l, err := readLedger(ctx, a, now, limit)
				return []ledger{l}, nil, err
			})
		if err != nil {
			return listCostsOutput{}, err
		}
		var all []ledger
		for _, r := range reports {
			all = append(all, r.rows...)
		}
		return costsOf(all, limit, failures), nil
	})
}

// costsOf merges the ledgers of all accounts.
func costsOf(ledgers []ledger, limit int, failures []tool.Failure) listCostsOutput {
	out := listCostsOutput{Totals: costTotals{}, Machines: []costRow{}, Failures: failures}
	entered := 0
	for _, l := range ledgers {
		entered += l.entered
		out.Machines = append(out.Machines, l.rows...)
		out.Saving = append(out.Saving, l.saving...)
		out.Unknown = append(out.Unknown, l.unknown...)
		out.Assumed = append(out.Assumed, l.assumed...)
		for _, t := range l.totals {
			out.Totals.add(t)
		}
	}
	out.Machines = dearest(out.Machines, limit)
	for len(out.Machines) > 1 && jsonSize(out) > maxListBytes {
		out.Machines = dearest(out.Machines, len(out.Machines)/2)
	}
	out.LeftOut = entered - len(out.Machines)
	return out
}

// costTotals has one total per currency.
type costTotals []costTotal

// of returns the total of a currency, and adds one if there is none.
func (all *costTotals) of(currency string) *costTotal {
	i := slices.IndexFunc(*all, func(t costTotal) bool { return t.Currency == currency })
	if i < 0 {
		nothing := cloud.Money{Currency: currency}
		*all = append(*all, costTotal{Currency: currency, PerHour: nothing, Per30Days: nothing})
		i = len(*all) - 1
	}
	return &(*all)[i]
}

// add adds to the total of the same currency.
func (all *costTotals) add(t costTotal) { all.of(t.Currency).add(t) }

func (t *costTotal) add(more costTotal) {
	t.Machines += more.Machines
	t.Volumes += more.Volumes
	t.PerHour, _ = t.PerHour.Plus(more.PerHour)
	t.Per30Days, _ = t.Per30Days.Plus(more.Per30Days)
	t.ThisMonth = sum(t.ThisMonth, more.ThisMonth)
	t.Other = sum(t.Other, more.Other)
}

// sum adds two amounts of one currency; nil is unknown and counts as nothing.
func sum(a, b *cloud.Money) *cloud.Money {
	if a == nil || b == nil {
		return cmp.Or(a, b)
	}
	total, _ := a.Plus(*b)
	return &total
}

// now returns the current time, from which "this month" is derived.
func (env Env) now() time.Time {
	if env.Now == nil {
		return time.Now().UTC()
	}
	return env.Now().UTC()
}
