package voltagepark

import (
	"context"

	"countersign/internal/cloud"
	"countersign/internal/rest"
)

// Volume is shared storage that bare-metal rentals mount over the network.
type Volume struct {
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

// GetVolume is "Get storage by id". The page lists no 404.
//
//api:operation GET /api/v1/storage/{storage_id}
func (c *Client) GetVolume(ctx context.Context, id cloud.VolumeID) (Volume, error) {
	return rest.Get[Volume](ctx, c.rest, "get volume", "/storage/"+rest.ID(id), nil)
}
