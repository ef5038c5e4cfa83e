package voltagepark

import (
	"context"
	"encoding/json"
	"fmt"

	"countersign/internal/cloud"
)

// CheckCloudInit lets the vendor check a cloud-init in the form that a create would send.
func (p *Provider) CheckCloudInit(ctx context.Context, machine cloud.InitScriptMachine, script cloud.InitScript) (cloud.InitScriptVerdict, error) {
	content, err := json.Marshal(script)
	if err != nil {
		return cloud.InitScriptVerdict{}, fmt.Errorf("check cloud-init: %w", err)
	}
	check := CloudInitCheck{Type: CloudInitInstantVM, Content: content}
	if machine == cloud.InitScriptForRental {
		check.Type = CloudInitBareMetal
	}
	answer, err := p.client.CheckCloudInit(ctx, check)
	if err != nil {
		return cloud.InitScriptVerdict{}, err
	}
	return cloud.InitScriptVerdict{Accepted: !answer.Error, Message: optionalText(answer.Message)}, nil
}
