package sandbox

import (
	"countersign/internal/cloud"
	"countersign/internal/gpcn"
)

// VMs returns the VMs without GPUs, in the order of their creation.
func (s *Sandbox) VMs() []gpcn.VM {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.world.settle(s.kit.Clock.Now())
	out := []gpcn.VM{}
	for _, v := range s.world.vms {
		out = append(out, v.wire(s.world))
	}
	return out
}

// GPUs returns the GPU VMs, in the order of their creation.
func (s *Sandbox) GPUs() []gpcn.GPU {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.world.settle(s.kit.Clock.Now())
	out := []gpcn.GPU{}
	for _, g := range s.world.gpus {
		out = append(out, g.wire(s.world))
	}
	return out
}

// Volumes returns the volumes, in the order of their creation.
func (s *Sandbox) Volumes() []gpcn.Volume {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.world.settle(s.kit.Clock.Now())
	out := []gpcn.Volume{}
	for _, v := range s.world.volumes {
		out = append(out, v.wire())
	}
	return out
}

// PutVolume adds a volume of the smallest size that is attached to nothing.
func (s *Sandbox) PutVolume(name string) cloud.VolumeID {
	s.mu.Lock()
	defer s.mu.Unlock()
	w := s.world
	w.settle(s.kit.Clock.Now())
	of := w.places[0].storage[0]
	return w.addVolume(name, w.places[0], of, of.AvailableSizes[0]).id
}

// SSHKeys are the keys of the library.
func (s *Sandbox) SSHKeys() []gpcn.SSHKey {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]gpcn.SSHKey{}, s.world.keys...)
}

// PutVM adds a running VM like the first one, with any name.
func (s *Sandbox) PutVM(name string) cloud.VMID {
	s.mu.Lock()
	defer s.mu.Unlock()
	w := s.world
	w.settle(s.kit.Clock.Now())
	at := w.places[0]
	v := w.addVM(machine{
		id: cloud.VMID(w.kit.Seed.UUID()), name: name, status: gpcn.StatusRunning, created: w.now, updated: w.now,
		at: at, username: new("ubuntu"), key: &w.keys[0].ID,
	}, at.images[0].Images[0], at.categories[0].Sizes[0].SKUID, w.networks[0])
	v.connect(w, false)
	return v.id
}

// PutGPU adds a running GPU VM with any name; it takes nothing from the stock.
func (s *Sandbox) PutGPU(name string) cloud.VMID {
	s.mu.Lock()
	defer s.mu.Unlock()
	w := s.world
	w.settle(s.kit.Clock.Now())
	of := w.series[0].stock[1]
	g := &gpu{machine: machine{
		id: cloud.VMID(w.kit.Seed.UUID()), name: name, status: gpcn.StatusRunning, created: w.now, updated: w.now,
		at: of.at, username: new("ubuntu"), key: &w.keys[0].ID,
	}, of: of, image: "Ubuntu 24.04 LTS with CUDA 12.8", ip: w.publicAddress()}
	w.gpus = append(w.gpus, g)
	return g.id
}

// PutSSHKey adds a key without a private half.
func (s *Sandbox) PutSSHKey(name string) cloud.SSHKeyID {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.world.settle(s.kit.Clock.Now())
	return s.world.addKey(name)
}

// RenameVM renames a VM of either kind without the client; false where there is none.
func (s *Sandbox) RenameVM(id cloud.VMID, name string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	m, there := s.world.machine(id)
	if there {
		m.name = name
	}
	return there
}

// SetStatus changes the status of a VM of either kind without the client; false where
// there is none.
func (s *Sandbox) SetStatus(id cloud.VMID, status gpcn.Status) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	m, there := s.world.machine(id)
	if there {
		m.become(status, s.kit.Clock.Now())
	}
	return there
}

// SetHotplug sets whether a VM's interfaces can change while it runs; false where there
// is none.
func (s *Sandbox) SetHotplug(id cloud.VMID, on bool) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	v, there := s.world.vm(string(id))
	if there {
		v.cold = !on
	}
	return there
}

// RemoveVM removes a VM of either kind without the client; false where there is none.
func (s *Sandbox) RemoveVM(id cloud.VMID) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	v, isVM := s.world.vm(string(id))
	g, isGPU := s.world.gpu(string(id))
	if isVM {
		s.world.removeVM(v)
	}
	if isGPU {
		s.world.removeGPU(g)
	}
	return isVM || isGPU
}

// NextJob sets the outcome of the next job, and the percentage at which it happens;
// false for an outcome or a percentage that does not exist.
func (s *Sandbox) NextJob(outcome Outcome, at int) bool {
	known := outcome == Fail || outcome == Cancel || outcome == Vanish
	if !known || at < 0 || at > whole {
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.world.script = &script{outcome, at}
	return true
}

// SetGPUProvider sets whether the provider behind the GPUs can be reached.
func (s *Sandbox) SetGPUProvider(down bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.world.providerDown = down
}

// SellOut removes all free GPUs of a SKU from the stock; false for a SKU that does not
// exist.
func (s *Sandbox) SellOut(skuCode string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	known := false
	for _, of := range s.world.series {
		for _, st := range of.stock {
			if st.sku.SKUCode == skuCode {
				known, st.free = true, 0
			}
		}
	}
	return known
}

// SetLimit gives each key another number of requests per minute.
func (s *Sandbox) SetLimit(perMinute int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.meter.limit = perMinute
}
