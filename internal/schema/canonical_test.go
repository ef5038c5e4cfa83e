package schema_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"countersign/internal/cloud"
	"countersign/internal/schema"
)

func mac(secret string) string { return "mac:" + strings.Repeat("x", len(secret)) }

func canonical(t *testing.T, raw string) string {
	t.Helper()
	value, err := schema.Decode[arguments](argumentsSchema(), []byte(raw))
	if err != nil {
		t.Fatal(err)
	}
	text, err := schema.Canonical(value, mac)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestCanonicalIsOneTextPerValue(t *testing.T) {
	got := canonical(t, `{"until":"2026-01-31T15:04:05.50+01:00","serial":9007199254740993,"password":"hunter2","id":"a","spend":"12.50","tags":["b","a"],"account":"gpcn"}`)
	want := `{"account":"gpcn","id":"a","password":"mac:xxxxxxx","serial":9007199254740993,"spend":"12.5","tags":["b","a"],"until":"2026-01-31T14:04:05.5Z"}`
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("canonical (-want +got):\n%s", diff)
	}
	same := canonical(t, ` { "id" : "\u0061", "account":"gpcn", "tags":["b","a"],
		"spend":"12.500", "password":"hunter2", "serial":9007199254740993, "until":"2026-01-31T14:04:05.5Z" } `)
	if diff := cmp.Diff(got, same); diff != "" {
		t.Errorf("equal arguments differ:\n%s", diff)
	}
}

func TestCanonicalTellsApart(t *testing.T) {
	plain := canonical(t, `{"id":"a"}`)
	for _, raw := range []string{
		`{"id":"a","tags":[]}`, `{"id":"a","tags":["a"]}`, `{"id":"a","password":"b"}`, `{"id":"a","force":true}`, `{"id":"b"}`,
	} {
		if canonical(t, raw) == plain {
			t.Errorf("%s is as good as nothing", raw)
		}
	}
}

func TestCanonicalLeavesOutWhatIsAbsent(t *testing.T) {
	if diff := cmp.Diff(`{"account":"","id":"a"}`, canonical(t, `{"id":"a"}`)); diff != "" {
		t.Error(diff) // account is required by its tag
	}
}

func TestCanonicalWithBlock(t *testing.T) {
	value, block, name, err := schema.DecodeWithBlock[create](createSchema(), []byte(`{"red_vm":{"password":"p","name":"a"},"account":"red"}`))
	if err != nil {
		t.Fatal(err)
	}
	got, err := schema.CanonicalWithBlock(value, block, name, mac)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(`{"account":"red","red_vm":{"name":"a","password":"mac:x"}}`, string(got)); diff != "" {
		t.Error(diff)
	}
	if _, err := schema.CanonicalWithBlock(value, block, "account", mac); err == nil {
		t.Error("a block took the place of a field")
	}
}

func TestCanonicalRefuses(t *testing.T) {
	tests := []struct {
		name  string
		value any
		mac   func(string) string
	}{
		{"no mac", page{}, nil},
		{"no struct", "text", mac},
		{"nothing", nil, mac},
		{"bad UTF-8", page{Cursor: "\xff"}, mac},
	}
	for _, tt := range tests {
		if got, err := schema.Canonical(tt.value, tt.mac); err == nil {
			t.Errorf("%s: %s", tt.name, got)
		}
	}
}

func TestEncodeFitsTheSchema(t *testing.T) {
	type row struct {
		ID    string   `json:"id" jsonschema_description:"ID."`
		Names []string `json:"names" jsonschema_description:"Names."`
	}
	type result struct {
		Rows   []row         `json:"rows" jsonschema_description:"Rows."`
		Key    cloud.Secret  `json:"key" jsonschema_description:"A secret."`
		Amount *cloud.Money  `json:"amount,omitempty" jsonschema_description:"Money."`
		At     *time.Time    `json:"at,omitempty" jsonschema_description:"When."`
		Gates  []*cloud.Gate `json:"-"`
	}
	money, err := cloud.NewMoney("2.500000", "USD")
	if err != nil {
		t.Fatal(err)
	}
	s := schema.Of[result]()
	if err := s.Check(); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		value result
		want  string
	}{
		{result{Key: cloud.NewSecret("hunter2")}, `{"rows":[],"key":"[secret]"}`},
		{result{Rows: []row{{ID: "<a>"}}, Amount: &money}, `{"rows":[{"id":"<a>","names":[]}],"key":"[secret]","amount":"2.5 USD"}`},
	} {
		got, err := schema.Encode(tt.value)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(tt.want, string(got)); diff != "" {
			t.Error(diff)
		}
		if _, err := schema.Decode[result](s, got); err != nil {
			t.Errorf("%s: %v", got, err)
		}
	}
}

func TestDifferences(t *testing.T) {
	tests := []struct {
		name          string
		before, after string
		want          []schema.Difference
	}{
		{"none", `{"a":1}`, `{"a":1}`, nil},
		{"none but the writing", `{"a":1,"b":2}`, ` {"b":2,"a":1}`, nil},
		{"a value", `{"a":1}`, `{"a":2}`, []schema.Difference{{"a", "1", "2"}}},
		{"a type", `{"a":1}`, `{"a":"1"}`, []schema.Difference{{"a", "1", `"1"`}}},
		{"a large number", `{"a":9007199254740993}`, `{"a":9007199254740992}`, []schema.Difference{{"a", "9007199254740993", "9007199254740992"}}},
		{"absent before", `{}`, `{"a":"(absent)"}`, []schema.Difference{{"a", "(absent)", `"(absent)"`}}},
		{"absent after, leaf by leaf", `{"b":{"d":1,"c":[true]}}`, `{}`, []schema.Difference{{"b.c[0]", "true", "(absent)"}, {"b.d", "1", "(absent)"}}},
		{"an empty list", `{}`, `{"a":[]}`, []schema.Difference{{"a", "(absent)", "[]"}}},
		{"an emptied list", `{"a":["x"]}`, `{"a":[]}`, []schema.Difference{{"a[0]", `"x"`, "(absent)"}}},
		{"an empty object", `{"a":{}}`, `{"a":null}`, []schema.Difference{{"a", "{}", "null"}}},
		{"an object for a list", `{"a":{"b":1}}`, `{"a":[1]}`, []schema.Difference{{"a", `{"b":1}`, "[1]"}}},
		{"ten items in order", `{"a":[0,0,0,0,0,0,0,0,0,0,0]}`, `{"a":[0,0,1,0,0,0,0,0,0,0,1]}`, []schema.Difference{{"a[2]", "0", "1"}, {"a[10]", "0", "1"}}},
		{"no JSON", `{"a":1}`, `{`, []schema.Difference{{"", `{"a":1}`, "(unreadable)"}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := schema.Differences([]byte(tt.before), []byte(tt.after))
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("differences (-want +got):\n%s", diff)
			}
		})
	}
}
