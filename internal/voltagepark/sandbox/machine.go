package sandbox

import (
	"fmt"
	"time"

	"countersign/internal/cloud"
	"countersign/internal/voltagepark"
)

// addressDelay is how long a new machine has no public address [inferred].
const addressDelay = 20 * time.Second

// machine is a VM of the organization.
type machine struct {
	id      cloud.VMID
	billing string // ID of its line on the bill
	linked  string // ID of the instance that the line names
	name    string
	tags    []string
	preset  preset
	// host is nil for machines of tests, which take nothing from the stock.
	host    *host
	hostID  cloud.HostNodeID
	status  string
	address string
	port    int
	// movingUntil is when a relocation ends; zero for none.
	movingUntil time.Time
	created     time.Time
	metered
}

// addMachine adds a running machine and takes its resources from the host, if there is
// one.
func (w *world) addMachine(name string, of preset, on *host, tags []string, at time.Time) *machine {
	m := &machine{
		id: cloud.VMID(w.kit.Seed.UUID()), billing: w.kit.Seed.UUID(), linked: w.kit.Seed.UUID(),
		name: name, tags: tags, preset: of, host: on, status: voltagepark.VMRunning, created: at, port: w.nextPort,
		address: fmt.Sprintf("203.0.113.%d", 1+len(w.machines)%250),
	}
	w.nextPort++
	if on != nil {
		m.hostID = on.id
		on.take(of.size, 1)
		on.free.storageGB -= of.size.storageGB
	} else {
		m.hostID = cloud.HostNodeID(w.kit.Seed.UUID())
	}
	m.charge(at, of.rates.associated())
	w.machines = append(w.machines, m)
	return m
}

// setPower changes the power of a machine. Its errors follow from the state machine
// [inferred]; empty means done.
func (m *machine) setPower(to voltagepark.PowerStatus, now time.Time) (refusal string) {
	released := m.status == voltagepark.VMStoppedDisassociated
	switch {
	case m.statusAt(now) == voltagepark.VMRelocating:
		return "Cannot change the power status of a virtual machine that is relocating"
	case to == voltagepark.StatusStoppedDisassociated && !released:
		m.giveBack()
		m.status = voltagepark.VMStoppedDisassociated
		m.charge(now, m.preset.rates.disassociated())
	case to == voltagepark.StatusStopped && released:
		return "Cannot stop a virtual machine whose resources are disassociated"
	case to == voltagepark.StatusStopped:
		m.status = voltagepark.VMStopped
	case to == voltagepark.StatusStarted && released:
		if m.host != nil {
			if !m.host.room(m.preset.size, false) {
				return "The hostnode does not have enough available resources to start this virtual machine"
			}
			m.host.take(m.preset.size, 1)
		}
		m.status = voltagepark.VMRunning
		m.charge(now, m.preset.rates.associated())
	case to == voltagepark.StatusStarted:
		m.status = voltagepark.VMRunning
	}
	return ""
}

// statusAt returns the vendor's status.
func (m *machine) statusAt(now time.Time) string {
	if now.Before(m.movingUntil) {
		return voltagepark.VMRelocating
	}
	return m.status
}

// giveBack returns the machine's GPUs, vCPUs and memory to the host.
func (m *machine) giveBack() {
	if m.host != nil {
		m.host.take(m.preset.size, -1)
	}
}

// terminate ends a machine and frees its disk.
func (m *machine) terminate(now time.Time) {
	if m.status != voltagepark.VMStoppedDisassociated {
		m.giveBack()
	}
	if m.host != nil {
		m.host.free.storageGB += m.preset.size.storageGB
	}
	m.ended = &now
}

// wire returns the machine in the vendor's form.
func (m *machine) wire(now time.Time) voltagepark.VirtualMachine {
	address := ""
	if !now.Before(m.created.Add(addressDelay)) {
		address = m.address
	}
	r := m.preset.rates
	return voltagepark.VirtualMachine{
		ID:              m.id,
		HostNodeID:      m.hostID,
		Type:            "ondem",
		Status:          m.statusAt(now),
		Name:            m.name,
		Resources:       m.preset.resources(),
		OperatingSystem: image,
		Pricing: voltagepark.VMPricing{
			GPUsPerHr:               voltagepark.NewDecimal(r.gpus),
			VCPUsPerHr:              voltagepark.NewDecimal(r.vcpus),
			RAMPerHr:                voltagepark.NewDecimal(r.ram),
			StoragePerHr:            voltagepark.NewDecimal(r.storage),
			TotalAssociatedPerHr:    voltagepark.NewDecimal(r.associated()),
			TotalDisassociatedPerHr: voltagepark.NewDecimal(r.disassociated()),
		},
		PublicIP:          &address,
		PortForwards:      []voltagepark.PortForward{{InternalPort: 22, ExternalPort: m.port}},
		TimestampCreation: voltagepark.NewTimestamp(m.created),
		Tags:              m.tags,
	}
}

// relocating is how long a move takes [inferred].
const relocating = time.Minute

// hostBeside returns another host that the machine fits on; nil where there is none.
func (w *world) hostBeside(m *machine) *host {
	for _, at := range w.places {
		for _, h := range at.hosts {
			if h != m.host && h.model == m.preset.model && h.room(m.preset.size, true) {
				return h
			}
		}
	}
	return nil
}

// move moves a machine's disk to another host, where it gets another address.
func (w *world) move(m *machine, to *host, now time.Time) {
	if m.host != nil {
		m.host.free.storageGB += m.preset.size.storageGB
	}
	to.free.storageGB -= m.preset.size.storageGB
	m.host, m.hostID, m.movingUntil = to, to.id, now.Add(relocating)
	m.address, m.port = fmt.Sprintf("203.0.113.%d", 100+w.nextPort%150), w.nextPort
	w.nextPort++
}
