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

// givenOrCleared sets field to value if one is given, or to the empty value if
// clear is set.
func givenOrCleared[T ~string](field **T, value T, clear bool) {
	if value != "" || clear {
		*field = &value
	}
}

// tagsGivenOrCleared returns the tags that replace all tags, or nil if the tags
// stay.
func tagsGivenOrCleared(tags []string, clear bool) *[]string {
	switch {
	case clear:
		return &[]string{}
	case len(tags) > 0:
		return &tags
	}
	return nil
}

// notBoth rejects a field that one call sets and clears.
func notBoth(field string, given, clear bool) error {
	if given && clear {
		return tool.Errorf(tool.CodeInvalidArguments, "Give one of them.", "%s is given and to be cleared at once.", field)
	}
	return nil
}

// nothingToChange returns the error for an update that names no field; hint names
// the fields.
func nothingToChange(hint string) error {
	return tool.Errorf(tool.CodeInvalidArguments, hint, "There is nothing to change in this call.")
}

// recordField is a field of a thing that an update can change.
type recordField struct {
	name string
	now  string
	want *string
	// altered reports that now is a cleaned form of the vendor's value.
	altered bool
}

// record holds the fields of one thing, with their present and their requested
// values.
type record []recordField

// changes returns the fields that the update would change.
func (r record) changes() []tool.FieldChange {
	var changes []tool.FieldChange
	for _, f := range r {
		if f.want != nil && (*f.want != f.now || f.altered) {
			changes = append(changes, tool.FieldChange{Field: f.name, Before: f.now, After: *f.want})
		}
	}
	return changes
}

// now returns the present value of a field as it is shown.
func (r record) now(name string) string {
	i := slices.IndexFunc(r, func(f recordField) bool { return f.name == name })
	if i < 0 {
		return ""
	}
	return r[i].now
}

// settle compares the present values with all changes of an intent.
func (r record) settle(intent tool.Intent, updated func(tool.Plan) tool.Made) tool.Settlement {
	if slices.ContainsFunc(intent.Plan.Changes, func(c tool.FieldChange) bool { return r.now(c.Field) != c.After }) {
		return tool.Settlement{Finding: tool.FoundNothing}
	}
	return tool.Settlement{Finding: tool.FoundDone, Made: updated(intent.Plan)}
}

// tagText returns all tags in one text, so that a plan shows which ones are lost.
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

// tagField returns the tags as a field; if want is nil they stay.
func tagField(now []string, want *[]string) recordField {
	f := recordField{name: "tags", now: tagText(now)}
	if want != nil {
		f.want = new(tagText(*want))
	}
	return f
}
