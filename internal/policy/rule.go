package policy

import (
	"slices"

	"countersign/internal/cloud"
	"countersign/internal/tool"
)

// rule says what happens to the calls that it matches.
type rule struct {
	name   string
	when   when
	then   Outcome
	reason string
}

func (r rule) verdict() Verdict {
	reason := sentence(r.reason)
	if reason == "" {
		reason = "This is what " + r.name + " of this server says."
	}
	return Verdict{r.then, reason, r.name}
}

// when is what a rule matches: every member that is set has to, by any of what it
// lists.
type when struct {
	tools, nouns, actions, accounts, principals []string
	effects                                     []tool.Effect
	ids, names, tags                            []string
	locations, offers                           []string
	above, atMost                               []cloud.Money
	costUnknown                                 bool
	// final is a call that nothing here undoes.
	final bool
	hours hours
	// words say all of it as its file does.
	words string
}

// call reports whether what is the same for all things of a call matches.
func (w when) call(f facts) bool {
	return anyOf(w.tools, func(p string) bool { return glob(p, f.tool) }) &&
		listed(w.nouns, f.noun) && listed(w.actions, f.action) && listed(w.accounts, f.account) && listed(w.principals, f.principal) &&
		(!w.final || f.final) && (len(w.effects) == 0 || slices.Contains(w.effects, f.effect)) &&
		w.cost(f.adds) && w.hours.contain(f.at)
}

// is reports whether a thing is certainly one of those that the rule is about.
func (w when) is(s subject) bool {
	return (len(w.ids) == 0 || slices.Contains(w.ids, s.id)) &&
		(len(w.names) == 0 || s.named(w.names)) &&
		(len(w.tags) == 0 || s.tagged(w.tags)) &&
		(len(w.locations) == 0 || s.locations.are(w.locations)) &&
		(len(w.offers) == 0 || s.offers.are(w.offers))
}

// mayBe reports whether a thing is, was or looks like one of those that the rule is
// about.
func (w when) mayBe(s subject) bool {
	return (len(w.ids) == 0 || slices.Contains(w.ids, s.id)) &&
		(len(w.names) == 0 || s.mayBeNamed(w.names)) &&
		(len(w.tags) == 0 || s.mayBeTagged(w.tags)) &&
		(len(w.locations) == 0 || placed(s.kind) && s.locations.mayBe(w.locations)) &&
		(len(w.offers) == 0 || offered(s.kind) && s.offers.mayBe(w.offers))
}

// listed is a text that is one of those listed, if any are.
func listed(list []string, text string) bool {
	return len(list) == 0 || text != "" && slices.Contains(list, text)
}

func anyOf(list []string, matches func(string) bool) bool {
	return len(list) == 0 || slices.ContainsFunc(list, matches)
}

// cost matches what a call adds per hour; adds is nil where that is not known.
func (w when) cost(adds *cloud.Money) bool {
	if adds == nil {
		return w.costUnknown || len(w.above)+len(w.atMost) == 0
	}
	return !w.costUnknown &&
		(len(w.above) == 0 || slices.ContainsFunc(w.above, func(limit cloud.Money) bool { return sameMoney(*adds, limit) && adds.Amount.GreaterThan(limit.Amount) })) &&
		(len(w.atMost) == 0 || slices.ContainsFunc(w.atMost, func(limit cloud.Money) bool { return sameMoney(*adds, limit) && !adds.Amount.GreaterThan(limit.Amount) }))
}

// sameMoney says that two amounts are of one currency, or one is nothing.
func sameMoney(adds, limit cloud.Money) bool {
	return adds.Currency == limit.Currency || adds.Currency == ""
}
