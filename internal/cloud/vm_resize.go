package cloud

import "context"

// VMResizer gives machines more or fewer cores and memory.
type VMResizer interface {
	VMReader
	// PlanResize confirms what is asked for, refuses what the vendor's rules, gates
	// and limits forbid, and says what it means. It only reads.
	PlanResize(ctx context.Context, vm VM, to Resize) (ResizePlan, error)
	// ResizeVM carries it out.
	ResizeVM(ctx context.Context, id VMID, to Resize) (Accepted, error)
	// Resized reports whether a machine has the size, for a resize whose answer was
	// lost.
	Resized(ctx context.Context, id VMID, to Resize) (bool, error)
}

// Resize is the size that a machine is to have: an offer, or its parts, by how its
// cloud sells. Zero fields are not given.
type Resize struct {
	OfferID OfferID
	VCPUs   int
	RAMGB   int
}

// ResizePlan is what a resize would change.
type ResizePlan struct {
	// Same says that the machine has the size already.
	Same bool
	// Now and Then are the sizes; parts of 0 are not told.
	Now, Then MachineSize
	// Before and After are the prices, of the same power state.
	Before, After Price
	// Consequences are sentences for the person who approves.
	Consequences []string
	// Notes may differ from one reading to the next.
	Notes []string
}
