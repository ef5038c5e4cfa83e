package gpcn

import (
	"context"
	"strconv"

	"countersign/internal/cloud"
)

var _ cloud.OfferLister = (*Provider)(nil)

const operationOffers = "list offers"

// offerList collects the offers of the vendor's lists, each once and in the order of
// its first appearance.
type offerList struct {
	offers  []*cloud.Offer
	partial []string
	closed  []string
}

// ListOffers lists the VM sizes of the data centers, then the GPUs in stock; both of
// one data center only, if the query names one.
func (p *Provider) ListOffers(ctx context.Context, query cloud.OfferQuery, page cloud.PageRequest) (cloud.OfferPage, error) {
	list, err := p.offers(ctx, query.LocationID)
	if err != nil {
		return cloud.OfferPage{}, err
	}
	rows, ok := cloud.CutPage(list.offers, page)
	if !ok {
		return cloud.OfferPage{}, cloud.BadCursor(p.account, operationOffers)
	}
	return cloud.OfferPage{Page: cloud.MapPage(rows, func(o *cloud.Offer) cloud.Offer { return *o }), Partial: list.partial, Closed: list.closed}, nil
}

// GetOffer finds an offer by its exact ID in all data centers.
func (p *Provider) GetOffer(ctx context.Context, id cloud.OfferID) (cloud.Offer, error) {
	const operation = "get offer"
	list, err := p.offers(ctx, "")
	if err != nil {
		return cloud.Offer{}, err
	}
	offer, err := confirm(p, lookup{operation, "offer_id", string(id), "offer of this account", "list_offers"}, list.offers,
		func(o *cloud.Offer) cloud.Candidate { return cloud.Candidate{ID: string(o.ID), Name: o.Name} })
	switch {
	case err == nil:
		return *offer, nil
	case len(list.closed) > 0 && len(list.partial) == 0:
		return cloud.Offer{}, p.refuse(cloud.ErrForbidden, operation, "the lists that GPCN shows to this account have no such offer; its GPUs are not shown",
			"Take another offer of list_offers. "+gpuFeatureOff+" Repeating the call does not help.")
	case len(list.partial) > 0:
		return cloud.Offer{}, p.refuse(cloud.ErrUnavailable, operation, "not all lists of GPCN could be read, and the others have no such offer", "Try again later, or take another offer of list_offers.")
	}
	return cloud.Offer{}, err
}

// offers reads the lists of one data center, or of all. A list that fails is named in
// partial, as long as another one succeeds.
func (p *Provider) offers(ctx context.Context, only cloud.LocationID) (*offerList, error) {
	var places []DataCenter
	var err error
	if only == "" {
		places, err = p.allDataCenters(ctx)
	} else {
		var at DataCenter
		at, err = p.confirmDataCenter(ctx, operationOffers, "location_id", only)
		places = []DataCenter{at}
	}
	if err != nil {
		return nil, err
	}
	list := &offerList{}
	var failed error // of the last list of sizes that failed
	read := 0
	for _, at := range places {
		sizes, err := p.client.ListSizes(ctx, at.ID, "")
		if err != nil {
			failed = err
			list.partial = append(list.partial, failedList("VM sizes of data center "+string(at.ID), err))
			continue
		}
		read++
		list.addSizes(p, at.ID, sizes)
	}
	inventory, err := p.client.GetGPUInventory(ctx, InventoryFilter{DatacenterID: only})
	switch {
	case err == nil:
		read++
		list.addInventory(p, inventory)
	case cloud.IsKind(err, cloud.ErrForbidden):
		list.closed = append(list.closed, "GPUs: GPCN does not show its GPU inventory to this account. "+gpuFeatureOff)
	default:
		list.partial = append(list.partial, failedList("GPU inventory", err))
	}
	if read == 0 && failed != nil {
		return nil, failed
	}
	return list, nil
}

// gpuFeatureOff explains a forbidden inventory: every role may read it.
const gpuFeatureOff = "The GPU feature is probably not switched on for this tenant; the user has to ask GPCN for it."

// addSizes adds the sizes of a data center. GPCN does not send their stock.
func (l *offerList) addSizes(p *Provider, at cloud.LocationID, sizes SizeCatalogue) {
	for _, category := range sizes.Categories {
		for _, size := range category.Sizes {
			l.add(at, cloud.Offer{
				ID: size.SKUID, Account: p.account, Name: cloud.CleanText(size.Name), Block: vmBlock, Field: "sku_id",
				VCPUs: size.CPU, RAMGB: size.RAM, StorageGB: size.Disk, Total: p.price(size.SKUID, 1),
			})
		}
	}
}

// addInventory adds the GPU configurations, all of which are in stock.
func (l *offerList) addInventory(p *Provider, inventory Inventory) {
	if inventory.Error != nil {
		l.partial = append(l.partial, "GPU inventory: the provider behind GPCN's GPUs cannot be reached; that none are listed says nothing about stock.")
	}
	for _, series := range inventory.Series {
		for _, at := range series.Availability {
			for _, count := range at.GPUCounts {
				for _, sku := range count.AvailableSKUs {
					l.add(at.DatacenterID, p.gpuOffer(series, count.Count, sku))
				}
			}
		}
	}
}

func (p *Provider) gpuOffer(series GPUSeries, count int, sku GPUSKU) cloud.Offer {
	model := sku.Specs.GPUDescription
	if model == "" {
		model = series.Name
	}
	return cloud.Offer{
		ID: cloud.OfferID(sku.SKUCode), Account: p.account, Name: cloud.CleanText(sku.Description), Block: gpuBlock, Field: "sku_code",
		With:  []string{"series_id=" + string(series.ID), "gpu_count=" + strconv.Itoa(count)},
		GPUs:  []cloud.GPU{{Model: cloud.CleanText(model), Count: count}},
		VCPUs: sku.Specs.VCPU, RAMGB: sku.Specs.MemoryGiB, StorageGB: sku.Specs.StorageGB,
		Total: p.price(cloud.OfferID(sku.SKUCode), 1), InStock: new(true), Note: "Memory is in GiB.",
	}
}

// add adds an offer, or one more location of an offer that is there already. It skips
// offers without an ID, which cannot be created.
func (l *offerList) add(at cloud.LocationID, offer cloud.Offer) {
	if offer.ID == "" {
		return
	}
	for _, o := range l.offers {
		if o.ID == offer.ID && o.Block == offer.Block {
			o.Stock = append(o.Stock, cloud.Stock{LocationID: at})
			return
		}
	}
	offer.Stock = []cloud.Stock{{LocationID: at}}
	l.offers = append(l.offers, &offer)
}
