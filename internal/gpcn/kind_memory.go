package gpcn

import (
	"sync"

	"countersign/internal/cloud"
)

// maxKinds is how many machines are remembered: more than one conversation needs,
// in little memory.
const maxKinds = 2000

// kindMemory caches the kind of each machine: the ID does not show it, and each kind
// has its own routes. A miss costs one more request. It is safe for concurrent use.
type kindMemory struct {
	mu    sync.Mutex
	kinds map[cloud.VMID]string
}

func newKindMemory() *kindMemory { return &kindMemory{kinds: map[cloud.VMID]string{}} }

// of returns the kind of a machine; empty where it is not cached.
func (m *kindMemory) of(id cloud.VMID) string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.kinds[id]
}

// saw records the kind of machines that the vendor returned.
func (m *kindMemory) saw(vms ...cloud.VM) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, vm := range vms {
		if len(m.kinds) >= maxKinds {
			clear(m.kinds)
		}
		m.kinds[vm.ID] = vm.Kind
	}
}
