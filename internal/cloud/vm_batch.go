package cloud

import "context"

// VMBatcher stops and deletes several machines of one kind with one request.
type VMBatcher interface {
	VMPowerer
	VMDeleter
	// BatchKind is the kind of machine that it can be done with.
	BatchKind() string
	// StopVMs stops machines and tells what became of each. An error says that none
	// was stopped, or that it is not known of any.
	StopVMs(ctx context.Context, ids []VMID) ([]Job, error)
	// DeleteVMs ends machines for ever.
	DeleteVMs(ctx context.Context, ids []VMID) (Accepted, error)
}
