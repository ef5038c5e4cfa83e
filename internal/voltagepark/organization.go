package voltagepark

import (
	"context"

	"countersign/internal/cloud"
	"countersign/internal/rest"
)

// Organization is the customer that a key belongs to.
type Organization struct {
	ID                              cloud.OrganizationID `json:"id"`
	Name                            string               `json:"name"`
	BillingNotificationTargetEmails []string             `json:"billing_notification_target_emails"`
	// LowBalanceEmailsEnabled is a later addition.
	LowBalanceEmailsEnabled *bool `json:"low_balance_emails_enabled,omitempty"`
}

// GetOrganization reads the organization of the key. The API page does not have
// this operation; it is known from other clients.
//
//api:operation GET /api/v1/organization/
func (c *Client) GetOrganization(ctx context.Context) (Organization, error) {
	return rest.Get[Organization](ctx, c.rest, "get organization", "/organization/", nil)
}
