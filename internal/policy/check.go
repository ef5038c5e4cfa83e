package policy

import (
	"slices"

	"countersign/internal/yamldoc"
)

// Known are the words that a file may use and only others know.
type Known struct{ Tools, Nouns, Actions, Accounts []string }

// Check refuses a file that names what is not there: a rule with a slip of the pen
// would match nothing, and a refusal that matches nothing is none.
func (f *File) Check(known Known) error {
	for _, m := range f.mentions {
		there, hint := known.Accounts, ""
		switch m.what {
		case "tool":
			there, hint = known.Tools, "`countersign tools` lists them"
		case "noun":
			there = known.Nouns
		case "action":
			there = known.Actions
		}
		found := slices.Contains(there, m.text) || m.what == "tool" && slices.ContainsFunc(there, func(name string) bool { return glob(m.text, name) })
		if found {
			continue
		}
		if near := yamldoc.Meant(m.text, there); hint == "" || len(there) == 0 || near[:3] == "did" {
			hint = near
		}
		return m.at.Errorf("%s: there is no %s %q; %s", m.what, m.what, m.text, hint)
	}
	return nil
}
