package cloud

// Load counts the scarce and expensive things that a resource takes up.
type Load struct {
	Machines int `json:"machines,omitempty"`
	GPUs     int `json:"gpus,omitempty"`
}

// Plus returns the sum of two loads.
func (l Load) Plus(other Load) Load {
	return Load{Machines: l.Machines + other.Machines, GPUs: l.GPUs + other.GPUs}
}

// More returns by how much another load is greater, part by part; never below zero.
func (l Load) More(other Load) Load {
	return Load{Machines: max(other.Machines-l.Machines, 0), GPUs: max(other.GPUs-l.GPUs, 0)}
}

// Load returns the load of a machine in its present state. It counts as a machine until
// its contract is over, switched off or not. Its GPUs count while they are reserved.
// Voltage Park reserves and bills those of a stopped machine, and takes back those of a
// released one. GPCN does not document that stopping frees any, so they count; HostUp
// has no GPUs. In a transition they count.
func (vm VM) Load() Load { return vm.LoadIn(vm.Power) }

// LoadIn returns the load that the machine would have in another state.
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

// GPUCount returns the number of GPUs of all models.
func GPUCount(gpus []GPU) int {
	sum := 0
	for _, g := range gpus {
		sum += g.Count
	}
	return sum
}

// Load returns the load of a rental, its servers switched on or off, because only the
// end of the rental gives them back. Each server is a machine. told is false where the
// cloud does not report the servers, as Voltage Park for a Pending rental; then the load
// is one machine, and may be more.
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
