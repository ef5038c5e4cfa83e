package schema

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	reflected "github.com/invopop/jsonschema"
)

// tagLint compares the tags of a Go type with the schema made from it. The reflector
// silently ignores a misspelt keyword and cuts a pattern at its commas; both are
// findings here.
type tagLint struct {
	// optionRequired reports whether a top-level property is required, given what
	// its tag says.
	optionRequired func(property string, byTag bool) bool
	// output says that only the root has required members.
	output   bool
	findings []string
}

func asTagged(_ string, byTag bool) bool { return byTag }

// structure lints the fields of a struct against their schema.
func (l *tagLint) structure(t reflect.Type, node *reflected.Schema, path string) {
	if node == nil || node.Properties == nil {
		l.found(path, "is missing from the schema")
		return
	}
	for _, f := range fieldsOf(t) {
		where := join(path, f.name)
		property, ok := node.Properties.Get(f.name)
		if !ok {
			l.found(where, "is missing from the schema")
			continue
		}
		if want := l.optionRequired(f.name, !f.optional) && (!l.output || path == ""); slices.Contains(node.Required, f.name) != want {
			l.found(where, "required must be %t", want)
		}
		l.jsonTag(f, where)
		l.schemaTag(f, property, where)
		l.nested(f.goField.Type, property, where)
	}
}

// nested lints the struct type of a field, if it is one.
func (l *tagLint) nested(t reflect.Type, node *reflected.Schema, path string) {
	switch t = plain(t); {
	case isScalar(t), l.output && isOutlined(t):
	case t.Kind() == reflect.Slice && node.Items != nil:
		l.nested(t.Elem(), node.Items, path+"[]")
	case t.Kind() == reflect.Struct:
		inner := tagLint{optionRequired: asTagged, output: l.output}
		inner.structure(t, node, path)
		l.findings = append(l.findings, inner.findings...)
	}
}

// jsonTag allows omitempty and omitzero, each where it has an effect.
func (l *tagLint) jsonTag(f field, path string) {
	for _, option := range f.options {
		switch {
		case option != "omitempty" && option != "omitzero":
			l.found(path, "json option %q is not known", option)
		case option == "omitempty" && f.goField.Type.Kind() == reflect.Struct:
			l.found(path, "omitempty never omits a struct: use omitzero")
		}
	}
}

func (l *tagLint) schemaTag(f field, property *reflected.Schema, path string) {
	if _, ok := f.goField.Tag.Lookup("jsonschema_extras"); ok {
		l.found(path, "the tag jsonschema_extras is refused")
	}
	tag, ok := f.goField.Tag.Lookup("jsonschema")
	if !ok {
		return
	}
	node := asJSON(property)
	for _, piece := range splitTag(tag) {
		key, value, isPair := strings.Cut(piece, "=")
		switch {
		case key == "description" && isPair:
			l.found(path, "the description belongs in the tag jsonschema_description")
		case !isPair:
			l.found(path, "%q in the tag jsonschema is no keyword with a value; a comma within a pattern is written \\\\,", piece)
		case !isTagKeyword(key, node):
			l.found(path, "%q in the tag jsonschema is not a keyword for type %v", key, node["type"])
		case givenByType(f.goField.Type, key):
			l.found(path, "%s belongs to the type %s", key, f.goField.Type)
		case !isApplied(node, key, value):
			l.found(path, "%q in the tag jsonschema had no effect", piece)
		}
	}
}

// isTagKeyword reports whether a keyword may be in the tag of a field: it is one for its
// type or, for a list, for its items.
func isTagKeyword(key string, node map[string]any) bool {
	structural := []string{"type", "description", "properties", "required", "additionalProperties", "items"}
	if slices.Contains(structural, key) {
		return false
	}
	jsonType, _ := node["type"].(string)
	if slices.Contains(keywordsOf(jsonType), key) {
		return true
	}
	items, _ := node["items"].(map[string]any)
	itemType, _ := items["type"].(string)
	return key != "default" && slices.Contains(keywordsOf(itemType), key)
}

// givenByType reports whether the type of a field sets the keyword already.
func givenByType(t reflect.Type, key string) bool {
	t = plain(t)
	if t.Kind() == reflect.Slice {
		t = t.Elem()
	}
	s := scalarSchema(t)
	return s != nil && (key == "pattern" && s.Pattern != "" || key == "enum" && s.Enum != nil || key == "format" && s.Format != "")
}

// isApplied reports whether a schema, or the schema of its items, has the keyword of the
// tag with its value.
func isApplied(node map[string]any, key, value string) bool {
	for _, at := range []any{node, node["items"]} {
		keywords, _ := at.(map[string]any)
		got, ok := keywords[key]
		if list, isList := got.([]any); isList && slices.Contains(list, any(value)) {
			return true
		}
		if ok && fmt.Sprint(got) == value {
			return true
		}
	}
	return false
}

// splitTag splits a tag at its commas, as the reflector does; \, is an escaped comma.
func splitTag(tag string) []string {
	var pieces []string
	whole := ""
	for piece := range strings.SplitSeq(tag, ",") {
		whole += piece
		if head, escaped := strings.CutSuffix(whole, `\`); escaped {
			whole = head + ","
			continue
		}
		pieces = append(pieces, whole)
		whole = ""
	}
	if whole != "" {
		pieces = append(pieces, whole)
	}
	return pieces
}

func (l *tagLint) found(path, format string, args ...any) {
	l.findings = append(l.findings, at(path, fmt.Sprintf(format, args...)))
}
