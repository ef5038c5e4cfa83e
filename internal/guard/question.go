package guard

import (
	"fmt"
	"strconv"
	"strings"

	"countersign/internal/cloud"
	"countersign/internal/spend"
	"countersign/internal/store"
	"countersign/internal/tool"
)

// Question is the question to a person before a call is carried out.
type Question struct {
	Operation string
	// Text is the whole plan as a person reads it.
	Text string
	// Typed is what has to be typed, exactly; empty where accepting is enough.
	Typed string
	// TypedLabel describes what has to be typed. A name is not part of it: the person has to
	// read it in Text.
	TypedLabel string
}

// Action is what a person did with a question.
type Action string

// The actions.
const (
	Accept  Action = "accept"
	Decline Action = "decline"
	Cancel  Action = "cancel"
)

// Answer is a person's answer to a question.
type Answer struct {
	Action Action
	Typed  string
	// Proof is the approver's PIN, where the answer was typed into a terminal.
	Proof Proof
}

// Unanswered is the error of a form that was not answered. Its text is for the person and
// the agent.
type Unanswered string

// Error implements error.
func (u Unanswered) Error() string { return string(u) }

// Consents reports whether the answer is a yes: the action is accept, and the typed text is
// exactly Typed. Everything else is a no.
func (q Question) Consents(a Answer) bool {
	return a.Action == Accept && strings.TrimSpace(a.Typed) == q.Typed
}

// maxTypedName is the length of the longest name that a person has to type, in bytes.
const maxTypedName = 64

// questionOf returns the question about the plan of an operation.
func questionOf(op store.Operation, plan tool.Plan) Question {
	q := Question{Operation: op.ID, Text: renderPlan(op, plan)}
	if tool.Highest(plan.Effects) == tool.Destroy {
		q.Typed, q.TypedLabel = typedConsent(plan)
	}
	return q
}

// typedConsent returns what a person has to type before something is destroyed: its name;
// the last six characters of its ID where the name is empty, shared or hard to type; or the
// number of things where there are several.
func typedConsent(plan tool.Plan) (typed, label string) {
	if len(plan.Targets) != 1 || plan.Targets[0].ID == "" {
		typed = fmt.Sprintf("delete %d %s", len(plan.Targets), things(plan.Targets))
		return typed, fmt.Sprintf("Type %q to go on.", typed)
	}
	target := plan.Targets[0]
	if plainName(target) {
		return target.Name, fmt.Sprintf("Type the name of the %s to go on.", kindWord(target.Kind))
	}
	return lastSix(target.ID), fmt.Sprintf("Type the last 6 characters of the ID of the %s to go on.", kindWord(target.Kind))
}

// things returns a word for targets: their kind where all have the same one.
func things(targets []tool.Target) string {
	word := "thing"
	for i, t := range targets {
		if i > 0 && t.Kind != targets[0].Kind {
			return "things"
		}
		word = kindWord(t.Kind)
	}
	if len(targets) == 1 {
		return word
	}
	return word + "s"
}

func kindWord(kind string) string {
	switch kind {
	case "vm":
		return "VM"
	case "ssh_key":
		return "SSH key"
	}
	return strings.ReplaceAll(kind, "_", " ")
}

// plainName reports whether a person can type a name from reading it.
func plainName(t tool.Target) bool {
	if t.Name == "" || t.NameAltered || t.NameShared || len(t.Name) > maxTypedName || strings.TrimSpace(t.Name) != t.Name || strings.Contains(t.Name, "  ") {
		return false
	}
	for _, r := range t.Name {
		if r < ' ' || r > '~' {
			return false
		}
	}
	return true
}

func lastSix(id string) string {
	if len(id) <= 6 {
		return id
	}
	return id[len(id)-6:]
}

// renderPlan writes the plan of an operation for a person.
func renderPlan(op store.Operation, p tool.Plan) string {
	asOf := ""
	if (p.Cost != nil || len(p.Budget) > 0) && !op.CreatedAt.IsZero() {
		asOf = "Prices and budget are as of " + clock(op.CreatedAt) + ".\n"
	}
	return PlanText(p, op.Marker) + asOf + fmt.Sprintf("Operation %s, lapses at %s.", op.ID, clock(op.ExpiresAt))
}

