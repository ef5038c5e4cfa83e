package schema_test

import (
	"errors"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"countersign/internal/schema"
)

func asProblems(err error, into *schema.Problems) bool { return errors.As(err, into) }

func TestDecodeKeepsValuesExactly(t *testing.T) {
	got, err := schema.Decode[arguments](argumentsSchema(), []byte(` {
		"id": "00-7e1", "serial": 9007199254740993, "limit": 5, "tags": [], "password": "hunter2",
		"spend": "12.50", "until": "2026-01-31T15:04:05+01:00", "disks": [{"size_gb": 10}], "ratio": 1e2
	} `))
	if err != nil {
		t.Fatal(err)
	}
	if got.ID != "00-7e1" || got.Serial != 9007199254740993 || *got.page.Limit != 5 || got.Ratio != 100 {
		t.Errorf("got %+v", got)
	}
	if got.Tags == nil || len(*got.Tags) != 0 {
		t.Errorf("tags = %v, want a list without rows", got.Tags)
	}
	if got.Password.Reveal() != "hunter2" || got.Limit.String() != "12.5" || got.Until.UTC().Hour() != 14 {
		t.Errorf("got %v, %v, %v", got.Password.Reveal(), got.Limit, got.Until)
	}
	if got.Name != nil || got.Action != nil {
		t.Errorf("absent fields are set: %+v", got)
	}
}

func TestMissingArgumentsAreAnEmptyObject(t *testing.T) {
	for _, raw := range []string{"", " \n", "null", "{}"} {
		if _, err := schema.Decode[page](schema.Of[page](), []byte(raw)); err != nil {
			t.Errorf("%q: %v", raw, err)
		}
	}
}

