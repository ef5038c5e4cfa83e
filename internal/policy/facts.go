package policy

import (
	"encoding/json"
	"slices"
	"strings"
	"time"

	"countersign/internal/cloud"
	"countersign/internal/tool"
)

// facts are a call in the form that rules match.
type facts struct {
	tool, noun, action, account, principal string
	effect                                 tool.Effect
	final                                  bool
	// adds is what the call adds per hour; nil where that is unknown.
	adds *cloud.Money
	at   time.Time
	// subjects are the things that the call acts on or makes. A call without any has one
	// subject without ID, name and tags.
	subjects []subject
}

// subject is a thing that a call acts on or makes, under one of its names: the present one,
// those of the last 30 days, and the one that the call gives it. Rules are applied to each
// name, so that a rename cannot avoid a refusal.
type subject struct {
	kind, id, name string
	// nothing is true for the subject of a call that has no things.
	nothing bool
	// unsureName and unsureTags are true if the name, or the tags, are not completely known.
	unsureName, unsureTags bool
	// tags are the present ones or, where the call changes them, those before or after.
	tags []string
	// locations and offers are the present ones and those that the call gives it.
	locations, offers places
}

// places are exact IDs of locations or offers; an empty one is unknown.
type places []string

// are reports whether all are known and in the list.
func (p places) are(list []string) bool {
	return len(p) > 0 && !slices.ContainsFunc(p, func(id string) bool { return id == "" || !slices.Contains(list, id) })
}

// mayBe reports whether any is in the list or unknown.
func (p places) mayBe(list []string) bool {
	return len(p) == 0 || slices.ContainsFunc(p, func(id string) bool { return id == "" || slices.Contains(list, id) })
}

// placed reports whether things of a kind have a location.
func placed(kind string) bool {
	return !slices.Contains([]string{"ssh_key", "resource_group", "file", "operation"}, kind)
}

// offered reports whether things of a kind are instances of an offer.
func offered(kind string) bool { return slices.Contains([]string{"vm", "rental", "volume"}, kind) }

func newFacts(c Call, effect tool.Effect) facts {
	f := facts{
		tool: c.Tool, noun: c.Noun, action: c.Plan.Action, account: string(c.Plan.Account), principal: c.Principal, effect: effect,
		final: c.Plan.Final, adds: Adds(c.Plan), at: c.At,
	}
	for _, t := range c.Plan.Targets {
		f.subjects = append(f.subjects, subjectsOf(t, c.Plan)...)
	}
	for _, name := range c.Plan.MadeNames {
		f.subjects = append(f.subjects, subject{
			kind: c.Noun, name: name, unsureName: name == "", tags: c.Plan.MadeTags,
			locations: places{c.Plan.Location}, offers: places{c.Plan.Offer},
		})
	}
	if len(f.subjects) == 0 {
		f.subjects = []subject{{kind: c.Noun, nothing: true, unsureName: true, tags: c.Plan.MadeTags, locations: later(c.Plan.Location, ""), offers: later(c.Plan.Offer, "")}}
	}
	return f
}

// subjectsOf returns the subjects of a target: one for each of its names and sets of tags,
// before and after the call.
func subjectsOf(t tool.Target, plan tool.Plan) []subject {
	names, tags := append([]string{t.Name}, t.FormerNames...), [][]string{t.Tags}
	s := subject{
		kind: t.Kind, id: t.ID, unsureName: t.NameAltered,
		locations: later(t.Location, plan.Location), offers: later(t.Offer, plan.Offer),
	}
	for _, c := range plan.Changes {
		switch field, mine := fieldOf(c, t.ID); {
		case !mine:
		case field == fieldName:
			names = append(names, c.Before, c.After)
		case field == fieldTags:
			for _, text := range []string{c.Before, c.After} {
				set, ok := tagsOf(text)
				tags, s.unsureTags = append(tags, set), s.unsureTags || !ok
			}
		}
	}
	slices.Sort(names)
	var all []subject
	for _, name := range slices.Compact(names) {
		for _, set := range tags {
			one := s
			one.name, one.tags, one.unsureName = name, set, s.unsureName || name == ""
			all = append(all, one)
		}
	}
	return all
}

// later returns the place of a thing, and that of the call where it is another one.
func later(now, call string) places {
	if call == "" || call == now {
		return places{now}
	}
	return places{now, call}
}

// ruledField is a kind of field that rules match by.
type ruledField int

const (
	fieldOther ruledField = iota
	fieldName
	fieldTags
	fieldGroup
)

// String returns the word for a field in a sentence.
func (f ruledField) String() string {
	switch f {
	case fieldName:
		return "name"
	case fieldTags:
		return "tags"
	case fieldGroup:
		return "group"
	case fieldOther:
	}
	return "field"
}

// fieldOf returns the kind of the changed field, and whether it belongs to the target with
// this ID: plans for several targets add the ID to the name of the field.
func fieldOf(c tool.FieldChange, id string) (field ruledField, mine bool) {
	name, of, several := strings.Cut(c.Field, " of ")
	mine = !several || of == id
	switch name {
	case "name", "hostname":
		return fieldName, mine
	case "tags":
		return fieldTags, mine
	case "resource_group_id":
		return fieldGroup, mine
	}
	return fieldOther, mine
}

// tagsOf decodes tags as plans have them, a JSON list.
func tagsOf(text string) (tags []string, ok bool) {
	if text == "" {
		return nil, true
	}
	err := json.Unmarshal([]byte(text), &tags)
	return tags, err == nil
}

// named reports whether the name is known and matches one of the patterns exactly.
func (s subject) named(patterns []string) bool {
	return !s.unsureName && anyOf(patterns, func(p string) bool { return glob(p, s.name) })
}

// mayBeNamed reports whether the name matches one of the patterns, or looks as if it did.
func (s subject) mayBeNamed(patterns []string) bool {
	return !s.nothing && looksLikeAny(patterns, s.name)
}

// tagged reports whether the subject certainly has a tag that matches.
func (s subject) tagged(patterns []string) bool {
	return !s.unsureTags && slices.ContainsFunc(s.tags, func(tag string) bool {
		return anyOf(patterns, func(p string) bool { return glob(p, tag) })
	})
}

// mayBeTagged reports whether the subject has a tag that matches or looks as if it did, or
// has tags that are not known.
func (s subject) mayBeTagged(patterns []string) bool {
	return s.unsureTags || slices.ContainsFunc(s.tags, func(tag string) bool { return looksLikeAny(patterns, tag) })
}

// Adds returns what a call adds to the bill per hour; nil where that is unknown. It is zero
// for a call that does not change the bill.
func Adds(p tool.Plan) *cloud.Money {
	switch {
	case p.Cost == nil && (len(p.Effects) == 0 || slices.Contains(p.Effects, tool.Bill)):
		return nil
	case p.Cost == nil:
		return &cloud.Money{}
	case !p.Cost.After.Known():
		return nil
	case p.Cost.Before == nil:
		return p.Cost.After.PerHour
	case !p.Cost.Before.Known():
		return nil
	}
	more, ok := p.Cost.After.PerHour.Minus(*p.Cost.Before.PerHour)
	if !ok {
		return nil
	}
	return &more
}
