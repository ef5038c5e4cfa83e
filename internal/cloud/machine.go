package cloud

import (
	"context"
	"time"
)

// MachineMaker is a cloud that can create machines.
type MachineMaker interface {
	VMReader
	// MachineKinds are the kinds it can create, each with a block of its own in
	// the arguments of create_vm.
	MachineKinds() []MachineKind
}

// MachineSpec is the decoded block of one kind of machine. Its type belongs to
// the provider; nobody else opens it.
type MachineSpec interface {
	// BlockName is the name of the block, such as "voltagepark_vm".
	BlockName() string
}

// BlockKind is a kind of thing that is asked for with a block of its own.
type BlockKind interface {
	// BlockName is the name of the block that asks for this kind.
	BlockName() string
	// BlockDescription is what the schema says about the block.
	BlockDescription() string
	// NewSpec returns a pointer to an empty block, to be decoded into.
	NewSpec() MachineSpec
	// MinimalExample is a smallest valid block as JSON, for error messages.
	MinimalExample() string
}

// MachineKind is one kind of machine that a cloud creates.
type MachineKind interface {
	BlockKind
	// PlanMachine checks a block against the vendor's rules and live state and
	// says what would be made. It only reads.
	PlanMachine(ctx context.Context, spec MachineSpec) (MachinePlan, error)
	// CreateMachine makes the machine, or the machines where the block asks for
	// several. The marker goes where FindMachine will look for it.
	CreateMachine(ctx context.Context, spec MachineSpec, marker string) (MadeMachine, error)
	// FindMachine looks for a machine whose create was sent but not answered.
	FindMachine(ctx context.Context, search MachineSearch) (FoundMachine, error)
}

// MachinePlan is what a create would make.
type MachinePlan struct {
	// Names are the names of the machines to be made, one each.
	Names []string
	// Facts describe the machine, in the order to be shown.
	Facts []Fact
	Price Price
	// Opens are the doors that the create opens: keys, a password, cloud-init.
	Opens []string
	// Consequences are sentences for the person who approves. They hold no
	// stock, age or time: those go to Notes.
	Consequences []string
	// Attachments are shown whole to the person who approves.
	Attachments []Attachment
	// Notes may differ from one reading to the next.
	Notes []string
	// Marks says that CreateMachine leaves the marker on what it makes.
	Marks bool
	// Equal identifies creates that would make the same machine, whatever name
	// they give it.
	Equal string
}

// Fact is one labelled value.
type Fact struct {
	Label string `json:"label"`
	Value string `json:"value"`
}

// Attachment is a text that the approver must see whole, such as cloud-init.
type Attachment struct {
	Title string `json:"title"`
	Body  string `json:"body"`
}

// MadeMachine is what a create answered: the IDs that are known already, and
// the jobs that still run.
type MadeMachine struct {
	IDs  []VMID
	Jobs []JobID
}

// MachineSearch describes a create whose answer was lost.
type MachineSearch struct {
	Marker string
	// Names are the names that the machines were to have.
	Names []string
	Since time.Time
}

// FoundMachine is what a search found. Machines with an ID are certainly the
// ones; possible ones only may be.
type FoundMachine struct {
	IDs      []VMID
	Possible []Candidate
}
