package policy

import (
	"slices"

	"countersign/internal/cloud"
	"countersign/internal/tool"
)

// rule gives the calls that it matches an outcome.
type rule struct {
	name string
	// given is the name as it stands in the file; empty where there is none.
	given string
	// own is the rule in the words of the operator's file; empty for rules of a preset.
	own    string
	when   when
	then   Outcome
	reason string
}

func (r rule) verdict() Verdict {
	reason := sentence(r.reason)
	if reason == "" {
		reason = "This is what " + r.name + " of this server says."
	}
	return Verdict{Outcome: r.then, Reason: reason, Rule: r.name, Own: r.own}
}

// when are the conditions of a rule. All conditions that are set have to match; a list
// matches if any of its entries does.
type when struct {
	tools, nouns, actions, accounts, principals []string
	effects                                     []tool.Effect
	ids, names, tags                            []string
	locations, offers                           []string
	above, atMost                               []cloud.Money
	costUnknown                                 bool
	// final restricts the rule to calls that cannot be undone.
	final bool
	hours hours
	// words are the conditions in the words of the file.
	words string
}

// call reports whether the conditions match that are the same for all subjects of a call.
func (w when) call(f facts) bool {
	return anyOf(w.tools, func(p string) bool { return glob(p, f.tool) }) &&
		listed(w.nouns, f.noun) && listed(w.actions, f.action) && listed(w.accounts, f.account) && listed(w.principals, f.principal) &&
		(!w.final || f.final) && (len(w.effects) == 0 || slices.Contains(w.effects, f.effect)) &&
		w.cost(f.adds) && w.hours.contain(f.at)
}

// is reports whether a subject certainly matches.
func (w when) is(s subject) bool {
	return (len(w.ids) == 0 || slices.Contains(w.ids, s.id)) &&
		(len(w.names) == 0 || s.named(w.names)) &&
		(len(w.tags) == 0 || s.tagged(w.tags)) &&
		(len(w.locations) == 0 || s.locations.are(w.locations)) &&
		(len(w.offers) == 0 || s.offers.are(w.offers))
}

// mayBe reports whether a subject matches, matched in the past, or looks as if it did.
func (w when) mayBe(s subject) bool {
	return (len(w.ids) == 0 || slices.Contains(w.ids, s.id)) &&
		(len(w.names) == 0 || s.mayBeNamed(w.names)) &&
		(len(w.tags) == 0 || s.mayBeTagged(w.tags)) &&
		(len(w.locations) == 0 || placed(s.kind) && s.locations.mayBe(w.locations)) &&
		(len(w.offers) == 0 || offered(s.kind) && s.offers.mayBe(w.offers))
}

// listed reports whether a text is in the list, or the list is empty.
func listed(list []string, text string) bool {
	return len(list) == 0 || text != "" && slices.Contains(list, text)
}

func anyOf(list []string, matches func(string) bool) bool {
	return len(list) == 0 || slices.ContainsFunc(list, matches)
}

// cost reports whether the conditions on the cost match; adds is nil where it is unknown.
func (w when) cost(adds *cloud.Money) bool {
	if adds == nil {
		return w.costUnknown || len(w.above)+len(w.atMost) == 0
	}
	return !w.costUnknown &&
		(len(w.above) == 0 || slices.ContainsFunc(w.above, func(limit cloud.Money) bool { return sameMoney(*adds, limit) && adds.Amount.GreaterThan(limit.Amount) })) &&
		(len(w.atMost) == 0 || slices.ContainsFunc(w.atMost, func(limit cloud.Money) bool { return sameMoney(*adds, limit) && !adds.Amount.GreaterThan(limit.Amount) }))
}

// sameMoney reports whether an added amount can be compared with a limit: they have the same
// currency, or the amount has none because it is zero.
func sameMoney(adds, limit cloud.Money) bool {
	return adds.Currency == limit.Currency || adds.Currency == ""
}
