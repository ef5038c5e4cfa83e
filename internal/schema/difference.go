package schema

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	jsonv2 "github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// The texts in place of a value that cannot be shown.
const (
	absent       = "(absent)"
	unreadableAs = "(unreadable)"
)

// Difference is one leaf that differs between two canonical documents. Before and After
// are "(absent)" or JSON, so that "1" and 1 look different.
type Difference struct {
	Path   string
	Before string
	After  string
}

// Differences compares two canonical documents leaf by leaf, in the order of the paths.
// A document that cannot be read differs as a whole.
func Differences(before, after []byte) []Difference {
	if bytes.Equal(before, after) {
		return nil
	}
	a, _, errA := parseDocument(before)
	b, _, errB := parseDocument(after)
	if errA != nil || errB != nil {
		return []Difference{{Before: shownWhole(before, errA), After: shownWhole(after, errB)}}
	}
	return compare("", leaf{a, true}, leaf{b, true}, nil)
}

// leaf is a value that may be absent.
type leaf struct {
	value  any
	exists bool
}

func compare(path string, a, b leaf, found []Difference) []Difference {
	objectA, isObjectA := a.value.(map[string]any)
	objectB, isObjectB := b.value.(map[string]any)
	arrayA, isArrayA := a.value.([]any)
	arrayB, isArrayB := b.value.([]any)
	switch {
	case descends(isObjectA, b.exists, isObjectB) || descends(isObjectB, a.exists, isObjectA):
		if len(objectA)+len(objectB) > 0 {
			return compareObjects(path, objectA, objectB, found)
		}
	case descends(isArrayA, b.exists, isArrayB) || descends(isArrayB, a.exists, isArrayA):
		if len(arrayA)+len(arrayB) > 0 {
			return compareArrays(path, arrayA, arrayB, found)
		}
	}
	if textA, textB := a.text(), b.text(); textA != textB {
		found = append(found, Difference{Path: path, Before: textA, After: textB})
	}
	return found
}

// descends reports whether a container is compared member by member: with another of
// its kind, or with an absent value.
func descends(container, otherExists, otherToo bool) bool {
	return container && (otherToo || !otherExists)
}

func compareObjects(path string, a, b map[string]any, found []Difference) []Difference {
	names := slices.AppendSeq(slices.Collect(maps.Keys(a)), maps.Keys(b))
	slices.Sort(names)
	for _, name := range slices.Compact(names) {
		valueA, inA := a[name]
		valueB, inB := b[name]
		found = compare(join(path, shownKey(name)), leaf{valueA, inA}, leaf{valueB, inB}, found)
	}
	return found
}

func compareArrays(path string, a, b []any, found []Difference) []Difference {
	item := func(list []any, i int) leaf {
		if i < len(list) {
			return leaf{list[i], true}
		}
		return leaf{}
	}
	for i := range max(len(a), len(b)) {
		found = compare(fmt.Sprintf("%s[%d]", path, i), item(a, i), item(b, i), found)
	}
	return found
}

// text returns a leaf as compact JSON.
func (l leaf) text() string {
	if !l.exists {
		return absent
	}
	// A json.Number is a string for the encoder, which would quote it.
	verbatim := func(encoder *jsontext.Encoder, n json.Number) error {
		return encoder.WriteValue(jsontext.Value(n))
	}
	text, err := marshal(l.value, jsonv2.WithMarshalers(jsonv2.MarshalToFunc(verbatim)))
	if err != nil {
		return unreadableAs
	}
	return string(text)
}

func shownWhole(text []byte, err error) string {
	if err != nil {
		return unreadableAs
	}
	return string(bytes.TrimSpace(text))
}
