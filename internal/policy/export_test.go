package policy

// Presets lists the names of the presets.
var Presets = presets

// Relaxed returns the preset that also allows gentle stops and reboots.
func Relaxed() *Rules { return preset(presetRelaxed) }

// Strict returns the preset that asks a person, where no program can answer, about what
// destroys or costs more than a small sum.
func Strict() *Rules { return preset(presetStrict) }
