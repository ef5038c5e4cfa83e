package schema

import (
	"fmt"
	"slices"

	"github.com/invopop/jsonschema"
)

// Option adjusts a schema to what is configured at run time.
type Option func(*options)

// options are what the Go type cannot say.
type options struct {
	enums    []enumOption
	required []requiredOption
	blocks   []Block
	// output is for what is sent, not for what is taken.
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
// accounts that are configured.
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

// WithBlocks adds one optional object property per block. Exactly one of them
// has to be given; DecodeWithBlock holds that rule, because a schema that says
// it itself is refused by several clients.
func WithBlocks(blocks ...Block) Option {
	return func(o *options) { o.blocks = append(o.blocks, blocks...) }
}

// ForOutput makes the schema of an output: without the patterns of types, since
// an ID stands there as its cloud sent it and clients that validate outputs must
// not throw, open to members that a later version adds, without descriptions
// that say no more than their names, and with required members of the root only.
// Every client pays for each word of it in every conversation.
func ForOutput() Option { return func(o *options) { o.output = true } }

// block returns the block of that name.
func (o options) block(name string) (Block, bool) {
	i := slices.IndexFunc(o.blocks, func(b Block) bool { return b.Name == name })
	if i < 0 {
		return Block{}, false
	}
	return o.blocks[i], true
}

// isRequired says whether a top-level property is required, when the tag of its
// field alone would say byTag. The last option wins.
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
