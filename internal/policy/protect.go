package policy

import (
	"fmt"
	"slices"

	"countersign/internal/tool"
)

// protection keeps the things that it matches, by any of what it lists, from being
// stopped and destroyed. No rule and no approval lifts it.
type protection struct {
	matchers
	name   string
	reason string
}

func (p protection) goesBy(field ruledField, c tool.FieldChange) bool { return p.goBy(field, c) }

// covers reports whether a thing is protected as it is, or was under a name of the
// last 30 days.
func (p protection) covers(t tool.Target) bool {
	return slices.Contains(p.ids, t.ID) || slices.ContainsFunc(subjectsOf(t, tool.Plan{}), func(s subject) bool {
		return s.mayBeNamed(p.names) || s.mayBeTagged(p.tags)
	})
}

// protects refuses what would stop or destroy a protected thing, or change what it
// is protected by. The plan is escalated already.
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
				return Verdict{Deny, fmt.Sprintf("%s %s is protected%s No rule and no approval lifts that; only whoever keeps the policy of this server can.", t.Kind, t.ID, p.why()), p.name}, true
			}
		}
	}
	return Verdict{}, false
}

// why is the rest of the sentence that something is protected.
func (p protection) why() string {
	if p.reason == "" {
		return "."
	}
	return ": " + sentence(p.reason)
}
