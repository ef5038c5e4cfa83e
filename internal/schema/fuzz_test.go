package schema_test

import (
	"bytes"
	"testing"

	"countersign/internal/schema"
)

// identity stands in for a MAC, so that canonical JSON can be decoded again.
func identity(secret string) string { return secret }

// FuzzDecode checks that no input makes the decoder panic, and that arguments that it
// accepts have one canonical text, which is accepted and canonical itself.
func FuzzDecode(f *testing.F) {
	for _, seed := range []string{
		``, `null`, `{}`, `[]`, `{"id":"a"}`, `{"id":"a","id":"a"}`, `{"ID":"a"}`, `{"id":null}`,
		`{"account":"gpcn","id":"a","tags":[],"serial":9007199254740993,"ratio":-0.0}`,
		`{"account":"gpcn","id":"a","until":"9999-12-31T23:59:59.123456789-01:00","spend":"-00.50"}`,
		`{"account":"gpcn","id":"a","disks":[{"size_gb":10}],"password":"\u00e9","force":false,"limit":1}`,
	} {
		f.Add([]byte(seed))
	}
	s := schema.Of[arguments](schema.Enum("account", "gpcn", "hostup"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		value, err := schema.Decode[arguments](s, raw)
		if err != nil {
			var problems schema.Problems
			if !asProblems(err, &problems) || len(problems) == 0 || len(problems) > 10 {
				t.Fatalf("%q: %v", raw, err)
			}
			return
		}
		first, err := schema.Canonical(value, identity)
		if err != nil {
			t.Fatalf("%q: %v", raw, err)
		}
		again, err := schema.Decode[arguments](s, first)
		if err != nil {
			t.Fatalf("%q: canonical %s: %v", raw, first, err)
		}
		second, err := schema.Canonical(again, identity)
		if err != nil || !bytes.Equal(first, second) {
			t.Fatalf("%q: %s and then %s (%v)", raw, first, second, err)
		}
		if d := schema.Differences(first, second); d != nil {
			t.Fatalf("%q: %v", raw, d)
		}
	})
}
