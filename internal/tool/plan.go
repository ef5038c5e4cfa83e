package tool

import "countersign/internal/cloud"

// Plan describes what a call would do, from live state, before it does anything.
// The guard shows it to a person, binds the approval to its digest and makes it
// again just before executing.
type Plan struct {
	Account cloud.AccountName `json:"account"`
	// Summary is one sentence with IDs but without any text of a vendor.
	Summary string `json:"summary"`
	// Action is the action of the call, such as "stop", for a tool that has several.
	Action string `json:"action,omitempty"`
	// Final says that no tool can undo the action, although actions of this name can
	// usually be undone.
	Final bool `json:"final,omitempty"`
	// Effects are all effects of this call; the highest decides.
	Effects []Effect `json:"effects"`
	// Targets are the resources that the call acts on; empty for a create.
	Targets []Target `json:"targets,omitempty"`
	// Facts describe the resource to create.
	Facts []cloud.Fact `json:"facts,omitempty"`
	// Changes are the fields that the call changes.
	Changes []FieldChange `json:"changes,omitempty"`
	// Cost is the change of the bill; nil for calls that do not change it.
	Cost *Cost `json:"cost,omitempty"`
	// Opens are the ways of access that the call opens, such as an SSH key.
	Opens []string `json:"opens,omitempty"`
	// Consequences are plain sentences. They are bound to the approval, so they must be
	// equal each time that the plan is made.
	Consequences []string `json:"consequences,omitempty"`
	// Attachments are shown whole to the person who approves.
	Attachments []cloud.Attachment `json:"attachments,omitempty"`
	// Notes may differ each time that the plan is made (stock, age, the result of the
	// last equal call). They are shown but not bound to the approval.
	Notes []string `json:"notes,omitempty"`
	// Equal is the same for calls that would create the same thing; empty for calls that
	// create nothing.
	Equal string `json:"equal,omitempty"`
	// Marks says that the call puts a marker on what it creates.
	Marks bool `json:"marks,omitempty"`
	// MadeKind and MadeNames are the kind and the names of the resources to create.
	MadeKind  string   `json:"made_kind,omitempty"`
	MadeNames []string `json:"made_names,omitempty"`
	// MadeTags are the tags that each of them is given.
	MadeTags []string `json:"made_tags,omitempty"`
	// Location and Offer are the exact IDs of the location and the offer of the resource;
	// empty where they are unknown or differ between targets, which have their own.
	Location string `json:"location,omitempty"`
	Offer    string `json:"offer,omitempty"`
	// Adds is the load that the call adds; load that it frees is not subtracted.
	Adds cloud.Load `json:"adds,omitzero"`
	// Grant is the terms of the standing grant that the call makes; nil for other calls.
	Grant *GrantTerms `json:"grant,omitempty"`
	// Budget compares the spending with the caps of the account. The guard sets it; it is
	// shown but not bound to the approval.
	Budget []cloud.Fact `json:"budget,omitempty"`
	// Nothing says why there is nothing to do; such a call is not sent.
	Nothing string `json:"nothing,omitempty"`
}

// Makes reports whether the call creates something that has an ID.
func (p Plan) Makes() bool { return p.MadeKind != "" }

// Target is an existing resource that the call acts on, as the cloud shows it now.
type Target struct {
	Kind string `json:"kind"`
	// ID is the vendor's ID, byte for byte.
	ID string `json:"id"`
	// Name is cleaned for display.
	Name string `json:"name"`
	// NameAltered says that Name differs from the vendor's name, because it was cleaned.
	NameAltered bool `json:"name_altered,omitempty"`
	// NameShared says that another resource of this kind has the same name.
	NameShared bool `json:"name_shared,omitempty"`
	// FormerNames are its other names of the last 30 days; the guard sets them.
	FormerNames []string `json:"former_names,omitempty"`
	Status      string   `json:"status,omitempty"`
	Tags        []string `json:"tags,omitempty"`
	// Location and Offer are the exact IDs of its location and its offer; empty where the
	// cloud does not report them.
	Location string `json:"location,omitempty"`
	Offer    string `json:"offer,omitempty"`
	// Facts are shown but not bound to the approval (age, address).
	Facts []cloud.Fact `json:"facts,omitempty"`
}

// FieldChange is one field with its values before and after.
type FieldChange struct {
	Field  string `json:"field"`
	Before string `json:"before"`
	After  string `json:"after"`
}

// Cost is the change of the bill by a call.
type Cost struct {
	// Before and After are the prices of the resource before and after the call.
	Before *cloud.Price `json:"before,omitempty"`
	After  cloud.Price  `json:"after"`
}
