package voltagepark

import (
	"context"
	"slices"

	"github.com/shopspring/decimal"

	"countersign/internal/cloud"
)

var (
	_ cloud.VolumeReader      = (*Provider)(nil)
	_ cloud.VolumeOfferLister = (*Provider)(nil)
	_ cloud.VolumeMaker       = (*Provider)(nil)
	_ cloud.VolumeUpdater     = (*Provider)(nil)
	_ cloud.VolumeDeleter     = (*Provider)(nil)
)

// oddRate is the assumption of every price computed from the rate per gigabyte.
const oddRate = "rate: the vendor's documentation prints the same number for one GB and for a volume of 100 GB; both cannot hold, so what is charged may be far less than this"

// ListVolumes returns one page of the account's volumes; at most 100 per page.
func (p *Provider) ListVolumes(ctx context.Context, page cloud.PageRequest) (cloud.Page[cloud.Volume], error) {
	rows, err := listPage(ctx, p, "list volumes", page, maxVolumes, p.client.ListVolumes)
	return cloud.MapPage(rows, p.volume), err
}

// GetVolume reads one volume by its exact ID.
func (p *Provider) GetVolume(ctx context.Context, id cloud.VolumeID) (cloud.Volume, error) {
	const operation = "get volume"
	return exactly(p, operation, id, func(id cloud.VolumeID) (cloud.Volume, error) {
		v, err := p.client.GetVolume(ctx, id)
		if err != nil {
			return cloud.Volume{}, err
		}
		return p.volume(v), cloud.SameID(p.account, operation, id, v.ID)
	})
}

func (p *Provider) volume(v Volume) cloud.Volume {
	name, altered := cloud.Clean(v.Name, 0)
	return cloud.Volume{
		ID: v.ID, Account: p.account, Name: name, NameAltered: altered, Status: cloud.CleanText(v.Status), Type: "shared storage",
		SizeGB: v.SizeInGB, UsedBytes: v.UsedCapacityBytes, Address: optionalText(v.VIP), AttachedTo: v.OrderIDs,
		Price: hourly(v.RateHourly, "rate_hourly", "Voltage Park storage, rate_hourly of the volume"),
	}
}

// ListVolumeOffers returns the only rate, and the price of the requested size at it.
func (p *Provider) ListVolumeOffers(ctx context.Context, query cloud.VolumeOfferQuery, page cloud.PageRequest) (cloud.VolumeOfferPage, error) {
	const operation = "list volume offers"
	if query.LocationID != "" {
		return cloud.VolumeOfferPage{}, p.refuse(cloud.ErrUnsupported, operation, "the vendor sells storage without a location; leave location_id out")
	}
	rate, err := p.client.GetStorageRate(ctx)
	if err != nil {
		return cloud.VolumeOfferPage{}, err
	}
	offer := cloud.VolumeOffer{
		Account: p.account, Name: "Shared storage", Type: "shared storage", Block: volumeBlock, PerGB: money(rate.HourlyRatePerGB),
		Total: cloud.UnknownPrice("give size_gb to price a size"),
		Note:  "Any size from 1 GB; mounted by bare-metal rentals, and not by VMs as far as documented. " + oddRate + ".",
	}
	if query.SizeGB > 0 {
		offer.SizeGB, offer.Total = &query.SizeGB, sizePrice(rate, query.SizeGB)
	}
	rows, ok := cloud.CutPage([]cloud.VolumeOffer{offer}, page)
	if !ok {
		return cloud.VolumeOfferPage{}, cloud.BadCursor(p.account, operation)
	}
	return cloud.VolumeOfferPage{Page: rows}, nil
}

// sizePrice returns what a size costs at the rate per gigabyte.
func sizePrice(rate StorageRate, sizeGB int) cloud.Price {
	perGB := money(rate.HourlyRatePerGB)
	if perGB == nil {
		return cloud.UnknownPrice("the vendor's hourly_rate_per_gb is not a number")
	}
	return cloud.HourlyPrice(perGB.Times(int64(sizeGB)), "Voltage Park storage, hourly_rate_per_gb times the size", assumedCurrency, oddRate)
}

// VolumeMachine reads a rental by its exact ID.
func (p *Provider) VolumeMachine(ctx context.Context, id cloud.MachineRef) (cloud.VolumeMachine, error) {
	all, err := p.volumeMachines(ctx)
	if err != nil {
		return cloud.VolumeMachine{}, err
	}
	return p.confirmMachine("find bare-metal rental", "attach_to or detach_from", id, all)
}

// confirmMachine finds the rental that a field names among all.
func (p *Provider) confirmMachine(operation, field string, id cloud.MachineRef, all []cloud.VolumeMachine) (cloud.VolumeMachine, error) {
	var candidates []cloud.Candidate
	for _, m := range all {
		if m.ID == id {
			return m, nil
		}
		candidates = append(candidates, cloud.Candidate{ID: string(m.ID), Name: m.Name})
	}
	e := p.refuse(cloud.ErrUnknownID, operation, field+": no bare-metal rental of this account has that ID")
	e.Candidates = cloud.Nearest(string(id), candidates)
	e.Hint = "Volumes of this cloud are attached to bare-metal rentals, and not to VMs; take the exact ID of a rental from list_rentals."
	return cloud.VolumeMachine{}, e
}

