package voltagepark

import (
	"context"
	"encoding/json"
	"net/http"

	"countersign/internal/rest"
)

// CloudInitCheck is a cloud-init to be checked.
type CloudInitCheck struct {
	Type string `json:"type"`
	// Content is a text or an object.
	Content json.RawMessage `json:"content"`
}

// The types of CloudInitCheck. The page shows the first; the other is known from
// another client.
const (
	CloudInitInstantVM = "instant-vm"
	CloudInitBareMetal = "baremetal"
)

// CloudInitAnswer is the result of a check; an invalid cloud-init is a success with Error
// set [inferred].
type CloudInitAnswer struct {
	Error   bool    `json:"error"`
	Message *string `json:"message"`
}

// CheckCloudInit is "validate a cloud init script". It creates nothing.
//
//api:operation POST /api/v1/validate/cloudinit
func (c *Client) CheckCloudInit(ctx context.Context, check CloudInitCheck) (CloudInitAnswer, error) {
	return rest.Ask[CloudInitAnswer](ctx, c.rest, "check cloud-init", http.MethodPost, "/validate/cloudinit", check)
}
