package gpcn

import (
	"context"
	"errors"

	"countersign/internal/cloud"
)

var (
	_ cloud.VolumeReader      = (*Provider)(nil)
	_ cloud.VolumeOfferLister = (*Provider)(nil)
	_ cloud.VolumeDeleter     = (*Provider)(nil)
)

const (
	operationVolumes      = "list volumes"
	operationVolumeOffers = "list volume offers"
	operationDeleteVolume = "delete volume"
)

// volumeSKUs finds the SKU of a volume by its data center, type and size, because GPCN
// does not send it with the volume. A catalogue is read once, and only where the
// operator's book has prices.
type volumeSKUs struct {
	*Provider
	catalogues map[cloud.LocationID]VolumeCatalogue
}

func (p *Provider) volumeSKUs() volumeSKUs {
	return volumeSKUs{p, map[cloud.LocationID]VolumeCatalogue{}}
}

func (s volumeSKUs) catalogue(ctx context.Context, at cloud.LocationID) (VolumeCatalogue, error) {
	known, there := s.catalogues[at]
	if there {
		return known, nil
	}
	catalogue, err := s.client.ListVolumeSizes(ctx, at)
	if err == nil {
		s.catalogues[at] = catalogue
	}
	return catalogue, err
}

// price returns what a size of a type costs in a data center.
func (s volumeSKUs) price(ctx context.Context, at cloud.LocationID, typeCode string, sizeGB *int) (cloud.Price, error) {
	if len(s.book) == 0 {
		return cloud.UnknownPrice(noPrices), nil
	}
	catalogue, err := s.catalogue(ctx, at)
	if err != nil {
		return cloud.Price{}, err
	}
	for _, size := range catalogue.sizes(typeCode) {
		if sizeGB != nil && size.SizeGB != nil && *size.SizeGB == *sizeGB {
			return s.Provider.price(size.SKUID, 1), nil
		}
	}
	return cloud.UnknownPrice("GPCN does not tell which offer this volume is of, and none of its data center has this type and size"), nil
}

// sizes returns the sizes of one type. That a volume names its type by the catalogue's
// code is [inferred].
func (c VolumeCatalogue) sizes(typeCode string) []VolumeSize {
	for _, t := range c.VolumeTypes {
		if t.ComponentCode == typeCode {
			return t.AvailableSizes
		}
	}
	return nil
}

// ListVolumes lists the tenant's volumes.
func (p *Provider) ListVolumes(ctx context.Context, page cloud.PageRequest) (cloud.Page[cloud.Volume], error) {
	rows, err := listPage(ctx, p, operationVolumes, page, p.client.ListVolumes)
	if err != nil {
		return cloud.Page[cloud.Volume]{}, err
	}
	out := cloud.Page[cloud.Volume]{Next: rows.Next, Items: make([]cloud.Volume, 0, len(rows.Items))}
	skus := p.volumeSKUs()
	for _, row := range rows.Items {
		v, err := skus.volume(ctx, row)
		if err != nil {
			return cloud.Page[cloud.Volume]{}, err
		}
		out.Items = append(out.Items, v)
	}
	return out, nil
}

// GetVolume reads one volume by its exact ID.
func (p *Provider) GetVolume(ctx context.Context, id cloud.VolumeID) (cloud.Volume, error) {
	const operation = "get volume"
	return cloud.ByUUID(p.account, operation, id, func(id cloud.VolumeID) (cloud.Volume, error) {
		v, err := p.client.GetVolume(ctx, id)
		if err != nil {
			return cloud.Volume{}, err
		}
		if err := cloud.SameID(p.account, operation, id, v.ID); err != nil {
			return cloud.Volume{}, err
		}
		return p.volumeSKUs().volume(ctx, v)
	})
}

