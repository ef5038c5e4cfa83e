package sandbox

import (
	"net/http"

	"countersign/internal/cloud"
	"countersign/internal/gpcn"
)

// vm is a VM without GPUs.
type vm struct {
	machine
	image      gpcn.Image
	size       gpcn.Size
	category   string
	interfaces []*nic
	// cold is true where its interfaces cannot change while it runs.
	cold bool
}

// nic connects a VM to a network; it has addresses once the VM is provisioned.
type nic struct {
	id       cloud.InterfaceID
	on       *network
	primary  bool
	private  string
	public   string
	publicID string
}

// connect assigns the addresses of the interfaces, including a public one for the
// primary interface where requested.
func (v *vm) connect(w *world, public bool) {
	for _, i := range v.interfaces {
		i.private = i.on.privateAddress()
		if i.primary && public {
			i.public, i.publicID = w.publicAddress(), w.kit.Seed.UUID()
		}
	}
}

func (v *vm) row() gpcn.VMRow {
	at := v.at.wire()
	at.CountryAbbr = "" // rows leave it out
	out := gpcn.VMRow{
		ID: v.id, Name: v.name, Status: v.status, CreatedAt: gpcn.NewTimestamp(v.created), UpdatedAt: gpcn.NewTimestamp(v.updated),
		Configuration: gpcn.Hardware{CPU: v.size.CPU, RAM: v.size.RAM, Disk: v.size.Disk},
		Datacenter:    at, ImageName: v.image.Name,
	}
	for _, i := range v.interfaces {
		if i.primary && i.private != "" {
			out.PrimaryPrivateIP = &i.private
		}
		if i.primary && i.public != "" {
			out.PrimaryPublicIP = &i.public
		}
	}
	return out
}

func (v *vm) wire(w *world) gpcn.VM {
	return gpcn.VM{
		ID: v.id, Name: v.name, Status: v.status, CreatedAt: gpcn.NewTimestamp(v.created), UpdatedAt: gpcn.NewTimestamp(v.updated),
		Image: &v.image.Name, Username: v.username, SSHKeyID: v.key, SSHKeyName: v.keyName(w),
		NetworkHotplug: gpcn.Bit(!v.cold), ResourceGroupID: v.group, Datacenter: v.at.wire(),
		Configuration: gpcn.VMConfiguration{
			Name: v.size.Name, Code: v.size.Name, CategoryCode: v.category, SKUID: v.size.SKUID, SKUCode: v.size.SKUCode,
			Hardware: gpcn.Hardware{CPU: v.size.CPU, RAM: v.size.RAM, Disk: v.size.Disk},
		},
	}
}

func (s *Sandbox) listVMs(r *http.Request) answer {
	f := &form{}
	group := f.queryID(r, "resourceGroupId")
	rows := []gpcn.VMRow{}
	for _, v := range s.world.vms {
		if group == "" || v.group != nil && group == string(*v.group) {
			rows = append(rows, v.row())
		}
	}
	return table[gpcn.VMRow]{
		message: "Virtual machines retrieved successfully", rows: rows, order: "createdAt:desc",
		columns: map[string]func(gpcn.VMRow) string{
			"name":       func(v gpcn.VMRow) string { return v.Name },
			"createdAt":  func(v gpcn.VMRow) string { return string(v.CreatedAt) },
			"updatedAt":  func(v gpcn.VMRow) string { return string(v.UpdatedAt) },
			"region":     func(v gpcn.VMRow) string { return v.Datacenter.Region },
			"datacenter": func(v gpcn.VMRow) string { return v.Datacenter.Name },
		},
		search: func(v gpcn.VMRow) []string {
			texts := []string{v.Name}
			for _, ip := range []*string{v.PrimaryPrivateIP, v.PrimaryPublicIP} {
				if ip != nil {
					texts = append(texts, *ip)
				}
			}
			return texts
		},
	}.page(r, f)
}

// onVM runs an operation on the VM in the path.
func (s *Sandbox) onVM(r *http.Request, f *form, act func(*vm) answer) answer {
	id := f.pathID(r)
	if a, refused := f.refused(); refused {
		return a
	}
	v, there := s.world.vm(id)
	if !there {
		return unknown("Virtual machine")
	}
	return act(v)
}

func (s *Sandbox) getVM(r *http.Request) answer {
	return s.onVM(r, &form{}, func(v *vm) answer { return ok("Virtual machine retrieved successfully", v.wire(s.world)) })
}

// updateVM reads null as no resource group.
func (s *Sandbox) updateVM(r *http.Request) answer {
	f := &form{}
	f.body(r, "name", "resourceGroupId")
	name := f.name()
	var group *string
	if !f.null("resourceGroupId") {
		group = f.id("resourceGroupId")
	}
	return s.onVM(r, f, func(v *vm) answer {
		return s.change(&v.machine, name, group, func() answer {
			if f.null("resourceGroupId") {
				v.group = nil
			}
			return done("Virtual machine updated successfully")
		})
	})
}

// change sets the name and resource group of a machine of either kind, if the group
// exists.
func (s *Sandbox) change(m *machine, name, group *string, then func() answer) answer {
	if group != nil {
		g, there := s.world.group(*group)
		if !there {
			return unknown("Resource group")
		}
		m.group = &g.ID
	}
	if name != nil {
		m.name = *name
	}
	m.updated = s.world.now
	return then()
}

func (s *Sandbox) deleteVM(r *http.Request) answer {
	return s.onVM(r, &form{}, func(v *vm) answer {
		return s.world.remove(&v.machine, func() { s.world.removeVM(v) })
	})
}

func (s *Sandbox) startVM(r *http.Request) answer {
	return s.power(r, gpcn.StatusStarting, gpcn.StatusRunning, "Virtual machine is starting")
}

func (s *Sandbox) stopVM(r *http.Request) answer {
	return s.power(r, gpcn.StatusStopping, gpcn.StatusShutoff, "Virtual machine is stopping")
}

func (s *Sandbox) power(r *http.Request, passing, final gpcn.Status, message string) answer {
	return s.onVM(r, &form{}, func(v *vm) answer {
		if refusal := s.world.switchTo(&v.machine, passing, final); refusal != "" {
			return refuse(http.StatusConflict, refusal)
		}
		return done(message)
	})
}

func (s *Sandbox) listInterfaces(r *http.Request) answer {
	return s.onVM(r, &form{}, func(v *vm) answer {
		rows := []gpcn.NetworkInterface{}
		for index, i := range v.interfaces {
			rows = append(rows, gpcn.NetworkInterface{
				ID: i.id, Index: &index, IsPrimary: gpcn.Bit(i.primary), PrivateIP: i.private, PublicIP: i.public, PublicIPID: i.publicID,
				NetworkID: i.on.id, NetworkName: i.on.name, CIDRBlock: i.on.block(), GatewayIP: i.on.gateway(), NetworkType: i.on.kind,
			})
		}
		return ok("Network interfaces retrieved successfully", rows)
	})
}

// addVM adds a VM without any job.
func (w *world) addVM(m machine, image gpcn.Image, sku cloud.OfferID, on ...*network) *vm {
	size, category, _ := m.at.size(string(sku))
	v := &vm{machine: m, image: image, size: size, category: category}
	for n, one := range on {
		v.interfaces = append(v.interfaces, &nic{id: cloud.InterfaceID(w.kit.Seed.UUID()), on: one, primary: n == 0})
	}
	w.vms = append(w.vms, v)
	return v
}
