package schema

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"
)

// Patterned is implemented by string types whose pattern is part of the type,
// such as IDs.
type Patterned interface{ SchemaPattern() string }

// Enumerated is implemented by string types with a fixed set of values.
type Enumerated interface{ SchemaEnum() []string }

// Outlined is implemented by structs whose members an output schema does not
// name, because the same row is told elsewhere in the catalogue or tells itself.
// Inputs name all members all the same.
type Outlined interface{ SchemaOutlined() }

// Schema is the JSON Schema of one Go type. It is reflected and compiled on
// first use, because doing it for every tool would double the start. It is safe
// for concurrent use.
type Schema struct {
	goType    reflect.Type
	options   options
	reflected func() reflection
	compiled  func() compilation
}

// Of declares the schema of T, which must be a struct. Nothing is reflected
// yet; what is wrong with T or the options is said by Check and by Decode.
func Of[T any](opts ...Option) *Schema {
	s := &Schema{goType: reflect.TypeFor[T]()}
	for _, opt := range opts {
		opt(&s.options)
	}
	s.reflected = sync.OnceValue(func() reflection { return reflectSchema(s.goType, s.options) })
	s.compiled = sync.OnceValue(func() compilation { return compile(s.reflected()) })
	return s
}

// JSON returns the schema, with equal bytes in every run: properties in the
// order of the Go fields, neither $schema nor $id. A schema that cannot be made
// is one that accepts nothing but an empty object; Check says why.
func (s *Schema) JSON() json.RawMessage {
	r := s.reflected()
	if r.err != nil {
		return json.RawMessage(`{"type":"object","properties":{},"additionalProperties":false}`)
	}
	return slices.Clone(r.json)
}

// Check makes and compiles the schema and refuses whatever some client would
// refuse: everything that lint finds, and blocks whose example is not valid.
func (s *Schema) Check() error {
	if c := s.compiled(); c.err != nil {
		return c.err
	}
	findings := append(s.lint(), s.lintExamples()...)
	if len(findings) == 0 {
		return nil
	}
	return fmt.Errorf("schema of %s: %w", s.goType, errors.New(strings.Join(findings, "; ")))
}

// expects refuses a decoding into another type than the one declared.
func (s *Schema) expects(t reflect.Type) error {
	if s.goType != t {
		return fmt.Errorf("schema of %s cannot decode a %s", s.goType, t)
	}
	return nil
}
