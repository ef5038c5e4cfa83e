package schema

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/invopop/jsonschema"
	"github.com/shopspring/decimal"

	"countersign/internal/cloud"
)

// reflection is a schema as text and as a tree.
type reflection struct {
	root *jsonschema.Schema
	json json.RawMessage
	err  error
}

// reflectSchema makes the schema of a type. It finds types that a schema cannot describe
// first, because for them the reflector returns a schema that accepts anything, panics,
// or never returns.
func reflectSchema(t reflect.Type, opts options) (made reflection) {
	defer func() {
		if p := recover(); p != nil { // a method of a field's type, or New of a block
			made = reflection{err: fmt.Errorf("schema of %s: panic: %v", t, p)}
		}
	}()
	root, err := reflectRoot(t, opts)
	if err != nil {
		return reflection{err: fmt.Errorf("schema of %s: %w", t, err)}
	}
	text, err := json.Marshal(root)
	if err == nil {
		// The encoder escapes <, > and & for HTML, which costs clients tokens.
		err = (*jsontext.Value)(&text).Format(jsontext.PreserveRawStrings(false))
	}
	if err != nil {
		return reflection{err: fmt.Errorf("schema of %s: %w", t, err)}
	}
	return reflection{root: root, json: text}
}

func reflectRoot(t reflect.Type, opts options) (*jsonschema.Schema, error) {
	root, err := reflectStruct(t, opts.output)
	if err != nil {
		return nil, err
	}
	for _, b := range opts.blocks {
		if err := addBlock(root, b); err != nil {
			return nil, err
		}
	}
	if opts.output {
		loosen(root)
	}
	return root, opts.apply(root)
}

// terse is the greatest length of a description that an output leaves out. So short a
// description repeats the name, and costs every client tokens in every conversation.
const terse = 44

// loosen removes what an output does not promise, from a schema and all schemas in it.
func loosen(s *jsonschema.Schema) {
	if s == nil {
		return
	}
	if len(s.Description) <= terse {
		s.Description = ""
	}
	s.Pattern, s.Enum = "", nil
	s.AdditionalProperties = nil
	loosen(s.Items)
	if s.Properties == nil {
		return
	}
	for p := s.Properties.Oldest(); p != nil; p = p.Next() {
		loosen(p.Value)
		p.Value.Required = nil
		if p.Value.Items != nil {
			p.Value.Items.Required = nil
		}
	}
}

func addBlock(root *jsonschema.Schema, b Block) error {
	if _, taken := root.Properties.Get(b.Name); taken {
		return fmt.Errorf("block %q: there is a property of that name", b.Name)
	}
	if b.New == nil {
		return fmt.Errorf("block %q: lacks New", b.Name)
	}
	t := reflect.TypeOf(b.New())
	if t == nil || t.Kind() != reflect.Pointer {
		return fmt.Errorf("block %q: New must return a pointer to a struct", b.Name)
	}
	property, err := reflectStruct(t.Elem(), false)
	if err != nil {
		return fmt.Errorf("block %q: %w", b.Name, err)
	}
	property.Description = b.Description
	root.Properties.Set(b.Name, property)
	return nil
}

func reflectStruct(t reflect.Type, output bool) (*jsonschema.Schema, error) {
	if t.Kind() != reflect.Struct || isScalar(t) {
		return nil, fmt.Errorf("%s is no struct", t)
	}
	if findings := inspect(t, "", nil); len(findings) > 0 {
		return nil, errors.New(strings.Join(findings, "; "))
	}
	reflector := jsonschema.Reflector{
		Anonymous:      true,
		DoNotReference: true,
		ExpandedStruct: true,
		Mapper:         scalarSchema,
	}
	if output {
		reflector.Mapper = outputSchema
	}
	root := reflector.ReflectFromType(t)
	root.Version = ""
	return root, nil
}

// scalarSchema returns the schema of types that are one JSON string, nil for all
// others. It returns a new one each time, because the tags of a field are written into
// it.
func scalarSchema(t reflect.Type) *jsonschema.Schema {
	switch t {
	case reflect.TypeFor[cloud.Secret](), reflect.TypeFor[decimal.Decimal]():
		return &jsonschema.Schema{Type: "string"}
	case reflect.TypeFor[time.Time]():
		return &jsonschema.Schema{Type: "string", Format: formatDateTime}
	}
	patterned, isPatterned := reflect.TypeAssert[Patterned](reflect.New(t))
	enumerated, isEnumerated := reflect.TypeAssert[Enumerated](reflect.New(t))
	if !isPatterned && !isEnumerated {
		return nil
	}
	s := &jsonschema.Schema{Type: "string"}
	if isPatterned {
		s.Pattern = patterned.SchemaPattern()
	}
	if isEnumerated {
		s.Enum = asAny(enumerated.SchemaEnum())
	}
	return s
}

// outputSchema is scalarSchema for outputs; an Outlined type is an object whose members
// it does not name.
func outputSchema(t reflect.Type) *jsonschema.Schema {
	if isOutlined(t) {
		return &jsonschema.Schema{Type: "object"}
	}
	return scalarSchema(t)
}

func isOutlined(t reflect.Type) bool {
	_, ok := reflect.TypeAssert[Outlined](reflect.New(t))
	return ok
}

func isScalar(t reflect.Type) bool { return scalarSchema(t) != nil }