func (s volumeSKUs) volume(ctx context.Context, v Volume) (cloud.Volume, error) {
	name, altered := cloud.Clean(v.Name, 0)
	out := cloud.Volume{
		ID: v.ID, Account: s.account, Name: name, NameAltered: altered, Status: cloud.CleanText(string(optional(v.Status))),
		Type: cloud.CleanText(v.VolumeType.Code), SizeGB: v.SizeGB, LocationID: v.Datacenter.ID, CreatedAt: v.CreatedAt.Time(),
	}
	if v.VirtualMachineID != "" {
		out.AttachedTo = []cloud.MachineRef{v.VirtualMachineID}
	}
	var err error
	out.Price, err = s.price(ctx, v.Datacenter.ID, v.VolumeType.Code, v.SizeGB)
	if errors.As(err, new(*cloud.Error)) { // the volume is returned without a price
		out.Price, err = cloud.UnknownPrice("the sizes of its data center could not be read, by which the price book of the operator is looked up"), nil
	}
	return out, err
}

// ListVolumeOffers lists the sizes of the data centers, or of one.
func (p *Provider) ListVolumeOffers(ctx context.Context, query cloud.VolumeOfferQuery, page cloud.PageRequest) (cloud.VolumeOfferPage, error) {
	places, err := p.placesOf(ctx, query.LocationID)
	if err != nil {
		return cloud.VolumeOfferPage{}, err
	}
	var offers []cloud.VolumeOffer
	var partial []string
	for _, at := range places {
		catalogue, err := p.client.ListVolumeSizes(ctx, at.ID)
		if err != nil && len(places) == 1 {
			return cloud.VolumeOfferPage{}, err
		}
		if err != nil {
			partial = append(partial, failedList("volume sizes of data center "+string(at.ID), err))
			continue
		}
		offers = append(offers, p.volumeOffers(at.ID, catalogue, query.SizeGB)...)
	}
	rows, ok := cloud.CutPage(offers, page)
	if !ok {
		return cloud.VolumeOfferPage{}, cloud.BadCursor(p.account, operationVolumeOffers)
	}
	return cloud.VolumeOfferPage{Page: rows, Partial: partial}, nil
}

// placesOf returns one data center, or all where none is named.
func (p *Provider) placesOf(ctx context.Context, only cloud.LocationID) ([]DataCenter, error) {
	if only == "" {
		return p.allDataCenters(ctx)
	}
	at, err := p.confirmDataCenter(ctx, operationVolumeOffers, "location_id", only)
	return []DataCenter{at}, err
}

// volumeOffers returns the sizes of a catalogue from a minimum size on.
func (p *Provider) volumeOffers(at cloud.LocationID, catalogue VolumeCatalogue, leastGB int) []cloud.VolumeOffer {
	var offers []cloud.VolumeOffer
	for _, t := range catalogue.VolumeTypes {
		for _, size := range t.AvailableSizes {
			if size.SKUID == "" || size.SizeGB != nil && *size.SizeGB < leastGB {
				continue
			}
			offers = append(offers, cloud.VolumeOffer{
				ID: size.SKUID, Account: p.account, Name: cloud.CleanText(size.DisplayName), Type: cloud.CleanText(t.Name), Block: volumeBlock,
				Field: "sku_id", LocationID: at, SizeGB: size.SizeGB, Total: p.price(size.SKUID, 1),
			})
		}
	}
	return offers
}

// PlanVolumeDeletion returns the consequences of a deletion.
func (*Provider) PlanVolumeDeletion(_ context.Context, volume cloud.Volume) ([]string, error) {
	consequences := []string{
		"Everything on the volume is lost for ever; this cannot be undone.",
		"When its charge ends is not documented; that it ends with the volume is assumed.",
	}
	if len(volume.AttachedTo) > 0 {
		consequences = append(consequences, "GPCN may refuse to delete a volume that is attached; update_volume detaches it.")
	}
	return consequences, nil
}

// DeleteVolume starts the deletion of a volume and returns the job.
func (p *Provider) DeleteVolume(ctx context.Context, id cloud.VolumeID) (cloud.Accepted, error) {
	return cloud.ByUUID(p.account, operationDeleteVolume, id, func(id cloud.VolumeID) (cloud.Accepted, error) {
		job, err := p.client.DeleteVolume(ctx, id)
		if err != nil {
			return cloud.Accepted{}, err
		}
		return accepted(job), nil
	})
}
