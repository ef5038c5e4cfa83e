package rest_test

import (
	"context"
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"countersign/internal/cloud"
	"countersign/internal/rest"
)

// observed is one exchange as an observer saw it.
type observed struct {
	rest.Exchange
	rest.Exchanged
}

// TestEveryRequestIsObserved pins that an observer sees each attempt with its end, and
// nothing of a request that was not sent.
func TestEveryRequestIsObserved(t *testing.T) {
	type key struct{}
	answers := []int{http.StatusServiceUnavailable, http.StatusOK, http.StatusForbidden}
	url := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("X-RateLimit-Limit", "100")
		w.Header().Set("X-RateLimit-Remaining", "97")
		w.Header().Set("X-RateLimit-Reset", "1900000000")
		w.WriteHeader(answers[0])
		answers = answers[1:]
		_, _ = io.WriteString(w, `{}`)
	})
	var seen []observed
	keyless, inside := false, 0
	client := newClient(t, url, func(o *rest.Options) {
		o.Account, o.Retries = "acme", 1
		credential := o.Credential
		o.Credential = func(ctx context.Context) (cloud.Secret, error) {
			if keyless {
				return cloud.Secret{}, nil
			}
			return credential(ctx)
		}
		o.Transport = roundTrip(func(r *http.Request) (*http.Response, error) {
			if r.Context().Value(key{}) != nil {
				inside++
			}
			return http.DefaultTransport.RoundTrip(r)
		})
		o.Observe = func(ctx context.Context, e rest.Exchange) (context.Context, func(rest.Exchanged)) {
			return context.WithValue(ctx, key{}, true), func(end rest.Exchanged) { seen = append(seen, observed{e, end}) }
		}
	})
	host := url[len("http://"):]
	if err := read(t.Context(), client); err != nil {
		t.Fatal(err)
	}
	if err := write(t.Context(), client); err == nil {
		t.Fatal("a refused write succeeded")
	}
	keyless = true
	if err := read(t.Context(), client); err == nil {
		t.Fatal("read without a key")
	}
	left := &rest.RateLimit{Limit: 100, Remaining: 97, Reset: time.Unix(1900000000, 0)}
	reading := rest.Exchange{Account: "acme", Operation: "read thing", Method: http.MethodGet, Host: host, Reads: true}
	again := reading
	again.Attempt = 1
	want := []observed{
		{reading, rest.Exchanged{Status: 503, Failure: cloud.ErrUnavailable, Left: left}},
		{again, rest.Exchanged{Status: 200, Left: left}},
		{rest.Exchange{Account: "acme", Operation: "make thing", Method: http.MethodPost, Host: host}, rest.Exchanged{Status: 403, Failure: cloud.ErrForbidden, Left: left}},
	}
	if diff := cmp.Diff(want, seen); diff != "" {
		t.Errorf("observed (-want +got):\n%s", diff)
	}
	if inside != 3 {
		t.Errorf("%d of 3 requests were sent with the observer's context", inside)
	}
}

// TestHeadRoom pins that incomplete or invalid headers give no rate limit.
func TestHeadRoom(t *testing.T) {
	tests := []struct {
		limit, remaining, reset string
		want                    *rest.RateLimit
	}{
		{"", "", "", nil},
		{"100", "", "", nil},
		{"", "5", "", nil},
		{"100", "none", "", nil},
		{"-1", "5", "", nil},
		{"100", "-5", "", nil},
		{"99999999999999999999", "1", "", nil},
		{"100", "0", "", &rest.RateLimit{Limit: 100}},
		{"100", "5", "soon", &rest.RateLimit{Limit: 100, Remaining: 5}},
		{"100", "5", "2030-03-17T17:46:40Z", &rest.RateLimit{Limit: 100, Remaining: 5, Reset: time.Unix(1900000000, 0)}},
	}
	for _, tt := range tests {
		var left *rest.RateLimit
		url := serve(t, func(w http.ResponseWriter, _ *http.Request) {
			for name, value := range map[string]string{"Limit": tt.limit, "Remaining": tt.remaining, "Reset": tt.reset} {
				if value != "" {
					w.Header().Set("X-RateLimit-"+name, value)
				}
			}
			_, _ = io.WriteString(w, `{}`)
		})
		client := newClient(t, url, func(o *rest.Options) {
			o.Observe = func(ctx context.Context, _ rest.Exchange) (context.Context, func(rest.Exchanged)) {
				return ctx, func(e rest.Exchanged) { left = e.Left }
			}
		})
		if err := read(t.Context(), client); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(tt.want, left); diff != "" {
			t.Errorf("%+v (-want +got):\n%s", tt, diff)
		}
	}
}
