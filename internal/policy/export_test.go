package policy

// Presets lists the names of the presets.
var Presets = presets

// Relaxed lets gentle stops and reboots pass too.
func Relaxed() *Rules { return preset(presetRelaxed) }

// Strict asks a person, where no program can answer, for what destroys and for what
// costs more than a small sum.
func Strict() *Rules { return preset(presetStrict) }