// PlanVolumeUpdate returns what the volume costs once it has grown.
func (p *Provider) PlanVolumeUpdate(ctx context.Context, volume cloud.Volume, update cloud.VolumeUpdate) (cloud.VolumeUpdatePlan, error) {
	plan := cloud.VolumeUpdatePlan{Price: volume.Price}
	if update.Name != nil {
		if err := p.invalid(operationUpdateVolume, checkName(*update.Name)); err != nil {
			return plan, err
		}
	}
	if update.SizeGB != nil {
		rate, err := p.client.GetStorageRate(ctx)
		if err != nil {
			return plan, err
		}
		plan.Price = grownPrice(rate, volume, *update.SizeGB)
		plan.Consequences = append(plan.Consequences, "Growing cannot be taken back: the vendor documents no shrinking.")
	}
	if len(update.Attach)+len(update.Detach) > 0 {
		plan.Consequences = append(plan.Consequences, "The vendor is sent the whole new set of rentals; that it takes the place of the old one is not documented, and assumed.")
	}
	return plan, nil
}

const operationUpdateVolume = "update volume"

// grownPrice returns what a volume of another size costs. Where the rate per gigabyte does
// not match what the volume costs now, the result is the higher of both readings and
// mentions both.
func grownPrice(rate StorageRate, volume cloud.Volume, sizeGB int) cloud.Price {
	price := sizePrice(rate, sizeGB)
	if !price.Known() || !volume.Price.Known() || volume.SizeGB == nil || *volume.SizeGB < 1 {
		return price
	}
	had := decimal.NewFromInt(int64(*volume.SizeGB))
	share := *volume.Price.PerHour
	share.Amount = share.Amount.Mul(decimal.NewFromInt(int64(sizeGB))).DivRound(had, 6)
	if sizePrice(rate, *volume.SizeGB).PerHour.Equal(*volume.Price.PerHour) {
		return cloud.HourlyPrice(*price.PerHour, price.Source, assumedCurrency) // the rate matches
	}
	readings := "rate: the vendor's rate per GB makes " + price.PerHour.String() + ", and in proportion to what the volume costs now it is " + share.String() + "; the higher is shown"
	if share.Amount.GreaterThan(price.PerHour.Amount) {
		return cloud.HourlyPrice(share, "Voltage Park storage, rate_hourly of the volume in proportion to its size", assumedCurrency, readings)
	}
	return cloud.HourlyPrice(*price.PerHour, price.Source, assumedCurrency, readings)
}

// UpdateVolume makes all changes in one request.
func (p *Provider) UpdateVolume(ctx context.Context, volume cloud.Volume, update cloud.VolumeUpdate) (cloud.Accepted, error) {
	details := VolumeDetails{Name: update.Name, SizeInGB: update.SizeGB}
	if len(update.Attach)+len(update.Detach) > 0 {
		set := update.Attached(volume.AttachedTo)
		details.OrderIDs = &set
	}
	answer, err := exactly(p, operationUpdateVolume, volume.ID, func(id cloud.VolumeID) (Volume, error) {
		return p.client.UpdateVolume(ctx, id, details)
	})
	if err != nil || details.OrderIDs == nil {
		return cloud.Accepted{}, err
	}
	return cloud.Accepted{}, p.sameSet(*details.OrderIDs, answer.OrderIDs)
}

// sameSet checks that the response has the set that was sent. It is [inferred] that a set
// replaces the old one.
func (p *Provider) sameSet(sent, answered []cloud.MachineRef) error {
	sent, answered = slices.Sorted(slices.Values(sent)), slices.Sorted(slices.Values(answered))
	if slices.Equal(sent, answered) {
		return nil
	}
	e := p.refuse(cloud.ErrVendor, operationUpdateVolume, "the cloud carried it out in another way: the volume is not attached to exactly what was asked for")
	e.Hint = "Read the volume with get_volume and tell the user what it is attached to now."
	return e
}

// PlanVolumeDeletion returns the consequences of a deletion.
func (*Provider) PlanVolumeDeletion(_ context.Context, volume cloud.Volume) ([]string, error) {
	consequences := []string{"Everything on the volume is lost for ever; this cannot be undone.", "Billing of the volume ends."}
	if len(volume.AttachedTo) > 0 {
		consequences = append(consequences, "The vendor may refuse to delete a volume that is attached; update_volume detaches it.")
	}
	return consequences, nil
}

// DeleteVolume deletes a volume immediately.
func (p *Provider) DeleteVolume(ctx context.Context, id cloud.VolumeID) (cloud.Accepted, error) {
	return exactly(p, "delete volume", id, func(id cloud.VolumeID) (cloud.Accepted, error) {
		return cloud.Accepted{}, p.client.DeleteVolume(ctx, id)
	})
}

// volumesNamed finds the volumes that have exactly one of the names.
func (p *Provider) volumesNamed(ctx context.Context, names ...string) ([]cloud.Volume, error) {
	var found []cloud.Volume
	page := func(ctx context.Context, page cloud.PageRequest) (cloud.Page[Volume], error) {
		return listPage(ctx, p, "list volumes", page, maxVolumes, p.client.ListVolumes)
	}
	for v, err := range cloud.All(ctx, maxVolumes, page) {
		if err != nil {
			return nil, err
		}
		if slices.Contains(names, v.Name) {
			found = append(found, p.volume(v))
		}
	}
	return found, nil
}
