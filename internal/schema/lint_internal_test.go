package schema

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The Go types that would lead to these texts are refused earlier. The rules check the
// text all the same, in case the reflector changes.
func TestLintOfATextHoldsWithoutTheReflector(t *testing.T) {
	object := func(property string) string {
		return `{"type":"object","additionalProperties":false,"properties":{"a":` + property + `}}`
	}
	tests := []struct {
		name, text string
		want       []string
	}{
		{"a good one", object(`{"type":"string","description":"A."}`), nil},
		{"no object", `{"type":"string"}`, []string{"the root must be an object"}},
		{"a boolean schema", object(`true`), []string{"a: a schema that is not an object accepts anything or nothing"}},
		{"no type", object(`{"description":"A."}`), []string{"a: the type must be one word of JSON Schema"}},
		{"two types", object(`{"type":["string","null"],"description":"A."}`), []string{"a: the type must be one word of JSON Schema"}},
		{"no items", object(`{"type":"array","description":"A."}`), []string{"a[]: a schema that is not an object accepts anything or nothing"}},
		{"a reference and a combinator", object(`{"type":"string","description":"A.","$ref":"#","anyOf":[]}`), []string{
			"a: $ref is not accepted by every client on type string", "a: anyOf is not accepted by every client on type string",
		}},
		{"definitions", `{"type":"object","additionalProperties":false,"properties":{},"$defs":{}}`, []string{"$defs is not accepted by every client on type object"}},
		{"an open object", object(`{"type":"object","description":"A.","properties":{}}`), []string{"a: additionalProperties must be false"}},
		{"no properties", object(`{"type":"object","description":"A.","additionalProperties":false}`), []string{"a: an object needs properties"}},
		{"required of nothing", `{"type":"object","additionalProperties":false,"properties":{},"required":["a"]}`, []string{"requires a, which it does not have"}},
		{"an enum of numbers", object(`{"type":"string","description":"A.","enum":[1]}`), []string{"a: enum values must be strings that are not empty"}},
		{"an enum without values", object(`{"type":"string","description":"A.","enum":[]}`), []string{"a: an enum needs values"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := lintJSON([]byte(tt.text), false)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("findings (-want +got):\n%s", diff)
			}
		})
	}
}

func TestUnportablePatterns(t *testing.T) {
	for pattern, want := range map[string]string{
		`^[A-Za-z0-9][A-Za-z0-9._:-]{0,127}$`: "",
		`^(?:a|b)\.\d+\\$`:                    "",
		`[`:                                   "is no regular expression",
		`^(?i)a$`:                             "not every client knows (?",
		`^[[:alpha:]]$`:                       "not every client knows [[",
		`^a\z`:                                `not every client knows \z`,
	} {
		if got := unportable(pattern); got != want {
			t.Errorf("unportable(%s) = %q, want %q", pattern, got, want)
		}
	}
}
