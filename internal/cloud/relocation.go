package cloud

import "context"

// VMRelocator moves machines without reserved hardware to another host.
type VMRelocator interface {
	VMReader
	// PlanRelocation refuses where the machine's state forbids it and returns what a
	// person has to know. It only reads.
	PlanRelocation(ctx context.Context, vm VM) (consequences []string, err error)
	// RelocateVM asks for the move.
	RelocateVM(ctx context.Context, id VMID) error
	// Relocated reports whether a machine has left a host or is moving, for a move
	// whose response was lost.
	Relocated(ctx context.Context, id VMID, from HostNodeID) (bool, error)
}
