package hostup

import (
	"context"
	"net/http"

	"countersign/internal/cloud"
)

// The sizes that page "post-v2-vps-payg-deployments" accepts.
const (
	MinDeployName      = 3 // characters: letters, digits, hyphen
	MaxDeployName      = 63
	MinDeployCPUCores  = 1
	MaxDeployCPUCores  = 32
	MinDeployMemoryGB  = 1
	MaxDeployMemoryGB  = 256
	MinDeployStorageGB = 50
	MaxDeployStorageGB = 2000
)

// Deployment is the body that makes a pay-as-you-go server. It names neither an
// image nor SSH keys, and has no field by which a repetition could be told.
type Deployment struct {
	Name      string           `json:"name"`
	CPUCores  int              `json:"cpuCores"`
	MemoryGB  int              `json:"memoryGb"`
	StorageGB int              `json:"storageGb"`
	Region    cloud.LocationID `json:"region"`
}

// OrderID identifies the order behind a purchase.
type OrderID string

// Deployed is what was seen of the answer: the server is being made.
type Deployed struct {
	// Status is provisioning.
	Status  string     `json:"status"`
	VPSID   cloud.VMID `json:"vpsId"`
	OrderID OrderID    `json:"orderId"`
}

// DeployVPS makes a pay-as-you-go server, which is billed by the hour from then
// on. A repetition makes a second one. It needs the scope write:billing. Page:
// "post-v2-vps-payg-deployments" (request full, response head).
//
//api:operation POST /api/v2/vps/payg/deployments
func (c *Client) DeployVPS(ctx context.Context, deployment Deployment) (Deployed, error) {
	k := call{name: "deploy VPS", scope: "write:billing", about: aboutVPS}
	return send[Deployed](ctx, c, k, http.MethodPost, paygDeployments, deployment)
}
