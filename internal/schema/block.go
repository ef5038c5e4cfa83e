package schema

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"countersign/internal/spelling"
)

// Block is an object property with its own type. Arguments have exactly one of several
// blocks.
type Block struct {
	// Name is the name of the property.
	Name string
	// Description is the description of the property in the schema.
	Description string
	// New returns a pointer to an empty struct, to decode into.
	New func() any
	// Example is a smallest valid block, as the JSON of the block itself; errors
	// show it.
	Example string
	// Retired are fields that a block once had, with their replacements for errors.
	Retired map[string]string
}

// DecodeWithBlock decodes the arguments of a schema that has blocks: the common
// fields into T, and the one given block into the result of its New. The error is as
// for Decode. No block, two blocks or an unknown block are a Problem that shows a valid
// one.
func DecodeWithBlock[T any](s *Schema, raw []byte) (value T, block any, name string, err error) {
	var none T
	if err := s.expects(reflect.TypeFor[T]()); err != nil {
		return none, nil, "", err
	}
	if len(s.options.blocks) == 0 {
		return none, nil, "", fmt.Errorf("schema of %s has no blocks", s.goType)
	}
	ex, err := s.examine(raw)
	if err != nil {
		return none, nil, "", err
	}
	given := s.givenBlocks(ex.document)
	ex.problems = append(ex.problems, s.blockProblems(ex.document, given)...)
	if len(given) != 1 {
		return none, nil, "", ex.problems.ordered()
	}
	into := reflect.New(composite(s.goType, given[0])).Elem()
	into.Field(1).Set(reflect.ValueOf(given[0].New()))
	if err := s.fill(ex, into.Addr().Interface()); err != nil {
		return none, nil, "", err
	}
	common, ok := reflect.TypeAssert[T](into.Field(0))
	if !ok {
		return none, nil, "", fmt.Errorf("decode %s: the common fields are another type", s.goType)
	}
	return common, into.Field(1).Interface(), given[0].Name, nil
}

// WrongBlock returns the problem of a valid block that does not fit the other
// arguments; allowed are the blocks that fit.
func (s *Schema) WrongBlock(given string, allowed ...string) Problems {
	return Problems{{Path: given, Message: "does not fit the other arguments; " + s.blockAdvice(allowed, allowed)}}
}

// composite returns a struct type with the common fields and one block.
func composite(common reflect.Type, block Block) reflect.Type {
	return reflect.StructOf([]reflect.StructField{
		{Name: "Common", Type: common, Tag: `json:",embed"`},
		{Name: "Block", Type: reflect.TypeOf(block.New()), Tag: reflect.StructTag(fmt.Sprintf(`json:"%s"`, block.Name))},
	})
}

// givenBlocks returns the blocks in the arguments, in declared order.
func (s *Schema) givenBlocks(document any) []Block {
	members, _ := document.(map[string]any)
	var given []Block
	for _, b := range s.options.blocks {
		if _, ok := members[b.Name]; ok {
			given = append(given, b)
		}
	}
	return given
}

// blockProblems checks that exactly one block is given. It returns nothing for an
// unknown block, which is a problem of its own already.
func (s *Schema) blockProblems(document any, given []Block) Problems {
	members, isObject := document.(map[string]any)
	if len(given) == 1 || !isObject {
		return nil
	}
	all := blockNames(s.options.blocks)
	if len(given) > 1 {
		names := blockNames(given)
		return Problems{{Message: "hold " + strings.Join(names, " and ") + "; " + s.blockAdvice(all, names)}}
	}
	for name := range members {
		if s.isBlockLike(name, members) {
			return nil
		}
	}
	return Problems{{Message: "lack a block; " + s.blockAdvice(all, all)}}
}

// isBlockLike reports whether an unknown top-level member was meant as a block: it is
// an object, and its name resembles none of the common fields.
func (s *Schema) isBlockLike(name string, members map[string]any) bool {
	if _, isObject := members[name].(map[string]any); !isObject || len(s.options.blocks) == 0 {
		return false
	}
	properties := propertyNames(s.reflected().root)
	if slices.Contains(properties, name) {
		return false
	}
	near := spelling.Nearest(name, properties)
	_, nearBlock := s.options.block(near)
	return near == "" || nearBlock
}

// unknownBlock returns the problem of a block that this schema does not have.
func (s *Schema) unknownBlock(name string) Problem {
	all := blockNames(s.options.blocks)
	shown := all
	if near := spelling.Nearest(name, all); near != "" {
		shown = []string{near}
	}
	return Problem{Path: shownKey(name), Message: "is not a block of this tool; " + s.blockAdvice(all, shown)}
}

// blockAdvice lists the allowed blocks, with the examples of those in shown.
func (s *Schema) blockAdvice(allowed, shown []string) string {
	var examples []string
	for _, name := range shown {
		if b, ok := s.options.block(name); ok {
			examples = append(examples, `{"`+b.Name+`":`+b.Example+`}`)
		}
	}
	advice := "give exactly one of " + strings.Join(allowed, ", ")
	if len(examples) == 0 {
		return advice
	}
	return advice + ", for example " + strings.Join(examples, " or ")
}

// lintExamples returns findings on blocks whose own schema refuses their example.
func (s *Schema) lintExamples() []string {
	var findings []string
	for _, b := range s.options.blocks {
		if !json.Valid([]byte(b.Example)) {
			findings = append(findings, b.Name+": the example is not JSON")
			continue
		}
		ex, err := s.examine([]byte(`{"` + b.Name + `":` + b.Example + `}`))
		if err != nil {
			findings = append(findings, b.Name+": the example: "+err.Error())
			continue
		}
		for _, p := range ex.problems {
			if p.Path == b.Name || strings.HasPrefix(p.Path, b.Name+".") {
				findings = append(findings, "the example of a block: "+p.String())
			}
		}
	}
	return findings
}

// blockType returns the struct type that a block is decoded into.
func blockType(b Block) reflect.Type { return plain(reflect.TypeOf(b.New())) }

func blockNames(blocks []Block) []string {
	names := make([]string, 0, len(blocks))
	for _, b := range blocks {
		names = append(names, b.Name)
	}
	return slices.Clip(names)
}
