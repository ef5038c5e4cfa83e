package cloud

import "context"

// VMResizer gives machines more or fewer cores and memory.
type VMResizer interface {
	VMReader
	// PlanResize refuses what the vendor's rules, gates and limits forbid, and returns
	// what a resize would change. It only reads.
	PlanResize(ctx context.Context, vm VM, to Resize) (ResizePlan, error)
	// ResizeVM carries it out.
	ResizeVM(ctx context.Context, id VMID, to Resize) (Accepted, error)
	// Resized reports whether a machine has the size, for a resize whose response was
	// lost.
	Resized(ctx context.Context, id VMID, to Resize) (bool, error)
}

// Resize is the new size of a machine: an offer or single parts, depending on its cloud.
// Zero fields are not given.
type Resize struct {
	OfferID OfferID
	VCPUs   int
	RAMGB   int
}

// ResizePlan describes what a resize would change.
type ResizePlan struct {
	// Same says that the machine has this size already.
	Same bool
	// Now and Then are the sizes before and after; a part of 0 is unknown.
	Now, Then MachineSize
	// Before and After are the prices in the same power state.
	Before, After Price
	// Consequences are sentences for the person who approves.
	Consequences []string
	// Notes may differ each time that the plan is made.
	Notes []string
}
