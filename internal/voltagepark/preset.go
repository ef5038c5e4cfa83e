package voltagepark

import (
	"context"
	"net/url"
	"strconv"

	"countersign/internal/cloud"
	"countersign/internal/rest"
)

// Preset is a preconfigured VM. Both rates are for the whole machine and add up to its
// price.
type Preset struct {
	ID                          cloud.OfferID      `json:"id"`
	Resources                   Resources          `json:"resources"`
	OperatingSystem             string             `json:"operating_system"`
	ComputeRateHourly           Decimal            `json:"compute_rate_hourly"`
	StorageRateHourly           Decimal            `json:"storage_rate_hourly"`
	LocationIDsWithAvailability []cloud.LocationID `json:"location_ids_with_availability"`
}

// Resources is the size of a VM.
type Resources struct {
	GPUs      GPUs `json:"gpus"`
	VCPUCount *int `json:"vcpu_count"`
	RAMGB     *int `json:"ram_gb"`
	StorageGB *int `json:"storage_gb"`
}

// GPUs are the numbers of GPUs by the vendor's name of the model.
type GPUs map[string]GPUCount

// GPUCount is a number of GPUs of one model.
type GPUCount struct {
	Count int `json:"count"`
}

// PresetFilter narrows the list of presets.
type PresetFilter struct {
	// Available keeps those with (or without) stock; nil keeps all.
	Available *bool
}

// ListPresets is "Get Instant Deploy Presets". The response is a bare array without
// pages.
//
//api:operation GET /api/v1/instant-deploy-presets/
func (c *Client) ListPresets(ctx context.Context, filter PresetFilter) ([]Preset, error) {
	query := url.Values{}
	if filter.Available != nil {
		query.Set("available", strconv.FormatBool(*filter.Available))
	}
	return rest.Get[[]Preset](ctx, c.rest, "list instant deploy presets", "/instant-deploy-presets/", query)
}

// GetPreset is "Get Instant Deploy Preset".
//
//api:operation GET /api/v1/instant-deploy-presets/{instant_deploy_preset_id}
func (c *Client) GetPreset(ctx context.Context, id cloud.OfferID) (Preset, error) {
	return rest.Get[Preset](ctx, c.rest, "get instant deploy preset", "/instant-deploy-presets/"+rest.ID(id), nil)
}
