package voltagepark

import (
	"context"
	"errors"
	"strings"

	"countersign/internal/cloud"
)

// operationRent is the name of the create of a rental in errors.
const operationRent = "create rental"

// RentalKinds returns the kinds that can be rented.
func (p *Provider) RentalKinds() []cloud.RentalKind { return []cloud.RentalKind{bareMetal{p}} }

// bareMetal rents servers.
type bareMetal struct{ *Provider }

func (bareMetal) BlockName() string { return rentalBlock }

func (bareMetal) BlockDescription() string {
	return "Voltage Park bare-metal servers of 8 GPUs each, with a Kubernetes cluster. They cost until the rental is deleted."
}

func (bareMetal) NewSpec() cloud.BlockSpec { return &RentalSpec{} }

func (bareMetal) MinimalExample() string {
	return `{"location_id":"123e4567-e89b-12d3-a456-426614174000","gpu_count":8,"name":"cluster-1","network_type":"infiniband","organization_ssh_keys":{"mode":"selective","ssh_key_ids":["123e4567-e89b-12d3-a456-426614174000"]}}`
}

// PlanRental checks a block and returns what it would rent. Every ID in it is confirmed in
// this account. It sends reads only.
func (k bareMetal) PlanRental(ctx context.Context, spec cloud.BlockSpec) (cloud.CreatePlan, error) {
	s, err := k.block(spec)
	if err != nil {
		return cloud.CreatePlan{}, err
	}
	if err := k.checkRental(s); err != nil {
		return cloud.CreatePlan{}, err
	}
	place, err := k.confirmBareMetal(ctx, s.LocationID)
	if err != nil {
		return cloud.CreatePlan{}, err
	}
	volume, err := k.confirmVolume(ctx, s.StorageID)
	if err != nil {
		return cloud.CreatePlan{}, err
	}
	keys, err := k.confirmKeys(ctx, operationRent, s.OrganizationSSHKeys)
	if err != nil {
		return cloud.CreatePlan{}, err
	}
	free, rate := place.on(s.NetworkType)
	if free != nil && *free < s.GPUCount {
		return cloud.CreatePlan{}, k.tooFew(place)
	}
	equal, err := s.equal()
	if err != nil {
		return cloud.CreatePlan{}, err
	}
	price := rentalPrice(s, rate)
	return cloud.CreatePlan{
		Names:        []string{s.Name},
		Tags:         s.Tags,
		Facts:        s.facts(place, volume, price, keys),
		Price:        price,
		Opens:        s.access().opens(keys),
		Consequences: s.consequences(volume, keys),
		Attachments:  s.access().attachments(),
		Notes:        []string{freeNote(free, s.NetworkType)},
		Marks:        true,
		Equal:        equal,
		Location:     place.ID,
		Adds:         cloud.Load{Machines: s.servers(place.SpecsPerNode), GPUs: s.GPUCount},
	}, nil
}

// CreateRental creates the rental, with the marker as an additional tag.
func (k bareMetal) CreateRental(ctx context.Context, spec cloud.BlockSpec, marker string) (cloud.Created[cloud.RentalID], error) {
	s, err := k.block(spec)
	if err != nil {
		return cloud.Created[cloud.RentalID]{}, err
	}
	made, err := k.client.CreateRental(ctx, s.order(marker))
	if err != nil {
		return cloud.Created[cloud.RentalID]{}, err
	}
	if made.RentalID == "" {
		e := k.refuse(cloud.ErrUnavailable, operationRent, "the cloud accepted the request and named no rental")
		e.Ambiguous = true
		return cloud.Created[cloud.RentalID]{}, e
	}
	return cloud.Created[cloud.RentalID]{IDs: []cloud.RentalID{made.RentalID}, Warning: optionalText(made.Warning)}, nil
}

// FindRental searches all rentals. A Pending one may not show its tags yet.
func (k bareMetal) FindRental(ctx context.Context, search cloud.CreateSearch) (cloud.Found[cloud.RentalID], error) {
	f := finder[cloud.RentalID]{search: search}
	for rental, err := range cloud.All(ctx, maxRentals, k.rentalPage) {
		if err != nil {
			return cloud.Found[cloud.RentalID]{}, err
		}
		if f.look(rental.ID, rental.Name, rental.Tags, rental.CreationTimestamp.Time()) {
			break
		}
	}
	return f.result(), nil
}

// block returns a spec as our type.
func (k bareMetal) block(spec cloud.BlockSpec) (*RentalSpec, error) {
	s, ok := spec.(*RentalSpec)
	if !ok {
		return nil, k.refuse(cloud.ErrInvalid, operationRent, "the block is not "+rentalBlock)
	}
	return s, nil
}

// checkRental applies the rules that need no request, in the order of the block.
func (p *Provider) checkRental(s *RentalSpec) error {
	var problems []cloud.Issue
	if s.GPUCount <= 0 || s.GPUCount%nodeGPUs != 0 {
		problems = append(problems, cloud.Issue{Field: "gpu_count", Message: "must be a multiple of 8: servers are rented whole"})
	}
	problems = append(problems, checkName(s.Name)...)
	if s.NetworkType != networkInfiniband && s.NetworkType != networkEthernet {
		problems = append(problems, cloud.Issue{Field: "network_type", Message: "must be infiniband or ethernet"})
	}
	problems = append(problems, s.access().check()...)
	problems = append(problems, checkTags(s.Tags, nil)...)
	return p.invalid(operationRent, problems)
}

// confirmBareMetal finds the location among those with bare metal.
func (p *Provider) confirmBareMetal(ctx context.Context, id cloud.LocationID) (BareMetalLocation, error) {
	list, err := p.client.ListBareMetalLocations(ctx)
	if err != nil {
		return BareMetalLocation{}, err
	}
	var all []cloud.Candidate
	for _, place := range list.Results {
		if place.ID == id {
			return place, nil
		}
		all = append(all, cloud.Candidate{ID: string(place.ID), Name: place.stock()})
	}
	if cut := cutShort("list bare-metal locations", list); len(cut) > 0 {
		return BareMetalLocation{}, p.refuse(cloud.ErrUnavailable, operationRent, "location_id could not be looked up: "+strings.Join(cut, "; "))
	}
	e := p.refuse(cloud.ErrUnknownID, operationRent, "location_id: no location with bare metal has this ID")
	e.Candidates = cloud.Nearest(string(id), all)
	e.Hint = "Take the exact ID of a location with bare_metal from list_locations."
	return BareMetalLocation{}, e
}

// confirmVolume reads the volume to attach; nil where the block names none.
func (p *Provider) confirmVolume(ctx context.Context, id cloud.VolumeID) (*Volume, error) {
	if id == "" {
		return nil, nil
	}
	volume, err := exactly(p, operationRent, id, func(id cloud.VolumeID) (Volume, error) {
		volume, err := p.client.GetVolume(ctx, id)
		if err != nil {
			return volume, err
		}
		return volume, cloud.SameID(p.account, operationRent, id, volume.ID)
	})
	var e *cloud.Error
	if errors.As(err, &e) && e.Kind == cloud.ErrUnknownID {
		e.Hint = "storage_id: take the exact ID of a volume of this account; names are never resolved."
	}
	return &volume, err
}

// tooFew returns the error for a network without enough free GPUs.
func (p *Provider) tooFew(place BareMetalLocation) error {
	e := p.refuse(cloud.ErrBlocked, operationRent, "the location has not enough free GPUs on this network: "+place.stock())
	e.Hint = "list_locations shows what is free where. Ask the user before taking another location, network or size."
	return e
}
