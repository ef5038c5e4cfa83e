package policy

import (
	"fmt"
	"slices"
	"strings"

	"countersign/internal/spelling"
)

// Notes returns what is allowed in a policy file and hardly meant. Principals are the names
// of those who may call; nil where they are not known.
func (f *File) Notes(principals []string) []string {
	var notes []string
	for i, r := range f.own {
		if rest := f.own[i+1:]; r.when.words == everyCall && len(rest) > 0 {
			notes = append(notes, fmt.Sprintf("%s matches every call, so what stands after it never decides: %s", r.name, namesOf(rest)))
			break
		}
	}
	for i, r := range f.own {
		first := slices.IndexFunc(f.own, func(other rule) bool { return other.given == r.given })
		if r.given != "" && first < i {
			notes = append(notes, fmt.Sprintf("%s and %s have one name, so reasons and records do not tell them apart at a glance", f.own[first].name, r.name))
		}
	}
	if principals == nil {
		return notes
	}
	for _, m := range f.mentions {
		// The names from an issuer are known to the issuer alone.
		if m.what != keyPrincipal || strings.Contains(m.text, "://") || slices.Contains(principals, m.text) {
			continue
		}
		near := ""
		if meant := spelling.Nearest(m.text, principals); meant != "" {
			near = "; did you mean " + meant + "?"
		}
		notes = append(notes, m.at.Errorf("principal: the file of tokens has no %q, so nobody matches%s", m.text, near).Error())
	}
	return notes
}

func namesOf(rules []rule) string {
	var names []string
	for _, r := range rules {
		names = append(names, r.name)
	}
	return strings.Join(names, ", ")
}
