package rest_test

import (
	"context"
	"io"
	"net/http"
	"testing"

	"countersign/internal/cloud"
	"countersign/internal/rest"
)

func TestBaseURLs(t *testing.T) {
	tests := []struct {
		url  string
		want string // empty: refused
	}{
		{"https://api.example.com", "https://api.example.com"},
		{"https://api.example.com/api/v1/", "https://api.example.com/api/v1"},
		{"http://localhost:8080", "http://localhost:8080"},
		{"http://127.0.0.1:8080", "http://127.0.0.1:8080"},
		{"http://127.8.9.1", "http://127.8.9.1"},
		{"http://[::1]:8080", "http://[::1]:8080"},
		{"http://api.example.com", ""},
		{"http://127.0.0.1.example.com", ""},
		{"http://localhost.example.com", ""},
		{"http://10.0.0.1", ""},
		{"http://0.0.0.0", ""},
		{"ftp://api.example.com", ""},
		{"api.example.com", ""},
		{"https://user:password@api.example.com", ""},
		{"https://api.example.com?key=1", ""},
		{"https://api.example.com#top", ""},
		{"https://", ""},
		{"", ""},
		{"https://%zz", ""},
	}
	for _, tt := range tests {
		client, err := rest.New(rest.Options{BaseURL: tt.url, Credential: giveKey})
		switch {
		case tt.want == "" && err == nil:
			t.Errorf("%q was accepted", tt.url)
		case tt.want != "" && err != nil:
			t.Errorf("%q: %v", tt.url, err)
		case err == nil && client.BaseURL() != tt.want:
			t.Errorf("%q became %q", tt.url, client.BaseURL())
		}
	}
}

func TestCredentialIsAskedForEachRequestAndNotBefore(t *testing.T) {
	asked := 0
	client := newClient(t, serve(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, `{}`) }), func(o *rest.Options) {
		o.Credential = func(context.Context) (cloud.Secret, error) {
			asked++
			return cloud.NewSecret(planted), nil
		}
	})
	if asked != 0 {
		t.Errorf("asked %d times before any request", asked)
	}
	for want := 1; want <= 2; want++ {
		if err := read(t.Context(), client); err != nil {
			t.Fatal(err)
		}
		if asked != want {
			t.Errorf("asked %d times for %d requests", asked, want)
		}
	}
}

func TestAuthorizeReplacesTheBearer(t *testing.T) {
	var header http.Header
	client := newClient(t, serve(t, func(w http.ResponseWriter, r *http.Request) {
		header = r.Header
		w.WriteHeader(http.StatusForbidden)
		_, _ = io.WriteString(w, `{"message":"key `+r.Header.Get("X-API-Key")+` may not"}`)
	}), func(o *rest.Options) {
		o.Authorize = func(h http.Header, key cloud.Secret) { h.Set("X-API-Key", key.Reveal()) }
	})
	e := failure(t, read(t.Context(), client)) // which also checks that no error repeats the key
	if e.Message != "key [secret] may not" {
		t.Errorf("message %q", e.Message)
	}
	if header.Get("X-API-Key") != planted || header.Get("Authorization") != "" {
		t.Errorf("sent X-API-Key %q, Authorization %q", header.Get("X-API-Key"), header.Get("Authorization"))
	}
}

func TestRedirects(t *testing.T) {
	elsewhere := serve(t, func(_ http.ResponseWriter, r *http.Request) {
		t.Errorf("another host was asked, with key %q", r.Header.Get("Authorization"))
	})
	type seen struct{ method, path, key, body string }
	tests := []struct {
		name    string
		status  int
		to      string
		call    func(context.Context, *rest.Client) error
		follows bool
	}{
		{"read, another host", 302, elsewhere + "/things/1/", read, false},
		{"read, another scheme", 302, "https://{host}/things/1/", read, false},
		{"write, another host", 307, elsewhere + "/things/", write, false},
		{"read, trailing slash", 301, "/things/1/", read, true},
		{"write, trailing slash", 307, "/things/", write, true},
		{"write, trailing slash for good", 308, "/things/", write, true},
		{"write that would become a read", 302, "/things/", write, false},
		{"write that would become a read, 301", 301, "/things/", write, false},
		{"write whose answer is elsewhere", 303, "/things/", write, false},
		{"read, for ever", 302, "/things/1", read, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var last seen
			url := serve(t, func(w http.ResponseWriter, r *http.Request) {
				body, err := io.ReadAll(r.Body)
				if err != nil {
					t.Error(err)
				}
				last = seen{r.Method, r.URL.Path, r.Header.Get("Authorization"), string(body)}
				if r.URL.Path[len(r.URL.Path)-1] == '/' {
					_, _ = io.WriteString(w, `{"id":"one"}`)
					return
				}
				to := tt.to
				if to == "https://{host}/things/1/" {
					to = "https://" + r.Host + "/things/1/"
				}
				w.Header().Set("Location", to)
				w.WriteHeader(tt.status)
			})
			err := tt.call(t.Context(), newClient(t, url, nil))
			if !tt.follows {
				e := failure(t, err)
				if e.Kind != cloud.ErrUnavailable || e.Message != "the host answered with a redirect that was refused" {
					t.Errorf("got %+v", e)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if last.key != "Bearer "+planted || last.path[len(last.path)-1] != '/' {
				t.Errorf("last request %+v", last)
			}
			if last.method == http.MethodPost && last.body != `{"id":"","note":"n"}` {
				t.Errorf("the body became %q", last.body)
			}
		})
	}
}
