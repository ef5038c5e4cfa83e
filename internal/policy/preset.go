package policy

import (
	"embed"

	"countersign/internal/yamldoc"
)

// The presets: rules that come after a file's own, in the grammar of a file.
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

// Standard asks a person for everything that interrupts, costs or destroys,
// and lets what is reversible and free pass.
func Standard() *Rules { return preset(presetStandard) }

// ReadOnly refuses everything above a read, whatever other rules say.
func ReadOnly() *Rules { return preset(presetReadOnly) }

// preset reads a preset. One that could not be read would refuse everything; a test
// reads them all.
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
