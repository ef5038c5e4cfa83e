package schema_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/shopspring/decimal"

	"countersign/internal/cloud"
	"countersign/internal/schema"
)

type account string

type machineID string

func (machineID) SchemaPattern() string { return `^[a-z0-9-]{1,36}$` }

type action string

func (action) SchemaEnum() []string { return []string{"start", "stop"} }

type page struct {
	Limit  *int   `json:"limit,omitempty" jsonschema:"minimum=1,maximum=100" jsonschema_description:"At most so many rows."`
	Cursor string `json:"cursor,omitempty" jsonschema_description:"Where to go on."`
}

type disk struct {
	SizeGB int `json:"size_gb" jsonschema:"minimum=10,maximum=4096" jsonschema_description:"Size in GB."`
}

type arguments struct {
	Account  account          `json:"account" jsonschema_description:"The account, as configured."`
	ID       machineID        `json:"id" jsonschema_description:"Exact ID, <never> a name & no guess."`
	Action   *action          `json:"action,omitempty" jsonschema_description:"What to do."`
	Name     *string          `json:"name,omitempty" jsonschema:"minLength=1,maxLength=63,pattern=^[a-z]{1\\,63}$" jsonschema_description:"A name, with a comma."`
	Tags     *[]string        `json:"tags,omitempty" jsonschema:"maxItems=3,minLength=1" jsonschema_description:"All tags."`
	Disks    []disk           `json:"disks,omitempty" jsonschema_description:"Disks."`
	Serial   int64            `json:"serial,omitempty" jsonschema_description:"A large number."`
	Ratio    float64          `json:"ratio,omitempty" jsonschema_description:"A fraction."`
	Password cloud.Secret     `json:"password,omitzero" jsonschema_description:"A secret."`
	Limit    *decimal.Decimal `json:"spend,omitempty" jsonschema_description:"An exact amount."`
	Until    *time.Time       `json:"until,omitempty" jsonschema_description:"When it ends."`
	Force    bool             `json:"force,omitempty" jsonschema_description:"By force."`
	page
}

const golden = `{
	"properties": {
		"account": {"type": "string", "enum": ["gpcn", "hostup"], "description": "The account, as configured."},
		"id": {"type": "string", "pattern": "^[a-z0-9-]{1,36}$", "description": "Exact ID, <never> a name & no guess."},
		"action": {"type": "string", "enum": ["start", "stop"], "description": "What to do."},
		"name": {"type": "string", "maxLength": 63, "minLength": 1, "pattern": "^[a-z]{1,63}$", "description": "A name, with a comma."},
		"tags": {"items": {"type": "string", "minLength": 1}, "type": "array", "maxItems": 3, "description": "All tags."},
		"disks": {
			"items": {
				"properties": {
					"size_gb": {"type": "integer", "maximum": 4096, "minimum": 10, "description": "Size in GB."}
				},
				"additionalProperties": false,
				"type": "object",
				"required": ["size_gb"]
			},
			"type": "array",
			"description": "Disks."
		},
		"serial": {"type": "integer", "description": "A large number."},
		"ratio": {"type": "number", "description": "A fraction."},
		"password": {"type": "string", "description": "A secret."},
		"spend": {"type": "string", "description": "An exact amount."},
		"until": {"type": "string", "format": "date-time", "description": "When it ends."},
		"force": {"type": "boolean", "description": "By force."},
		"limit": {"type": "integer", "maximum": 100, "minimum": 1, "description": "At most so many rows."},
		"cursor": {"type": "string", "description": "Where to go on."}
	},
	"additionalProperties": false,
	"type": "object",
	"required": ["id"]
}`

func argumentsSchema() *schema.Schema {
	return schema.Of[arguments](schema.Enum("account", "gpcn", "hostup"), schema.Optional("account"))
}

