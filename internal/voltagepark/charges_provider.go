package voltagepark

import (
	"context"
	"time"

	"countersign/internal/cloud"
)

var _ cloud.ChargeReader = (*Provider)(nil)

// ChargesOfMonth adds up the lines of the month's report that name a resource; deposits
// and payouts name none.
func (p *Provider) ChargesOfMonth(ctx context.Context, year int, month time.Month) (cloud.Charges, error) {
	report, err := p.MonthlyReport(ctx, year, month)
	if err != nil {
		return cloud.Charges{}, err
	}
	rate, err := p.HourlyRate(ctx)
	if err != nil {
		return cloud.Charges{}, err
	}
	out := cloud.Charges{
		VMs:     map[cloud.VMID]cloud.Money{},
		Volumes: map[cloud.VolumeID]cloud.Money{},
		Rentals: map[cloud.RentalID]cloud.Money{},
		PerHour: rate.PerHour,
		Assumed: []string{assumedCurrency, "signs: the vendor documents none; a charge is taken for a cost whatever its sign"},
	}
	for _, line := range report.Transactions {
		if line.ResourceID == "" || line.InPeriod == nil {
			continue
		}
		cost := cloud.Money{Amount: line.InPeriod.Amount.Abs(), Currency: line.InPeriod.Currency}
		out.Total = added(out.Total, cost)
		switch line.ResourceKind {
		case "vm":
			charge(out.VMs, cloud.VMID(line.ResourceID), cost)
		case "volume":
			charge(out.Volumes, cloud.VolumeID(line.ResourceID), cost)
		case "bare_metal":
			charge(out.Rentals, cloud.RentalID(line.ResourceID), cost)
		}
	}
	return out, nil
}

// added returns a sum plus one amount. All money of this cloud has one currency.
func added(sum *cloud.Money, more cloud.Money) *cloud.Money {
	if sum != nil {
		more, _ = more.Plus(*sum)
	}
	return &more
}

// charge adds a cost to the costs of a resource.
func charge[ID ~string](of map[ID]cloud.Money, id ID, cost cloud.Money) {
	of[id] = cloud.Money{Currency: cost.Currency, Amount: of[id].Amount.Add(cost.Amount)}
}
