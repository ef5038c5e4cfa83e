package cloud

import "context"

// VMInterfaceReader lists the network interfaces of a machine.
type VMInterfaceReader interface {
	VMReader
	// ListVMInterfaces returns all interfaces of a machine, in the cloud's order.
	ListVMInterfaces(ctx context.Context, vm VM) ([]Interface, error)
}

// VMInterfaceChanger connects machines to networks and to the public internet.
type VMInterfaceChanger interface {
	VMInterfaceReader
	NetworkLister
	// PlanInterfaceChange refuses what the vendor's rules or live state forbid for
	// this machine, and returns what a person has to know. The interface of the change,
	// if it names one, is one of those of the machine. It only reads.
	PlanInterfaceChange(ctx context.Context, vm VM, all []Interface, change InterfaceChange) (consequences []string, err error)
	// ChangeInterface carries it out.
	ChangeInterface(ctx context.Context, vm VMID, change InterfaceChange) (Accepted, error)
}

// InterfaceChange is one change of a machine's interfaces. Joining a network names the
// network, every other action an interface.
type InterfaceChange struct {
	Action      InterfaceAction
	NetworkID   NetworkID
	InterfaceID InterfaceID
}

// InterfaceAction is what can be done with interfaces. Each action has its own risk.
type InterfaceAction string

// The actions, from the gentlest.
const (
	InterfaceAttach     InterfaceAction = "attach"
	InterfaceSetPrimary InterfaceAction = "set_primary"
	InterfaceDetach     InterfaceAction = "detach"
	PublicIPAllocate    InterfaceAction = "allocate_public_ip"
	PublicIPRelease     InterfaceAction = "release_public_ip"
)

// SchemaEnum lists the values of an action argument.
func (InterfaceAction) SchemaEnum() []string {
	return []string{
		string(InterfaceAttach), string(InterfaceSetPrimary), string(InterfaceDetach),
		string(PublicIPAllocate), string(PublicIPRelease),
	}
}
