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

// Canonical returns the JSON of a decoded struct that approvals are bound to: sorted
// keys, no absent fields, times in UTC, and every secret replaced by its MAC. Equal
// values give equal bytes, however the arguments were written.
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

// CanonicalWithBlock is Canonical for the results of DecodeWithBlock; the block is under
// its name, as in the arguments.
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

// Encode returns the JSON of a result that fits its schema: fields in the order of the
// Go fields, an empty list is [] and never null, secrets are placeholders.
func Encode(v any) (json.RawMessage, error) {
	text, err := marshal(v)
	if err != nil {
		return nil, fmt.Errorf("encode a %T: %w", v, err)
	}
	return text, nil
}

// marshal writes JSON in which omitempty has the meaning of encoding/json. In v2 of
// that package it would also omit a pointer to an empty list, and an update that clears
// all tags would look like one that does not change them.
func marshal(v any, opts ...jsonv2.Options) ([]byte, error) {
	opts = append(opts, jsonv1.OmitEmptyWithLegacySemantics(true), jsonv2.Deterministic(true))
	return jsonv2.Marshal(v, opts...)
}

// sortKeys sorts the members of all objects. It keeps numbers as they are, which
// RFC 8785 would round to floats.
func sortKeys(text []byte) ([]byte, error) {
	err := (*jsontext.Value)(&text).Format(jsontext.ReorderRawObjects(true))
	return text, err
}

// encodeUTC writes an instant in UTC, unless its year would not have four digits there.
func encodeUTC(encoder *jsontext.Encoder, t time.Time) error {
	if utc := t.UTC(); utc.Year() >= 0 && utc.Year() <= 9999 {
		t = utc
	}
	return encoder.WriteToken(jsontext.String(t.Format(time.RFC3339Nano)))
}
