package schema

import (
	"fmt"
	"slices"

	"github.com/invopop/jsonschema"
)

// Option adjusts a schema to the configuration.
type Option func(*options)

// options are the parts of a schema that do not follow from the Go type.
type options struct {
	enums    []enumOption
	required []requiredOption
	blocks   []Block
	// output makes the schema of an output.
	output bool
}

type enumOption struct {
	property string
	values   []string
}

type requiredOption struct {
	property string
	required bool
}

// Enum sets the allowed values of a top-level string property, such as the
// configured accounts.
func Enum(property string, values ...string) Option {
	return func(o *options) {
		o.enums = append(o.enums, enumOption{property: property, values: slices.Clone(values)})
	}
}

// Required makes a top-level property required, whatever its tag says.
func Required(property string) Option {
	return func(o *options) {
		o.required = append(o.required, requiredOption{property: property, required: true})
	}
}

// Optional makes a top-level property optional, whatever its tag says.
func Optional(property string) Option {
	return func(o *options) {
		o.required = append(o.required, requiredOption{property: property})
	}
}

// WithBlocks adds one optional object property per block. Exactly one of them has to be
// given. DecodeWithBlock checks that, because several clients refuse a schema that says
// so itself.
func WithBlocks(blocks ...Block) Option {
	return func(o *options) { o.blocks = append(o.blocks, blocks...) }
}

// ForOutput makes the schema of an output. It has no patterns, because IDs are as the
// cloud sent them and clients that validate outputs must not fail. It accepts members
// that a later version adds, and requires members of the root only. It leaves out
// descriptions that repeat the name, because its words cost every client tokens in every
// conversation.
func ForOutput() Option { return func(o *options) { o.output = true } }

// block returns the block with a name.
func (o options) block(name string) (Block, bool) {
	i := slices.IndexFunc(o.blocks, func(b Block) bool { return b.Name == name })
	if i < 0 {
		return Block{}, false
	}
	return o.blocks[i], true
}

// isRequired reports whether a top-level property is required; byTag is what the tag of
// its field says. The last option wins.
func (o options) isRequired(property string, byTag bool) bool {
	for _, r := range o.required {
		if r.property == property {
			byTag = r.required
		}
	}
	return byTag
}

// apply changes the root of a reflected schema.
func (o options) apply(root *jsonschema.Schema) error {
	for _, e := range o.enums {
		if err := e.apply(root); err != nil {
			return err
		}
	}
	for _, r := range o.required {
		if _, ok := root.Properties.Get(r.property); !ok {
			return fmt.Errorf("option on required: no property %q", r.property)
		}
	}
	var required []string
	for p := root.Properties.Oldest(); p != nil; p = p.Next() {
		if o.isRequired(p.Key, slices.Contains(root.Required, p.Key)) {
			required = append(required, p.Key)
		}
	}
	root.Required = required
	return nil
}

func (e enumOption) apply(root *jsonschema.Schema) error {
	property, ok := root.Properties.Get(e.property)
	if !ok {
		return fmt.Errorf("option enum: no property %q", e.property)
	}
	if property.Type != "string" {
		return fmt.Errorf("option enum: property %q is no string", e.property)
	}
	if len(e.values) == 0 {
		return fmt.Errorf("option enum: no values for property %q", e.property)
	}
	property.Enum = asAny(e.values)
	return nil
}

func asAny(values []string) []any {
	out := make([]any, len(values))
	for i, v := range values {
		out[i] = v
	}
	return out
}
