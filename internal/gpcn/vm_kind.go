package gpcn

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"countersign/internal/cloud"
)

var _ cloud.FieldRetirer = plainVMs{}

// plainVMs makes VMs without GPUs, up to MaxInstances per request.
type plainVMs struct{ *Provider }

func (plainVMs) BlockName() string { return vmBlock }

func (plainVMs) BlockDescription() string { return "GPCN VMs without GPUs." }

func (plainVMs) NewSpec() cloud.MachineSpec { return &VMSpec{} }

func (plainVMs) MinimalExample() string {
	const id = "123e4567-e89b-12d3-a456-426614174000"
	return fmt.Sprintf(`{"name":"web-1","datacenter_id":"%[1]s","sku_id":"%[1]s","image_id":"%[1]s","auth_method":"ssh-key","ssh_key_id":"%[1]s"}`, id)
}

// RetiredFields implements cloud.FieldRetirer. Page "Create a new virtual machine" has
// sku_id instead of the former number, which now returns 400. It is refused in the
// page's spelling and in a block's.
func (plainVMs) RetiredFields() map[string]string {
	const why = "GPCN replaced it by sku_id, whose exact ID is in list_offers"
	return map[string]string{"configurationId": why, "configuration_id": why}
}

// PlanMachine checks a block and returns what it would make. Every ID in it is
// confirmed in this account. It sends reads only.
func (k plainVMs) PlanMachine(ctx context.Context, spec cloud.MachineSpec) (cloud.MachinePlan, error) {
	s, err := block[VMSpec](k.Provider, spec, vmBlock)
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
	if err := k.invalid(operationCreate, s.checkParts(parts)); err != nil {
		return cloud.MachinePlan{}, err
	}
	equal, err := s.equal()
	if err != nil {
		return cloud.MachinePlan{}, err
	}
	price := k.price(parts.size.SKUID, s.instances())
	return cloud.MachinePlan{
		Names: s.names(), Facts: s.facts(parts), Price: price,
		Opens: s.opens(), Consequences: append(costs(price), s.consequences()...), Equal: equal,
		Location: parts.at.ID, Offer: parts.size.SKUID, Adds: cloud.Load{Machines: s.instances()},
	}, nil
}

// CreateMachine starts the creation of the machines. The request has no field for the
// marker.
func (k plainVMs) CreateMachine(ctx context.Context, spec cloud.MachineSpec, _ string) (cloud.MadeMachine, error) {
	s, err := block[VMSpec](k.Provider, spec, vmBlock)
	if err != nil {
		return cloud.MadeMachine{}, err
	}
	jobs, err := k.client.CreateVMs(ctx, s.body())
	if err != nil {
		return cloud.MadeMachine{}, err
	}
	return k.began(vmBlock, jobs), nil
}

// FindMachine looks for new VMs with exactly those names.
func (k plainVMs) FindMachine(ctx context.Context, search cloud.MachineSearch) (cloud.FoundMachine, error) {
	all, err := namesakes(ctx, k.Provider, operationVMs, k.vmPage, search.Names, func(row VMRow) namesake[cloud.VMID] {
		return namesake[cloud.VMID]{row.ID, row.Name, row.CreatedAt.Time()}
	})
	if err != nil {
		return cloud.FoundMachine{}, err
	}
	return made(search, all), nil
}

func (s *VMSpec) facts(parts vmParts) []cloud.Fact {
	var out facts
	out.addNamed("datacenter_id", string(parts.at.ID), parts.at.Name)
	out.addNamed("sku_id", string(parts.size.SKUID), parts.size.Name)
	out.add("size", hardware(parts.size.CPU, parts.size.RAM, parts.size.Disk))
	out.addNamed("image_id", string(parts.image.ID), parts.image.Name)
	out.addNamed("resource_group_id", string(parts.group.ID), parts.group.Name)
	for n, network := range parts.networks {
		label := "network"
		if s.NetworkInterfaces[n].Primary {
			label = "primary network"
		}
		out.addNamed(label, string(network.ID), network.Name+", "+string(network.NetworkType))
	}
	if s.AllocatePublicIP {
		out.add("allocate_public_ip", "true")
	}
	out.add("auth_method", string(s.AuthMethod))
	out.addNamed("ssh_key_id", string(parts.key.ID), strings.TrimSpace(parts.key.Name+" "+parts.key.Fingerprint))
	out.add("username", cloud.CleanText(s.Username))
	return out
}

// hardware returns a size in one line: "2 vCPU, 4 GB RAM, 40 GB disk".
func hardware(cpu, ram, disk *int) string {
	var parts []string
	for _, n := range []struct {
		count *int
		unit  string
	}{{cpu, "vCPU"}, {ram, "GB RAM"}, {disk, "GB disk"}} {
		if n.count != nil {
			parts = append(parts, strconv.Itoa(*n.count)+" "+n.unit)
		}
	}
	return strings.Join(parts, ", ")
}

// opens lists every access to the machines that the create opens.
func (s *VMSpec) opens() []string {
	var out []string
	switch s.AuthMethod {
	case AuthSSHKey:
		out = append(out, "SSH for the key that is named in the facts; login by password is off.")
	case AuthPassword:
		out = append(out, "Login with the password given in this call.")
	case AuthCustom:
		out = append(out, "GPCN does not explain the auth_method custom: who gets in is not known.")
	default:
		out = append(out, "The image's own login, if it has one: GPCN gives it none, and an appliance may have fixed credentials that others know.")
	}
	if s.AllocatePublicIP {
		out = append(out, "A public address on the primary network of each machine.")
	}
	return out
}

func (s *VMSpec) consequences() []string {
	var out []string
	if n := s.instances(); n > 1 {
		out = append(out, fmt.Sprintf("%d machines are made, and each is charged.", n))
	}
	if s.AllocatePublicIP {
		out = append(out, "A public address probably costs on top; that is not documented.")
	}
	if len(s.NetworkInterfaces) == 0 {
		out = append(out, "It joins the default network of the data center, which is made if there is none.")
	}
	if s.Username == "" && s.AuthMethod != "" {
		out = append(out, "The user to log in as is the image's own, such as ubuntu; get_vm tells it afterwards as far as it is on record.")
	}
	return out
}
