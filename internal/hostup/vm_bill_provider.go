package hostup

import (
	"context"

	"countersign/internal/cloud"
)

var _ cloud.VMBillReader = (*Provider)(nil)

// VMBill returns the breakdown of a pay-as-you-go server: by page
// "get-v2-vps-id-billing-breakdown" an estimate for a period in which it runs all the
// time. HostUp does not show the actual charges of one server.
func (p *Provider) VMBill(ctx context.Context, vm cloud.VM) (cloud.VMBill, error) {
	out := cloud.VMBill{VMID: vm.ID, Account: p.account}
	if vm.Billing != paygBilling {
		out.Unknown = "This machine is sold as a plan, which has no breakdown. " + vm.Price.Unknown
		return out, nil
	}
	breakdown, err := p.client.GetBillingBreakdown(ctx, vm.ID)
	if err != nil {
		return cloud.VMBill{}, err
	}
	told := breakdown.Estimate
	if told == nil {
		out.Unknown = "HostUp told no estimate for this machine."
		return out, nil
	}
	out.Estimate = money(told.EstimatedMonthlyAmount, told.CurrencyCode)
	out.From, out.To = moment(&told.Period.StartAt), moment(&told.Period.EndAt)
	for _, item := range told.LineItems {
		out.Parts = append(out.Parts, cloud.VMBillPart{
			What: cloud.CleanText(item.Type), Quantity: cloud.CleanText(string(item.Quantity)),
			PerHour: money(item.Rate(), told.CurrencyCode), Estimate: money(item.EstimatedAmount, told.CurrencyCode),
		})
	}
	out.Assumed = []string{"as if the machine ran all the time", paygTraffic}
	if !breakdown.ActualsAvailable {
		out.Unknown = "What this machine has really been charged: HostUp tells charges for the whole account only; list_transactions has them."
	}
	return out, nil
}
