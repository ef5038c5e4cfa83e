package voltagepark

import (
	"context"

	"countersign/internal/cloud"
	"countersign/internal/rest"
)

// StorageVolume is a network volume that rentals mount.
type StorageVolume struct {
	UsedCapacityBytes *int64           `json:"used_capacity_bytes"`
	ID                cloud.VolumeID   `json:"id"`
	SizeInGB          *int             `json:"size_in_gb"`
	Name              string           `json:"name"`
	Status            string           `json:"status"`
	RateHourly        Decimal          `json:"rate_hourly"`
	OrderIDs          []cloud.RentalID `json:"order_ids"`
	TenantID          *int             `json:"tenant_id"`
	VIP               *string          `json:"vip"`
}

// GetStorage is "Get storage by id".
//
//api:operation GET /api/v1/storage/{storage_id}
func (c *Client) GetStorage(ctx context.Context, id cloud.VolumeID) (StorageVolume, error) {
	return rest.Get[StorageVolume](ctx, c.rest, "get storage", "/storage/"+rest.ID(id), nil)
}
