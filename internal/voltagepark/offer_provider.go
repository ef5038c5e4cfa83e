package voltagepark

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"countersign/internal/cloud"
)

// presetPriceSource names the source of an offer's price.
const presetPriceSource = "Voltage Park instant deploy preset"

// offerList merges the vendor's two lists of presets.
type offerList struct {
	offers  []cloud.Offer
	partial []string
}

// ListOffers merges the presets with the stock of the instant locations. Sold-out presets
// are listed too.
func (p *Provider) ListOffers(ctx context.Context, _ cloud.OfferQuery, page cloud.PageRequest) (cloud.OfferPage, error) {
	list, err := p.offers(ctx)
	if err != nil {
		return cloud.OfferPage{}, err
	}
	out, ok := cloud.CutPage(list.offers, page)
	if !ok {
		return cloud.OfferPage{}, cloud.BadCursor(p.account, "list offers")
	}
	return cloud.OfferPage{Page: out, Partial: list.partial}, nil
}

// GetOffer reads one preset by its exact ID. Its stock has no numbers where the list of
// instant locations fails.
func (p *Provider) GetOffer(ctx context.Context, id cloud.OfferID) (cloud.Offer, error) {
	const operation = "get offer"
	return exactly(p, operation, id, func(id cloud.OfferID) (cloud.Offer, error) {
		preset, err := p.client.GetPreset(ctx, id)
		if err != nil {
			return cloud.Offer{}, err
		}
		offer := p.offer(preset)
		if list, err := p.client.ListInstantLocations(ctx); err == nil {
			for _, place := range list.Results {
				for _, stocked := range place.AvailablePresets {
					if stocked.ID == id {
						addStock(&offer, place.ID, stocked.AvailableVMs)
					}
				}
			}
		}
		return settleStock(offer), cloud.SameID(p.account, operation, id, preset.ID)
	})
}

// offers reads both lists and merges them by ID. Where one fails it is named in partial:
// either list has everything except the stock.
func (p *Provider) offers(ctx context.Context) (offerList, error) {
	var out offerList
	byID := map[cloud.OfferID]*cloud.Offer{}
	presets, presetsErr := p.client.ListPresets(ctx, PresetFilter{})
	for _, preset := range presets {
		offer := p.offer(preset)
		byID[preset.ID] = &offer
	}
	places, placesErr := p.client.ListInstantLocations(ctx)
	for _, place := range places.Results {
		for _, stocked := range place.AvailablePresets {
			if byID[stocked.ID] == nil {
				offer := p.offer(stocked.preset())
				byID[stocked.ID] = &offer
			}
			addStock(byID[stocked.ID], place.ID, stocked.AvailableVMs)
		}
	}
	if presetsErr != nil && placesErr != nil {
		return out, presetsErr
	}
	for _, err := range []error{presetsErr, placesErr} {
		if err != nil {
			out.partial = append(out.partial, failedList(err))
		}
	}
	out.partial = append(out.partial, cutShort("list instant VM locations", places)...)
	for _, offer := range byID {
		out.offers = append(out.offers, settleStock(*offer))
	}
	slices.SortFunc(out.offers, func(a, b cloud.Offer) int {
		return cmp.Or(cmp.Compare(gpuCount(a.GPUs), gpuCount(b.GPUs)), cmp.Compare(a.ID, b.ID))
	})
	return out, nil
}

// preset returns the part of a preset that an instant location has.
func (i InstantPreset) preset() Preset {
	return Preset{
		ID: i.ID, Resources: i.Resources, OperatingSystem: i.OperatingSystem,
		ComputeRateHourly: i.ComputeRateHourly, StorageRateHourly: i.StorageRateHourly,
		LocationIDsWithAvailability: []cloud.LocationID{},
	}
}

// offer converts a preset; its stock has the places without numbers.
func (p *Provider) offer(preset Preset) cloud.Offer {
	out := cloud.Offer{
		ID:        preset.ID,
		Account:   p.account,
		Block:     blockName,
		Field:     "config_id",
		GPUs:      gpus(preset.Resources.GPUs),
		VCPUs:     preset.Resources.VCPUCount,
		RAMGB:     preset.Resources.RAMGB,
		StorageGB: preset.Resources.StorageGB,
		Image:     cloud.CleanText(preset.OperatingSystem),
		Compute:   money(preset.ComputeRateHourly),
		Storage:   money(preset.StorageRateHourly),
		Total:     presetTotal(preset),
	}
	if preset.LocationIDsWithAvailability != nil {
		out.InStock = new(false) // settleStock decides
	}
	for _, id := range preset.LocationIDsWithAvailability {
		out.Stock = append(out.Stock, cloud.Stock{LocationID: id})
	}
	return out
}

// presetTotal returns the price of the machine while it exists: compute plus storage.
func presetTotal(preset Preset) cloud.Price {
	compute, storage := money(preset.ComputeRateHourly), money(preset.StorageRateHourly)
	if compute == nil || storage == nil {
		return cloud.UnknownPrice("the vendor's compute rate or storage rate is not a number")
	}
	total, _ := compute.Plus(*storage)
	return cloud.HourlyPrice(total, presetPriceSource+": compute and storage", assumedCurrency)
}

// addStock sets the number of machines in stock at a place of an offer.
func addStock(offer *cloud.Offer, place cloud.LocationID, available *int) {
	for i := range offer.Stock {
		if offer.Stock[i].LocationID == place {
			offer.Stock[i].Available = available
			return
		}
	}
	offer.Stock = append(offer.Stock, cloud.Stock{LocationID: place, Available: available})
}

// settleStock sets whether an offer is in stock at any place. A place with the number 0
// has none; one without a number has some.
func settleStock(offer cloud.Offer) cloud.Offer {
	if offer.InStock == nil && len(offer.Stock) == 0 {
		return offer // unknown
	}
	offer.Stock = slices.DeleteFunc(offer.Stock, func(s cloud.Stock) bool { return s.Available != nil && *s.Available <= 0 })
	offer.InStock = new(len(offer.Stock) > 0)
	return offer
}

func gpuCount(gpus []cloud.GPU) int {
	n := 0
	for _, gpu := range gpus {
		n += gpu.Count
	}
	return n
}

// offerCandidates returns the offers by ID, with their sizes as names.
func offerCandidates(offers []cloud.Offer) []cloud.Candidate {
	out := make([]cloud.Candidate, 0, len(offers))
	for _, o := range offers {
		out = append(out, cloud.Candidate{ID: string(o.ID), Name: offerSize(o)})
	}
	return out
}

// offerSize returns an offer's size in one line: "1x h100-sxm5-80gb, 26 vCPU, …".
func offerSize(o cloud.Offer) string {
	var parts []string
	for _, gpu := range o.GPUs {
		parts = append(parts, fmt.Sprintf("%dx %s", gpu.Count, gpu.Model))
	}
	for _, n := range []struct {
		count *int
		unit  string
	}{{o.VCPUs, "vCPU"}, {o.RAMGB, "GB RAM"}, {o.StorageGB, "GB storage"}} {
		if n.count != nil {
			parts = append(parts, fmt.Sprintf("%d %s", *n.count, n.unit))
		}
	}
	if o.Image != "" {
		parts = append(parts, o.Image)
	}
	return strings.Join(parts, ", ")
}
