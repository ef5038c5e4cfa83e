package gpcn

import (
	"cmp"
	"context"
	"fmt"
	"strconv"
	"strings"

	"countersign/internal/cloud"
)

// gpuVMs makes GPU VMs, one at a time.
type gpuVMs struct{ *Provider }

func (gpuVMs) BlockName() string { return gpuBlock }

func (gpuVMs) BlockDescription() string { return "A GPCN VM with GPUs." }

func (gpuVMs) NewSpec() cloud.MachineSpec { return &GPUSpec{} }

func (gpuVMs) MinimalExample() string {
	const id = "123e4567-e89b-12d3-a456-426614174000"
	return fmt.Sprintf(`{"name":"train-1","datacenter_id":"%[1]s","series_id":"%[1]s","gpu_count":1,"ssh_key_id":"%[1]s"}`, id)
}

// PlanMachine checks a block and returns what it would make. Every ID in it is
// confirmed in this account and in stock. It sends reads only.
func (k gpuVMs) PlanMachine(ctx context.Context, spec cloud.MachineSpec) (cloud.MachinePlan, error) {
	s, err := block[GPUSpec](k.Provider, spec, gpuBlock)
	if err != nil {
		return cloud.MachinePlan{}, err
	}
	if err := k.invalid(operationCreate, s.check()); err != nil {
		return cloud.MachinePlan{}, err
	}
	parts, err := k.confirm(ctx, s)
	if err != nil {
		return cloud.MachinePlan{}, err
	}
	equal, err := s.equal()
	if err != nil {
		return cloud.MachinePlan{}, err
	}
	price := k.gpuPrice(s, parts)
	return cloud.MachinePlan{
		Names: []string{s.Name}, Facts: s.facts(parts), Price: price,
		Opens:        []string{"SSH for the key that is named in the facts.", "GPU VMs have an address and may have a Jupyter of their own; who reaches them is not documented."},
		Consequences: append(costs(price), s.consequences()...), Equal: equal,
		Location: parts.at.ID, Offer: cloud.OfferID(parts.sku.SKUCode), Adds: cloud.Load{Machines: 1, GPUs: s.GPUCount},
	}, nil
}

// CreateMachine starts the creation of the machine. The request has no field for
// the marker.
func (k gpuVMs) CreateMachine(ctx context.Context, spec cloud.MachineSpec, _ string) (cloud.MadeMachine, error) {
	s, err := block[GPUSpec](k.Provider, spec, gpuBlock)
	if err != nil {
		return cloud.MadeMachine{}, err
	}
	jobs, err := k.client.CreateGPU(ctx, s.body())
	if err != nil {
		return cloud.MadeMachine{}, err
	}
	return k.began(gpuBlock, jobs), nil
}

// FindMachine looks for a new GPU VM with exactly that name.
func (k gpuVMs) FindMachine(ctx context.Context, search cloud.MachineSearch) (cloud.FoundMachine, error) {
	all, err := namesakes(ctx, k.Provider, operationGPUs, k.gpuPage, search.Names, func(row GPURow) namesake[cloud.VMID] {
		return namesake[cloud.VMID]{row.ID, row.Name, row.CreatedAt.Time()}
	})
	if err != nil {
		return cloud.FoundMachine{}, err
	}
	return made(search, all), nil
}

// facts include the hardware that is in stock now, so that other hardware makes
// another plan.
func (s *GPUSpec) facts(parts gpuParts) []cloud.Fact {
	var out facts
	out.addNamed("datacenter_id", string(parts.at.ID), parts.at.Name)
	out.addNamed("series_id", string(parts.series.ID), parts.series.Name)
	out.add("gpu_count", strconv.Itoa(s.GPUCount))
	label := "sku_code"
	if s.SKUCode == "" {
		label = "sku_code (the cheapest now)"
	}
	out.add(label, cloud.CleanText(parts.sku.SKUCode))
	specs := parts.sku.Specs
	out.add("size", hardware(specs.VCPU, specs.MemoryGiB, specs.StorageGB))
	out.add("image_name", cmp.Or(s.ImageName, defaultImage(s)))
	out.addNamed("image_id", string(parts.image.ID), parts.image.Name)
	out.addNamed("resource_group_id", string(parts.group.ID), parts.group.Name)
	out.addNamed("ssh_key_id", string(parts.key.ID), strings.TrimSpace(parts.key.Name+" "+parts.key.Fingerprint))
	out.add("username", s.Username)
	return out
}

// defaultImage is the image of a machine whose block names none.
func defaultImage(s *GPUSpec) string {
	if s.ImageID != "" {
		return ""
	}
	return imageUbuntu24
}

func (s *GPUSpec) consequences() []string {
	out := []string{"It can be stopped from here and not started again: GPCN documents no operation for that."}
	if s.Username == "" {
		out = append(out, "The user to log in as is the image's own; get_vm tells it afterwards as far as it is on record.")
	}
	return out
}
