package hostup

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"countersign/internal/cloud"
)

var _ cloud.OfferLister = (*Provider)(nil)

// ListOffers returns one pay-as-you-go offer per region, priced for the requested size,
// and the plans, which have no region and are in the unfiltered list only. Where one of
// the two fails, the other is listed.
func (p *Provider) ListOffers(ctx context.Context, query cloud.OfferQuery, page cloud.PageRequest) (cloud.OfferPage, error) {
	list, err := p.offers(ctx, query)
	if err != nil {
		return cloud.OfferPage{}, err
	}
	out, ok := cloud.CutPage(list.Items, page)
	if !ok {
		return cloud.OfferPage{}, cloud.BadCursor(p.account, "list offers")
	}
	return cloud.OfferPage{Page: out, Partial: list.Partial}, nil
}

// GetOffer returns one offer by its exact ID, in the size that the vendor
// suggests.
func (p *Provider) GetOffer(ctx context.Context, id cloud.OfferID) (cloud.Offer, error) {
	const operation = "get offer"
	list, err := p.offers(ctx, cloud.OfferQuery{})
	if err != nil {
		return cloud.Offer{}, err
	}
	i := slices.IndexFunc(list.Items, func(o cloud.Offer) bool { return o.ID == id })
	switch {
	case i >= 0:
		return list.Items[i], nil
	case len(list.Partial) > 0:
		return cloud.Offer{}, p.refuse(cloud.ErrUnavailable, operation, "the ID could not be looked up, not all lists were answered: "+strings.Join(list.Partial, "; "))
	}
	var all []cloud.Candidate
	for _, offer := range list.Items {
		all = append(all, cloud.Candidate{ID: string(offer.ID), Name: offer.Name})
	}
	e := p.refuse(cloud.ErrUnknownID, operation, "HostUp has no offer with this ID")
	e.Candidates = cloud.Nearest(string(id), all)
	e.Hint = "Take the exact ID from list_offers of this account."
	return cloud.Offer{}, e
}

// offers returns all offers in one page.
func (p *Provider) offers(ctx context.Context, query cloud.OfferQuery) (cloud.OfferPage, error) {
	out, err := p.paygOffers(ctx, query)
	if query.LocationID != "" {
		return out, err
	}
	plans, plansErr := p.plans(ctx)
	if err != nil && plansErr != nil {
		return cloud.OfferPage{}, err
	}
	for _, failure := range []error{err, plansErr} {
		if failure != nil {
			out.Partial = append(out.Partial, failedList(failure))
		}
	}
	out.Items = append(out.Items, plans...)
	return out, nil
}

// paygOffers returns one offer per region, even without the account's limits.
func (p *Provider) paygOffers(ctx context.Context, query cloud.OfferQuery) (cloud.OfferPage, error) {
	options, err := p.client.GetDeploymentOptions(ctx)
	if err != nil {
		return cloud.OfferPage{}, err
	}
	places, err := p.regions("list offers", options)
	if err != nil {
		return cloud.OfferPage{}, err
	}
	var out cloud.OfferPage
	limits, err := p.client.GetPAYGLimits(ctx)
	if err != nil {
		out.Partial = []string{failedList(err)}
	}
	for _, place := range places {
		if query.LocationID == "" || query.LocationID == place.ID {
			out.Items = append(out.Items, p.paygOffer(place, options, limits, query.Size))
		}
	}
	return out, nil
}

func (p *Provider) paygOffer(place cloud.Location, options DeploymentOptions, limits PAYGLimits, asked cloud.MachineSize) cloud.Offer {
	size := sizeOr(asked, options.Defaults)
	out := cloud.Offer{
		ID: cloud.OfferID(place.ID), Account: p.account, Name: place.Region, Block: blockName, Field: "region",
		Total: paygPrice(options.Pricing, resources(size)),
	}
	parts := sizeParts(size, options.Limits, limits.Remaining)
	for i, to := range []**int{&out.VCPUs, &out.RAMGB, &out.StorageGB} {
		if wanted := parts[i].wanted; wanted > 0 {
			*to = &wanted
			out.With = append(out.With, fmt.Sprintf("%s=%d", parts[i].field, wanted))
		}
	}
	settleStock(&out, place.ID, options, parts, limits)
	return out
}

