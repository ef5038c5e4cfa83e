package gpcn

import "countersign/internal/cloud"

// noPrices explains why an offer has no price, unless the operator's book has one.
const noPrices = "GPCN publishes no prices in its API"

// The consequences of every create for the bill.
const (
	pricesUnknown = "GPCN publishes no prices: what this costs is not known here; the user has to look it up before saying yes."
	pricesBooked  = "GPCN publishes no prices: this one is what the operator wrote down, and what GPCN charges may differ."
	chargeGoesOn  = "Take it that it is charged from its creation on; neither that stopping saves anything nor when deleting ends the charge is documented."
)

// costs returns the consequences of a create for the bill.
func costs(price cloud.Price) []string {
	if price.Known() {
		return []string{pricesBooked, chargeGoesOn}
	}
	return []string{pricesUnknown, chargeGoesOn}
}

// price returns what a number of machines of an offer costs.
func (p *Provider) price(id cloud.OfferID, machines int) cloud.Price {
	return p.book.Price(id, machines, noPrices)
}

// gpuPrice returns what a GPU VM would cost. Where the block names no SKU, GPCN
// chooses one when it creates the machine.
func (p *Provider) gpuPrice(s *GPUSpec, parts gpuParts) cloud.Price {
	price := p.price(cloud.OfferID(parts.sku.SKUCode), 1)
	if s.SKUCode == "" && price.Known() {
		price.Assumed = append(price.Assumed, "sku_code: GPCN makes "+cloud.CleanText(parts.sku.SKUCode)+", the cheapest now; give sku_code to be sure")
	}
	return price
}

// rowPrice returns the price of a row in the list of VMs until its SKU is known, which
// the list does not show. It is not guessed from the hardware.
func (p *Provider) rowPrice() cloud.Price {
	if len(p.book) == 0 {
		return cloud.UnknownPrice(noPrices)
	}
	return cloud.UnknownPrice("GPCN's list of VMs does not tell which offer a machine is of, and of this one it is not known yet; get_vm tells")
}

// machinePrices returns what a machine costs in its present state, and in every state.
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