func TestDecodeRefuses(t *testing.T) {
	tests := []struct {
		name string
		raw  string
		want []string
	}{
		{"nothing", `{}`, []string{"id: is required"}},
		{"no object", `[]`, []string{"the arguments must be an object, got an array"}},
		{"a text of JSON", `"{}"`, []string{"the arguments must be an object, got a string"}},
		{"two documents", `{"id":"a"} {}`, []string{"the arguments are followed by something else at byte 12"}},
		{"half a document", `{"id":"a"`, []string{"the arguments are not valid JSON: they end too early"}},
		{"no JSON", `{"id":secret}`, []string{"the arguments are not valid JSON at byte 6"}},
		{"bad UTF-8", "{\"id\":\"a\xff\"}", []string{"the arguments are not valid UTF-8"}},
		{"half a surrogate pair", `{"id":"\ud800"}`, []string{"the arguments are not valid JSON at byte 7"}},
		{"a misspelt key", `{"id":"a","acount":"gpcn"}`, []string{"acount: is not an argument of this tool; did you mean account?"}},
		{"another case", `{"ID":"a"}`, []string{"ID: is not an argument of this tool; did you mean id?", "id: is required"}},
		{"camel case", `{"id":"a","disks":[{"size_gb":10,"sizeGb":1}]}`, []string{"disks[0].sizeGb: is not a field of disks[0]; did you mean size_gb?"}},
		{"a key from nowhere", `{"id":"a","disks":[{"size_gb":10,"colour":1}]}`, []string{"disks[0].colour: is not a field of disks[0], which takes size_gb"}},
		{"a key with an invisible character", "{\"id\":\"a\",\"for\u200bce\":true}", []string{"force: is not an argument of this tool; did you mean force?"}},
		{"a key without a name", `{"id":"a","":1}`, []string{
			"(unnamed): is not an argument of this tool, which takes account, id, action, name, tags, disks, serial, ratio, password, spend, until, force, limit, cursor",
		}},
		{"items in order", `{"id":"a","disks":[{},{"size_gb":9},1,{"size_gb":10},{"size_gb":10},{"size_gb":10},{"size_gb":10},{"size_gb":10},{"size_gb":10},{"size_gb":10},{}]}`, []string{
			"disks[0].size_gb: is required", "disks[1].size_gb: must be at least 10",
			"disks[2]: must be an object, got a number", "disks[10].size_gb: is required",
		}},
		{"a key twice", `{"id":"a","id":"b"}`, []string{"id: is given twice"}},
		{"a key twice, once escaped", `{"id":"a","\u0069d":"b"}`, []string{"id: is given twice"}},
		{"null", `{"id":"a","limit":null}`, []string{"limit: is null: leave it out instead"}},
		{"null in a list", `{"id":"a","tags":[null]}`, []string{"tags[0]: is null: leave it out instead"}},
		{"null for what is required", `{"id":null}`, []string{"id: is null: leave it out instead"}},
		{"a number for an ID", `{"id":7}`, []string{"id: must be a string, got a number"}},
		{"a string for a number", `{"id":"a","limit":"5"}`, []string{"limit: must be an integer, got a string"}},
		{"a fraction", `{"id":"a","limit":1.5}`, []string{"limit: must be an integer, got a number"}},
		{"a fraction of nothing", `{"id":"a","limit":1.0}`, []string{"limit: must be a whole number without fraction or exponent, of 64 bits at most"}},
		{"an exponent", `{"id":"a","limit":1e1}`, []string{"limit: must be a whole number without fraction or exponent, of 64 bits at most"}},
		{"too many bits", `{"id":"a","serial":9223372036854775808}`, []string{"serial: must be a whole number without fraction or exponent, of 64 bits at most"}},
		{"too large a fraction", `{"id":"a","ratio":1e999}`, []string{"ratio: is a number too large to be kept"}},
		{"an endless number", `{"id":"a","ratio":1e1000000000}`, []string{"the arguments hold a number of more than 64 characters or too large an exponent"}},
		{"a number for a decimal", `{"id":"a","spend":1.5}`, []string{"spend: must be a string, got a number"}},
		{"an endless decimal", `{"id":"a","spend":"1e1000000000"}`, []string{`spend: must be an exact decimal in a string, such as "12.50"`}},
		{"too small and too large", `{"id":"a","limit":0,"disks":[{"size_gb":4097}]}`, []string{"disks[0].size_gb: must be at most 4096", "limit: must be at least 1"}},
		{"a word of no list", `{"id":"a","account":"gcp","action":"release"}`, []string{"account: must be one of gpcn, hostup", "action: must be one of start, stop"}},
		{"a pattern", `{"id":"web 1"}`, []string{"id: must match ^[a-z0-9-]{1,36}$"}},
		{"too long", `{"id":"a","tags":["a","b","c",""]}`, []string{"tags: must have at most 3 items", "tags[3]: must not be empty"}},
		{"no time", `{"id":"a","until":"tomorrow"}`, []string{"until: must be a date and time with time zone, such as 2026-01-31T15:04:05Z"}},
		{"a leap second", `{"id":"a","until":"2016-12-31T23:59:60Z"}`, []string{"until: must be a date and time with time zone, such as 2026-01-31T15:04:05Z"}},
		{"a secret of another type", `{"id":"a","password":["hunter2"]}`, []string{"password: must be a string, got an array"}},
		{"all at once", `{"limit":1.0,"force":"yes","nane":"a","name":"","tags":{}}`, []string{
			"force: must be a boolean, got a string",
			"id: is required",
			"limit: must be a whole number without fraction or exponent, of 64 bits at most",
			"name: must match ^[a-z]{1,63}$",
			"name: must not be empty",
			"nane: is not an argument of this tool; did you mean name?",
			"tags: must be an array, got an object",
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := schema.Decode[arguments](argumentsSchema(), []byte(tt.raw))
			if diff := cmp.Diff(tt.want, lines(t, err)); diff != "" {
				t.Errorf("problems (-want +got):\n%s", diff)
			}
		})
	}
}

// lines returns the problems of an error.
func lines(t *testing.T, err error) []string {
	t.Helper()
	var problems schema.Problems
	if !asProblems(err, &problems) {
		t.Fatalf("err = %v, want Problems", err)
	}
	var out []string
	for _, p := range problems {
		out = append(out, p.String())
	}
	return out
}

func TestDecodeNeverTellsAValue(t *testing.T) {
	const secret = "hunter2"
	for _, raw := range []string{
		`{"id":"hunter2 "}`, `{"id":"a","account":"hunter2"}`, `{"id":"a","until":"hunter2"}`, `{"id":"a","spend":"hunter2"}`,
		`{"id":"a","force":"hunter2"}`, `{"id":"a","name":"hunter2"}`, `{"id":"a","password":{"a":"hunter2"}}`, `{"id":hunter2}`,
		`{"id":"a","unknown":"hunter2"}`,
	} {
		_, err := schema.Decode[arguments](argumentsSchema(), []byte(raw))
		if err == nil || strings.Contains(err.Error(), secret) {
			t.Errorf("%s: %v", raw, err)
		}
	}
}

