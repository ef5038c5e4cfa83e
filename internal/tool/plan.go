package tool

import "countersign/internal/cloud"

// Plan says what a call would do, from live state, before it does anything.
// The guard shows it to a person, binds the approval to its digest and makes it
// again just before executing.
type Plan struct {
	Account cloud.AccountName `json:"account"`
	// Summary is one sentence of our own, with IDs but no vendor's text.
	Summary string `json:"summary"`
	// Action is which of the things that its tool can do the call does, such as
	// "stop"; empty where the tool does one.
	Action string `json:"action,omitempty"`
	// Final says that no tool undoes the action, which others of its name would be.
	Final bool `json:"final,omitempty"`
	// Effects are all effects of this very call; the highest decides.
	Effects []Effect `json:"effects"`
	// Targets are what the call acts on; empty for what is yet to be made.
	Targets []Target `json:"targets,omitempty"`
	// Facts describe what is yet to be made.
	Facts []cloud.Fact `json:"facts,omitempty"`
	// Changes are the fields that differ before and after.
	Changes []FieldChange `json:"changes,omitempty"`
	// Cost is what the call does to the bill; nil for calls that leave it alone.
	Cost *Cost `json:"cost,omitempty"`
	// Opens are doors that the call opens.
	Opens []string `json:"opens,omitempty"`
	// Consequences are plain sentences. Nothing in them may differ from one
	// reading to the next.
	Consequences []string `json:"consequences,omitempty"`
	// Attachments are shown whole to the person who approves.
	Attachments []cloud.Attachment `json:"attachments,omitempty"`
	// Notes may differ from one reading to the next (stock, age, what the last
	// equal call made); they are shown and not bound.
	Notes []string `json:"notes,omitempty"`
	// Equal identifies calls that would make the same thing; empty for calls
	// that make nothing.
	Equal string `json:"equal,omitempty"`
	// Marks says that the call leaves a marker by which its result is found.
	Marks bool `json:"marks,omitempty"`
	// MadeKind and MadeNames are the kind and names of what is to be made.
	MadeKind  string   `json:"made_kind,omitempty"`
	MadeNames []string `json:"made_names,omitempty"`
	// MadeTags are the tags that each of them is given.
	MadeTags []string `json:"made_tags,omitempty"`
	// Location and Offer are the exact IDs of where something is and of what it is
	// an instance, or is to be; empty where that is not known or differs from target
	// to target: each has its own.
	Location string `json:"location,omitempty"`
	Offer    string `json:"offer,omitempty"`
	// Adds is what the call adds to what runs; what it takes away is not in it.
	Adds cloud.Load `json:"adds,omitzero"`
	// Grant is what a standing grant allows; nil for every other call.
	Grant *GrantTerms `json:"grant,omitempty"`
	// Budget shows what the call does to the bill of the account, beside its caps; the
	// guard fills it in. It is shown and not bound.
	Budget []cloud.Fact `json:"budget,omitempty"`
	// Nothing says why there is nothing to do; such a call is never sent.
	Nothing string `json:"nothing,omitempty"`
}

// Target is an existing thing that the call acts on, as the cloud shows it now.
type Target struct {
	Kind string `json:"kind"`
	// ID is verbatim.
	ID string `json:"id"`
	// Name is cleaned for display.
	Name string `json:"name"`
	// NameAltered says that Name is not the whole of what the vendor has.
	NameAltered bool `json:"name_altered,omitempty"`
	// NameShared says that something else of this kind has the same name.
	NameShared bool `json:"name_shared,omitempty"`
	// FormerNames are names of the last 30 days; the guard fills them in.
	FormerNames []string `json:"former_names,omitempty"`
	Status      string   `json:"status,omitempty"`
	Tags        []string `json:"tags,omitempty"`
	// Location and Offer are the exact IDs of where it is and of what it is an
	// instance; empty where the cloud does not tell.
	Location string `json:"location,omitempty"`
	Offer    string `json:"offer,omitempty"`
	// Facts are shown; they are not bound to the approval (age, address).
	Facts []cloud.Fact `json:"facts,omitempty"`
}

// FieldChange is one field before and after.
type FieldChange struct {
	Field  string `json:"field"`
	Before string `json:"before"`
	After  string `json:"after"`
}

// Cost is what a call does to the bill.
type Cost struct {
	// Before and After are what the thing costs per hour on either side.
	Before *cloud.Price `json:"before,omitempty"`
	After  cloud.Price  `json:"after"`
}
