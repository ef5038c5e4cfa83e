package cloud

import "time"

// Block is one kind of thing that a cloud creates, as the arguments of a tool
// have it: a typed block, one of several of which exactly one is given.
type Block interface {
	// BlockName is the name of the block that asks for this kind.
	BlockName() string
	// BlockDescription is what the schema says about the block.
	BlockDescription() string
	// NewSpec returns a pointer to an empty block, to be decoded into.
	NewSpec() BlockSpec
	// MinimalExample is a smallest valid block as JSON, for error messages.
	MinimalExample() string
}

// BlockSpec is the decoded block of one kind. Its type belongs to the provider;
// nobody else opens it.
type BlockSpec interface {
	// BlockName is the name of the block, such as "voltagepark_vm".
	BlockName() string
}

// FieldRetirer is a Block whose cloud refuses fields that it once took.
type FieldRetirer interface {
	// RetiredFields are those fields with what to give instead, for error messages.
	RetiredFields() map[string]string
}

// CreatePlan is what a create would make.
type CreatePlan struct {
	// Names are the names of what is to be made, one each.
	Names []string
	// Tags are the tags that each of them is given.
	Tags []string
	// Facts describe it, in the order to be shown.
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
	// Marks says that the create leaves the marker on what it makes.
	Marks bool
	// Equal identifies creates that would make the same thing, whatever name they
	// give it.
	Equal string
	// Location and Offer are the exact IDs of where it is to be and of what it is an
	// instance; empty where a cloud has none.
	Location LocationID
	Offer    OfferID
	// Adds is what the create adds to what runs.
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

// Created is what a create answered: the IDs that are known already, and the
// jobs that still run.
type Created[ID ~string] struct {
	IDs  []ID
	Jobs []JobID
	// Warning is what the cloud warned of, in its own words, cleaned.
	Warning string
}

// CreateSearch describes a create whose answer was lost.
type CreateSearch struct {
	Marker string
	// Names are the names that were to be given.
	Names []string
	Since time.Time
	// Others are IDs of what is known to come from other creates.
	Others []string
}

// Found is what a search found. What has an ID in IDs is certainly what the
// create made; possible ones only may be.
type Found[ID ~string] struct {
	IDs      []ID
	Possible []Candidate
}
