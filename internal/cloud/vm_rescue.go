package cloud

import "context"

// VMRescuer boots machines from another image, to repair their disks.
type VMRescuer interface {
	VMReader
	// InRescue reports whether a machine is in rescue mode or about to enter it.
	InRescue(vm VM) bool
	// PlanRescue refuses what the vendor's rules or the machine's state forbid, and
	// returns the image to boot from and what a person has to know. It only reads.
	PlanRescue(ctx context.Context, vm VM, image RescueImage) (facts []Fact, consequences []string, err error)
	// RescueVM boots a machine from the image.
	RescueVM(ctx context.Context, id VMID, image RescueImage) (Accepted, error)
	// PlanEndRescue returns what a person has to know of the end of a rescue.
	PlanEndRescue(ctx context.Context, vm VM) (consequences []string, err error)
	// EndRescue boots a machine from its own disk again.
	EndRescue(ctx context.Context, id VMID) (Accepted, error)
}

// RescueImage is an image that a machine boots from in rescue mode.
type RescueImage struct {
	Source RescueSource
	ID     ImageID
}

// RescueSource is the source of a rescue image.
type RescueSource string

// The sources.
const (
	RescueFromCatalog RescueSource = "catalog"
	RescueFromCustom  RescueSource = "custom"
)

// SchemaEnum lists the values of the argument.
func (RescueSource) SchemaEnum() []string {
	return []string{string(RescueFromCatalog), string(RescueFromCustom)}
}
