package rest

import (
	"bytes"
	"cmp"
	"encoding/json"
	"net/url"
	"reflect"
	"slices"
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
	shortestScript = 8
)

// secretsOf are the secrets of a request: its key, and what its body holds.
func secretsOf(key cloud.Secret, body any) hidden {
	h := hidden{key: key.Reveal()}
	h.find(reflect.ValueOf(body))
	// The longer first, lest a part of one that holds another remains.
	slices.SortStableFunc(h.body, func(a, b string) int { return cmp.Compare(len(b), len(a)) })
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
				h.add(secret.Reveal(), shortestSecret)
				return
			}
			if script, ok := reflect.TypeAssert[cloud.InitScript](v); ok {
				h.script(script)
				return
			}
		}
		for _, field := range v.Fields() {
			h.find(field)
		}
	default:
	}
}

// add takes a secret in, plain and as it stands in JSON and in URLs.
func (h *hidden) add(secret string, shortest int) {
	if len(secret) < shortest {
		return
	}
	for _, form := range []string{secret, inJSON(secret, true), inJSON(secret, false), url.QueryEscape(secret), url.PathEscape(secret)} {
		if !slices.Contains(h.body, form) {
			h.body = append(h.body, form)
		}
	}
}

// script takes in what a cloud-init does. People keep passwords in it, and what is
// recorded of it is its digest.
func (h *hidden) script(s cloud.InitScript) {
	for _, command := range s.RunCmd {
		h.add(command, shortestScript)
	}
	for _, file := range s.WriteFiles {
		h.add(file.Content, shortestScript)
		for line := range strings.Lines(file.Content) {
			h.add(strings.TrimSpace(line), shortestScript)
		}
	}
}

// inJSON is a text as it stands in JSON, without the quotes.
func inJSON(text string, html bool) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(html)
	if e.Encode(text) != nil {
		return text
	}
	return strings.Trim(strings.TrimSuffix(b.String(), "\n"), `"`)
}

// safe cleans a vendor's text and takes the secrets out.
func (h hidden) safe(text string) string {
	// Invisible characters go first, lest they hide a secret, and the text is cut
	// last, lest a piece of one remains.
	text, _ = cloud.Clean(text, len(text))
	for _, secret := range h.body {
		text = strings.ReplaceAll(text, secret, cloud.NewSecret(secret).String())
	}
	if len(h.key) >= shortestKey {
		text = strings.ReplaceAll(text, h.key, cloud.NewSecret(h.key).String())
	}
	return cloud.CleanText(text)
}
