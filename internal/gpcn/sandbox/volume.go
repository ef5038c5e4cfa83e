package sandbox

import (
	"fmt"
	"net/http"
	"slices"
	"time"

	"countersign/internal/cloud"
	"countersign/internal/gpcn"
)

// volume is a volume of one place.
type volume struct {
	id      cloud.VolumeID
	name    string
	kind    gpcn.VolumeTypeOffers
	sizeGB  int
	at      *place
	created time.Time
	updated time.Time
	// on is nil where it is not attached.
	on *vm
	// busy is true while a job works on it.
	busy bool
}

// addStorage adds the same sizes of SSD to all places, and NVMe to the first. That a SKU
// has the same ID everywhere is [inferred].
func (w *world) addStorage(first *place, others ...*place) {
	offers := func(code, name string, sizes ...int) gpcn.VolumeTypeOffers {
		out := gpcn.VolumeTypeOffers{ComponentCode: code, Name: name, Description: new("")}
		for _, gb := range sizes {
			out.AvailableSizes = append(out.AvailableSizes, gpcn.VolumeSize{
				SKUID: cloud.OfferID(w.kit.Seed.UUID()), SizeGB: &gb, DisplayName: fmt.Sprintf("%d GB", gb),
			})
		}
		return out
	}
	ssd := offers("vol-add-ssd", "SSD", 128, 256, 512)
	first.storage = []gpcn.VolumeTypeOffers{ssd, offers("vol-add-nvme", "NVMe", 512, 1024)}
	for _, p := range others {
		p.storage = []gpcn.VolumeTypeOffers{ssd}
	}
}

// addVolume adds a volume without any job.
func (w *world) addVolume(name string, at *place, kind gpcn.VolumeTypeOffers, size gpcn.VolumeSize) *volume {
	v := &volume{
		id: cloud.VolumeID(w.kit.Seed.UUID()), name: name, kind: kind, sizeGB: *size.SizeGB, at: at, created: w.now, updated: w.now,
	}
	w.volumes = append(w.volumes, v)
	return v
}

func (v *volume) wire() gpcn.Volume {
	out := gpcn.Volume{
		ID: v.id, Name: v.name, SizeGB: &v.sizeGB,
		VolumeType: gpcn.VolumeType{Code: v.kind.ComponentCode, Name: v.kind.Name, Description: v.kind.Description},
		Datacenter: v.at.wire(), CreatedAt: gpcn.NewTimestamp(v.created), UpdatedAt: gpcn.NewTimestamp(v.updated),
	}
	if v.on != nil {
		out.VirtualMachineID, out.VirtualMachineName = cloud.MachineRef(v.on.id), v.on.name
	}
	return out
}

func (s *Sandbox) listVolumeSizes(r *http.Request) answer {
	return s.inPlace(r, &form{}, func(p *place) answer {
		return ok("Volume sizes retrieved successfully", gpcn.VolumeCatalogue{DatacenterID: p.ID, VolumeTypes: p.storage})
	})
}

func (s *Sandbox) listVolumes(r *http.Request) answer {
	rows := []gpcn.Volume{}
	for _, v := range s.world.volumes {
		rows = append(rows, v.wire())
	}
	return table[gpcn.Volume]{
		message: "Volumes retrieved successfully", rows: rows, order: "createdAt:desc",
		columns: map[string]func(gpcn.Volume) string{
			"name":      func(v gpcn.Volume) string { return v.Name },
			"createdAt": func(v gpcn.Volume) string { return string(v.CreatedAt) },
		},
		search: func(v gpcn.Volume) []string { return []string{v.Name} },
	}.page(r, &form{})
}

// onVolume runs an operation on the volume in the path.
func (s *Sandbox) onVolume(r *http.Request, f *form, act func(*volume) answer) answer {
	id := f.pathID(r)
	if a, refused := f.refused(); refused {
		return a
	}
	v, there := s.world.volume(id)
	if !there {
		return unknown("Volume")
	}
	return act(v)
}

func (w *world) volume(id string) (*volume, bool) {
	return find(w.volumes, func(v *volume) bool { return string(v.id) == id })
}

func (s *Sandbox) getVolume(r *http.Request) answer {
	return s.onVolume(r, &form{}, func(v *volume) answer { return ok("Volume retrieved successfully", v.wire()) })
}

// work starts a job on a volume; other jobs are refused until it ends [inferred].
func (w *world) work(operation string, v *volume, done func()) gpcn.Job {
	v.busy = true
	return w.startOn(operation, string(v.id), v.name, volumeTakes, func(outcome Outcome) {
		v.busy, v.updated = false, w.now
		if outcome == succeed {
			done()
		}
	})
}

func (w *world) removeVolume(v *volume) {
	w.volumes = slices.DeleteFunc(w.volumes, func(other *volume) bool { return other == v })
}

