package schema

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"time"

	jsonv2 "github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	jsonv1 "github.com/go-json-experiment/json/v1"

	"countersign/internal/cloud"
)

// Canonical is the JSON of a decoded struct that approvals are bound to: keys
// sorted, absent fields absent, times in UTC, and every secret replaced by its
// mac. Equal values give equal bytes, however the arguments were written.
func Canonical(v any, mac func(secret string) string) ([]byte, error) {
	if mac == nil {
		return nil, errors.New("canonical JSON: no mac for secrets")
	}
	if t := reflect.TypeOf(v); t == nil || plain(t).Kind() != reflect.Struct {
		return nil, fmt.Errorf("canonical JSON: %T is no struct", v)
	}
	text, err := marshal(v, jsonv2.WithMarshalers(jsonv2.JoinMarshalers(
		jsonv2.MarshalToFunc(func(encoder *jsontext.Encoder, s cloud.Secret) error {
			return encoder.WriteToken(jsontext.String(mac(s.Reveal())))
		}),
		jsonv2.MarshalToFunc(encodeUTC),
	)))
	if err != nil {
		return nil, fmt.Errorf("canonical JSON of a %T: %w", v, err)
	}
	return sortKeys(text)
}

// CanonicalWithBlock is Canonical for what DecodeWithBlock returned: the block
// stands under its name, as it did in the arguments.
func CanonicalWithBlock(v, block any, name string, mac func(secret string) string) ([]byte, error) {
	common, err := Canonical(v, mac)
	if err != nil {
		return nil, err
	}
	inner, err := Canonical(block, mac)
	if err != nil {
		return nil, err
	}
	members := map[string]json.RawMessage{}
	if err := json.Unmarshal(common, &members); err != nil {
		return nil, fmt.Errorf("canonical JSON of a %T: %w", v, err)
	}
	if _, taken := members[name]; taken || name == "" {
		return nil, fmt.Errorf("canonical JSON of a %T: no place for block %q", v, name)
	}
	members[name] = inner
	text, err := marshal(members)
	if err != nil {
		return nil, fmt.Errorf("canonical JSON of block %q: %w", name, err)
	}
	return sortKeys(text)
}

// Encode is the JSON of a result, as its schema says it: fields in Go's order,
// a list without rows is [] and never null, secrets are placeholders.
func Encode(v any) (json.RawMessage, error) {
	text, err := marshal(v)
	if err != nil {
		return nil, fmt.Errorf("encode a %T: %w", v, err)
	}
	return text, nil
}

// marshal writes JSON in which omitempty means what it means to encoding/json.
// In v2 of that package it would also drop a pointer to an empty list, and
// "clear the tags" could not be told from "leave the tags alone".
func marshal(v any, opts ...jsonv2.Options) ([]byte, error) {
	opts = append(opts, jsonv1.OmitEmptyWithLegacySemantics(true), jsonv2.Deterministic(true))
	return jsonv2.Marshal(v, opts...)
}

// sortKeys orders the members of all objects and leaves numbers alone, which
// RFC 8785 would round to floats.
func sortKeys(text []byte) ([]byte, error) {
	err := (*jsontext.Value)(&text).Format(jsontext.ReorderRawObjects(true))
	return text, err
}

// encodeUTC writes an instant in UTC, where its year still has four digits.
func encodeUTC(encoder *jsontext.Encoder, t time.Time) error {
	if utc := t.UTC(); utc.Year() >= 0 && utc.Year() <= 9999 {
		t = utc
	}
	return encoder.WriteToken(jsontext.String(t.Format(time.RFC3339Nano)))
}
