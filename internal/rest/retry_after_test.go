package rest_test

import (
	"net/http"
	"testing"
	"time"

	"countersign/internal/cloud"
)

func TestRetryAfter(t *testing.T) {
	const date = "Mon, 27 Apr 2026 12:34:56 GMT"
	tests := []struct {
		name, retryAfter, date, reset string
		want                          time.Duration
	}{
		{name: "missing"},
		{name: "seconds", retryAfter: "120", want: 2 * time.Minute},
		{name: "zero", retryAfter: "0"},
		{name: "negative", retryAfter: "-5"},
		{name: "nonsense", retryAfter: "soon"},
		{name: "fraction", retryAfter: "1.5"},
		{name: "huge", retryAfter: "604800", want: 24 * time.Hour},
		{name: "overflows a duration", retryAfter: "10000000000000", want: 24 * time.Hour},
		{name: "overflows an integer", retryAfter: "99999999999999999999999", want: 24 * time.Hour},
		{name: "underflows an integer", retryAfter: "-99999999999999999999999"},
		{name: "date", retryAfter: "Mon, 27 Apr 2026 12:35:56 GMT", date: date, want: time.Minute},
		{name: "date of the past", retryAfter: "Mon, 27 Apr 2026 12:33:56 GMT", date: date},
		{name: "date far away", retryAfter: "Mon, 27 Apr 2099 12:33:56 GMT", date: date, want: 24 * time.Hour},
		{name: "date, without the vendor's clock", retryAfter: "Mon, 27 Apr 2999 12:33:56 GMT", date: "now", want: 24 * time.Hour},
		{name: "reset", reset: "2026-04-27T12:35:06.000Z", date: date, want: 10 * time.Second},
		{name: "reset beside seconds", retryAfter: "3", reset: "2026-04-27T12:35:06.000Z", date: date, want: 3 * time.Second},
		{name: "reset in Unix seconds", reset: "1777293306", date: date, want: 10 * time.Second},
		{name: "reset in Unix seconds of the past", reset: "1777293290", date: date},
		{name: "reset in Unix seconds far away", reset: "4077293306", date: date, want: 24 * time.Hour},
		{name: "reset in milliseconds", reset: "1777293306000", date: date},
		{name: "reset in seconds from now", reset: "60", date: date},
		{name: "reset before time", reset: "-1777293306", date: date},
		{name: "reset beyond an integer", reset: "99999999999999999999999", date: date},
		{name: "reset of another form", reset: "soon", date: date},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			url := serve(t, func(w http.ResponseWriter, _ *http.Request) {
				for name, value := range map[string]string{"Retry-After": tt.retryAfter, "Date": tt.date, "X-RateLimit-Reset": tt.reset} {
					if value != "" {
						w.Header().Set(name, value)
					}
				}
				w.WriteHeader(http.StatusTooManyRequests)
			})
			e := failure(t, read(t.Context(), newClient(t, url, nil)))
			if e.Kind != cloud.ErrRateLimited || e.RetryAfter != tt.want {
				t.Errorf("kind %s, wait %s, want %s", e.Kind, e.RetryAfter, tt.want)
			}
		})
	}
}
