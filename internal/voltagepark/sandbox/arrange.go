package sandbox

import (
	"time"

	"github.com/shopspring/decimal"

	"countersign/internal/cloud"
	"countersign/internal/voltagepark"
)

// PutVM adds a running machine of the smallest preset; it takes nothing from the stock.
func (s *Sandbox) PutVM(name string, created time.Time, tags ...string) cloud.VMID {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.world.addMachine(name, s.world.presets[0], nil, append([]string{}, tags...), created).id
}

// RenameVM renames a machine without the client; false where there is none.
func (s *Sandbox) RenameVM(id cloud.VMID, name string) bool {
	return s.change(id, func(m *machine) { m.name = name })
}

// TagVM replaces a machine's tags without the client; false where there is none.
func (s *Sandbox) TagVM(id cloud.VMID, tags ...string) bool {
	return s.change(id, func(m *machine) { m.tags = append([]string{}, tags...) })
}

// RemoveVM terminates a machine without the client; false where there is none.
func (s *Sandbox) RemoveVM(id cloud.VMID) bool {
	return s.change(id, func(m *machine) { m.terminate(s.kit.Clock.Now()) })
}

func (s *Sandbox) change(id cloud.VMID, act func(*machine)) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	m := s.world.machine(id)
	if m == nil {
		return false
	}
	act(m)
	return true
}

// PutSSHKey adds a key without a private half.
func (s *Sandbox) PutSSHKey(name string) cloud.SSHKeyID {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.world.addKey(name)
}

// SellOut removes all free GPUs from the stock.
func (s *Sandbox) SellOut() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, at := range s.world.places {
		for _, h := range at.hosts {
			h.free.gpus = 0
		}
		if at.bareMetal != nil {
			at.bareMetal.ethernet, at.bareMetal.infiniband = 0, 0
		}
	}
}

// PutRental adds a running rental of one server that costs nothing; it takes nothing from
// the stock. power is Running or Stopped.
func (s *Sandbox) PutRental(name, power string) cloud.RentalID {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.world.furnish(&rental{name: name, tags: []string{}, network: "infiniband", off: power == voltagepark.RentalStopped}, 1)
	r.created = s.kit.Clock.Now()
	r.charge(r.created, decimal.Zero)
	s.world.rentals = append(s.world.rentals, r)
	return r.id
}

// FailRentals makes the provisioning of all rentals fail.
func (s *Sandbox) FailRentals() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range s.world.rentals {
		r.failed = true
	}
}

// ForgetRentalReads removes the operation that reads one rental, as in 2025.
func (s *Sandbox) ForgetRentalReads() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.world.withoutRentalReads = true
}

// Reprice sets the price of every preset per GPU and hour. Existing machines keep their
// price.
func (s *Sandbox) Reprice(perGPU decimal.Decimal) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, p := range s.world.presets {
		s.world.presets[i].rates.gpus = perGPU.Mul(decimal.NewFromInt(int64(p.count)))
	}
}

// VMs returns the machines that are not terminated, oldest first.
func (s *Sandbox) VMs() []voltagepark.VirtualMachine {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := []voltagepark.VirtualMachine{}
	for _, m := range s.world.live() {
		out = append(out, m.wire(s.kit.Clock.Now()))
	}
	return out
}
