package policy

import (
	"fmt"
	"slices"
	"strings"

	"countersign/internal/tool"
)

// Escalate returns the plan with the effect Destroy added if it changes a field that rules
// match by: otherwise renaming something would be a way around them. It does not modify its
// argument.
func (r *Rules) Escalate(plan tool.Plan) tool.Plan {
	if r == nil {
		return plan
	}
	var by []string
	for _, c := range plan.Changes {
		field, _ := fieldOf(c, "")
		if r.goesBy(string(plan.Account), field, c) && !slices.Contains(by, field.String()) {
			by = append(by, field.String())
		}
	}
	if len(by) == 0 {
		return plan
	}
	if !slices.Contains(plan.Effects, tool.Destroy) {
		plan.Effects = append(slices.Clone(plan.Effects), tool.Destroy)
	}
	consequence := fmt.Sprintf("The rules of this server go by the %s that this changes, so it ranks with what destroys: other rules may hold for it afterwards.", strings.Join(by, " and the "))
	if !slices.Contains(plan.Consequences, consequence) {
		plan.Consequences = append(slices.Clone(plan.Consequences), consequence)
	}
	return plan
}

// goesBy reports whether any rule or protection matches the value of a field before or after
// its change.
func (r *Rules) goesBy(account string, field ruledField, c tool.FieldChange) bool {
	if field == fieldOther {
		return false
	}
	if slices.ContainsFunc(r.protected, func(p protection) bool { return p.goesBy(field, c) }) {
		return true
	}
	return slices.ContainsFunc(r.rules, func(rule rule) bool {
		return listed(rule.when.accounts, account) && matchers{rule.when.ids, rule.when.names, rule.when.tags}.goBy(field, c)
	})
}

// matchers are the IDs and patterns by which a rule or a protection matches things.
type matchers struct{ ids, names, tags []string }

func (m matchers) goBy(field ruledField, c tool.FieldChange) bool {
	switch field {
	case fieldName:
		return slices.ContainsFunc(m.names, func(p string) bool {
			return !matchesAll(p) && (looksLikeAny([]string{p}, c.Before) || looksLikeAny([]string{p}, c.After))
		})
	case fieldTags:
		return len(m.tags) > 0 && m.goByTags(c)
	case fieldGroup:
		return slices.Contains(m.ids, c.Before) || slices.Contains(m.ids, c.After)
	case fieldOther:
	}
	return false
}

// goByTags reports whether an added or removed tag matches.
func (m matchers) goByTags(c tool.FieldChange) bool {
	before, ok := tagsOf(c.Before)
	after, okAfter := tagsOf(c.After)
	if !ok || !okAfter {
		return true
	}
	return slices.ContainsFunc(slices.Concat(before, after), func(tag string) bool {
		return slices.Contains(before, tag) != slices.Contains(after, tag) && looksLikeAny(m.tags, tag)
	})
}
