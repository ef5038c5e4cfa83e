package tools

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"countersign/internal/cloud"
	"countersign/internal/schema"
	"countersign/internal/tool"
)

// compareDefault is the default limit; the schema has the maximum.
const compareDefault = 10

type compareOffersInput struct {
	Account     cloud.AccountName `json:"account,omitempty" jsonschema_description:"Only this account."`
	GPUModel    string            `json:"gpu_model,omitempty" jsonschema:"maxLength=64" jsonschema_description:"Words of the model: h100, or h100 sxm."`
	GPUs        int               `json:"gpus,omitempty" jsonschema:"minimum=1,maximum=1024" jsonschema_description:"Least GPUs in one machine."`
	VCPUs       int               `json:"vcpus,omitempty" jsonschema:"minimum=1,maximum=1024" jsonschema_description:"Least vCPUs."`
	RAMGB       int               `json:"ram_gb,omitempty" jsonschema:"minimum=1,maximum=16384" jsonschema_description:"Least memory."`
	StorageGB   int               `json:"storage_gb,omitempty" jsonschema:"minimum=1,maximum=1000000" jsonschema_description:"Least storage."`
	Cheapest    cheapest          `json:"cheapest,omitempty" jsonschema_description:"What has to be cheap; machine unless given."`
	WithSoldOut bool              `json:"with_sold_out,omitempty" jsonschema_description:"Also what is sold out."`
	Limit       int               `json:"limit,omitempty" jsonschema:"minimum=1,maximum=25" jsonschema_description:"Most offers per currency; 10 unless given."`
}

// cheapest is the price by which offers are ordered.
type cheapest string

const (
	cheapestMachine cheapest = "machine"
	cheapestGPU     cheapest = "gpu"
)

// SchemaEnum lists the values of the argument.
func (cheapest) SchemaEnum() []string { return []string{string(cheapestMachine), string(cheapestGPU)} }

type compareOffersOutput struct {
	Currencies []currencyOffers `json:"currencies" jsonschema_description:"Per currency, cheapest first; offers as in list_offers, with per_gpu_hour and not_told."`
	Unpriced   []comparedOffer  `json:"unpriced,omitempty" jsonschema_description:"Fitting offers whose price is not known, as far as they fit in."`
	LeftOut    []string         `json:"left_out,omitempty" jsonschema_description:"How many offers were left out, and why."`
	GPUModels  []string         `json:"gpu_models,omitempty" jsonschema_description:"The models that there are, where none is the one asked for."`
	Failures   []tool.Failure   `json:"failures,omitempty" jsonschema_description:"Accounts or lists that could not be read."`
}

// currencyOffers holds the offers of one currency. Currencies are never mixed,
// because we assume no exchange rate.
type currencyOffers struct {
	Currency string          `json:"currency" jsonschema_description:"Currency."`
	Offers   []comparedOffer `json:"offers" jsonschema_description:"Offers."`
}

// comparedOffer is a row of list_offers with the columns of the comparison.
type comparedOffer struct {
	PerGPUHour *cloud.Money `json:"per_gpu_hour,omitempty" jsonschema_description:"Price per hour and GPU, rounded to 6 decimals."`
	NotTold    []string     `json:"not_told,omitempty" jsonschema_description:"What was asked for and the cloud does not tell of this offer."`
	cloud.Offer
}

// SchemaOutlined leaves the members out of the schema: list_offers describes them.
func (comparedOffer) SchemaOutlined() {}

func compareOffers(env Env) *tool.Definition {
	accounts := cloud.Having[cloud.OfferLister](env.Accounts)
	if len(accounts) == 0 {
		return nil
	}
	return tool.NewRead(tool.Spec{
		Name:  "compare_offers",
		Title: "Compare offers of all clouds",
		Description: "Find the cheapest machines over all clouds that have at least what is asked for, with exact IDs ready for create_vm. " +
			"Currencies stand side by side.",
		Schema: []schema.Option{schema.Enum("account", names(accounts)...)},
	}, func(ctx context.Context, in compareOffersInput) (compareOffersOutput, error) {
		reports, failures, err := survey(ctx, accounts, in.Account,
			func(ctx context.Context, a cloud.Capable[cloud.OfferLister]) ([]cloud.Offer, []tool.Failure, error) {
				return everyOffer(ctx, a, in.size())
			})
		if err != nil {
			return compareOffersOutput{}, err
		}
		c := comparison{asked: in}
		for _, r := range reports {
			for _, o := range r.rows {
				c.consider(o)
			}
		}
		return c.output(failures), nil
	})
}

func (in compareOffersInput) size() cloud.MachineSize {
	return cloud.MachineSize{VCPUs: in.VCPUs, RAMGB: in.RAMGB, StorageGB: in.StorageGB}
}

func (in compareOffersInput) limit() int {
	return cmp.Or(in.Limit, compareDefault)
}

// everyOffer reads all offers of an account; offers that are sold by the unit are
// priced for size. Some clouds report with every page what is missing; it is
// returned once.
func everyOffer(ctx context.Context, a cloud.Capable[cloud.OfferLister], size cloud.MachineSize) (all []cloud.Offer, missing []tool.Failure, err error) {
	err = every(ctx, func(ctx context.Context, page cloud.PageRequest) (cloud.Page[cloud.Offer], error) {
		p, err := a.Cloud.ListOffers(ctx, cloud.OfferQuery{Size: size}, page)
		for _, what := range append(partials(a.Account, p.Partial), closedLists(a.Account, p.Closed)...) {
			if !slices.Contains(missing, what) {
				missing = append(missing, what)
			}
		}
		return p.Page, err
	}, func(o cloud.Offer) { all = append(all, o) })
	return all, missing, err
}

