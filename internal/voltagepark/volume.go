package voltagepark

import (
	"context"
	"encoding/json"
	"net/http"

	"countersign/internal/cloud"
	"countersign/internal/rest"
)

// Volume is shared storage that bare-metal rentals mount over the network.
type Volume struct {
	// UsedCapacityBytes is sent for a single volume, and not in the list.
	UsedCapacityBytes *int64         `json:"used_capacity_bytes,omitempty"`
	ID                cloud.VolumeID `json:"id"`
	SizeInGB          *int           `json:"size_in_gb"`
	Name              string         `json:"name"`
	// Status is active or inactive, known from another client.
	Status     string  `json:"status"`
	RateHourly Decimal `json:"rate_hourly"`
	// OrderIDs are the rentals that it is attached to.
	OrderIDs []cloud.MachineRef `json:"order_ids"`
	TenantID json.RawMessage    `json:"tenant_id,omitempty"`
	VIP      *string            `json:"vip"`
}

// StorageRate is the price of a gigabyte per hour.
type StorageRate struct {
	HourlyRatePerGB Decimal `json:"hourly_rate_per_gb"`
}

// maxVolumes is the largest limit that the list of volumes takes.
const maxVolumes = 100

// GetStorageRate is "Fetch hourly rate for storage".
//
//api:operation GET /api/v1/storage/hourly-rate
func (c *Client) GetStorageRate(ctx context.Context) (StorageRate, error) {
	return rest.Get[StorageRate](ctx, c.rest, "get storage rate", "/storage/hourly-rate", nil)
}

// ListVolumes is "List of available storage". The limit is at most 100; the default is 20.
//
//api:operation GET /api/v1/storage/
func (c *Client) ListVolumes(ctx context.Context, opts ListOptions) (List[Volume], error) {
	return rest.Get[List[Volume]](ctx, c.rest, "list volumes", "/storage/", opts.query())
}

// GetVolume is "Get storage by id". The page lists no 404.
//
//api:operation GET /api/v1/storage/{storage_id}
func (c *Client) GetVolume(ctx context.Context, id cloud.VolumeID) (Volume, error) {
	return rest.Get[Volume](ctx, c.rest, "get volume", volumePath(id), nil)
}

// NewVolume is the body that creates a volume.
type NewVolume struct {
	SizeInGB int                `json:"size_in_gb"`
	Name     string             `json:"name"`
	OrderIDs []cloud.MachineRef `json:"order_ids,omitempty"`
}

// CreateVolume is "Create shared storage volume".
//
//api:operation POST /api/v1/storage/
func (c *Client) CreateVolume(ctx context.Context, volume NewVolume) (Volume, error) {
	return rest.Send[Volume](ctx, c.rest, "create volume", http.MethodPost, "/storage/", volume)
}

// VolumeDetails are the fields that can be modified; nil is not sent and changes nothing.
type VolumeDetails struct {
	SizeInGB *int    `json:"size_in_gb,omitempty"`
	Name     *string `json:"name,omitempty"`
	// OrderIDs replaces the whole set [inferred].
	OrderIDs *[]cloud.MachineRef `json:"order_ids,omitempty"`
}

// UpdateVolume is "Update storage volume".
//
//api:operation PATCH /api/v1/storage/{storage_id}
func (c *Client) UpdateVolume(ctx context.Context, id cloud.VolumeID, details VolumeDetails) (Volume, error) {
	return rest.Send[Volume](ctx, c.rest, "update volume", http.MethodPatch, volumePath(id), details)
}

// DeleteVolume is "Terminate a storage volume".
//
//api:operation DELETE /api/v1/storage/{storage_id}
func (c *Client) DeleteVolume(ctx context.Context, id cloud.VolumeID) error {
	_, err := rest.Send[rest.Nothing](ctx, c.rest, "delete volume", http.MethodDelete, volumePath(id), nil)
	return err
}

func volumePath(id cloud.VolumeID) string { return "/storage/" + rest.ID(id) }
