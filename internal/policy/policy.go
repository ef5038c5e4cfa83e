// Package policy has the rules: what a call may do without a person, what a person has to
// approve, and what is always refused.
//
// It must never know MCP, a cloud or the store: it gets a plan and returns a verdict. What
// it does not understand it refuses.
package policy

import (
	"slices"
	"strings"
	"time"

	"countersign/internal/tool"
)

// Outcome is what happens to a call.
type Outcome string

// The outcomes, from the freest to the strictest.
const (
	// Allow lets the call pass.
	Allow Outcome = "allow"
	// Caller lets the caller itself confirm the call.
	Caller Outcome = "caller"
	// Ask asks a person, on any road.
	Ask Outcome = "ask"
	// Human asks a person on a road on which no program of the client can answer.
	Human Outcome = "human"
	// Deny refuses the call.
	Deny Outcome = "deny"
)

// outcomes lists the outcomes from the freest to the strictest.
func outcomes() []Outcome { return []Outcome{Allow, Caller, Ask, Human, Deny} }

// permissive reports whether no person is needed.
func (o Outcome) permissive() bool { return o == Allow || o == Caller }

// stricter reports whether o is stricter than other. An unknown outcome is the strictest.
func (o Outcome) stricter(other Outcome) bool { return o.rank() > other.rank() }

func (o Outcome) rank() int {
	if i := slices.Index(outcomes(), o); i >= 0 {
		return i
	}
	return len(outcomes())
}

// Verdict is an outcome with the reason for the agent, and the name of the rule that decided.
type Verdict struct {
	Outcome Outcome
	Reason  string
	Rule    string
	// Own is the rule in the words of the operator, if it is one of their own file: rule and
	// its name in quotes, or its number.
	Own string
}

// By names the operator's own rule that decided, with its reason; empty where a preset or
// no rule decided.
func (v Verdict) By() string {
	if v.Own == "" || strings.Contains(v.Reason, v.Rule) { // a rule without a reason
		return v.Own
	}
	return v.Own + ": " + v.Reason
}

// Call is one call as the rules are given it.
type Call struct {
	Tool, Noun, Principal string
	Plan                  tool.Plan
	At                    time.Time
}

// Rules decide about calls. They are immutable; the zero value refuses everything.
type Rules struct {
	preset    string
	readOnly  bool
	rules     []rule
	protected []protection
	caps      Caps
	// unreadable says that these rules stand for a file that cannot be read.
	unreadable bool
}

const readOnlyReason = "This server is read-only: nothing that changes anything is carried out."

// OnlyReading returns the same rules for a server that changes nothing.
func (r *Rules) OnlyReading() *Rules {
	only := *r
	only.readOnly = true
	return &only
}

// Allows reports whether a tool with this highest effect can ever be called, so that it is
// listed.
func (r *Rules) Allows(ceiling tool.Effect) bool {
	return ceiling == tool.Read || r != nil && !r.readOnly
}

// CanBeConfirmedByCaller reports whether any rule lets a caller confirm its own
// calls.
func (r *Rules) CanBeConfirmedByCaller() bool {
	return slices.ContainsFunc(r.rules, func(rule rule) bool { return rule.then == Caller })
}

// Decide returns the verdict on a call. It escalates the plan first, so that no caller can
// forget that.
func (r *Rules) Decide(c Call) Verdict {
	if r == nil {
		return Verdict{Outcome: Deny, Reason: "There are no rules, so everything is refused.", Rule: "no rules"}
	}
	c.Plan = r.Escalate(c.Plan)
	effect := tool.Highest(c.Plan.Effects)
	switch {
	case !slices.Contains(tool.Effects(), effect):
		return Verdict{Outcome: Deny, Reason: "The effect of this call is not known, so it is refused.", Rule: "effect not known"}
	case r.readOnly && effect != tool.Read:
		return Verdict{Outcome: Deny, Reason: readOnlyReason, Rule: "read-only"}
	}
	if v, ok := r.protects(c.Plan); ok {
		return v
	}
	return r.judge(newFacts(c, effect))
}

// judge applies the rules to each subject of a call and returns the strictest verdict. A
// restrictive rule decides about the subjects that it matches. A permissive rule decides
// only if it matches all subjects; if it matches some, the verdict is at least as strict as
// its outcome. So one more subject in a call never makes the verdict milder.
func (r *Rules) judge(f facts) Verdict {
	open := slices.Clone(f.subjects)
	var strictest Verdict
	settle := func(rule rule) {
		if strictest.Outcome == "" || rule.then.stricter(strictest.Outcome) {
			strictest = rule.verdict()
		}
	}
	for _, rule := range r.rules {
		if len(open) == 0 {
			return strictest
		}
		if !rule.when.call(f) {
			continue
		}
		if !rule.then.permissive() {
			rest := slices.DeleteFunc(slices.Clone(open), rule.when.mayBe)
			if len(rest) < len(open) {
				settle(rule)
			}
			open = rest
			continue
		}
		matched := 0
		for _, s := range f.subjects {
			if rule.when.is(s) {
				matched++
			}
		}
		if matched > 0 {
			settle(rule)
		}
		if matched == len(f.subjects) {
			open = nil
		}
	}
	if len(open) > 0 {
		return Verdict{Outcome: Deny, Reason: "No rule of this server lets this call pass, so it is refused.", Rule: "no rule"}
	}
	return strictest
}