// comparison sorts offers into those that fit and those that do not.
type comparison struct {
	asked  compareOffersInput
	fit    []comparedOffer
	models []string // GPU models that did not match the requested one
	left   []leftOut
}

// leftOut counts the offers that were left out for one reason.
type leftOut struct {
	why   string
	count int
}

func (c *comparison) consider(o cloud.Offer) {
	row := comparedOffer{Offer: o}
	if why := c.unfit(&row); why != "" {
		c.leave(why, 1)
		return
	}
	if gpus := gpuCount(o.GPUs); gpus > 0 && o.Total.Known() {
		share := o.Total.PerHour.Share(int64(gpus))
		row.PerGPUHour = &share
	}
	c.fit = append(c.fit, row)
}

func (c *comparison) leave(why string, n int) {
	if n == 0 {
		return
	}
	if i := slices.IndexFunc(c.left, func(l leftOut) bool { return l.why == why }); i >= 0 {
		c.left[i].count += n
		return
	}
	c.left = append(c.left, leftOut{why, n})
}

// unfit returns the first reason to leave an offer out, or "". A value that the
// cloud does not report is no reason; it is named in the row.
func (c *comparison) unfit(row *comparedOffer) string {
	model := c.asked.GPUModel
	switch {
	case (model != "" || c.asked.GPUs > 0) && len(row.GPUs) == 0:
		return "no GPU"
	case model != "" && !slices.ContainsFunc(row.GPUs, func(g cloud.GPU) bool { return matchesModel(model, g.Model) }):
		for _, g := range row.GPUs {
			c.models = addModel(c.models, g.Model)
		}
		return "another GPU"
	case c.gpusAsked(row.GPUs) < c.asked.GPUs:
		return "fewer GPUs"
	}
	for _, part := range []struct {
		name, short string
		offered     *int
		asked       int
	}{
		{"vcpus", "fewer vCPUs", row.VCPUs, c.asked.VCPUs},
		{"ram_gb", "less memory", row.RAMGB, c.asked.RAMGB},
		{"storage_gb", "less storage", row.StorageGB, c.asked.StorageGB},
	} {
		switch {
		case part.asked == 0:
		case part.offered == nil:
			row.NotTold = append(row.NotTold, part.name)
		case *part.offered < part.asked:
			return part.short
		}
	}
	switch {
	case row.Block == "":
		return "cannot be created from here"
	case !c.asked.WithSoldOut && row.InStock != nil && !*row.InStock:
		return "sold out, or not to be had by this account"
	}
	return ""
}

// gpusAsked returns the number of GPUs of the requested model.
func (c *comparison) gpusAsked(gpus []cloud.GPU) int {
	n := 0
	for _, g := range gpus {
		if c.asked.GPUModel == "" || matchesModel(c.asked.GPUModel, g.Model) {
			n += g.Count
		}
	}
	return n
}

func gpuCount(gpus []cloud.GPU) int {
	n := 0
	for _, g := range gpus {
		n += g.Count
	}
	return n
}

// output orders the offers that fit and cuts them to the size limit of a result.
func (c *comparison) output(failures []tool.Failure) compareOffersOutput {
	slices.SortStableFunc(c.fit, c.order)
	out := compareOffersOutput{Currencies: []currencyOffers{}, Failures: failures}
	if len(c.fit) == 0 {
		out.GPUModels = c.models
	}
	limit, whole := c.limitWithin(maxListBytes), len(c.fit)
	for _, row := range c.fit {
		group := out.group(row)
		if len(*group) < limit {
			*group = append(*group, row)
			whole--
		}
	}
	c.leave("dearer, or beyond limit", whole)
	for _, l := range c.left {
		out.LeftOut = append(out.LeftOut, fmt.Sprintf("%d: %s", l.count, l.why))
	}
	return out
}

// limitWithin returns the largest limit, at most most, with which the rows stay
// within the size limit in bytes.
func (c *comparison) limitWithin(most int) int {
	limit := c.asked.limit()
	for ; limit > 1; limit /= 2 {
		taken, size := map[string]int{}, 0
		for _, row := range c.fit {
			currency := row.currency()
			if taken[currency]++; taken[currency] <= limit {
				size += jsonSize(row)
			}
		}
		if size <= most {
			break
		}
	}
	return limit
}

// group returns the list that a row belongs to. The rows are ordered by currency.
func (out *compareOffersOutput) group(row comparedOffer) *[]comparedOffer {
	currency := row.currency()
	if currency == "" {
		return &out.Unpriced
	}
	if n := len(out.Currencies); n == 0 || out.Currencies[n-1].Currency != currency {
		out.Currencies = append(out.Currencies, currencyOffers{Currency: currency})
	}
	return &out.Currencies[len(out.Currencies)-1].Offers
}

// currency returns the currency of the price, or "" if the price is unknown.
func (o comparedOffer) currency() string {
	if !o.Total.Known() {
		return ""
	}
	return o.Total.PerHour.Currency
}

// order compares two offers: unknown prices last, then by currency name, then the
// cheaper first. Offers without a price keep their order.
func (c *comparison) order(a, b comparedOffer) int {
	if !a.Total.Known() || !b.Total.Known() {
		return first(a.Total.Known(), b.Total.Known())
	}
	byHour := a.Total.PerHour.Compare(*b.Total.PerHour)
	if c.asked.Cheapest != cheapestGPU || a.currency() != b.currency() {
		return byHour
	}
	if a.PerGPUHour == nil || b.PerGPUHour == nil {
		return cmp.Or(first(a.PerGPUHour != nil, b.PerGPUHour != nil), byHour)
	}
	return cmp.Or(a.PerGPUHour.Compare(*b.PerGPUHour), byHour)
}

// first compares two rows so that one with a value precedes one without.
func first(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return -1
	}
	return 1
}
