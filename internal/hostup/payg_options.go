package hostup

import (
	"context"
	"encoding/json"

	"countersign/internal/cloud"
)

// paygDeployments is where pay-as-you-go servers are made.
const paygDeployments = vpsList + "/payg/deployments"

// DeploymentOptions is what a pay-as-you-go server can be made of, and whether
// this account may make one now.
type DeploymentOptions struct {
	Available bool               `json:"available"`
	Reason    *string            `json:"reason"`
	Access    *DeploymentAccess  `json:"access"`
	Actions   Gates              `json:"actions,omitempty"` // CanDeploy
	Pricing   *PAYGRates         `json:"pricing"`
	Defaults  *DeploymentDefault `json:"defaults"`
	// Limits and Regions are named by the page, their fields were not seen.
	Limits  ResourceLimits `json:"limits,omitzero"`
	Regions Regions        `json:"regions,omitempty"`
}

// DeploymentAccess says what the account has and lacks.
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

// DeploymentDefault is what the vendor suggests.
type DeploymentDefault struct {
	RegionID  cloud.LocationID `json:"regionId"`
	Resources Resources        `json:"resources"`
}

// ResourceLimits are the smallest and largest sizes. That they are an object of
// ranges by resource is [inferred]; in another form they are not known, which
// costs nothing else of the answer.
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

// UnmarshalJSON reads the ranges as far as they are in the form that is
// [inferred].
func (l *ResourceLimits) UnmarshalJSON(raw []byte) error {
	type plain ResourceLimits
	var p plain
	_ = json.Unmarshal(raw, &p)
	*l = ResourceLimits(p)
	return nil
}

// Region is a place where pay-as-you-go servers can be made.
type Region struct {
	ID   cloud.LocationID `json:"id"`
	Name string           `json:"name,omitempty"`
}

// Regions are the places. That they are a list of IDs, or of objects with an id
// or a regionId, is [inferred]; rows of another form are left out.
type Regions []Region

// UnmarshalJSON reads the rows that are in a form that is [inferred].
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

// GetDeploymentOptions returns what a deployment has to check first. It needs
// the scope read:vm. Page: "get-v2-vps-payg-deployments" (near full).
//
//api:operation GET /api/v2/vps/payg/deployments
func (c *Client) GetDeploymentOptions(ctx context.Context) (DeploymentOptions, error) {
	k := call{name: "get PAYG options", scope: "read:vm", about: aboutAccount}
	return get[DeploymentOptions](ctx, c, k, paygDeployments, nil)
}
