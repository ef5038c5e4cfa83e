package voltagepark

import (
	"context"
	"fmt"

	"countersign/internal/cloud"
)

// operationCreate is the name of a create in errors.
const operationCreate = "create VM"

// MachineKinds returns the kinds that can be created: VMs of instant presets.
func (p *Provider) MachineKinds() []cloud.MachineKind {
	return []cloud.MachineKind{instantVMs{p}}
}

// instantVMs makes VMs from presets.
type instantVMs struct{ *Provider }

func (instantVMs) BlockName() string { return blockName }

func (instantVMs) BlockDescription() string {
	return "A Voltage Park GPU VM made of a preset of list_offers. It runs and costs until it is deleted; its location cannot be chosen."
}

func (instantVMs) NewSpec() cloud.MachineSpec { return &VMSpec{} }

func (instantVMs) MinimalExample() string {
	return `{"config_id":"123e4567-e89b-12d3-a456-426614174000","name":"train-1","organization_ssh_keys":{"mode":"selective","ssh_key_ids":["123e4567-e89b-12d3-a456-426614174000"]}}`
}

// PlanMachine checks a block and returns what it would make. Every ID in it is confirmed
// in this account. It sends reads only.
func (k instantVMs) PlanMachine(ctx context.Context, spec cloud.MachineSpec) (cloud.MachinePlan, error) {
	s, err := k.block(spec)
	if err != nil {
		return cloud.MachinePlan{}, err
	}
	if err := k.checkBlock(s); err != nil {
		return cloud.MachinePlan{}, err
	}
	offer, err := k.confirmOffer(ctx, s.ConfigID)
	if err != nil {
		return cloud.MachinePlan{}, err
	}
	keys, err := k.confirmKeys(ctx, operationCreate, s.OrganizationSSHKeys)
	if err != nil {
		return cloud.MachinePlan{}, err
	}
	if offer.InStock != nil && !*offer.InStock {
		e := k.refuse(cloud.ErrBlocked, operationCreate, "this preset is sold out everywhere")
		e.Hint = "list_offers shows which presets have stock now. Ask the user before taking another one."
		return cloud.MachinePlan{}, e
	}
	equal, err := s.equal()
	if err != nil {
		return cloud.MachinePlan{}, err
	}
	return cloud.MachinePlan{
		Names:        []string{s.Name},
		Tags:         s.Tags,
		Facts:        s.facts(offer, keys),
		Price:        offer.Total,
		Opens:        s.access().opens(keys),
		Consequences: s.consequences(keys),
		Attachments:  s.access().attachments(),
		Notes:        stockNotes(offer),
		Marks:        true,
		Equal:        equal,
		Offer:        offer.ID, // the vendor chooses the location
		Adds:         cloud.Load{Machines: 1, GPUs: cloud.GPUCount(offer.GPUs)},
	}, nil
}

// CreateMachine creates the machine, with the marker as an additional tag.
func (k instantVMs) CreateMachine(ctx context.Context, spec cloud.MachineSpec, marker string) (cloud.MadeMachine, error) {
	s, err := k.block(spec)
	if err != nil {
		return cloud.MadeMachine{}, err
	}
	made, err := k.client.CreateInstantVM(ctx, s.body(marker))
	if err != nil {
		return cloud.MadeMachine{}, err
	}
	if made.VMID == "" {
		e := k.refuse(cloud.ErrUnavailable, operationCreate, "the cloud accepted the request and named no machine")
		e.Ambiguous = true
		return cloud.MadeMachine{}, e
	}
	return cloud.MadeMachine{IDs: []cloud.VMID{made.VMID}}, nil
}

// FindMachine searches all machines.
func (k instantVMs) FindMachine(ctx context.Context, search cloud.MachineSearch) (cloud.FoundMachine, error) {
	f := finder[cloud.VMID]{search: search}
	for vm, err := range cloud.All(ctx, maxVMs, k.vmPage) {
		if err != nil {
			return cloud.FoundMachine{}, err
		}
		if f.look(vm.ID, vm.Name, vm.Tags, vm.TimestampCreation.Time()) {
			break
		}
	}
	return f.result(), nil
}

// block returns a spec as our type.
func (k instantVMs) block(spec cloud.MachineSpec) (*VMSpec, error) {
	s, ok := spec.(*VMSpec)
	if !ok {
		return nil, k.refuse(cloud.ErrInvalid, operationCreate, "the block is not "+blockName)
	}
	return s, nil
}

func (s *VMSpec) facts(offer cloud.Offer, keys []cloud.SSHKey) []cloud.Fact {
	facts := []cloud.Fact{
		{Label: "config_id", Value: string(offer.ID)},
		{Label: "size", Value: offerSize(offer)},
	}
	return append(append(facts, tagFacts(s.Tags)...), s.access().facts(keys)...)
}

func (s *VMSpec) consequences(keys []cloud.SSHKey) []string {
	out := []string{
		"The machine runs and costs until it is deleted.",
		"Stopping alone saves nothing: the vendor bills a stopped machine like a running one. Releasing it leaves the storage rate.",
		"The location cannot be chosen: the documented request has no field for it.",
	}
	if s.access().closed(keys) {
		out = append(out, "Nobody can log in, as far as it is documented: no SSH key, no password and no cloud-init is given.")
	}
	return out
}

// stockNotes returns what is free where; it changes between reads.
func stockNotes(offer cloud.Offer) []string {
	if offer.InStock == nil {
		return []string{"Whether the preset is in stock is not known."}
	}
	var notes []string
	for _, stock := range offer.Stock {
		amount := "some"
		if stock.Available != nil {
			amount = fmt.Sprint(*stock.Available)
		}
		notes = append(notes, fmt.Sprintf("In stock: %s at location %s.", amount, stock.LocationID))
	}
	return notes
}
