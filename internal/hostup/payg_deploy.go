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

// Deployment is the body that creates a pay-as-you-go server. It has neither an image
// nor SSH keys, and no idempotency key.
type Deployment struct {
	Name      string           `json:"name"`
	CPUCores  int              `json:"cpuCores"`
	MemoryGB  int              `json:"memoryGb"`
	StorageGB int              `json:"storageGb"`
	Region    cloud.LocationID `json:"region"`
}

// OrderID identifies the order behind a purchase.
type OrderID string

// Deployed is the known part of the response: the server is being created.
type Deployed struct {
	// Status is provisioning.
	Status  string     `json:"status"`
	VPSID   cloud.VMID `json:"vpsId"`
	OrderID OrderID    `json:"orderId"`
}

// DeployVPS creates a pay-as-you-go server, which is billed by the hour from then on. A
// retry creates a second one. It needs the scope write:billing. Page:
// "post-v2-vps-payg-deployments" (request full, response head).
//
//api:operation POST /api/v2/vps/payg/deployments
func (c *Client) DeployVPS(ctx context.Context, deployment Deployment) (Deployed, error) {
	k := call{name: "deploy VPS", scope: "write:billing", about: aboutVPS}
	return send[Deployed](ctx, c, k, http.MethodPost, paygDeployments, deployment)
}
