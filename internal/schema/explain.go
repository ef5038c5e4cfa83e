package schema

import (
	"errors"
	"fmt"
	"math/big"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	jsonv2 "github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	reflected "github.com/invopop/jsonschema"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
	"github.com/shopspring/decimal"

	"countersign/internal/spelling"
)

// leaveOut is the message for null, which no field accepts.
const leaveOut = "is null: leave it out instead"

// explain returns the problems of a validation error, without any value in them.
func (s *Schema) explain(e *jsonschema.ValidationError, document any) Problems {
	if len(e.Causes) > 0 {
		var problems Problems
		for _, cause := range e.Causes {
			problems = append(problems, s.explain(cause, document)...)
		}
		return problems
	}
	path := pathOf(slices.Values(e.InstanceLocation))
	switch k := e.ErrorKind.(type) {
	case *kind.Required:
		var problems Problems
		for _, name := range k.Missing {
			problems = append(problems, Problem{Path: join(path, name), Message: "is required"})
		}
		return problems
	case *kind.AdditionalProperties:
		// No more than are reported: each costs a search for the name that was meant.
		names := slices.Sorted(slices.Values(k.Properties))
		var problems Problems
		for _, name := range names[:min(len(names), maxProblems)] {
			problems = append(problems, s.unknownProperty(e.InstanceLocation, name, document))
		}
		return problems
	}
	return Problems{{Path: path, Message: wording(e.ErrorKind)}}
}

// wording describes what is wrong with one value.
func wording(k jsonschema.ErrorKind) string {
	switch k := k.(type) {
	case *kind.Type:
		if k.Got == "null" {
			return leaveOut
		}
		return "must be " + withArticle(k.Want[0]) + ", got " + withArticle(k.Got)
	case *kind.Enum:
		return "must be " + oneOf(k.Want)
	case *kind.Pattern:
		return "must match " + k.Want
	case *kind.Format:
		return "must be " + formatWords(k.Want)
	case *kind.MinLength:
		if k.Want == 1 {
			return "must not be empty"
		}
		return "must be at least " + counted(k.Want, "character") + " long"
	case *kind.MaxLength:
		return "must be at most " + counted(k.Want, "character") + " long"
	case *kind.MinItems:
		return "must have at least " + counted(k.Want, "item")
	case *kind.MaxItems:
		return "must have at most " + counted(k.Want, "item")
	case *kind.Minimum:
		return "must be at least " + plainNumber(k.Want)
	case *kind.Maximum:
		return "must be at most " + plainNumber(k.Want)
	}
	return "is not valid"
}

// unknownProperty returns the problem of a key that the schema does not have, with the
// key that may have been meant.
func (s *Schema) unknownProperty(location []string, name string, document any) Problem {
	if members, ok := document.(map[string]any); ok && len(location) == 0 && s.isBlockLike(name, members) {
		return s.unknownBlock(name)
	}
	path := pathOf(slices.Values(location))
	if why, retired := s.retired(location, name); retired {
		return Problem{Path: join(path, shownKey(name)), Message: "is refused: " + why}
	}
	message := "is not an argument of this tool"
	if path != "" {
		message = "is not a field of " + path
	}
	names := propertyNames(propertyAt(s.reflected().root, location))
	if near := spelling.Nearest(name, names); near != "" {
		message += "; did you mean " + near + "?"
	} else if len(names) > 0 {
		message += ", which takes " + strings.Join(names, ", ")
	}
	return Problem{Path: join(path, shownKey(name)), Message: message}
}

// retired returns the replacement of a field that a block once had.
func (s *Schema) retired(location []string, name string) (why string, retired bool) {
	if len(location) != 1 {
		return "", false
	}
	b, _ := s.options.block(location[0])
	why, retired = b.Retired[name]
	return why, retired
}

// propertyAt returns the schema of the value at a location of the arguments.
func propertyAt(root *reflected.Schema, location []string) *reflected.Schema {
	at := root
	for _, token := range location {
		switch {
		case at == nil:
			return nil
		case at.Items != nil:
			at = at.Items
		case at.Properties != nil:
			at = at.Properties.Value(token)
		default:
			return nil
		}
	}
	return at
}

// propertyNames returns the properties of an object in declared order.
func propertyNames(s *reflected.Schema) []string {
	if s == nil || s.Properties == nil {
		return nil
	}
	names := make([]string, 0, s.Properties.Len())
	for p := s.Properties.Oldest(); p != nil; p = p.Next() {
		names = append(names, p.Key)
	}
	return names
}

// explainDecoding returns the problem of a value that the schema accepts and the
// decoder refuses.
func explainDecoding(err error) Problem {
	var semantic *jsonv2.SemanticError
	if !errors.As(err, &semantic) {
		return Problem{Message: readable(err).Error()}
	}
	return Problem{
		Path:    pathOf(pointerTokens(semantic.JSONPointer)),
		Message: decodingWords(semantic),
	}
}

func decodingWords(e *jsonv2.SemanticError) string {
	if errors.Is(e, jsonv2.ErrUnknownName) {
		return "is not an argument of this tool"
	}
	if e.GoType == nil {
		return "cannot be read"
	}
	t := plain(e.GoType)
	switch t {
	case reflect.TypeFor[time.Time]():
		return "must be " + formatWords(formatDateTime)
	case reflect.TypeFor[decimal.Decimal]():
		return `must be an exact decimal in a string, such as "12.50"`
	}
	switch t.Kind() {
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return "must be a whole number without fraction or exponent, of " + strconv.Itoa(t.Bits()) + " bits at most"
	case reflect.Float32, reflect.Float64:
		return "is a number too large to be kept"
	}
	return "cannot be read"
}

// pathOf joins the tokens of a location: names with dots, indexes in brackets.
func pathOf(tokens func(func(string) bool)) string {
	var path string
	for token := range tokens {
		if isIndex(token) {
			path += "[" + token + "]"
			continue
		}
		path = join(path, shownKey(token))
	}
	return path
}

func pointerTokens(p jsontext.Pointer) func(func(string) bool) { return p.Tokens() }

func withArticle(jsonType string) string {
	switch jsonType {
	case "null":
		return jsonType
	case "integer", "array", "object":
		return "an " + jsonType
	}
	return "a " + jsonType
}

func oneOf(values []any) string {
	words := make([]string, len(values))
	for i, v := range values {
		words[i] = fmt.Sprint(v)
	}
	if len(words) == 1 {
		return words[0]
	}
	return "one of " + strings.Join(words, ", ")
}

func counted(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return strconv.Itoa(n) + " " + noun + "s"
}

func plainNumber(r *big.Rat) string {
	if r.IsInt() {
		return r.Num().String()
	}
	f, _ := r.Float64()
	return strconv.FormatFloat(f, 'f', -1, 64)
}
