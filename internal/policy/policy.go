// Package policy holds the rules: what a call may do without a person, what a
// person has to approve, and what nobody may do.
//
// It must never know MCP, a cloud or the store: it is given a plan and answers
// with a verdict. What it does not understand it refuses.
package policy

import (
	"countersign/internal/tool"
)

// Decision is what happens to a call.
type Decision string

// The decisions.
const (
	Allow Decision = "allow"
	Ask   Decision = "ask"
	Deny  Decision = "deny"
)

// Verdict is a decision with the reason that an agent is shown.
type Verdict struct {
	Decision Decision
	Reason   string
}

// Rules decide about calls.
type Rules struct {
	readOnly bool
}

// Standard asks a person for everything that interrupts, costs or destroys,
// and lets what is reversible and free pass.
func Standard() Rules { return Rules{} }

// ReadOnly refuses everything above a read.
func ReadOnly() Rules { return Rules{readOnly: true} }

// Allows reports whether a tool with this ceiling can be of any use, so that it
// is listed.
func (r Rules) Allows(ceiling tool.Effect) bool {
	return !r.readOnly || ceiling == tool.Read
}

// Decide judges a plan by the worst of its effects.
func (r Rules) Decide(plan tool.Plan) Verdict {
	effect := tool.Highest(plan.Effects)
	if r.readOnly && effect != tool.Read {
		return Verdict{Deny, "This server is read-only: nothing that changes anything is carried out."}
	}
	switch effect {
	case tool.Read, tool.Change:
		return Verdict{Allow, "reversible and free"}
	case tool.Disrupt, tool.Bill, tool.Destroy:
		return Verdict{Ask, "a person has to approve what can " + effect.String()}
	}
	return Verdict{Deny, "The effect of this call is not known, so it is refused."}
}
