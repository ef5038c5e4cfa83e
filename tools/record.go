package tools

import (
	"encoding/json"
	"fmt"
	"slices"

	"countersign/internal/tool"
)

func given[T ~string](field **T, value T) {
	if value != "" {
		*field = &value
	}
}

// givenOrCleared sets a field that an empty value clears.
func givenOrCleared[T ~string](field **T, value T, clear bool) {
	if value != "" || clear {
		*field = &value
	}
}

// tagsGivenOrCleared are the tags that are to replace all tags; nil where they stay.
func tagsGivenOrCleared(tags []string, clear bool) *[]string {
	switch {
	case clear:
		return &[]string{}
	case len(tags) > 0:
		return &tags
	}
	return nil
}

// notBoth refuses a field that is given and cleared in one call.
func notBoth(field string, given, clear bool) error {
	if given && clear {
		return tool.Errorf(tool.CodeInvalidArguments, "Give one of them.", "%s is given and to be cleared at once.", field)
	}
	return nil
}

// nothingToChange refuses an update that names no field; hint says which there are.
func nothingToChange(hint string) error {
	return tool.Errorf(tool.CodeInvalidArguments, hint, "There is nothing to change in this call.")
}

// recordField is a field on record that can be changed, as it is shown.
type recordField struct {
	name string
	now  string
	want *string
	// altered says that what is shown is not quite what the vendor has.
	altered bool
}

// record is what is on record of one thing, beside what an update makes of it.
type record []recordField

// changes are the fields that the update would change.
func (r record) changes() []tool.FieldChange {
	var changes []tool.FieldChange
	for _, f := range r {
		if f.want != nil && (*f.want != f.now || f.altered) {
			changes = append(changes, tool.FieldChange{Field: f.name, Before: f.now, After: *f.want})
		}
	}
	return changes
}

// now is what a field is, as it is shown.
func (r record) now(name string) string {
	i := slices.IndexFunc(r, func(f recordField) bool { return f.name == name })
	if i < 0 {
		return ""
	}
	return r[i].now
}

// settle compares what is on record now with all changes of an intent.
func (r record) settle(intent tool.Intent, updated func(tool.Plan) tool.Made) tool.Settlement {
	if slices.ContainsFunc(intent.Plan.Changes, func(c tool.FieldChange) bool { return r.now(c.Field) != c.After }) {
		return tool.Settlement{Finding: tool.FoundNothing}
	}
	return tool.Settlement{Finding: tool.FoundDone, Made: updated(intent.Plan)}
}

// tagText shows all tags, so that what is lost is seen.
func tagText(tags []string) string {
	if len(tags) == 0 {
		return "[]"
	}
	raw, err := json.Marshal(tags)
	if err != nil {
		return fmt.Sprint(tags)
	}
	return string(raw)
}

// tagField are the tags of a thing; an update without any leaves them.
func tagField(now []string, want *[]string) recordField {
	f := recordField{name: "tags", now: tagText(now)}
	if want != nil {
		f.want = new(tagText(*want))
	}
	return f
}
