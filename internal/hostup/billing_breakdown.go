package hostup

import (
	"context"

	"countersign/internal/cloud"
)

// BillingBreakdown is what a pay-as-you-go server is expected to cost.
type BillingBreakdown struct {
	// Estimate is nil for a server of a plan, for which no sample exists [inferred].
	Estimate *BillingEstimate `json:"estimate"`
	// ActualsAvailable is false: only the account has actual charges.
	ActualsAvailable bool    `json:"actualsAvailable"`
	ActualsNote      *string `json:"actualsNote"`
}

// BillingEstimate is the cost of a period in which the server runs all the time.
type BillingEstimate struct {
	// Basis is max_24_7.
	Basis                  string            `json:"basis"`
	CurrencyCode           string            `json:"currencyCode"`
	EstimatedMonthlyAmount Number            `json:"estimatedMonthlyAmount"`
	Period                 BillingPeriod     `json:"period"`
	LineItems              []BillingLineItem `json:"lineItems"`
}

// BillingPeriod is from StartAt to EndAt, ISO 8601.
type BillingPeriod struct {
	StartAt string `json:"startAt"`
	EndAt   string `json:"endAt"`
}

// BillingLineItem is one resource; it has one of the three rates, by its type. The
// amount is quantity times rate times hours of the period.
type BillingLineItem struct {
	// Type is cpu, memory, storage or ipv4.
	Type            string `json:"type"`
	Label           string `json:"label"`
	Quantity        Number `json:"quantity"`
	RatePerCoreHour Number `json:"ratePerCoreHour,omitzero"`
	RatePerGBHour   Number `json:"ratePerGbHour,omitzero"`
	RatePerHour     Number `json:"ratePerHour,omitzero"`
	EstimatedAmount Number `json:"estimatedAmount"`
}

// Rate returns the rate per hour of the item, empty where it has none.
func (i BillingLineItem) Rate() Number {
	for _, rate := range []Number{i.RatePerCoreHour, i.RatePerGBHour, i.RatePerHour} {
		if rate != "" {
			return rate
		}
	}
	return ""
}

// GetBillingBreakdown returns the estimate of one pay-as-you-go server. It needs
// the scope read:billing. Page: "get-v2-vps-id-billing-breakdown" (near full).
//
//api:operation GET /api/v2/vps/{id}/billing-breakdown
func (c *Client) GetBillingBreakdown(ctx context.Context, id cloud.VMID) (BillingBreakdown, error) {
	k := call{name: "get VPS billing breakdown", scope: "read:billing", about: aboutVPS}
	return get[BillingBreakdown](ctx, c, k, vpsPath(id, "/billing-breakdown"), nil)
}
