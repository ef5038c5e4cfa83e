package policy

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"countersign/internal/cloud"
	"countersign/internal/pricebook"
	"countersign/internal/tool"
	"countersign/internal/yamldoc"
)

// keyPrincipal is the key of whose call it is.
const keyPrincipal = "principal"

// everyCall are the words of a rule without conditions.
const everyCall = "every call"

// whenKeys returns the keys by which a rule can match, in the order of display.
func whenKeys() []string {
	return []string{
		"tool", "noun", "action", "account", "effect", "final", "id", "name", "tag", "location", "offer",
		"cost_above", "cost_at_most", "cost_unknown", keyPrincipal, "between", "days", "zone",
	}
}

// when reads the conditions of a rule.
func (r *reader) when(n yamldoc.Node) (when, error) {
	var w when
	fields, err := n.Fields("when", whenKeys()...)
	if err != nil {
		return w, err
	}
	for _, key := range []struct {
		name string
		into *[]string
	}{
		{"tool", &w.tools}, {"noun", &w.nouns}, {"action", &w.actions}, {"account", &w.accounts}, {keyPrincipal, &w.principals},
		{"id", &w.ids}, {"name", &w.names}, {"tag", &w.tags}, {"location", &w.locations}, {"offer", &w.offers},
	} {
		if *key.into, err = texts(fields, key.name); err != nil {
			return w, err
		}
	}
	for _, key := range []string{"tool", "noun", "action", "account", keyPrincipal} {
		if err := r.mention(fields, key); err != nil {
			return w, err
		}
	}
	for _, key := range []string{"location", "offer"} {
		if at, there := fields[key]; there && len(w.accounts) == 0 {
			return w, at.Errorf("%s: IDs belong to an account; give the key account too", key)
		}
	}
	if err := w.readEffects(fields); err != nil {
		return w, err
	}
	if err := w.readCost(fields); err != nil {
		return w, err
	}
	if err := w.hours.read(fields); err != nil {
		return w, err
	}
	w.words = shown(fields)
	return w, nil
}

// mention keeps the names under a key for Check.
func (r *reader) mention(fields map[string]yamldoc.Node, key string) error {
	n, there := fields[key]
	if !there {
		return nil
	}
	values, err := n.Several(key)
	if err != nil {
		return err
	}
	for _, value := range values {
		text, err := value.Text(key)
		if err != nil {
			return err
		}
		r.mentions = append(r.mentions, mention{key, text, value})
	}
	return nil
}

func (w *when) readEffects(fields map[string]yamldoc.Node) error {
	if n, there := fields["effect"]; there {
		values, err := n.Several("effect")
		if err != nil {
			return err
		}
		var known []string
		for _, e := range tool.Effects() {
			known = append(known, e.String())
		}
		for _, value := range values {
			text, err := oneOf(value, "effect", known)
			if err != nil {
				return err
			}
			w.effects = append(w.effects, tool.Effects()[slices.Index(known, text)])
		}
	}
	var err error
	w.final, err = readTrue(fields, "final")
	return err
}

// readTrue reads a key that is either true or missing.
func readTrue(fields map[string]yamldoc.Node, key string) (bool, error) {
	n, there := fields[key]
	if !there {
		return false, nil
	}
	text, err := n.Text(key)
	if err == nil && text != "true" {
		err = n.Errorf("%s: expected true, got %q; leave the key out where it does not matter", key, text)
	}
	return err == nil, err
}

func (w *when) readCost(fields map[string]yamldoc.Node) error {
	var err error
	if w.above, err = amounts(fields, "cost_above"); err != nil {
		return err
	}
	if w.atMost, err = amounts(fields, "cost_at_most"); err != nil {
		return err
	}
	if w.costUnknown, err = readTrue(fields, "cost_unknown"); err != nil {
		return err
	}
	if w.costUnknown && len(w.above)+len(w.atMost) > 0 {
		return fields["cost_unknown"].Errorf("cost_unknown: what is not known is neither above nor at most a sum, so this rule would match nothing; make two rules")
	}
	return nil
}