func TestDecodeHasLimits(t *testing.T) {
	nested := func(n int) string { return `{"id":` + strings.Repeat("[", n) + strings.Repeat("]", n) + `}` }
	tests := []struct {
		name, raw, want string
	}{
		{"too long", `{"cursor":"` + strings.Repeat("a", 1<<20) + `"}`, "are 1048589 bytes long; at most 1048576 are taken"},
		{"too deep", nested(32), "are nested deeper than 32 levels"},
		{"deep enough", nested(31), "must be a string, got an array"},
		{"far too deep", strings.Repeat("[", 1<<19), "are nested deeper than 32 levels"},
		{"a long key", `{"id":"a","` + strings.Repeat("k", 1000) + `":1}`, strings.Repeat("k", 64) + "…: is not an argument"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := schema.Decode[arguments](argumentsSchema(), []byte(tt.raw))
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("err = %.200v, want %q", err, tt.want)
			}
		})
	}
}

func TestDecodeTellsTenProblemsAtMostInOneOrder(t *testing.T) {
	raw := []byte(`{"z":1,"y":1,"x":1,"w":1,"v":1,"u":1,"t":1,"s":1,"r":1,"q":1,"p":1,"o":1}`)
	s := argumentsSchema()
	_, first := schema.Decode[arguments](s, raw)
	if got := len(lines(t, first)); got != 10 {
		t.Errorf("%d problems, want 10", got)
	}
	for range 20 {
		_, again := schema.Decode[arguments](s, raw)
		if diff := cmp.Diff(first.Error(), again.Error()); diff != "" {
			t.Fatal(diff)
		}
	}
}

func TestSchemaIsSafeForConcurrentUse(t *testing.T) {
	s := argumentsSchema()
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			if _, err := schema.Decode[arguments](s, []byte(`{"id":"a","limit":3}`)); err != nil {
				t.Error(err)
			}
			if len(s.JSON()) == 0 || s.Check() != nil {
				t.Error("no schema")
			}
		})
	}
	group.Wait()
}

func BenchmarkDecode(b *testing.B) {
	raw := []byte(`{"id":"00-7e1","account":"gpcn","action":"stop","limit":5}`)
	s := argumentsSchema()
	if err := s.Check(); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := schema.Decode[arguments](s, raw); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkFirstUse(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := schema.Decode[page](schema.Of[page](), nil); err != nil {
			b.Fatal(err)
		}
	}
}

func TestEveryKeywordHasItsWords(t *testing.T) {
	type words struct {
		Day   string  `json:"day,omitempty" jsonschema:"format=date" jsonschema_description:"A day."`
		Key   string  `json:"key,omitempty" jsonschema:"format=uuid" jsonschema_description:"A key."`
		Short string  `json:"short,omitempty" jsonschema:"minLength=2,maxLength=3" jsonschema_description:"A word."`
		Share float64 `json:"share,omitempty" jsonschema:"minimum=0.25,maximum=0.5" jsonschema_description:"A share."`
		Kind  string  `json:"kind,omitempty" jsonschema:"enum=only" jsonschema_description:"A kind."`
		Small int8    `json:"small,omitempty" jsonschema_description:"A small number."`
		Rows  []int   `json:"rows,omitempty" jsonschema:"minItems=1,maximum=9" jsonschema_description:"Rows."`
	}
	s := schema.Of[words]()
	if err := s.Check(); err != nil {
		t.Fatal(err)
	}
	for raw, want := range map[string]string{
		`{"day":"2026-02-30"}`: "day: must be a date such as 2026-01-31",
		`{"key":"a"}`:          "key: must be a UUID such as 123e4567-e89b-42d3-a456-426614174000",
		`{"short":"é"}`:        "short: must be at least 2 characters long",
		`{"short":"ééé!"}`:     "short: must be at most 3 characters long",
		`{"share":0.1}`:        "share: must be at least 0.25",
		`{"share":1}`:          "share: must be at most 0.5",
		`{"kind":"other"}`:     "kind: must be only",
		`{"small":128}`:        "small: must be a whole number without fraction or exponent, of 8 bits at most",
		`{"rows":[]}`:          "rows: must have at least 1 item",
		`{"rows":[1,10]}`:      "rows[1]: must be at most 9",
	} {
		_, err := schema.Decode[words](s, []byte(raw))
		if diff := cmp.Diff([]string{want}, lines(t, err)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", raw, diff)
		}
	}
}