func TestSchemaIsFlatAndInFieldOrder(t *testing.T) {
	s := argumentsSchema()
	var want bytes.Buffer
	if err := json.Compact(&want, []byte(golden)); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want.String(), string(s.JSON())); diff != "" {
		t.Errorf("schema (-want +got):\n%s", diff)
	}
	if err := s.Check(); err != nil {
		t.Errorf("Check: %v", err)
	}
	if again := argumentsSchema().JSON(); !bytes.Equal(s.JSON(), again) {
		t.Error("a second reflection gives other bytes")
	}
	s.JSON()[0] = '!'
	if s.JSON()[0] != '{' {
		t.Error("a caller can change the schema")
	}
}

func TestRequiredFollowsTheLastOption(t *testing.T) {
	s := schema.Of[page](schema.Optional("cursor"), schema.Required("cursor"))
	if err := s.Check(); err != nil {
		t.Fatal(err)
	}
	var got struct{ Required []string }
	if err := json.Unmarshal(s.JSON(), &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"cursor"}, got.Required); diff != "" {
		t.Error(diff)
	}
}

// one is a struct with one field of a type that must be refused.
type one[T any] struct {
	Field T `json:"field" jsonschema_description:"A field."`
}

type list struct {
	Next *list `json:"next,omitempty" jsonschema_description:"A list."`
}

type ring struct{ *ring }

type loud int

func (loud) MarshalText() ([]byte, error) { return []byte("loud"), nil }

type numbered int

func (numbered) SchemaEnum() []string { return []string{"1"} }

// Spoken hides the methods of what is embedded beside it.
type Spoken struct{}

func (Spoken) MarshalText() ([]byte, error) { return nil, nil }

func (*Spoken) UnmarshalText([]byte) error { return nil }

type camel struct {
	SizeGB int `json:"sizeGB" jsonschema_description:"Camel case."`
}

