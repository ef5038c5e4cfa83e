package policy

import (
	"slices"

	"countersign/internal/spelling"
	"countersign/internal/yamldoc"
)

// Known are the names that a file may use and that only other packages know.
type Known struct{ Tools, Nouns, Actions, Accounts []string }

// Check returns an error for a name in the file that does not exist: a rule with a typing
// error would match nothing, so a refusal would silently not apply.
func (f *File) Check(known Known) error {
	for _, m := range f.mentions {
		var there []string
		switch m.what {
		case "tool":
			if slices.ContainsFunc(known.Tools, func(name string) bool { return glob(m.text, name) }) {
				continue
			}
			near := "`countersign tools` lists them with their effects"
			if spelling.Nearest(m.text, known.Tools) != "" {
				near = yamldoc.Meant(m.text, known.Tools)
			}
			return m.at.Errorf("tool: no call of a tool %q is held against rules: reads are not, and a grant is judged as the calls that it covers; %s", m.text, near)
		case "noun":
			there = known.Nouns
		case "action":
			there = known.Actions
		case "account":
			there = known.Accounts
		case keyPrincipal: // names come and go, so Notes tells of a strange one
			continue
		}
		if !slices.Contains(there, m.text) {
			return m.at.Errorf("%s: there is no %s %q; %s", m.what, m.what, m.text, yamldoc.Meant(m.text, slices.Compact(slices.Sorted(slices.Values(there)))))
		}
	}
	return nil
}
