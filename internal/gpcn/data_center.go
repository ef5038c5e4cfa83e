package gpcn

import (
	"context"
	"net/url"

	"countersign/internal/cloud"
	"countersign/internal/rest"
)

// dataCenters is the path of the data centers.
const dataCenters = "/resource/data-centers"

// DataCenter is a place that is open to the tenant, as the vendor's Terraform
// provider reads it.
type DataCenter struct {
	ID       cloud.LocationID `json:"id"`
	Name     string           `json:"name"`
	Code     string           `json:"code"`
	RegionID *int             `json:"regionId"`
	// RegionName is a part of a country, such as "central".
	RegionName string `json:"regionName"`
	// CountryID was an integer before March 2026.
	CountryID           string `json:"countryId"`
	CountryName         string `json:"countryName"`
	CountryAbbreviation string `json:"countryAbbreviation"`
	ContinentCode       string `json:"continentCode"`
	ContinentName       string `json:"continentName"`
	// GPUEnabled is true where GPU VMs can be created.
	GPUEnabled   *bool `json:"gpuEnabled"`
	CustomImages *bool `json:"customImages"`
}

// DataCenterFilter narrows the list of data centers.
type DataCenterFilter struct {
	ListOptions
	CountryName string
	RegionName  string
	GPUEnabled  *bool
}

// ListDataCenters returns one page of the data centers that are open to the
// tenant.
//
//api:operation GET /v1/resource/data-centers
func (c *Client) ListDataCenters(ctx context.Context, filter DataCenterFilter) (List[DataCenter], error) {
	q := filter.query()
	q.text("countryName", filter.CountryName)
	q.text("regionName", filter.RegionName)
	q.flag("gpuEnabled", filter.GPUEnabled)
	return list[DataCenter](ctx, c, "list data centers", dataCenters, url.Values(q))
}

func dataCenterPath(id cloud.LocationID) string { return dataCenters + "/" + rest.ID(id) }

// Place is the part of a data center that is sent with a machine or a network.
// Rows of the VM list leave CountryAbbr out.
type Place struct {
	ID          cloud.LocationID `json:"id"`
	Name        string           `json:"name"`
	Region      string           `json:"region"`
	CountryAbbr string           `json:"countryAbbr,omitempty"`
	Country     string           `json:"country"`
}
