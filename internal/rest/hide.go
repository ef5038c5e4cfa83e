package rest

import (
	"reflect"
	"strings"

	"countersign/internal/cloud"
)

// hidden are the secrets of one request, which some vendors repeat in their errors.
type hidden struct {
	key  string
	body []string
}

// Secrets that are so short are part of ordinary words; such a key is a sandbox's.
const (
	shortestKey    = 8
	shortestSecret = 4
)

// secretsOf are the secrets of a request: its key, and what its body holds.
func secretsOf(key cloud.Secret, body any) hidden {
	h := hidden{key: key.Reveal()}
	h.find(reflect.ValueOf(body))
	return h
}

// find looks through a body, which is a tree.
func (h *hidden) find(v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if !v.IsNil() {
			h.find(v.Elem())
		}
	case reflect.Slice, reflect.Array:
		for i := range v.Len() {
			h.find(v.Index(i))
		}
	case reflect.Map:
		for _, key := range v.MapKeys() {
			h.find(v.MapIndex(key))
		}
	case reflect.Struct:
		if v.CanInterface() {
			if secret, ok := reflect.TypeAssert[cloud.Secret](v); ok {
				h.body = append(h.body, secret.Reveal())
				return
			}
		}
		for _, field := range v.Fields() {
			h.find(field)
		}
	default:
	}
}

// safe cleans a vendor's text and takes the secrets out.
func (h hidden) safe(text string) string {
	// Invisible characters go first, lest they hide a secret, and the text is cut
	// last, lest a piece of one remains.
	text, _ = cloud.Clean(text, len(text))
	for _, secret := range h.body {
		if len(secret) >= shortestSecret {
			text = strings.ReplaceAll(text, secret, cloud.NewSecret(secret).String())
		}
	}
	if len(h.key) >= shortestKey {
		text = strings.ReplaceAll(text, h.key, cloud.NewSecret(h.key).String())
	}
	return cloud.CleanText(text)
}
