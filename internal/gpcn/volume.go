package gpcn

import (
	"context"
	"net/http"
	"net/url"

	"countersign/internal/cloud"
	"countersign/internal/rest"
)

// volumes is the path of the volumes.
const volumes = "/resource/volumes"

// MaxVolumes is how many volumes a VM can have.
const MaxVolumes = 5

// VolumeCatalogue lists the volume sizes of a data center.
type VolumeCatalogue struct {
	DatacenterID cloud.LocationID   `json:"datacenterId"`
	VolumeTypes  []VolumeTypeOffers `json:"volumeTypes"`
}

// VolumeTypeOffers is a type of volume, such as SSD, with its sizes.
type VolumeTypeOffers struct {
	ComponentCode  string       `json:"componentCode"`
	Name           string       `json:"name"`
	Description    *string      `json:"description"`
	AvailableSizes []VolumeSize `json:"availableSizes"`
}

// VolumeSize is a volume SKU. It has no price.
type VolumeSize struct {
	SKUID       cloud.OfferID `json:"skuId"`
	SizeGB      *int          `json:"sizeGb"`
	DisplayName string        `json:"displayName"`
}

// ListVolumeSizes returns all sizes of a data center, as the vendor's Terraform
// provider reads them.
//
//api:operation GET /v1/resource/data-centers/{id}/volume-sizes
func (c *Client) ListVolumeSizes(ctx context.Context, id cloud.LocationID) (VolumeCatalogue, error) {
	return get[VolumeCatalogue](ctx, c, "list volume sizes", dataCenterPath(id)+"/volume-sizes", nil)
}

// Volume is a volume as the vendor's Terraform provider reads it; that the rows
// of the list have the same members is [inferred].
type Volume struct {
	ID         cloud.VolumeID `json:"id"`
	Name       string         `json:"name"`
	SizeGB     *int           `json:"sizeGb"`
	VolumeType VolumeType     `json:"volumeType"`
	Datacenter Place          `json:"datacenter"`
	// VirtualMachineID is empty where the volume is free.
	VirtualMachineID   cloud.MachineRef `json:"virtualMachineId"`
	VirtualMachineName string           `json:"virtualMachineName"`
	// Status is [inferred].
	Status    *Status   `json:"status,omitempty"`
	CreatedAt Timestamp `json:"createdAt"`
	UpdatedAt Timestamp `json:"updatedAt"`
}

// VolumeType is the type of a volume.
type VolumeType struct {
	Code        string  `json:"code"`
	Name        string  `json:"name"`
	Description *string `json:"description"`
}

// ListVolumes returns one page of the tenant's volumes. Page: guide "Volume
// endpoints".
//
//api:operation GET /v1/resource/volumes
func (c *Client) ListVolumes(ctx context.Context, opts ListOptions) (List[Volume], error) {
	return list[Volume](ctx, c, operationVolumes, volumes, url.Values(opts.query()))
}

// GetVolume reads one volume; an unknown ID returns 404.
//
//api:operation GET /v1/resource/volumes/{id}
func (c *Client) GetVolume(ctx context.Context, id cloud.VolumeID) (Volume, error) {
	return get[Volume](ctx, c, "get volume", volumePath(id), nil)
}

// VolumeCreate is the body that makes a volume.
type VolumeCreate struct {
	Name         string           `json:"name"`
	DatacenterID cloud.LocationID `json:"datacenterId"`
	SKUID        cloud.OfferID    `json:"skuId"`
}

// CreateVolume starts a charge and returns the job. The status is 409 where the name is
// taken.
//
//api:operation POST /v1/resource/volumes
func (c *Client) CreateVolume(ctx context.Context, volume VolumeCreate) (Job, error) {
	jobs, err := send[Jobs](ctx, c, "create volume", http.MethodPost, volumes, volume)
	return jobs.first(), err
}

// volumeResize and volumeAttachment are bodies of one member.
type volumeResize struct {
	NewSizeGB int `json:"newSizeGb"`
}

type volumeAttachment struct {
	VirtualMachineID cloud.MachineRef `json:"virtualMachineId"`
}

// ResizeVolume grows a volume to a listed size and returns the job.
//
//api:operation PUT /v1/resource/volumes/{id}/resize
func (c *Client) ResizeVolume(ctx context.Context, id cloud.VolumeID, sizeGB int) (Job, error) {
	jobs, err := send[Jobs](ctx, c, operationUpdateVolume, http.MethodPut, volumePath(id)+"/resize", volumeResize{sizeGB})
	return jobs.first(), err
}

// AttachVolume attaches a volume to a VM and returns the job.
//
//api:operation PUT /v1/resource/volumes/{id}/attach
func (c *Client) AttachVolume(ctx context.Context, id cloud.VolumeID, to cloud.MachineRef) (Job, error) {
	jobs, err := send[Jobs](ctx, c, operationUpdateVolume, http.MethodPut, volumePath(id)+"/attach", volumeAttachment{to})
	return jobs.first(), err
}

// DetachVolume detaches a volume from its VM and returns the job.
//
//api:operation PUT /v1/resource/volumes/{id}/detach
func (c *Client) DetachVolume(ctx context.Context, id cloud.VolumeID) (Job, error) {
	jobs, err := send[Jobs](ctx, c, operationUpdateVolume, http.MethodPut, volumePath(id)+"/detach", nil)
	return jobs.first(), err
}

// volumeSelection is the body of a bulk operation.
type volumeSelection struct {
	IDs []cloud.VolumeID `json:"ids"`
}

// DetachVolumes detaches 1 to MaxIDs volumes from their VMs. It returns the jobs that
// were started, which may be fewer. Page: "Detach volumes in bulk".
//
//api:operation POST /v1/resource/volumes/bulk/detach
func (c *Client) DetachVolumes(ctx context.Context, ids ...cloud.VolumeID) ([]Job, error) {
	return send[jobBatch](ctx, c, operationUpdateVolume, http.MethodPost, volumes+"/bulk/detach", volumeSelection{ids})
}

// DeleteVolume deletes a volume with its data and returns the job.
//
//api:operation DELETE /v1/resource/volumes/{id}
func (c *Client) DeleteVolume(ctx context.Context, id cloud.VolumeID) (Job, error) {
	jobs, err := send[Jobs](ctx, c, "delete volume", http.MethodDelete, volumePath(id), nil)
	return jobs.first(), err
}

func volumePath(id cloud.VolumeID) string { return volumes + "/" + rest.ID(id) }