// sizeOr returns the requested size; missing parts are the vendor's suggestion.
func sizeOr(asked cloud.MachineSize, suggested *DeploymentDefault) cloud.MachineSize {
	if suggested == nil {
		return asked
	}
	or := func(n int, told Number) int {
		if value, ok := told.Int(); n == 0 && ok {
			return value
		}
		return n
	}
	return cloud.MachineSize{
		VCPUs:     or(asked.VCPUs, suggested.Resources.CPUCores),
		RAMGB:     or(asked.RAMGB, suggested.Resources.MemoryGB),
		StorageGB: or(asked.StorageGB, suggested.Resources.StorageGB),
	}
}

// resources converts a size to the vendor's form; a part of 0 is not known.
func resources(size cloud.MachineSize) Resources {
	number := func(n int) Number {
		if n == 0 {
			return ""
		}
		return Number(fmt.Sprint(n))
	}
	return Resources{CPUCores: number(size.VCPUs), MemoryGB: number(size.RAMGB), StorageGB: number(size.StorageGB)}
}

// settleStock sets whether the account can have the offer now, and its limits. Only an
// open gate means yes.
func settleStock(offer *cloud.Offer, at cloud.LocationID, options DeploymentOptions, parts []sizePart, limits PAYGLimits) {
	var ranges []string
	for _, part := range parts {
		ranges = append(ranges, fmt.Sprintf("%s %d to %d", part.field, part.least, part.most))
	}
	notes := []string{"Sold by the unit: " + strings.Join(ranges, ", ") + "."}
	if options.Pricing != nil {
		if traffic := money(options.Pricing.BandwidthPerGB, options.Pricing.CurrencyCode); traffic != nil {
			notes = append(notes, "Traffic costs "+traffic.String()+" per GB extra.")
		}
	}
	if left := leftOver(limits.Remaining); left != "" {
		notes = append(notes, left)
	}
	gate, blockers := options.Actions.Get(CanDeploy), deployBlockers(options)
	sized := slices.DeleteFunc(slices.Clone(parts), func(part sizePart) bool { return part.wanted == 0 })
	wrong := append(outside(sized), beyond(sized, limits.Remaining.InstanceCount)...)
	switch {
	case len(blockers) > 0:
		offer.InStock = new(false)
		notes = append(notes, "HostUp does not let this account deploy now."+ownWords(blockers))
	case len(wrong) > 0:
		offer.InStock = new(false)
		notes = append(notes, "Not in this size: "+sentences(wrong)+".")
	case gate != nil:
		offer.InStock = new(true)
		offer.Stock = []cloud.Stock{{LocationID: at}}
	default:
		offer.Stock = []cloud.Stock{{LocationID: at}}
		notes = append(notes, "Whether the account can deploy now is unknown: HostUp shows no gate for it.")
	}
	offer.Note = strings.Join(notes, " ")
}

// ownWords returns our sentences for the known blockers, each after a space.
func ownWords(blockers []cloud.Issue) string {
	var out string
	for _, issue := range blockers {
		if sentence := blocker(issue.Code); sentence != "" {
			out += " " + sentence
		}
	}
	if out == "" {
		return " Planning create_vm gives its reason."
	}
	return out
}

// plans returns the products with a fixed price per billing cycle.
func (p *Provider) plans(ctx context.Context) ([]cloud.Offer, error) {
	const operation = "list VPS products"
	var out []cloud.Offer
	for offer, err := range cloud.All(ctx, MaxProductPage, func(ctx context.Context, page cloud.PageRequest) (cloud.Page[cloud.Offer], error) {
		list, err := p.client.ListProducts(ctx, ProductQuery{Limit: page.Limit, Cursor: page.Cursor})
		if err != nil {
			return cloud.Page[cloud.Offer]{}, err
		}
		return listed(p, operation, aboutAccount, list, page.Cursor, p.plan)
	}) {
		if err != nil {
			return nil, err
		}
		out = append(out, offer)
	}
	return out, nil
}

func (p *Provider) plan(product Product) cloud.Offer {
	note := "A plan with a fixed price per billing cycle: it is ordered on HostUp's site, not from here."
	if included, told := product.Bandwidth.LimitGB.Int(); told {
		note += fmt.Sprintf(" It includes %d GB of traffic per month.", included)
	}
	return cloud.Offer{
		ID: product.ID, Account: p.account, Name: cloud.CleanText(product.Name),
		VCPUs: count(product.Resources.CPUCores), RAMGB: count(product.Resources.MemoryGB), StorageGB: count(product.Resources.StorageGB),
		Total:   cyclePrice(product.Billing.Amount, product.Billing.CurrencyCode, product.Billing.BillingCycle),
		InStock: product.Available, Note: note,
	}
}
