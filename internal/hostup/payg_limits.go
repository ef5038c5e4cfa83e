package hostup

import "context"

// PAYGLimits is the pay-as-you-go usage of an account, its limits, and the rest.
type PAYGLimits struct {
	Current            PAYGAmounts        `json:"current"`
	Max                PAYGAmounts        `json:"max"`
	Remaining          PAYGAmounts        `json:"remaining"`
	Billing            *PAYGRates         `json:"billing"`
	HasPendingRequests bool               `json:"hasPendingRequests"`
	PendingRequests    []PAYGLimitRequest `json:"pendingRequests"`
}

// PAYGAmounts are sums over an account's pay-as-you-go servers.
type PAYGAmounts struct {
	Resources
	InstanceCount Number `json:"instanceCount"`
}

// PAYGLimitRequest is a pending request for a higher limit.
type PAYGLimitRequest struct {
	ID             string  `json:"id"` // payglim_…
	LimitType      string  `json:"limitType"`
	CurrentLimit   Number  `json:"currentLimit"`
	RequestedLimit Number  `json:"requestedLimit"`
	Reason         *string `json:"reason"`
}

// GetPAYGLimits returns the account's limits. It needs the scope read:vm. Page:
// "get-v2-vps-payg-limits" (near full).
//
//api:operation GET /api/v2/vps/payg/limits
func (c *Client) GetPAYGLimits(ctx context.Context) (PAYGLimits, error) {
	k := call{name: "get PAYG limits", scope: "read:vm", about: aboutAccount}
	return get[PAYGLimits](ctx, c, k, vpsList+"/payg/limits", nil)
}
