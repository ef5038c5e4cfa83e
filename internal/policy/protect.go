package policy

import (
	"fmt"
	"slices"

	"countersign/internal/tool"
)

// protection protects things from being stopped or destroyed. A thing is protected if any of
// the IDs, names or tags matches. No rule and no approval can override that.
type protection struct {
	matchers
	name   string
	reason string
}

func (p protection) goesBy(field ruledField, c tool.FieldChange) bool { return p.goBy(field, c) }

// covers reports whether a thing is protected, under its present name or one of the last
// 30 days.
func (p protection) covers(t tool.Target) bool {
	return slices.Contains(p.ids, t.ID) || slices.ContainsFunc(subjectsOf(t, tool.Plan{}), func(s subject) bool {
		return s.mayBeNamed(p.names) || s.mayBeTagged(p.tags)
	})
}

// protects returns a refusal, and true, if a plan would stop or destroy a protected thing, or
// change a field by which it is protected. The plan has to be escalated already.
func (r *Rules) protects(plan tool.Plan) (Verdict, bool) {
	harmless := len(plan.Effects) > 0 && !slices.ContainsFunc(plan.Effects, func(e tool.Effect) bool {
		return e != tool.Read && e != tool.Change && e != tool.Bill
	})
	if harmless {
		return Verdict{}, false
	}
	for _, p := range r.protected {
		for _, t := range plan.Targets {
			if p.covers(t) {
				return Verdict{
					Outcome: Deny, Rule: p.name,
					Reason: fmt.Sprintf("%s %s is protected%s No rule and no approval lifts that; only whoever keeps the policy of this server can.", t.Kind, t.ID, p.why()),
				}, true
			}
		}
	}
	return Verdict{}, false
}

// why returns the rest of the sentence that something is protected.
func (p protection) why() string {
	if p.reason == "" {
		return "."
	}
	return ": " + sentence(p.reason)
}
