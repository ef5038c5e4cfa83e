package gpcn

import (
	"context"
	"net/http"
	"net/url"

	"countersign/internal/cloud"
	"countersign/internal/rest"
)

// machines is the path of the VMs without GPUs.
const machines = "/resource/virtual-machines"

// VMRow is a VM in the list. The guide's example is from an older generation; that its
// members still exist is [inferred].
type VMRow struct {
	ID               cloud.VMID `json:"id"`
	Name             string     `json:"name"`
	Status           Status     `json:"status"`
	CreatedAt        Timestamp  `json:"createdAt"`
	UpdatedAt        Timestamp  `json:"updatedAt"`
	Configuration    Hardware   `json:"configuration"`
	Datacenter       Place      `json:"datacenter"`
	ImageName        string     `json:"imageName"`
	PrimaryPrivateIP *string    `json:"primaryPrivateIp"`
	PrimaryPublicIP  *string    `json:"primaryPublicIp"`
}

// Hardware is the number of cores, and memory and disk in GB.
type Hardware struct {
	CPU  *int `json:"cpu"`
	RAM  *int `json:"ram"`
	Disk *int `json:"disk"`
}

// VM is one VM as the vendor's Terraform provider reads it. Its network interfaces have
// its addresses.
type VM struct {
	ID        cloud.VMID `json:"id"`
	Name      string     `json:"name"`
	Status    Status     `json:"status"`
	CreatedAt Timestamp  `json:"createdAt"`
	UpdatedAt Timestamp  `json:"updatedAt"`
	// Image is the name of its image.
	Image      *string         `json:"image"`
	Username   *string         `json:"username"`
	SSHKeyID   *cloud.SSHKeyID `json:"sshKeyId"`
	SSHKeyName *string         `json:"sshKeyName"`
	// NetworkHotplug is true where interfaces can change while it runs.
	NetworkHotplug  Bit              `json:"networkHotplug"`
	ResourceGroupID *ResourceGroupID `json:"resourceGroupId"`
	Configuration   VMConfiguration  `json:"configuration"`
	Datacenter      Place            `json:"datacenter"`
}

// VMConfiguration is the size of a VM.
type VMConfiguration struct {
	// ID is a legacy identifier, where there is one.
	ID           string        `json:"id,omitempty"`
	Name         string        `json:"name"`
	Code         string        `json:"code"`
	CategoryCode string        `json:"categoryCode"`
	SKUID        cloud.OfferID `json:"skuId"`
	SKUCode      string        `json:"skuCode"`
	Hardware
}

// VMFilter narrows the list of VMs. The name of its parameter is documented for GPU VMs
// only [inferred].
type VMFilter struct {
	ListOptions
	ResourceGroupID ResourceGroupID
}

// ListVMs returns one page of the tenant's VMs without GPUs.
//
//api:operation GET /v1/resource/virtual-machines
func (c *Client) ListVMs(ctx context.Context, filter VMFilter) (List[VMRow], error) {
	q := filter.query()
	q.text("resourceGroupId", string(filter.ResourceGroupID))
	return list[VMRow](ctx, c, "list VMs", machines, url.Values(q))
}

// GetVM reads one VM; an unknown ID returns 404.
//
//api:operation GET /v1/resource/virtual-machines/{id}
func (c *Client) GetVM(ctx context.Context, id cloud.VMID) (VM, error) {
	return get[VM](ctx, c, "get VM", machinePath(id), nil)
}

// VMUpdate has the fields to change; zero values are not sent. Clearing the resource
// group removes the VM from it.
type VMUpdate struct {
	Name            *string                 `json:"name,omitempty"`
	ResourceGroupID Change[ResourceGroupID] `json:"resourceGroupId,omitzero"`
}

// UpdateVM changes name and resource group immediately.
//
//api:operation PUT /v1/resource/virtual-machines/{id}
func (c *Client) UpdateVM(ctx context.Context, id cloud.VMID, update VMUpdate) error {
	_, err := tell(ctx, c, "update VM", http.MethodPut, machinePath(id), update)
	return err
}

// DeleteVM deletes a VM with its data and returns the job.
//
//api:operation DELETE /v1/resource/virtual-machines/{id}
func (c *Client) DeleteVM(ctx context.Context, id cloud.VMID) (Job, error) {
	jobs, err := send[Jobs](ctx, c, "delete VM", http.MethodDelete, machinePath(id), nil)
	return jobs.first(), err
}

func machinePath(id cloud.VMID) string { return machines + "/" + rest.ID(id) }
