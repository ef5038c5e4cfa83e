package cloud

import "context"

// VMBatcher stops and deletes several machines of one kind with one request.
type VMBatcher interface {
	VMPowerer
	VMDeleter
	// BatchKind returns the kind of machine that it works for.
	BatchKind() string
	// StopVMs stops machines and returns the outcome of each. After an error no machine
	// was stopped, or it is unknown of all of them.
	StopVMs(ctx context.Context, ids []VMID) ([]Job, error)
	// DeleteVMs deletes machines.
	DeleteVMs(ctx context.Context, ids []VMID) (Accepted, error)
}
