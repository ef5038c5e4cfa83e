package hostup

import (
	"context"
	"encoding/json"

	"countersign/internal/cloud"
)

// paygDeployments is the path for new pay-as-you-go servers.
const paygDeployments = vpsList + "/payg/deployments"

// DeploymentOptions is the choice for a pay-as-you-go server, and whether this account
// may create one now.
type DeploymentOptions struct {
	Available bool               `json:"available"`
	Reason    *string            `json:"reason"`
	Access    *DeploymentAccess  `json:"access"`
	Actions   Gates              `json:"actions,omitempty"` // CanDeploy
	Pricing   *PAYGRates         `json:"pricing"`
	Defaults  *DeploymentDefault `json:"defaults"`
	// Limits and Regions are named by the page, which does not show their fields.
	Limits  ResourceLimits `json:"limits,omitzero"`
	Regions Regions        `json:"regions,omitempty"`
}

// DeploymentAccess is what the account has and lacks.
type DeploymentAccess struct {
	Available               bool     `json:"available"`
	CountryPaymentAvailable bool     `json:"countryPaymentAvailable"`
	RequiresCard            bool     `json:"requiresCard"`
	HasCard                 bool     `json:"hasCard"`
	Verified                bool     `json:"verified"`
	CloudAccessEnabled      bool     `json:"cloudAccessEnabled"`
	Reason                  *string  `json:"reason"`
	CountryCode             *string  `json:"countryCode"`
	BlockerReasons          []string `json:"blockerReasons"`
}

// PAYGRates are the prices of pay-as-you-go servers: per hour, and bandwidth per
// GB.
type PAYGRates struct {
	CurrencyCode     string `json:"currencyCode"`
	CPUPerCoreHour   Number `json:"cpuPerCoreHour"`
	MemoryPerGBHour  Number `json:"memoryPerGbHour"`
	StoragePerGBHour Number `json:"storagePerGbHour"`
	BandwidthPerGB   Number `json:"bandwidthPerGb"`
	IPPerHour        Number `json:"ipPerHour"`
}

// DeploymentDefault is the vendor's suggestion.
type DeploymentDefault struct {
	RegionID  cloud.LocationID `json:"regionId"`
	Resources Resources        `json:"resources"`
}

// ResourceLimits are the smallest and largest sizes. That they are an object of ranges
// by resource is [inferred]; in another form they are unknown, and the rest of the
// response is still read.
type ResourceLimits struct {
	CPUCores  Range `json:"cpuCores"`
	MemoryGB  Range `json:"memoryGb"`
	StorageGB Range `json:"storageGb"`
}

// Range is from Min to Max; either may be unknown.
type Range struct {
	Min Number `json:"min"`
	Max Number `json:"max"`
}

// UnmarshalJSON reads the ranges that have the [inferred] form.
func (l *ResourceLimits) UnmarshalJSON(raw []byte) error {
	type plain ResourceLimits
	var p plain
	_ = json.Unmarshal(raw, &p)
	*l = ResourceLimits(p)
	return nil
}

// Region is a place where pay-as-you-go servers can be created.
type Region struct {
	ID   cloud.LocationID `json:"id"`
	Name string           `json:"name,omitempty"`
}

// Regions are a list of IDs, or of objects with an id or a regionId, which is
// [inferred]; rows in another form are left out.
type Regions []Region

// UnmarshalJSON reads the rows that have an [inferred] form.
func (r *Regions) UnmarshalJSON(raw []byte) error {
	*r = nil
	var rows []json.RawMessage
	_ = json.Unmarshal(raw, &rows)
	for _, row := range rows {
		var object struct {
			Region
			RegionID cloud.LocationID `json:"regionId"`
		}
		if json.Unmarshal(row, &object.ID) != nil {
			_ = json.Unmarshal(row, &object)
		}
		if object.ID == "" {
			object.ID = object.RegionID
		}
		if object.ID != "" {
			*r = append(*r, object.Region)
		}
	}
	return nil
}

// GetDeploymentOptions returns what to check before a deployment. It needs the scope
// read:vm. Page: "get-v2-vps-payg-deployments" (near full).
//
//api:operation GET /api/v2/vps/payg/deployments
func (c *Client) GetDeploymentOptions(ctx context.Context) (DeploymentOptions, error) {
	k := call{name: "get PAYG options", scope: "read:vm", about: aboutAccount}
	return get[DeploymentOptions](ctx, c, k, paygDeployments, nil)
}
