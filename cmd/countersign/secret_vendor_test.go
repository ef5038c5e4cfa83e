package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
)

// leakyVendor is a leaky vendor in front of the sandboxes: each response has secrets in
// its headers and in unexpected members, and each error repeats the key and the
// body of the request.
type leakyVendor struct {
	sandbox http.Handler

	mu sync.Mutex
	// refuse is how many of the next writes fail, with or without a response.
	refuse int
	echoed int
	bodies bytes.Buffer
}

func (l *leakyVendor) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	key := r.Header.Get("Authorization") + r.Header.Get("X-API-Key")
	answer := httptest.NewRecorder()
	l.mu.Lock()
	l.bodies.Write(body)
	refuse := r.Method != http.MethodGet && l.refuse > 0
	if refuse {
		l.refuse--
	}
	l.mu.Unlock()
	if !refuse {
		l.sandbox.ServeHTTP(answer, r)
	}
	w.Header().Set("Set-Cookie", "session="+plantedHeader)
	w.Header().Set("X-Request-Id", "req-1")
	w.Header().Set("X-Echo", key)
	w.Header().Set("Content-Type", "application/json")
	if refuse || answer.Code >= 400 {
		l.mu.Lock()
		l.echoed++
		l.mu.Unlock()
		said := fmt.Sprintf("refused %s with %s", body, key)
		code := answer.Code
		if refuse {
			code = http.StatusBadRequest
		}
		w.WriteHeader(code)
		_ = json.NewEncoder(w).Encode(map[string]any{
			"success": false, "message": said, "detail": said, "title": said, "code": "bad_" + strings.TrimPrefix(key, "Bearer "),
			"error":  map[string]any{"code": said, "message": said, "details": map[string]any{"issues": []any{map[string]any{"path": said, "message": said}}}},
			"errors": []any{map[string]any{"pointer": "/password", "detail": said, "code": said}},
		})
		return
	}
	w.WriteHeader(answer.Code)
	_, _ = w.Write(withMembers(answer.Body.Bytes()))
}

// withMembers adds a secret to every object of a response.
func withMembers(raw []byte) []byte {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	var document any
	if d.Decode(&document) != nil {
		return raw
	}
	var put func(any)
	put = func(v any) {
		switch v := v.(type) {
		case map[string]any:
			texts := false
			for _, member := range v {
				put(member)
				if _, text := member.(string); text {
					texts = true
				}
			}
			if texts { // others can be a map whose values all have one type
				v["rootPassword"], v["access_token"] = plantedAnswer, plantedAnswer
			}
		case []any:
			for _, member := range v {
				put(member)
			}
		}
	}
	put(document)
	changed, err := json.Marshal(document)
	if err != nil {
		return raw
	}
	return changed
}

// advance advances the clock of the sandboxes.
func advance(t *testing.T, front *leakyVendor, by string) {
	t.Helper()
	answer := httptest.NewRecorder()
	front.sandbox.ServeHTTP(answer, httptest.NewRequest(http.MethodPost, "/_sandbox/clock", strings.NewReader(`{"advance":"`+by+`"}`)))
	if answer.Code >= 300 {
		t.Fatalf("the clock: %d %s", answer.Code, answer.Body)
	}
}
