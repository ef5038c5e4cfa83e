package resttest

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Shape compares the JSON types of a sandbox's response with those of a documented one,
// recursively. Its lists are suffixes of paths, such as ".deletedAt".
type Shape struct {
	Nullable []string // may be null where a value is documented
	Unshown  []string // are documented as null and may have a value
	Empty    []string // lists that may be empty, so that nothing of them is compared
	// Sample is the member that documents all others of a map, or empty.
	Sample string
}

// Compare fails the test where the types of got differ from the documented ones; every
// element of a list is compared.
func (s Shape) Compare(t testing.TB, documented, got any) {
	t.Helper()
	s.compare(t, "", documented, got)
}

func (s Shape) compare(t testing.TB, at string, documented, got any) {
	t.Helper()
	if got == nil && endsInOne(at, s.Nullable) || documented == nil && endsInOne(at, s.Unshown) {
		return
	}
	switch documented := documented.(type) {
	case map[string]any:
		object, ok := got.(map[string]any)
		if !ok {
			t.Errorf("%s is a %T, documented as an object", at, got)
			return
		}
		s.compareObjects(t, at, documented, object)
	case []any:
		list, ok := got.([]any)
		if !ok {
			t.Errorf("%s is a %T, documented as a list", at, got)
			return
		}
		if len(list) == 0 && !endsInOne(at, s.Empty) {
			t.Errorf("%s is empty, nothing is compared", at)
		}
		for _, item := range list {
			s.compare(t, at+"[]", documented[0], item)
		}
	default:
		if kindOf(documented) != kindOf(got) {
			t.Errorf("%s is %s (%v), documented as %s", at, kindOf(got), got, kindOf(documented))
		}
	}
}

func (s Shape) compareObjects(t testing.TB, at string, documented, got map[string]any) {
	t.Helper()
	if sample, there := documented[s.Sample]; there && s.Sample != "" {
		for name, value := range got {
			s.compare(t, at+"."+name, sample, value)
		}
		return
	}
	if diff := cmp.Diff(slices.Sorted(maps.Keys(documented)), slices.Sorted(maps.Keys(got))); diff != "" {
		t.Errorf("members of %q: -documented +sandbox\n%s", at, diff)
		return
	}
	for name, value := range documented {
		s.compare(t, at+"."+name, value, got[name])
	}
}

func endsInOne(at string, ends []string) bool {
	return slices.ContainsFunc(ends, func(end string) bool { return strings.HasSuffix(at, end) })
}

func kindOf(v any) string {
	switch v.(type) {
	case nil:
		return "null"
	case string:
		return "string"
	case bool:
		return "bool"
	case json.Number, float64:
		return "number"
	}
	return "composite"
}

// Compact returns JSON without spaces; an empty text stays empty.
func Compact(t testing.TB, raw []byte) string {
	t.Helper()
	var b bytes.Buffer
	if len(raw) > 0 {
		if err := json.Compact(&b, raw); err != nil {
			t.Fatal(err)
		}
	}
	return b.String()
}
