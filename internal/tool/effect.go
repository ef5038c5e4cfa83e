package tool

import "fmt"

// Effect is the worst that a call can do. Effects are ordered; the highest of several
// effects decides.
type Effect int

// The effects, from harmless to final.
const (
	// Read changes nothing.
	Read Effect = iota
	// Change is reversible and free.
	Change
	// Disrupt stops or reboots a workload, or opens a door: an SSH key, cloud-init.
	Disrupt
	// Bill starts or raises a charge.
	Bill
	// Destroy loses data or ends a resource.
	Destroy
)

// Effects lists all effects in order.
func Effects() []Effect { return []Effect{Read, Change, Disrupt, Bill, Destroy} }

// String returns the word used in results, audit and documentation.
func (e Effect) String() string {
	switch e {
	case Read:
		return "read"
	case Change:
		return "change"
	case Disrupt:
		return "disrupt"
	case Bill:
		return "bill"
	case Destroy:
		return "destroy"
	}
	return fmt.Sprintf("effect(%d)", int(e))
}

// MarshalText writes the word.
func (e Effect) MarshalText() ([]byte, error) { return []byte(e.String()), nil }

// UnmarshalText reads the word; an unknown one is an error, never Read.
func (e *Effect) UnmarshalText(text []byte) error {
	for _, known := range Effects() {
		if known.String() == string(text) {
			*e = known
			return nil
		}
	}
	return fmt.Errorf("unknown effect %q", text)
}

// Highest returns the worst of the effects. Without any it returns Destroy, because a
// doubt counts as the worst. It returns an invalid effect unchanged, so that it is not
// mistaken for a valid one.
func Highest(effects []Effect) Effect {
	if len(effects) == 0 {
		return Destroy
	}
	highest := Read
	for _, e := range effects {
		if e < Read || e > Destroy {
			return e
		}
		highest = max(highest, e)
	}
	return highest
}