// createVolume returns the job itself, like other operations that start one job.
func (s *Sandbox) createVolume(r *http.Request) answer {
	const longest = 255
	f := &form{}
	f.body(r, "name", "datacenterId", "skuId")
	f.require("name", "datacenterId", "skuId")
	name, at, sku := f.matching("name", 1, longest, nil), f.id("datacenterId"), f.id("skuId")
	if a, refused := f.refused(); refused {
		return a
	}
	p, there := s.world.place(*at)
	if !there {
		return unknown("Data center")
	}
	if _, taken := find(s.world.volumes, func(v *volume) bool { return v.name == *name }); taken {
		return refuse(http.StatusConflict, "A volume with this name already exists")
	}
	for _, kind := range p.storage {
		if size, there := find(kind.AvailableSizes, func(size gpcn.VolumeSize) bool { return string(size.SKUID) == *sku }); there {
			v := s.world.addVolume(*name, p, kind, size)
			v.busy = true
			job := s.world.startOn("create", string(v.id), v.name, volumeTakes, func(outcome Outcome) {
				v.busy = false
				if outcome != succeed {
					s.world.removeVolume(v)
				}
			})
			return accepted("Volume creation started", job)
		}
	}
	return unknown("SKU")
}

// resizeVolume only grows, to a listed size.
func (s *Sandbox) resizeVolume(r *http.Request) answer {
	const largest = 1 << 20
	f := &form{}
	f.body(r, "newSizeGb")
	f.require("newSizeGb")
	sizeGB := f.number("newSizeGb", 1, largest)
	return s.onVolume(r, f, func(v *volume) answer {
		_, listed := find(v.kind.AvailableSizes, func(size gpcn.VolumeSize) bool { return *size.SizeGB == *sizeGB })
		switch {
		case !listed || *sizeGB <= v.sizeGB:
			return invalid(issue{"newSizeGb", "Must be a listed size that is larger than the present one"})
		case v.busy:
			return busy()
		}
		return accepted("Volume resize started", s.world.work("resize", v, func() { v.sizeGB = *sizeGB }))
	})
}

func busy() answer {
	return refuse(http.StatusConflict, "Another operation on this volume is in progress")
}

// attachVolume checks that the VM is in the same place [inferred] and how many volumes it
// has.
func (s *Sandbox) attachVolume(r *http.Request) answer {
	f := &form{}
	f.body(r, "virtualMachineId")
	f.require("virtualMachineId")
	id := f.id("virtualMachineId")
	return s.onVolume(r, f, func(v *volume) answer {
		to, there := s.world.vm(*id)
		if !there {
			return unknown("Virtual machine")
		}
		has := 0
		for _, other := range s.world.volumes {
			if other.on == to {
				has++
			}
		}
		switch {
		case to.at != v.at:
			return invalid(issue{"virtualMachineId", "The virtual machine is in another data center"})
		case v.on != nil:
			return refuse(http.StatusConflict, "The volume is already attached")
		case has >= gpcn.MaxVolumes:
			return refuse(http.StatusConflict, "The virtual machine has the maximum number of volumes")
		case v.busy:
			return busy()
		}
		return accepted("Volume attach started", s.world.work("attach", v, func() { v.on = to }))
	})
}

// refuseDetach returns why a volume cannot be detached; empty where it can.
func (v *volume) refuseDetach() string {
	switch {
	case v.on == nil:
		return "The volume is not attached"
	case v.busy:
		return "Another operation on this volume is in progress"
	}
	return ""
}

func (w *world) detach(v *volume) gpcn.Job { return w.work("detach", v, func() { v.on = nil }) }

func (s *Sandbox) detachVolume(r *http.Request) answer {
	return s.onVolume(r, &form{}, func(v *volume) answer {
		if refusal := v.refuseDetach(); refusal != "" {
			return refuse(http.StatusConflict, refusal)
		}
		return accepted("Volume detach started", s.world.detach(v))
	})
}

// detachVolumes is page "Detach volumes in bulk"; a volume that cannot be detached has no
// job [inferred].
func (s *Sandbox) detachVolumes(r *http.Request) answer {
	f := &form{}
	f.body(r, "ids")
	ids := f.ids("ids")
	if a, refused := f.refused(); refused {
		return a
	}
	started := jobList{Jobs: []gpcn.Job{}}
	for _, id := range ids {
		if v, there := s.world.volume(id); there && v.refuseDetach() == "" {
			started.Jobs = append(started.Jobs, s.world.detach(v))
		}
	}
	return accepted("Bulk detach started", started)
}

// deleteVolume refuses a volume that is attached [inferred].
func (s *Sandbox) deleteVolume(r *http.Request) answer {
	return s.onVolume(r, &form{}, func(v *volume) answer {
		switch {
		case v.on != nil:
			return refuse(http.StatusConflict, "The volume is attached to a virtual machine")
		case v.busy:
			return busy()
		}
		return accepted("Volume deletion started", s.world.work("delete", v, func() { s.world.removeVolume(v) }))
	})
}
