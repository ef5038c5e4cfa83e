package rest_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"countersign/internal/cloud"
	"countersign/internal/rest"
)

// revealed is a secret as it is in a cloud's request bodies.
type revealed struct{ cloud.Secret }

func (r revealed) MarshalText() ([]byte, error) { return []byte(r.Reveal()), nil }

// TestErrorsThatRepeatASecretOfTheRequest pins that an error that repeats a part of the
// request does not reveal a secret, wherever in the body it was.
func TestErrorsThatRepeatASecretOfTheRequest(t *testing.T) {
	const secret = "correct horse"
	type inner struct {
		Word revealed `json:"word"`
	}
	bodies := map[string]any{
		"a member":         struct{ Password revealed }{revealed{cloud.NewSecret(secret)}},
		"behind a pointer": &struct{ Password *revealed }{&revealed{cloud.NewSecret(secret)}},
		"in a list":        struct{ Users []inner }{[]inner{{}, {revealed{cloud.NewSecret(secret)}}}},
		"in a map":         map[string]inner{"bob": {revealed{cloud.NewSecret(secret)}}},
		"in an interface":  struct{ Of any }{inner{revealed{cloud.NewSecret(secret)}}},
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusBadRequest)
		_ = json.NewEncoder(w).Encode(map[string]string{"code": "weak", "message": "password 'correct\u200b horse' is weak", "field": "password=" + secret})
	}))
	t.Cleanup(server.Close)
	for name, body := range bodies {
		_, err := rest.Send[thing](t.Context(), newClient(t, server.URL, nil), "make", http.MethodPost, "/", body)
		e, ok := errors.AsType[*cloud.Error](err)
		if !ok || strings.Contains(fmt.Sprintf("%+v", *e), secret) || e.Message != "password '[secret]' is weak" {
			t.Errorf("%s: %+v", name, e)
		}
	}
	// Secrets as short as ordinary words and texts that are not secret are not hidden.
	_, err := rest.Send[thing](t.Context(), newClient(t, server.URL, nil), "make", http.MethodPost, "/", struct {
		Password revealed
		Note     string
	}{revealed{cloud.NewSecret("is")}, secret})
	if e, _ := errors.AsType[*cloud.Error](err); e == nil || e.Message != "password 'correct horse' is weak" {
		t.Errorf("%+v", e)
	}
}

// TestErrorsThatRepeatASecretInAnotherForm pins that a secret is also hidden in the
// escaped forms of JSON bodies and URLs, and that cloud-init counts as a secret.
func TestErrorsThatRepeatASecretInAnotherForm(t *testing.T) {
	const secret = `a"b\c <&> d/é`
	body := struct {
		Password revealed         `json:"password"`
		Boot     cloud.InitScript `json:"boot"`
	}{revealed{cloud.NewSecret(secret)}, cloud.InitScript{
		RunCmd:     []string{`echo "hunter two"`, "ls"},
		WriteFiles: []cloud.WriteFile{{Path: "/etc/app", Content: "first line\nsecond line\n"}},
	}}
	plain, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	for name, said := range map[string]string{
		"the body as JSON":                     string(plain),
		"JSON of a language that escapes less": `{"password":"a\"b\\c <&> d/é"}`,
		"an address":                           "/login?password=" + url.QueryEscape(secret) + "&again=" + url.PathEscape(secret),
		"one command":                          `line 3: 'echo "hunter two"' is bad`,
		"one line of a file":                   "the second line is bad",
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusBadRequest)
			_ = json.NewEncoder(w).Encode(map[string]string{"code": "weak", "message": said})
		}))
		_, err := rest.Send[thing](t.Context(), newClient(t, server.URL, nil), "make", http.MethodPost, "/", body)
		server.Close()
		e, ok := errors.AsType[*cloud.Error](err)
		if !ok || !strings.Contains(e.Message, "[secret]") {
			t.Errorf("%s: %+v", name, e)
			continue
		}
		for _, part := range []string{"b\\c", `b\\c`, "%3C", "%5C", "hunter", "first line", "second line"} {
			if strings.Contains(e.Message, part) {
				t.Errorf("%s: %q holds %q", name, e.Message, part)
			}
		}
	}
}
