package sandbox

import (
	"net/http"

	"countersign/internal/voltagepark"
)

func (s *Sandbox) getOrganization(*http.Request) answer {
	return ok(voltagepark.Organization{
		ID: s.world.organization, Name: "Sandbox Research",
		BillingNotificationTargetEmails: []string{"billing@example.com"}, LowBalanceEmailsEnabled: new(true),
	})
}
