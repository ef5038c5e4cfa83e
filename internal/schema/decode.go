package schema

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"regexp"

	jsonv2 "github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/shopspring/decimal"
)

// compilation has what validating and decoding need. It is made once per schema.
type compilation struct {
	validator *jsonschema.Schema
	decoding  jsonv2.Options
	err       error
}

func compile(r reflection) compilation {
	if r.err != nil {
		return compilation{err: r.err}
	}
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(r.json))
	if err != nil {
		return compilation{err: fmt.Errorf("read schema: %w", err)}
	}
	const name = "arguments.json"
	compiler := jsonschema.NewCompiler()
	compiler.DefaultDraft(jsonschema.Draft2020)
	compiler.AssertFormat()
	if err := compiler.AddResource(name, document); err != nil {
		return compilation{err: fmt.Errorf("compile schema: %w", err)}
	}
	validator, err := compiler.Compile(name)
	if err != nil {
		return compilation{err: fmt.Errorf("compile schema: %w", err)}
	}
	return compilation{validator: validator, decoding: jsonv2.JoinOptions(
		jsonv2.RejectUnknownMembers(true),
		jsonv2.WithUnmarshalers(jsonv2.UnmarshalFromFunc(decodeDecimal)),
	)}
}

// Decode decodes arguments into a T, strictly: it refuses unknown and duplicate keys,
// null, other types and everything that the schema forbids. Missing arguments (nothing,
// or null) are an empty object. The error is Problems, unless the schema itself is
// wrong.
func Decode[T any](s *Schema, raw []byte) (T, error) {
	var value, none T
	if err := s.expects(reflect.TypeFor[T]()); err != nil {
		return none, err
	}
	if len(s.options.blocks) > 0 {
		return none, fmt.Errorf("schema of %s has blocks", s.goType)
	}
	ex, err := s.examine(raw)
	if err != nil {
		return none, err
	}
	if err := s.fill(ex, &value); err != nil {
		return none, err
	}
	return value, nil
}

// examination has parsed arguments and the problems that the schema finds.
type examination struct {
	raw      []byte
	document any
	problems Problems
}

// examine parses arguments and checks them against the schema. It returns an error for
// arguments that cannot be parsed and for a schema that is wrong.
func (s *Schema) examine(raw []byte) (examination, error) {
	c := s.compiled()
	if c.err != nil {
		return examination{}, c.err
	}
	if trimmed := bytes.TrimSpace(raw); len(trimmed) == 0 || string(trimmed) == "null" {
		raw = []byte("{}")
	}
	document, problems, err := parseDocument(raw)
	if err != nil {
		return examination{}, Problems{{Message: err.Error()}}
	}
	var invalid *jsonschema.ValidationError
	if err := c.validator.Validate(document); errors.As(err, &invalid) {
		problems = append(problems, s.explain(invalid, document)...)
	} else if err != nil {
		return examination{}, fmt.Errorf("validate arguments: %w", err)
	}
	return examination{raw: raw, document: document, problems: problems}, nil
}

// fill decodes examined arguments. It decodes even arguments that the schema refuses, so
// that the error also has what only the decoder finds: 1.0 for an integer, or a number
// too large for its field.
func (s *Schema) fill(ex examination, into any) error {
	problems := ex.problems
	if err := jsonv2.Unmarshal(ex.raw, into, s.compiled().decoding); err != nil {
		if p := explainDecoding(err); !problems.covers(p.Path) {
			problems = append(problems, p)
		}
	}
	if len(problems) > 0 {
		return problems.ordered()
	}
	return nil
}

// plainDecimal is the form of an exact decimal. It has no exponent, because the digits
// of a large one would fill the memory.
var plainDecimal = regexp.MustCompile(`^-?[0-9]{1,64}(\.[0-9]{1,64})?$`)

var errNoDecimal = errors.New("no plain decimal")

func decodeDecimal(decoder *jsontext.Decoder, into *decimal.Decimal) error {
	token, err := decoder.ReadToken()
	if err != nil {
		return err
	}
	if token.Kind() != '"' || !plainDecimal.MatchString(token.String()) {
		return errNoDecimal
	}
	*into, err = decimal.NewFromString(token.String())
	return err
}
