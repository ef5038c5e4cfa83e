package cloud

import "context"

// MachineMaker is a cloud that can create machines.
type MachineMaker interface {
	VMReader
	// MachineKinds returns the kinds that it can create, each with its own block in the
	// arguments of create_vm.
	MachineKinds() []MachineKind
}

// MachineSpec is the decoded block of one kind of machine.
type MachineSpec = BlockSpec

// MachineKind is one kind of machine that a cloud creates.
type MachineKind interface {
	Block
	// PlanMachine checks a block against the vendor's rules and live state and
	// describes what would be made. It only reads.
	PlanMachine(ctx context.Context, spec MachineSpec) (MachinePlan, error)
	// CreateMachine makes the machine, or the machines where the block asks for
	// several. The marker goes where FindMachine will look for it.
	CreateMachine(ctx context.Context, spec MachineSpec, marker string) (MadeMachine, error)
	// FindMachine looks for a machine whose create was sent but got no response.
	FindMachine(ctx context.Context, search MachineSearch) (FoundMachine, error)
}

// The types of CreatePlan, Created, CreateSearch and Found for machines.
type (
	// MachinePlan describes what a create would make.
	MachinePlan = CreatePlan
	// MadeMachine is the result of a create.
	MadeMachine = Created[VMID]
	// MachineSearch describes a create whose response was lost.
	MachineSearch = CreateSearch
	// FoundMachine is the result of a search.
	FoundMachine = Found[VMID]
)
