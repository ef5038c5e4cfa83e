package gpcn

import "countersign/internal/cloud"

// noPrices is why nothing here has a price, unless the operator's book has one.
const noPrices = "GPCN publishes no prices in its API"

// What a person has to know of the costs of every create.
const (
	pricesUnknown = "GPCN publishes no prices: what this costs is not known here; the user has to look it up before saying yes."
	pricesBooked  = "GPCN publishes no prices: this one is what the operator wrote down, and what GPCN charges may differ."
	chargeGoesOn  = "Take it that it is charged from its creation on; neither that stopping saves anything nor when deleting ends the charge is documented."
)

// costs are the consequences of a create for the bill.
func costs(price cloud.Price) []string {
	if price.Known() {
		return []string{pricesBooked, chargeGoesOn}
	}
	return []string{pricesUnknown, chargeGoesOn}
}

// price is what so many machines of an offer cost.
func (p *Provider) price(id cloud.OfferID, machines int) cloud.Price {
	return p.book.Price(id, machines, noPrices)
}

// gpuPrice is what a GPU VM would cost. Which SKU is made where none is asked for
// is GPCN's choice at that time.
func (p *Provider) gpuPrice(s *GPUSpec, parts gpuParts) cloud.Price {
	price := p.price(cloud.OfferID(parts.sku.SKUCode), 1)
	if s.SKUCode == "" && price.Known() {
		price.Assumed = append(price.Assumed, "sku_code: GPCN makes "+cloud.CleanText(parts.sku.SKUCode)+", the cheapest now; give sku_code to be sure")
	}
	return price
}

// rowPrice is the price of a row in the list of VMs, which does not tell the SKU,
// until that is known. It is not guessed from the hardware.
func (p *Provider) rowPrice() cloud.Price {
	if len(p.book) == 0 {
		return cloud.UnknownPrice(noPrices)
	}
	return cloud.UnknownPrice("GPCN's list of VMs does not tell which offer a machine is of, and of this one it is not known yet; get_vm tells")
}

// machinePrices is what a machine costs in its state, and in each.
func (p *Provider) machinePrices(state cloud.PowerState, id cloud.OfferID) (cloud.Price, map[cloud.PowerState]cloud.Price) {
	switch {
	case len(p.book) == 0:
		return cloud.UnknownPrice(noPrices), nil
	case id == "":
		return cloud.UnknownPrice("GPCN does not tell which offer this machine is of"), nil
	}
	rates := p.book.Rates(id)
	if rates == nil {
		return p.price(id, 1), nil
	}
	now, told := rates[state]
	if !told {
		now = cloud.UnknownPrice("what a machine costs in this state is not known")
	}
	return now, rates
}
