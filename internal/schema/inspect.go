package schema

import (
	"encoding"
	"encoding/json"
	"reflect"
	"slices"
	"strings"

	jsonv2 "github.com/go-json-experiment/json"
)

// field is one property of a struct, with embedded structs flattened.
type field struct {
	name     string
	optional bool
	options  []string // of the json tag
	goField  reflect.StructField
}

// fieldsOf returns the properties of a struct in the order of the Go fields.
func fieldsOf(t reflect.Type) []field {
	var fields []field
	for f := range t.Fields() {
		name, rest, _ := strings.Cut(f.Tag.Get("json"), ",")
		if f.Anonymous && name == "" && plain(f.Type).Kind() == reflect.Struct {
			fields = append(fields, fieldsOf(plain(f.Type))...)
			continue
		}
		if !f.IsExported() || f.Tag.Get("json") == "-" {
			continue
		}
		if name == "" {
			name = f.Name
		}
		var options []string
		if rest != "" {
			options = strings.Split(rest, ",")
		}
		optional := slices.Contains(options, "omitempty") || slices.Contains(options, "omitzero")
		fields = append(fields, field{name: name, optional: optional, options: options, goField: f})
	}
	return fields
}

// plain returns the type that a pointer points to, or the type itself.
func plain(t reflect.Type) reflect.Type {
	if t.Kind() == reflect.Pointer {
		return t.Elem()
	}
	return t
}

// inspect returns findings on types that a schema cannot describe: types that accept
// anything, maps, recursive types, and types whose methods write other JSON.
func inspect(t reflect.Type, path string, within []reflect.Type) []string {
	if reason := unfit(t, within); reason != "" {
		return []string{at(path, reason)}
	}
	switch {
	case t.Kind() == reflect.Pointer:
		return inspect(t.Elem(), path, within)
	case isScalar(t):
		return nil
	case t.Kind() == reflect.Slice:
		return inspect(t.Elem(), path+"[]", within)
	case t.Kind() == reflect.Struct:
		return inspectStruct(t, path, append(slices.Clone(within), t))
	}
	return nil
}

func inspectStruct(t reflect.Type, path string, within []reflect.Type) []string {
	if reason := unfitEmbedding(t, nil); reason != "" {
		return []string{at(path, reason)}
	}
	var findings []string
	var names []string
	for _, f := range fieldsOf(t) {
		where := join(path, f.name)
		if slices.Contains(names, f.name) {
			findings = append(findings, at(where, "is declared twice"))
		}
		names = append(names, f.name)
		findings = append(findings, inspect(f.goField.Type, where, within)...)
	}
	return findings
}

// unfit returns why a type cannot be in a schema, or an empty text.
func unfit(t reflect.Type, within []reflect.Type) string {
	if isScalar(t) {
		if t.Kind() != reflect.String && !encodesItself(t) {
			return t.String() + " says what text it takes, but is not written as text"
		}
		return ""
	}
	if slices.Contains(within, t) {
		return t.String() + " holds itself"
	}
	switch t.Kind() {
	case reflect.Map:
		return "maps are refused: name the fields"
	case reflect.Interface:
		return "an interface accepts anything: name the type"
	case reflect.Array:
		return "arrays are refused: use a slice"
	case reflect.Pointer:
		if t.Elem().Kind() == reflect.Pointer {
			return "a pointer to a pointer is refused"
		}
		return ""
	case reflect.Slice:
		if t.Elem().Kind() == reflect.Uint8 {
			return "raw bytes accept anything: name the type"
		}
		if t.Elem().Kind() == reflect.Pointer {
			return "a slice of pointers is refused: null is no value"
		}
	case reflect.Struct, reflect.String, reflect.Bool, reflect.Float32, reflect.Float64,
		reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
	default:
		return t.String() + " has no JSON"
	}
	if encodesItself(t) {
		return t.String() + " has a JSON of its own: give it SchemaPattern or SchemaEnum"
	}
	return ""
}

// unfitEmbedding returns why an embedded struct cannot be flattened: it is recursive, or
// its methods make its JSON.
func unfitEmbedding(t reflect.Type, within []reflect.Type) string {
	if slices.Contains(within, t) {
		return t.String() + " embeds itself"
	}
	if within != nil && encodesItself(t) {
		return t.String() + " has a JSON of its own and cannot be embedded"
	}
	within = append(slices.Clone(within), t)
	for f := range t.Fields() {
		if !f.Anonymous || plain(f.Type).Kind() != reflect.Struct {
			continue
		}
		if reason := unfitEmbedding(plain(f.Type), within); reason != "" {
			return reason
		}
	}
	return ""
}

// encodesItself reports whether methods of a type make its JSON.
func encodesItself(t reflect.Type) bool {
	p := reflect.PointerTo(t)
	return slices.ContainsFunc([]reflect.Type{
		reflect.TypeFor[json.Marshaler](),
		reflect.TypeFor[json.Unmarshaler](),
		reflect.TypeFor[jsonv2.MarshalerTo](),
		reflect.TypeFor[jsonv2.UnmarshalerFrom](),
		reflect.TypeFor[encoding.TextMarshaler](),
		reflect.TypeFor[encoding.TextUnmarshaler](),
	}, p.Implements)
}

// join returns the path of a field of the value at path.
func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

// at puts the path before a finding; the root of a type has no path.
func at(path, finding string) string {
	if path == "" {
		return finding
	}
	return path + ": " + finding
}
