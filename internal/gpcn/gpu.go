package gpcn

import (
	"context"
	"net/http"
	"net/url"

	"countersign/internal/cloud"
	"countersign/internal/rest"
)

// The paths of the GPU VMs. All of them return 403 where the tenant's GPU feature is
// off.
const (
	gpus         = "/resource/gpu"
	gpuInventory = gpus + "/inventory"
)

// GPURow is a GPU VM in the list.
type GPURow struct {
	ID                cloud.VMID       `json:"id"`
	Name              string           `json:"name"`
	CreatedAt         Timestamp        `json:"createdAt"`
	UpdatedAt         Timestamp        `json:"updatedAt"`
	DeletedAt         Timestamp        `json:"deletedAt"`
	Status            Status           `json:"status"`
	Configuration     GPUConfiguration `json:"configuration"`
	IP                *string          `json:"ip"`
	Datacenter        Place            `json:"datacenter"`
	ResourceGroupID   *ResourceGroupID `json:"resourceGroupId"`
	ResourceGroupName *string          `json:"resourceGroupName"`
}

// GPUConfiguration is the hardware: name and code are those of the series,
// memory and disk are in GB.
type GPUConfiguration struct {
	Name     string `json:"name"`
	Code     string `json:"code"`
	GPUCount *int   `json:"gpuCount"`
	CPU      *int   `json:"cpu"`
	RAM      *int   `json:"ram"`
	Disk     *int   `json:"disk"`
	SKUID    string `json:"skuId"`
	SKUCode  string `json:"skuCode"`
}

// GPU is a GPU VM as page "Update a GPU VM" shows it.
type GPU struct {
	GPURow
	// Image is longer than the name that was given at creation.
	Image      *string         `json:"image"`
	JupyterURL *string         `json:"jupyterUrl"`
	Username   *string         `json:"username"`
	SSHKeyID   *cloud.SSHKeyID `json:"sshKeyId"`
	SSHKeyName *string         `json:"sshKeyName"`
	// HasStoredCredentials says that the vendor keeps credentials of the machine.
	HasStoredCredentials bool `json:"hasStoredCredentials"`
}

// GPUFilter narrows the list of GPU VMs.
type GPUFilter struct {
	ListOptions
	ResourceGroupID ResourceGroupID
}

// ListGPUs returns one page of the tenant's GPU VMs. Page: "List GPU VMs".
//
//api:operation GET /v1/resource/gpu
func (c *Client) ListGPUs(ctx context.Context, filter GPUFilter) (List[GPURow], error) {
	q := filter.query()
	q.text("resourceGroupId", string(filter.ResourceGroupID))
	return list[GPURow](ctx, c, "list GPU VMs", gpus, url.Values(q))
}

// GetGPU reads one GPU VM; an unknown ID returns 404.
//
//api:operation GET /v1/resource/gpu/{id}
func (c *Client) GetGPU(ctx context.Context, id cloud.VMID) (GPU, error) {
	return get[GPU](ctx, c, "get GPU VM", gpuPath(id), nil)
}

// GPUCreate is the body that makes a GPU VM; nil is not sent.
type GPUCreate struct {
	Name         string           `json:"name"`
	DatacenterID cloud.LocationID `json:"datacenterId"`
	SeriesID     SeriesID         `json:"seriesId"`
	// GPUCount is 1, 2, 4 or 8, and required beside a SKUCode too.
	GPUCount int            `json:"gpuCount"`
	SSHKeyID cloud.SSHKeyID `json:"sshKeyId"`
	// ImageName is ubuntu-22.04 or ubuntu-24.04 and takes precedence over ImageID.
	// Without either the machine runs ubuntu-24.04.
	ImageName       *string          `json:"imageName,omitempty"`
	ImageID         *ImageID         `json:"imageId,omitempty"`
	ResourceGroupID *ResourceGroupID `json:"resourceGroupId,omitempty"`
	// SKUCode is a code from the inventory; without one GPCN takes the cheapest SKU
	// that fits.
	SKUCode *string `json:"skuCode,omitempty"`
	// Username defaults to the image's own.
	Username *string `json:"username,omitempty"`
}

// CreateGPU starts a charge and returns the job. The status is 409 where the
// configuration is sold out and 503 where the provider behind it cannot be reached.
// Page: "Create a GPU VM".
//
//api:operation POST /v1/resource/gpu
func (c *Client) CreateGPU(ctx context.Context, gpu GPUCreate) (Jobs, error) {
	return send[Jobs](ctx, c, "create GPU VM", http.MethodPost, gpus, gpu)
}

// GPUUpdate has the fields to change; zero values are not sent. It changes the
// vendor's records and not the machine: no key is installed and no user is created.
type GPUUpdate struct {
	Name            *string                `json:"name,omitempty"`
	ResourceGroupID *ResourceGroupID       `json:"resourceGroupId,omitempty"`
	SSHKeyID        Change[cloud.SSHKeyID] `json:"sshKeyId,omitzero"`
	Username        *string                `json:"username,omitempty"`
}

// UpdateGPU changes name, resource group, SSH key and username and returns the
// machine. Page: "Update a GPU VM".
//
//api:operation PUT /v1/resource/gpu/{id}
func (c *Client) UpdateGPU(ctx context.Context, id cloud.VMID, update GPUUpdate) (GPU, error) {
	return send[GPU](ctx, c, "update GPU VM", http.MethodPut, gpuPath(id), update)
}

// DeleteGPU ends a GPU VM and its data and returns the job. Page: "Delete a GPU
// VM".
//
//api:operation DELETE /v1/resource/gpu/{id}
func (c *Client) DeleteGPU(ctx context.Context, id cloud.VMID) (Job, error) {
	jobs, err := send[Jobs](ctx, c, "delete GPU VM", http.MethodDelete, gpuPath(id), nil)
	return jobs.first(), err
}

func gpuPath(id cloud.VMID) string { return gpus + "/" + rest.ID(id) }
