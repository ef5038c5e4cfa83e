package cloud

// Load is how much of what is scarce and dear something takes up while it exists.
type Load struct {
	Machines int `json:"machines,omitempty"`
	GPUs     int `json:"gpus,omitempty"`
}

// Plus adds another load.
func (l Load) Plus(other Load) Load {
	return Load{Machines: l.Machines + other.Machines, GPUs: l.GPUs + other.GPUs}
}

// More is how much more another load is, part by part; never below zero.
func (l Load) More(other Load) Load {
	return Load{Machines: max(other.Machines-l.Machines, 0), GPUs: max(other.GPUs-l.GPUs, 0)}
}

// Load is what a machine takes up in its present state. It counts as a machine until
// its contract is over, switched off or not. Its GPUs count while they are held:
// Voltage Park keeps those of a stopped machine reserved and bills them, and takes
// those of a released one back; of GPCN nothing says that stopping gives any back, so
// that they count; HostUp has none. In a state between, they count.
func (vm VM) Load() Load { return vm.LoadIn(vm.Power) }

// LoadIn is what the machine would take up in another state.
func (vm VM) LoadIn(state PowerState) Load {
	if vm.Ended {
		return Load{}
	}
	load := Load{Machines: 1}
	if state == PowerReleased {
		return load
	}
	load.GPUs = GPUCount(vm.GPUs)
	return load
}

// GPUCount adds GPUs of all models up.
func GPUCount(gpus []GPU) int {
	sum := 0
	for _, g := range gpus {
		sum += g.Count
	}
	return sum
}

// Load is what a rental takes up, its servers switched on or off: their cloud has no
// way to give them back but to end the rental. Each server is a machine. It is not
// told where a cloud does not say, as Voltage Park of a Pending rental; then it is one
// machine at least.
func (r Rental) Load() (load Load, told bool) {
	if r.Ended {
		return Load{}, true
	}
	servers := len(r.Nodes)
	if r.NodeCount != nil {
		servers = *r.NodeCount
	}
	if servers < 1 || r.Server == nil || r.Server.GPU.Count < 1 {
		return Load{Machines: max(servers, 1)}, false
	}
	return Load{Machines: servers, GPUs: servers * r.Server.GPU.Count}, true
}
