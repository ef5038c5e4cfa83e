package voltagepark

import (
	"context"

	"countersign/internal/cloud"
)

// Organization returns the organization that the account's key belongs to.
func (p *Provider) Organization(ctx context.Context) (cloud.Organization, error) {
	o, err := p.client.GetOrganization(ctx)
	if err != nil {
		return cloud.Organization{}, err
	}
	out := cloud.Organization{ID: o.ID, Account: p.account, Name: cloud.CleanText(o.Name), LowBalanceMail: o.LowBalanceEmailsEnabled}
	for _, address := range o.BillingNotificationTargetEmails {
		out.BillingEmails = append(out.BillingEmails, cloud.CleanText(address))
	}
	return out, nil
}