func TestCheckRefuses(t *testing.T) {
	type (
		undescribed struct {
			Field string `json:"field"`
		}
		nestedUndescribed struct {
			Field []undescribed `json:"field" jsonschema_description:"A field."`
		}
		untagged struct {
			Field string `jsonschema_description:"A field."`
		}
		misspelt struct {
			Field int `json:"field" jsonschema:"minmum=3" jsonschema_description:"A field."`
		}
		cut struct {
			Field string `json:"field" jsonschema:"pattern=^[a-z]{1,63}$" jsonschema_description:"A field."`
		}
		described struct {
			Field string `json:"field" jsonschema:"description=A field" jsonschema_description:"A field."`
		}
		nullable struct {
			Field string `json:"field" jsonschema:"nullable" jsonschema_description:"A field."`
		}
		ignored struct {
			Field string `json:"field" jsonschema:"-" jsonschema_description:"A field."`
		}
		extra struct {
			Field string `json:"field" jsonschema_extras:"a=b" jsonschema_description:"A field."`
		}
		combined struct {
			Field string `json:"field" jsonschema:"oneof_type=string;integer" jsonschema_description:"A field."`
		}
		wrongType struct {
			Field int `json:"field" jsonschema:"minLength=3" jsonschema_description:"A field."`
		}
		noNumber struct {
			Field string `json:"field" jsonschema:"minLength=x" jsonschema_description:"A field."`
		}
		format struct {
			Field string `json:"field" jsonschema:"format=email" jsonschema_description:"A field."`
		}
		badPattern struct {
			Field string `json:"field" jsonschema:"pattern=[" jsonschema_description:"A field."`
		}
		goPattern struct {
			Field string `json:"field" jsonschema:"pattern=(?i)^a$" jsonschema_description:"A field."`
		}
		emptyEnum struct {
			Field string `json:"field" jsonschema:"enum=,enum=a" jsonschema_description:"A field."`
		}
		doublePattern struct {
			Field machineID `json:"field" jsonschema:"pattern=^a$" jsonschema_description:"A field."`
		}
		quoted struct {
			Field int `json:"field,string" jsonschema_description:"A field."`
		}
		neverOmitted struct {
			Field cloud.Secret `json:"field,omitempty" jsonschema_description:"A field."` //nolint:modernize // the very tag that is refused
		}
		unique struct {
			Field []string `json:"field" jsonschema:"uniqueItems=true" jsonschema_description:"A field."`
		}
		twice struct {
			page
			Limit int `json:"limit" jsonschema_description:"A field."`
		}
		embeddedTexts struct {
			Spoken
			cloud.Secret
		}
	)
	tests := []struct {
		name   string
		schema *schema.Schema
		want   string
	}{
		{"no struct", schema.Of[string](), "string is no struct"},
		{"a time", schema.Of[time.Time](), "time.Time is no struct"},
		{"a map", schema.Of[one[map[string]string]](), "field: maps are refused"},
		{"a map in a list", schema.Of[one[[]map[string]string]](), "field[]: maps are refused"},
		{"any", schema.Of[one[any]](), "field: an interface"},
		{"raw JSON", schema.Of[one[json.RawMessage]](), "field: raw bytes"},
		{"an array", schema.Of[one[[2]int]](), "field: arrays are refused"},
		{"a pointer to a pointer", schema.Of[one[**int]](), "field: a pointer to a pointer"},
		{"a list of pointers", schema.Of[one[[]*int]](), "field: a slice of pointers"},
		{"a function", schema.Of[one[func()]](), "field: func() has no JSON"},
		{"a type within itself", schema.Of[list](), "next: schema_test.list holds itself"},
		{"a type embedded in itself", schema.Of[ring](), "embeds itself"},
		{"a JSON of its own", schema.Of[one[loud]](), "field: schema_test.loud has a JSON of its own"},
		{"a JSON of its own, behind a pointer", schema.Of[one[*loud]](), "field: schema_test.loud has a JSON of its own"},
		{"an enum that is written as a number", schema.Of[one[*numbered]](), "field: schema_test.numbered says what text"},
		{"embedded texts", schema.Of[embeddedTexts](), "schema_test.Spoken has a JSON of its own and cannot be embedded"},
		{"a name in camel case", schema.Of[camel](), "sizeGB: the name must match"},
		{"a name without tag", schema.Of[untagged](), "Field: the name must match"},
		{"a field declared twice", schema.Of[twice](), "limit: is declared twice"},
		{"no description", schema.Of[undescribed](), "field: lacks a description"},
		{"no description within", schema.Of[nestedUndescribed](), "field[].field: lacks a description"},
		{"a misspelt keyword", schema.Of[misspelt](), `field: "minmum" in the tag jsonschema is not a keyword for type integer`},
		{"a pattern cut at its comma", schema.Of[cut](), `field: "63}$" in the tag jsonschema is no keyword`},
		{"a description in the wrong tag", schema.Of[described](), "field: the description belongs in the tag jsonschema_description"},
		{"nullable", schema.Of[nullable](), `field: "nullable" in the tag jsonschema is no keyword`},
		{"ignored", schema.Of[ignored](), "field: is missing from the schema"},
		{"extras", schema.Of[extra](), "field: the tag jsonschema_extras is refused"},
		{"a combinator", schema.Of[combined](), `field: "oneof_type"`},
		{"a keyword of another type", schema.Of[wrongType](), `field: "minLength" in the tag jsonschema is not a keyword for type integer`},
		{"a keyword without effect", schema.Of[noNumber](), `field: "minLength=x" in the tag jsonschema had no effect`},
		{"a format", schema.Of[format](), "field: format email"},
		{"a pattern that is none", schema.Of[badPattern](), "compile schema"},
		{"a pattern of Go only", schema.Of[goPattern](), "field: pattern (?i)^a$: not every client knows (?"},
		{"an empty enum value", schema.Of[emptyEnum](), "field: enum values must be strings that are not empty"},
		{"a second pattern", schema.Of[doublePattern](), "field: pattern belongs to the type"},
		{"a number as a string", schema.Of[quoted](), `field: json option "string"`},
		{"a struct with omitempty", schema.Of[neverOmitted](), "field: omitempty never omits a struct"},
		{"a keyword of few clients", schema.Of[unique](), `field: uniqueItems is not accepted`},
		{"an enum of nothing", schema.Of[page](schema.Enum("cursor")), "no values for property"},
		{"an enum of an unknown property", schema.Of[page](schema.Enum("curser", "a")), `no property "curser"`},
		{"an enum of a number", schema.Of[page](schema.Enum("limit", "a")), `"limit" is no string`},
		{"an enum with a value twice", schema.Of[page](schema.Enum("cursor", "a", "a")), "cursor: enum value a stands twice"},
		{"required of an unknown property", schema.Of[page](schema.Required("curser")), `no property "curser"`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			err := tt.schema.Check()
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("Check = %v, want %q", err, tt.want)
			}
			if !json.Valid(tt.schema.JSON()) {
				t.Errorf("JSON = %s", tt.schema.JSON())
			}
		})
	}
}

