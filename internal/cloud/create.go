package cloud

import "time"

// Block is one kind of resource that a cloud creates. In the arguments of a tool it is
// a typed block; a call gives exactly one of several blocks.
type Block interface {
	// BlockName returns the name of the block for this kind.
	BlockName() string
	// BlockDescription returns the description of the block in the schema.
	BlockDescription() string
	// NewSpec returns a pointer to an empty block, to decode into.
	NewSpec() BlockSpec
	// MinimalExample returns a smallest valid block as JSON, for error messages.
	MinimalExample() string
}

// BlockSpec is the decoded block of one kind. Only its provider knows the type.
type BlockSpec interface {
	// BlockName returns the name of the block, such as "voltagepark_vm".
	BlockName() string
}

// FieldRetirer is a Block whose cloud refuses fields that it once accepted.
type FieldRetirer interface {
	// RetiredFields returns those fields with their replacements, for error messages.
	RetiredFields() map[string]string
}

// CreatePlan describes what a create would make.
type CreatePlan struct {
	// Names are the names of the resources to create, one each.
	Names []string
	// Tags are the tags that each of them is given.
	Tags []string
	// Facts describe them, in the order to show.
	Facts []Fact
	Price Price
	// Opens are the ways of access that the create opens: keys, a password, cloud-init.
	Opens []string
	// Consequences are sentences for the person who approves. Stock, age and time
	// belong in Notes.
	Consequences []string
	// Attachments are shown whole to the person who approves.
	Attachments []Attachment
	// Notes may differ each time that the plan is made.
	Notes []string
	// Marks says that the create puts the marker on what it makes.
	Marks bool
	// Equal is the same for creates that would make the same thing under any name.
	Equal string
	// Location and Offer are the exact IDs of its location and its offer; empty where a
	// cloud has no such ID.
	Location LocationID
	Offer    OfferID
	// Adds is the load that the create adds.
	Adds Load
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

// Created is the result of a create: the IDs that are known already, and the jobs that
// still run.
type Created[ID ~string] struct {
	IDs  []ID
	Jobs []JobID
	// Warning is the cloud's own warning, cleaned.
	Warning string
}

// CreateSearch describes a create whose response was lost.
type CreateSearch struct {
	Marker string
	// Names are the names that it was to give.
	Names []string
	Since time.Time
	// Others are the IDs that other creates have made.
	Others []string
}

// Found is the result of a search. IDs were certainly made by the create; Possible ones
// may have been.
type Found[ID ~string] struct {
	IDs      []ID
	Possible []Candidate
}
