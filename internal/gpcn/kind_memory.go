package gpcn

import (
	"sync"

	"countersign/internal/cloud"
)

// maxKinds is how many machines are remembered: more than a conversation is
// about, and little memory.
const maxKinds = 2000

// kindMemory remembers of which kind a machine is: the ID does not tell, and
// each kind has routes of its own. What is forgotten costs one request more. It
// is safe for concurrent use.
type kindMemory struct {
	mu    sync.Mutex
	kinds map[cloud.VMID]string
}

func newKindMemory() *kindMemory { return &kindMemory{kinds: map[cloud.VMID]string{}} }

// of is the kind of a machine, empty where it was not seen yet.
func (m *kindMemory) of(id cloud.VMID) string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.kinds[id]
}

// saw notes machines that the vendor told of.
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
