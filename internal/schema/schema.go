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

// Outlined is implemented by structs whose members an output schema does not name,
// because another tool describes the same row or the names explain themselves. The
// schemas of inputs name all members.
type Outlined interface{ SchemaOutlined() }

// Schema is the JSON Schema of one Go type. It is reflected and compiled on first use,
// because doing that for every tool would double the time of the start. It is safe for
// concurrent use.
type Schema struct {
	goType    reflect.Type
	options   options
	reflected func() reflection
	compiled  func() compilation
}

// Of returns the schema of T, which must be a struct. It reflects nothing yet; Check and
// Decode report what is wrong with T or the options.
func Of[T any](opts ...Option) *Schema {
	s := &Schema{goType: reflect.TypeFor[T]()}
	for _, opt := range opts {
		opt(&s.options)
	}
	s.reflected = sync.OnceValue(func() reflection { return reflectSchema(s.goType, s.options) })
	s.compiled = sync.OnceValue(func() compilation { return compile(s.reflected()) })
	return s
}

// JSON returns the schema, with equal bytes in every run: properties in the order of the
// Go fields, neither $schema nor $id. Where the schema cannot be made, it returns one
// that accepts only an empty object; Check returns the error.
func (s *Schema) JSON() json.RawMessage {
	r := s.reflected()
	if r.err != nil {
		return json.RawMessage(`{"type":"object","properties":{},"additionalProperties":false}`)
	}
	return slices.Clone(r.json)
}

// Check makes and compiles the schema. It returns an error for everything that a client
// would refuse: all findings of lint, and blocks whose example is not valid.
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

// expects returns an error where t is not the type of the schema.
func (s *Schema) expects(t reflect.Type) error {
	if s.goType != t {
		return fmt.Errorf("schema of %s cannot decode a %s", s.goType, t)
	}
	return nil
}
