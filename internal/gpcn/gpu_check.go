package gpcn

import (
	"context"
	"slices"

	"countersign/internal/cloud"
)

// The image names on page "Create a GPU VM".
const (
	imageUbuntu22 = "ubuntu-22.04"
	imageUbuntu24 = "ubuntu-24.04"
)

// check applies the rules of page "Create a GPU VM" that need no network.
func (s *GPUSpec) check() []cloud.Issue {
	problems := checkName(s.Name)
	report := func(field, message string) {
		problems = append(problems, cloud.Issue{Field: field, Message: message})
	}
	if !slices.Contains([]int{1, 2, 4, 8}, s.GPUCount) {
		report("gpu_count", "must be 1, 2, 4 or 8")
	}
	if !slices.Contains([]string{"", imageUbuntu22, imageUbuntu24}, s.ImageName) {
		report("image_name", "must be "+imageUbuntu22+" or "+imageUbuntu24)
	}
	if s.ImageName != "" && s.ImageID != "" {
		report("image_id", "must be left out beside image_name, which GPCN would take instead")
	}
	if s.Username != "" {
		problems = append(problems, checkGPUUsername(s.Username)...)
	}
	return problems
}

// gpuParts holds the resources that a block names, confirmed in this account and in
// stock.
type gpuParts struct {
	at     DataCenter
	series GPUSeries
	sku    GPUSKU
	image  Image
	group  ResourceGroup
	key    cloud.SSHKey
}

// confirm looks up everything that a block names and checks that it is in stock.
func (k gpuVMs) confirm(ctx context.Context, s *GPUSpec) (gpuParts, error) {
	var parts gpuParts
	var err error
	if parts.at, err = k.confirmDataCenter(ctx, operationCreate, "datacenter_id", s.DatacenterID); err != nil {
		return parts, err
	}
	if parts.series, parts.sku, err = k.confirmStock(ctx, s); err != nil {
		return parts, err
	}
	if parts.key, err = k.confirmKey(ctx, operationCreate, s.SSHKeyID); err != nil {
		return parts, err
	}
	if s.ResourceGroupID != "" {
		if parts.group, err = k.confirmGroup(ctx, operationCreate, s.ResourceGroupID); err != nil {
			return parts, err
		}
	}
	if s.ImageID != "" {
		catalogue, err := k.client.ListImages(ctx, parts.at.ID)
		if err != nil {
			return parts, err
		}
		if parts.image, err = confirmImage(k.Provider, catalogue, s.ImageID); err != nil {
			return parts, err
		}
	}
	return parts, nil
}

// confirmStock finds the series and the SKU among those that the data center has
// now: the requested SKU, or else the first, which is the cheapest.
func (k gpuVMs) confirmStock(ctx context.Context, s *GPUSpec) (GPUSeries, GPUSKU, error) {
	inventory, err := k.client.GetGPUInventory(ctx, InventoryFilter{DatacenterID: s.DatacenterID})
	if err != nil {
		return GPUSeries{}, GPUSKU{}, err
	}
	if inventory.Error != nil {
		return GPUSeries{}, GPUSKU{}, k.refuse(cloud.ErrUnavailable, operationCreate, "the provider behind GPCN's GPUs cannot be reached now", "Try again later; nothing was sent.")
	}
	want := lookup{operationCreate, "series_id", string(s.SeriesID), "GPU series", "the field with of list_offers"}
	series, err := confirm(k.Provider, want, inventory.Series, func(g GPUSeries) cloud.Candidate { return cloud.Candidate{ID: string(g.ID), Name: g.Name} })
	if err != nil {
		return series, GPUSKU{}, err
	}
	if at, count := series.having(s.SKUCode, s.DatacenterID); s.SKUCode != "" && at && count != s.GPUCount {
		return series, GPUSKU{}, k.invalid(operationCreate, []cloud.Issue{{Field: "sku_code", Message: "has another number of GPUs than gpu_count"}})
	}
	available := series.available(s.DatacenterID, s.GPUCount)
	i := slices.IndexFunc(available, func(sku GPUSKU) bool {
		return s.SKUCode == "" || sku.SKUCode == string(s.SKUCode)
	})
	if i < 0 {
		e := k.refuse(cloud.ErrBlocked, operationCreate, "this GPU configuration cannot be had in this data center now: it is sold out, or there is none such",
			"list_offers with location_id shows what can be had now. Ask the user before taking another one.")
		for _, sku := range available {
			e.Candidates = append(e.Candidates, cloud.Candidate{ID: sku.SKUCode, Name: cloud.CleanText(sku.Description)})
		}
		return series, GPUSKU{}, e
	}
	return series, available[i], nil
}

// available returns the SKUs with that number of GPUs that a data center has now.
func (g GPUSeries) available(at cloud.LocationID, count int) []GPUSKU {
	var out []GPUSKU
	for _, place := range g.Availability {
		for _, row := range place.GPUCounts {
			if place.DatacenterID == at && row.Count == count {
				out = append(out, row.AvailableSKUs...)
			}
		}
	}
	return out
}

// having returns whether a data center has an SKU now, and with how many GPUs.
func (g GPUSeries) having(code cloud.OfferID, at cloud.LocationID) (there bool, count int) {
	for _, place := range g.Availability {
		for _, row := range place.GPUCounts {
			if place.DatacenterID == at && slices.ContainsFunc(row.AvailableSKUs, func(sku GPUSKU) bool { return sku.SKUCode == string(code) }) {
				return true, row.Count
			}
		}
	}
	return false, 0
}
