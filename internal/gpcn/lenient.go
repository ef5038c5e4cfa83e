package gpcn

import (
	"bytes"
	"encoding"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"reflect"
	"strconv"
	"strings"
)

// decode reads JSON into a wire type and tolerates the differences between the API's
// generations: a number where a text is documented (an ID), a text for a number or a
// boolean, 0 and 1 for booleans, names in another case. A member that does not fit at
// all counts as null; a whole value that does not fit is an error.
func decode[T any](raw []byte) (T, error) {
	var out T
	if isNull(raw) {
		return out, errors.New("there is no value")
	}
	if !json.Valid(raw) {
		return out, errors.New("it is not JSON")
	}
	fitting := fit(raw, reflect.TypeFor[T]())
	if isNull(fitting) {
		return out, fmt.Errorf("a value of another type than %T", out)
	}
	err := json.Unmarshal(fitting, &out)
	return out, err
}

func isNull(raw json.RawMessage) bool {
	raw = bytes.TrimSpace(raw)
	return len(raw) == 0 || bytes.Equal(raw, []byte("null"))
}

// fit rewrites a JSON value so that it fits a Go type; null where it cannot. A
// json.Unmarshaler gets the value unchanged, an encoding.TextUnmarshaler gets a text.
func fit(raw json.RawMessage, t reflect.Type) json.RawMessage {
	raw = bytes.TrimSpace(raw)
	unmarshaler := reflect.TypeFor[json.Unmarshaler]()
	if isNull(raw) || t.Implements(unmarshaler) || reflect.PointerTo(t).Implements(unmarshaler) {
		return raw
	}
	null := json.RawMessage("null")
	var fitting json.RawMessage
	var ok bool
	switch readsText := reflect.PointerTo(t).Implements(reflect.TypeFor[encoding.TextUnmarshaler]()); {
	case t.Kind() == reflect.Pointer:
		return fit(raw, t.Elem())
	case readsText, t.Kind() == reflect.String:
		fitting, ok = fitText(raw)
	case t.Kind() == reflect.Bool:
		fitting, ok = fitBool(raw)
	case t.Kind() == reflect.Int:
		fitting, ok = fitInteger(raw)
	case t.Kind() == reflect.Slice:
		fitting, ok = fitList(raw, t.Elem())
	case t.Kind() == reflect.Struct:
		fitting, ok = fitObject(raw, t)
	default:
		return raw
	}
	if !ok {
		return null
	}
	return fitting
}

// scalar returns the text of a JSON string, or the literal of a number or boolean.
func scalar(raw json.RawMessage) (text string, ok bool) {
	switch raw[0] {
	case '{', '[':
		return "", false
	case '"':
		return text, json.Unmarshal(raw, &text) == nil
	}
	return string(raw), true
}

func fitText(raw json.RawMessage) (json.RawMessage, bool) {
	text, ok := scalar(raw)
	if !ok || raw[0] == '"' {
		return raw, ok
	}
	return json.RawMessage(strconv.Quote(text)), true
}

func fitBool(raw json.RawMessage) (json.RawMessage, bool) {
	text, ok := scalar(raw)
	value, err := strconv.ParseBool(strings.TrimSpace(text))
	return strconv.AppendBool(nil, value), ok && err == nil
}

// fitInteger accepts whole numbers only: half a core must not become 0.
func fitInteger(raw json.RawMessage) (json.RawMessage, bool) {
	const largest = 1 << 53
	text, ok := scalar(raw)
	value, err := strconv.ParseFloat(strings.TrimSpace(text), 64)
	ok = ok && err == nil && value == math.Trunc(value) && math.Abs(value) <= largest
	if !ok {
		return nil, false
	}
	return strconv.AppendInt(nil, int64(value), 10), true
}

func fitList(raw json.RawMessage, element reflect.Type) (json.RawMessage, bool) {
	var items []json.RawMessage
	if json.Unmarshal(raw, &items) != nil {
		return nil, false
	}
	kept := items[:0]
	for _, item := range items {
		if item = fit(item, element); !isNull(item) {
			kept = append(kept, item)
		}
	}
	fitting, err := json.Marshal(kept)
	return fitting, err == nil
}

func fitObject(raw json.RawMessage, t reflect.Type) (json.RawMessage, bool) {
	var members map[string]json.RawMessage
	if json.Unmarshal(raw, &members) != nil {
		return nil, false
	}
	for _, field := range reflect.VisibleFields(t) {
		tag, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		for name, member := range members {
			if tag != "" && strings.EqualFold(name, tag) {
				members[name] = fit(member, field.Type)
			}
		}
	}
	fitting, err := json.Marshal(members)
	return fitting, err == nil
}