func TestSchemaThatCannotBeMadeDecodesNothing(t *testing.T) {
	var problems schema.Problems
	_, err := schema.Decode[one[any]](schema.Of[one[any]](), []byte(`{"field":1}`))
	if err == nil || asProblems(err, &problems) {
		t.Errorf("err = %v, want one that is not the caller's fault", err)
	}
	if _, err := schema.Decode[page](argumentsSchema(), nil); err == nil {
		t.Error("decoded into another type than declared")
	}
}

func TestOutputSchemasPromiseLess(t *testing.T) {
	type result struct {
		ID cloud.VMID `json:"id" jsonschema_description:"Exact ID."`
	}
	for name, want := range map[string]string{
		string(schema.Of[result]().JSON()):                   `{"properties":{"id":{"type":"string","pattern":"^\\w[^/?#%]{0,127}$","description":"Exact ID."}},"additionalProperties":false,"type":"object","required":["id"]}`,
		string(schema.Of[result](schema.ForOutput()).JSON()): `{"properties":{"id":{"type":"string"}},"type":"object","required":["id"]}`,
	} {
		if diff := cmp.Diff(want, name); diff != "" {
			t.Error(diff)
		}
	}
	if err := schema.Of[result](schema.ForOutput()).Check(); err != nil {
		t.Error(err)
	}
}

// outlined is a type whose members an output does not name.
type outlined struct {
	ID string `json:"id" jsonschema_description:"Exact ID."`
}

func (outlined) SchemaOutlined() {}

// TestOutlined pins that the schema of an output does not name the members of an
// outlined type, and that the schema of an input does.
func TestOutlined(t *testing.T) {
	type list struct {
		Rows []outlined `json:"rows" jsonschema_description:"Rows."`
		Best *outlined  `json:"best,omitempty" jsonschema_description:"Best."`
	}
	for text, want := range map[string]string{
		string(schema.Of[list](schema.ForOutput()).JSON()): `{"properties":{"rows":{"items":{"type":"object"},"type":"array"},"best":{"type":"object"}},"type":"object","required":["rows"]}`,
		string(schema.Of[list]().JSON()): `{"properties":{"rows":{"items":{"properties":{"id":{"type":"string","description":"Exact ID."}},"additionalProperties":false,"type":"object","required":["id"]},"type":"array","description":"Rows."},` +
			`"best":{"properties":{"id":{"type":"string","description":"Exact ID."}},"additionalProperties":false,"type":"object","required":["id"],"description":"Best."}},"additionalProperties":false,"type":"object","required":["rows"]}`,
	} {
		if text != want {
			t.Errorf("schema %s, want %s", text, want)
		}
	}
	for _, s := range []*schema.Schema{schema.Of[list](schema.ForOutput()), schema.Of[list]()} {
		if err := s.Check(); err != nil {
			t.Error(err)
		}
	}
}