// amounts reads one amount of money or a list of them, one per currency.
func amounts(fields map[string]yamldoc.Node, key string) ([]cloud.Money, error) {
	n, there := fields[key]
	if !there {
		return nil, nil
	}
	values, err := n.Several(key)
	if err != nil {
		return nil, err
	}
	var all []cloud.Money
	for _, value := range values {
		money, err := pricebook.ReadMoney(key, value)
		if err != nil {
			return nil, err
		}
		if slices.ContainsFunc(all, func(m cloud.Money) bool { return m.Currency == money.Currency }) {
			return nil, value.Errorf("%s: there is an amount in %s already", key, money.Currency)
		}
		all = append(all, money)
	}
	return all, nil
}

var clock = regexp.MustCompile(`^([01][0-9]|2[0-3]):([0-5][0-9])-(?:([01][0-9]|2[0-3]):([0-5][0-9])|(24):(00))$`)

// read reads between, days and zone.
func (h *hours) read(fields map[string]yamldoc.Node) error {
	between, err := texts(fields, "between")
	if err != nil {
		return err
	}
	for _, text := range between {
		w, ok := readWindow(text)
		if !ok {
			return fields["between"].Errorf(`between: expected two different times of the day, such as "08:00-18:00" or "22:00-06:00", got %q`, text)
		}
		h.windows = append(h.windows, w)
	}
	days, err := texts(fields, "days")
	if err != nil {
		return err
	}
	for _, text := range days {
		run, ok := readDays(text)
		if !ok {
			return fields["days"].Errorf("days: expected a day or a run of days, such as mon or mon-fri, got %q", text)
		}
		h.days = append(h.days, run...)
	}
	return h.readZone(fields)
}

func (h *hours) readZone(fields map[string]yamldoc.Node) error {
	n, there := fields["zone"]
	if !there {
		return nil
	}
	name, err := n.Text("zone")
	if err != nil {
		return err
	}
	if len(h.windows)+len(h.days) == 0 {
		return n.Errorf("zone: it is of use only with between or days")
	}
	if h.zone, err = time.LoadLocation(name); err != nil || name == "Local" {
		return n.Errorf("zone: %q is not known on this machine; give a name such as Europe/Berlin, or UTC. Where no zone is known, the machine lacks its time zone data (package tzdata)", name)
	}
	return nil
}

func readWindow(text string) (window, bool) {
	m := clock.FindStringSubmatch(text)
	if m == nil {
		return window{}, false
	}
	w := window{minutes(m[1], m[2]), minutes(m[3]+m[5], m[4]+m[6])}
	return w, w.from != w.to
}

func minutes(hour, minute string) int {
	h, _ := strconv.Atoi(hour)   // the pattern has made sure
	m, _ := strconv.Atoi(minute) // of both
	return h*60 + m
}

func readDays(text string) ([]time.Weekday, bool) {
	names := []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}
	first, last, run := strings.Cut(text, "-")
	if !run {
		last = first
	}
	from, to := slices.Index(names, first), slices.Index(names, last)
	if from < 0 || to < 0 || run && from == to {
		return nil, false
	}
	days := []time.Weekday{time.Weekday(from)}
	for from != to {
		from = (from + 1) % len(names)
		days = append(days, time.Weekday(from))
	}
	return days, true
}

// shown returns the conditions of a rule in the words of its file.
func shown(fields map[string]yamldoc.Node) string {
	var parts []string
	for _, key := range whenKeys() {
		all, err := texts(fields, key)
		if err == nil && len(all) > 0 {
			parts = append(parts, key+" "+strings.Join(all, ", "))
		}
	}
	if len(parts) == 0 {
		return everyCall
	}
	return strings.Join(parts, "; ")
}
