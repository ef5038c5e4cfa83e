package policy

import (
	"embed"

	"countersign/internal/yamldoc"
)

// The presets: rules in the format of a policy file, applied after a file's own.
const (
	presetStandard = "standard"
	presetRelaxed  = "relaxed"
	presetStrict   = "strict"
	presetReadOnly = "read-only"
)

//go:embed presets/*.yaml
var presetFiles embed.FS

// presets lists the names of the presets. The first is the default; the others follow
// from the freest to the strictest.
func presets() []string {
	return []string{presetStandard, presetRelaxed, presetStrict, presetReadOnly}
}

// Standard returns the preset that asks a person about everything that interrupts, costs or
// destroys, and allows what is reversible and free.
func Standard() *Rules { return preset(presetStandard) }

// ReadOnly returns the preset that refuses everything above a read, whatever other rules say.
func ReadOnly() *Rules { return preset(presetReadOnly) }

// Unreadable returns the rules that hold while those of a server cannot be read: they
// refuse every call, whatever a person has approved before.
func Unreadable() *Rules {
	const reason = "The policy file of this server cannot be read or is wrong, so nothing that changes anything is carried out; the log of the server says why."
	return &Rules{preset: "none", unreadable: true, rules: []rule{{name: "policy file not readable", when: when{words: everyCall}, then: Deny, reason: reason}}}
}

// preset returns a preset. If it cannot be read, the rules refuse everything; a test reads
// all presets.
func preset(name string) *Rules {
	text, err := presetFiles.ReadFile("presets/" + name + ".yaml")
	if err != nil {
		return &Rules{preset: name}
	}
	root, err := yamldoc.Parse("preset "+name, text)
	if err != nil {
		return &Rules{preset: name}
	}
	var r reader
	fields, err := root.Fields("preset", sectionRules)
	if err != nil {
		return &Rules{preset: name}
	}
	rules, err := r.rules(fields[sectionRules], "preset "+name+": ")
	if err != nil {
		return &Rules{preset: name}
	}
	return &Rules{preset: name, readOnly: name == presetReadOnly, rules: rules}
}
