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

// hidden has the secrets of one request, because some vendors repeat them in errors.
type hidden struct {
	key  string
	body []string
}

// Shorter secrets are not hidden, because they would match parts of ordinary words. Only
// sandboxes have such short keys.
const (
	shortestKey    = 8
	shortestSecret = 4
	shortestScript = 8
)

// secretsOf returns the secrets of a request: its key and those in its body.
func secretsOf(key cloud.Secret, body any) hidden {
	h := hidden{key: key.Reveal()}
	h.find(reflect.ValueOf(body))
	// Longer secrets first: where one contains another, no part of it may remain.
	slices.SortStableFunc(h.body, func(a, b string) int { return cmp.Compare(len(b), len(a)) })
	return h
}

// find adds the secrets in a body.
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

// add adds a secret: plain, as it is escaped in JSON and as it is escaped in URLs.
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

// script adds the texts of a cloud-init as secrets, because people put passwords into
// it. For the same reason the audit has only its digest.
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

// inJSON returns a text escaped as in JSON, without the quotes.
func inJSON(text string, html bool) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(html)
	if e.Encode(text) != nil {
		return text
	}
	return strings.Trim(strings.TrimSuffix(b.String(), "\n"), `"`)
}

// safe cleans a vendor's text and replaces the secrets in it.
func (h hidden) safe(text string) string {
	// Invisible characters are removed first, because they could split a secret. The
	// text is cut last, because the cut could leave a piece of one.
	text, _ = cloud.Clean(text, len(text))
	for _, secret := range h.body {
		text = strings.ReplaceAll(text, secret, cloud.NewSecret(secret).String())
	}
	if len(h.key) >= shortestKey {
		text = strings.ReplaceAll(text, h.key, cloud.NewSecret(h.key).String())
	}
	return cloud.CleanText(text)
}
