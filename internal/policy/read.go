package policy

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"countersign/internal/pricebook"
	"countersign/internal/yamldoc"
)

// File is the content of a policy file.
type File struct {
	Rules *Rules
	// Prices is the section for the price book; nil where there is none.
	Prices *yamldoc.Node

	mentions []mention
	// own are the rules of the file itself, in order.
	own []rule
}

// The sections of a policy file.
const (
	sectionPreset  = "preset"
	sectionRules   = "rules"
	sectionProtect = "protect"
	sectionSpend   = "spend"
)

// Read reads a policy file. A file with any error is refused as a whole.
func Read(path string) (*File, error) {
	root, err := yamldoc.ReadFile(path)
	if err != nil {
		return nil, explainEmpty(err)
	}
	return read(root)
}

// Parse reads the text of a policy file; errors call it name.
func Parse(name string, text []byte) (*File, error) {
	root, err := yamldoc.Parse(name, text)
	if err != nil {
		return nil, explainEmpty(err)
	}
	return read(root)
}

// explainEmpty adds to the error of an empty file what may have been meant by it.
func explainEmpty(err error) error {
	if e, ok := errors.AsType[*yamldoc.Error](err); ok && e.Empty {
		return fmt.Errorf("%w; `preset: %s` is what holds without a file", err, presetStandard)
	}
	return err
}

// reader collects the names in a file that only other packages can check.
type reader struct{ mentions []mention }

// mention is a tool, noun, action or account that a file names.
type mention struct {
	what, text string
	at         yamldoc.Node
}

func read(root yamldoc.Node) (*File, error) {
	fields, err := root.Fields("policy", sectionPreset, sectionRules, sectionProtect, sectionSpend, pricebook.Section)
	if err != nil {
		return nil, err
	}
	var r reader
	base, err := readPreset(fields)
	if err != nil {
		return nil, err
	}
	rules := *base
	var ownRules []rule
	if n, there := fields[sectionRules]; there {
		own, err := r.rules(n, "")
		if err != nil {
			return nil, err
		}
		rules.rules, ownRules = slices.Concat(own, base.rules), own
	}
	if n, there := fields[sectionProtect]; there {
		if rules.protected, err = readProtections(n); err != nil {
			return nil, err
		}
	}
	if n, there := fields[sectionSpend]; there {
		if rules.caps, err = r.spend(n); err != nil {
			return nil, err
		}
	}
	file := &File{Rules: &rules, mentions: r.mentions, own: ownRules}
	if n, there := fields[pricebook.Section]; there {
		file.Prices = &n
	}
	return file, nil
}

func readPreset(fields map[string]yamldoc.Node) (*Rules, error) {
	n, there := fields[sectionPreset]
	if !there {
		return Standard(), nil
	}
	name, err := oneOf(n, sectionPreset, presets())
	if err != nil {
		return nil, err
	}
	return preset(name), nil
}

// rules reads rules in order. Their names begin with prefix or, where it is empty, with
// their numbers.
func (r *reader) rules(n yamldoc.Node, prefix string) ([]rule, error) {
	items, err := n.Items(sectionRules)
	if err != nil {
		return nil, err
	}
	var all []rule
	for i, item := range items {
		rule, err := r.rule(item, fmt.Sprintf("rule %d", i+1))
		if err != nil {
			return nil, err
		}
		rule.given = rule.name
		switch {
		case prefix != "":
			rule.name = prefix + rule.name
		case rule.name == "":
			rule.name = fmt.Sprintf("rule %d", i+1)
			rule.own = rule.name
		default:
			rule.own = "rule " + strconv.Quote(rule.name)
			rule.name = fmt.Sprintf("rule %d (%s)", i+1, rule.name)
		}
		all = append(all, rule)
	}
	return all, nil
}

func (r *reader) rule(n yamldoc.Node, what string) (rule, error) {
	var read rule
	fields, err := n.Fields(what, "name", "when", "then", "reason")
	if err != nil {
		return read, err
	}
	if read.name, err = optional(fields, "name"); err != nil {
		return read, err
	}
	if read.reason, err = optional(fields, "reason"); err != nil {
		return read, err
	}
	for _, key := range []string{"when", "then"} {
		if _, there := fields[key]; !there {
			return read, n.Errorf("%s: the key %s is missing%s", what, key, map[string]string{"when": "; when: {} matches every call"}[key])
		}
	}
	then, err := oneOf(fields["then"], "then", words(outcomes()))
	if err != nil {
		return read, err
	}
	read.then = Outcome(then)
	read.when, err = r.when(fields["when"])
	return read, err
}

// sentence returns a text with a full stop at its end.
func sentence(text string) string {
	if text == "" || strings.ContainsAny(text[len(text)-1:], ".!?") {
		return text
	}
	return text + "."
}

func optional(fields map[string]yamldoc.Node, key string) (string, error) {
	n, there := fields[key]
	if !there {
		return "", nil
	}
	return n.Text(key)
}

func oneOf(n yamldoc.Node, what string, there []string) (string, error) {
	text, err := n.Text(what)
	if err != nil {
		return "", err
	}
	if !slices.Contains(there, text) {
		return "", n.Errorf("%s: there is no %q; %s", what, text, yamldoc.Meant(text, there))
	}
	return text, nil
}

func words[T ~string](all []T) []string {
	var texts []string
	for _, one := range all {
		texts = append(texts, string(one))
	}
	return texts
}

// readProtections reads the section of protections.
func readProtections(n yamldoc.Node) ([]protection, error) {
	items, err := n.Items(sectionProtect)
	if err != nil {
		return nil, err
	}
	var all []protection
	for i, item := range items {
		what := fmt.Sprintf("protection %d", i+1)
		fields, err := item.Fields(what, "id", "name", "tag", "reason")
		if err != nil {
			return nil, err
		}
		var p protection
		var by []string
		for _, key := range []struct {
			name string
			into *[]string
		}{{"id", &p.ids}, {"name", &p.names}, {"tag", &p.tags}} {
			if *key.into, err = texts(fields, key.name); err != nil {
				return nil, err
			}
			if len(*key.into) > 0 {
				by = append(by, key.name+" "+strings.Join(*key.into, ", "))
			}
		}
		if len(by) == 0 {
			return nil, item.Errorf("%s: give at least one of id, name and tag", what)
		}
		p.name = fmt.Sprintf("%s (%s)", what, strings.Join(by, "; "))
		if p.reason, err = optional(fields, "reason"); err != nil {
			return nil, err
		}
		all = append(all, p)
	}
	return all, nil
}

// texts reads one text or a list of them; nil where the key is missing.
func texts(fields map[string]yamldoc.Node, key string) ([]string, error) {
	n, there := fields[key]
	if !there {
		return nil, nil
	}
	values, err := n.Several(key)
	if err != nil {
		return nil, err
	}
	var all []string
	for _, value := range values {
		text, err := value.Text(key)
		if err != nil {
			return nil, err
		}
		all = append(all, text)
	}
	return all, nil
}