// PlanText returns a plan as text for a person. Text from vendors and agents is quoted and
// in fields of its own, never inside our sentences.
func PlanText(p tool.Plan, marker string) string {
	var b strings.Builder
	if c := spend.ChargeOf(p); c != nil && c.PerHour == nil {
		b.WriteString("THE PRICE OF THIS CALL IS NOT KNOWN: " + visibleLine(c.Unknown) + ".\n")
	}
	b.WriteString(p.Summary + "\n\n")
	for _, t := range p.Targets {
		renderTarget(&b, t)
	}
	for _, f := range p.Facts {
		field(&b, f.Label, quoted(f.Value))
	}
	for _, c := range p.Changes {
		field(&b, c.Field, quoted(c.Before)+" -> "+quoted(c.After))
	}
	if marker != "" && p.Marks {
		field(&b, "mark", quoted(marker)+" (a tag by which it is found again if the answer is lost)")
	}
	renderCost(&b, p.Cost)
	for _, f := range p.Budget {
		field(&b, f.Label, visibleLine(f.Value))
	}
	list(&b, "Effects", effectWords(p.Effects))
	list(&b, "Opens", p.Opens)
	list(&b, "Consequences", p.Consequences)
	list(&b, "Notes", p.Notes)
	for _, a := range p.Attachments {
		b.WriteString(a.Title + ":\n")
		for line := range strings.Lines(a.Body) {
			b.WriteString("  | " + visibleLine(strings.TrimSuffix(line, "\n")) + "\n")
		}
	}
	return b.String()
}

// shownNames bounds the former names in a question: renaming is free, and many names
// would bury what is asked.
const shownNames = 8

func renderTarget(b *strings.Builder, t tool.Target) {
	field(b, kindWord(t.Kind)+" ID", t.ID)
	field(b, "name", quoted(t.Name))
	if t.NameAltered {
		field(b, "", "the cloud's text had invisible characters or was longer")
	}
	if t.NameShared {
		field(b, "", "another "+kindWord(t.Kind)+" of this account has the same name")
	}
	if len(t.FormerNames) > 0 {
		var names []string
		for _, n := range t.FormerNames[:min(shownNames, len(t.FormerNames))] {
			names = append(names, quoted(n))
		}
		if more := len(t.FormerNames) - shownNames; more > 0 {
			names = append(names, fmt.Sprintf("and %d more; the rules see them all", more))
		}
		field(b, "was named", strings.Join(names, ", "))
	}
	if t.Status != "" {
		field(b, "status", quoted(t.Status))
	}
	if len(t.Tags) > 0 {
		var tags []string
		for _, tag := range t.Tags {
			tags = append(tags, quoted(tag))
		}
		field(b, "tags", strings.Join(tags, ", "))
	}
	for _, f := range t.Facts {
		field(b, f.Label, quoted(f.Value))
	}
}

func renderCost(b *strings.Builder, c *tool.Cost) {
	if c == nil {
		return
	}
	text := costText(c.After)
	switch {
	case !c.After.Known() && c.After.Unknown == "":
		text += ": no rate per hour is known"
	case !c.After.Known():
		text += ": " + visibleLine(c.After.Unknown)
	case c.After.Per30Days != nil:
		text += ", " + c.After.Per30Days.String() + " per 30 days"
	}
	if c.Before != nil {
		text = costText(*c.Before) + " -> " + text
	}
	field(b, "cost", text)
	if c.After.Source != "" {
		field(b, "price from", visibleLine(c.After.Source))
	}
	for _, assumed := range c.After.Assumed {
		field(b, "assumed", visibleLine(assumed))
	}
}

// costText returns a rate; an unknown one in capitals, so that it is not overlooked.
func costText(p cloud.Price) string {
	if !p.Known() {
		return "UNKNOWN"
	}
	return p.String()
}

func field(b *strings.Builder, label, value string) {
	fmt.Fprintf(b, "  %-14s %s\n", label, value)
}

func list(b *strings.Builder, title string, items []string) {
	if len(items) == 0 {
		return
	}
	b.WriteString(title + ":\n")
	for _, item := range items {
		b.WriteString("  - " + visibleLine(item) + "\n")
	}
}

func effectWords(effects []tool.Effect) []string {
	words := make([]string, 0, len(effects))
	for _, e := range effects {
		words = append(words, e.String())
	}
	return words
}

// quoted returns a value in quotes, so that it cannot be taken for our own text. Invisible
// letters that strconv.Quote considers printable are escaped as well.
func quoted(s string) string { return visible(strconv.Quote(s), `\u{%04x}`) }

// visibleLine returns a line with its invisible characters written out, so that a person
// approves nothing hidden.
func visibleLine(s string) string { return visible(s, "<U+%04X>") }

func visible(s, format string) string {
	var b strings.Builder
	for _, r := range s {
		if _, hidden := cloud.Clean(string(r), 0); hidden && r != '\t' {
			fmt.Fprintf(&b, format, r)
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}
