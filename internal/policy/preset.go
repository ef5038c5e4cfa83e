package policy

import "countersign/internal/tool"

// Standard asks a person for everything that interrupts, costs or destroys,
// and lets what is reversible and free pass.
func Standard() *Rules {
	return &Rules{preset: "standard", rules: []rule{
		{name: "reversible and free", when: when{effects: []tool.Effect{tool.Read, tool.Change}}, then: Allow, reason: "reversible and free"},
		{name: "what disrupts", when: when{effects: []tool.Effect{tool.Disrupt}}, then: Ask, reason: "a person has to approve what can disrupt"},
		{name: "what costs", when: when{effects: []tool.Effect{tool.Bill}}, then: Ask, reason: "a person has to approve what can bill"},
		{name: "what destroys", when: when{effects: []tool.Effect{tool.Destroy}}, then: Ask, reason: "a person has to approve what can destroy"},
	}}
}

// ReadOnly refuses everything above a read.
func ReadOnly() *Rules { return Standard().OnlyReading() }
