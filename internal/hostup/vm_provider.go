package hostup

import (
	"context"
	"maps"
	"slices"

	"countersign/internal/cloud"
)

var (
	_ cloud.VMReader = (*Provider)(nil)
	_ cloud.VMFinder = (*Provider)(nil)
)

// paygBilling is the billing of a pay-as-you-go server. The vendor sends it as a flag;
// the server's billing cycle is monthly nevertheless.
const paygBilling = "payg"

// ListVMs returns one page of the account's servers, of plans and pay-as-you-go. A row
// has no gates and no hostname; GetVM has them.
func (p *Provider) ListVMs(ctx context.Context, page cloud.PageRequest) (cloud.Page[cloud.VM], error) {
	return p.FindVMs(ctx, cloud.VMFilter{}, page)
}

// FindVMs is ListVMs with the vendor's own filters.
func (p *Provider) FindVMs(ctx context.Context, filter cloud.VMFilter, page cloud.PageRequest) (cloud.Page[cloud.VM], error) {
	list, err := p.client.ListVPS(ctx, VPSQuery{
		Limit: within(page.Limit, MaxVPSPage), Cursor: page.Cursor, Name: filter.Name, PrimaryIP: filter.PublicIP,
	})
	if err != nil {
		return cloud.Page[cloud.VM]{}, err
	}
	rates := p.rates(ctx, list.Data...)
	return listed(p, "list VPS", aboutVPS, list, page.Cursor, func(v VPS) cloud.VM { return p.vm(v, rates) })
}

// GetVM returns one server by its exact ID, with its gates and its hostname. Both
// are missing where the details could not be read.
func (p *Provider) GetVM(ctx context.Context, id cloud.VMID) (cloud.VM, error) {
	const operation = "get VPS"
	return exactVPS(p, operation, id, func() (cloud.VM, error) {
		v, err := p.client.GetVPS(ctx, id)
		if err != nil {
			return cloud.VM{}, err
		}
		if err := p.sameVPS(operation, id, v.ID); err != nil {
			return cloud.VM{}, err
		}
		out := p.vm(v, p.rates(ctx, v))
		gates := maps.Clone(v.Actions)
		if details, err := p.client.GetVPSDetails(ctx, id); err == nil && details.ID == id {
			out.Hostname, out.CreatedAt = text(details.Hostname), moment(details.CreatedAt)
			gates = merged(gates, details.Actions)
		}
		out.Gates = namedGates(gates)
		return out, ctx.Err()
	})
}

// rates returns the unit prices, read only where a server is billed by them; nil where
// they could not be read.
func (p *Provider) rates(ctx context.Context, servers ...VPS) *PAYGRates {
	if !slices.ContainsFunc(servers, func(v VPS) bool { return v.Billing.IsPAYG }) {
		return nil
	}
	options, err := p.client.GetDeploymentOptions(ctx)
	if err != nil {
		return nil
	}
	return options.Pricing
}

// merged returns the gates of both places; the details take precedence.
func merged(plain, details Gates) Gates {
	if plain == nil {
		return details
	}
	maps.Copy(plain, details)
	return plain
}

func namedGates(gates Gates) []cloud.NamedGate {
	var out []cloud.NamedGate
	for _, name := range slices.Sorted(maps.Keys(gates)) {
		out = append(out, cloud.NamedGate{Name: cloud.CleanText(string(name)), Gate: *gate(gates.Get(name))})
	}
	return out
}

// vm converts a server of the inventory.
func (p *Provider) vm(v VPS, rates *PAYGRates) cloud.VM {
	name, altered := cloud.Clean(v.Name, 0)
	out := cloud.VM{
		ID: v.ID, Account: p.account, Kind: blockName, Name: name, NameAltered: altered,
		Power: v.power(), Status: v.status(), Billing: text(v.Billing.BillingCycle),
		VCPUs: count(v.Resources.CPUCores), RAMGB: count(v.Resources.MemoryGB), StorageGB: count(v.Resources.StorageGB),
		PublicIP: text(v.PrimaryIP), Rates: v.rates(rates), Ended: v.ended(),
	}
	if v.Billing.IsPAYG {
		out.Billing = paygBilling
	}
	if v.OperatingSystem != nil {
		out.Image = cloud.CleanText(v.OperatingSystem.DisplayName)
	}
	price, known := out.Rates[out.Power]
	if !known {
		price = cloud.UnknownPrice("what a pay-as-you-go machine costs in this state is not documented")
	}
	out.Price = price
	return out
}

// ended reports whether the contract is over; such a server is neither running
// nor stopped.
func (v VPS) ended() bool {
	return v.ServiceStatus == ServiceTerminated || v.ServiceStatus == ServiceCancelled
}

func (v VPS) power() cloud.PowerState {
	if v.PowerState == nil || v.ended() {
		return cloud.PowerOther
	}
	switch *v.PowerState {
	case PowerRunning:
		return cloud.PowerRunning
	case PowerStopped:
		return cloud.PowerStopped
	}
	return cloud.PowerOther
}

// status returns the vendor's word for the power, with the contract's where that is not
// the ordinary one.
func (v VPS) status() string {
	power, service := text(v.PowerState), cloud.CleanText(string(v.ServiceStatus))
	switch {
	case power == "":
		return service
	case v.ServiceStatus == ServiceActive || service == "":
		return power
	}
	return power + " (" + service + ")"
}

// rates returns the prices by power state. The price of a stopped pay-as-you-go server is
// not documented; a plan costs the same in every state.
func (v VPS) rates(unit *PAYGRates) map[cloud.PowerState]cloud.Price {
	switch {
	case v.ended():
		return map[cloud.PowerState]cloud.Price{
			cloud.PowerOther: cloud.UnknownPrice("the contract is over; what is still charged is not documented"),
		}
	case v.Billing.IsPAYG:
		return map[cloud.PowerState]cloud.Price{
			cloud.PowerRunning: paygPrice(unit, v.Resources),
			cloud.PowerStopped: cloud.UnknownPrice("whether a stopped pay-as-you-go machine costs less is not documented"),
		}
	}
	price := cyclePrice(v.Billing.Amount, v.Billing.CurrencyCode, v.Billing.BillingCycle)
	return map[cloud.PowerState]cloud.Price{
		cloud.PowerRunning: price, cloud.PowerStopped: price, cloud.PowerOther: price,
	}
}
