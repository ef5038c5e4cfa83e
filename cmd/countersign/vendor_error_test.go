package main

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"countersign/internal/cloud"
	"countersign/internal/rest"
	"countersign/internal/tool"
)

// TestOneErrorForAllClouds checks what an agent sees of the error bodies of all
// clouds: five formats of one, problem documents of another, FastAPI details of the
// third. The vendor's message, code, issues and request ID each have one place,
// whatever the format is, and the retry delay is in seconds.
func TestOneErrorForAllClouds(t *testing.T) {
	const date = "Mon, 27 Apr 2026 12:34:56 GMT"
	tests := []struct {
		name   string
		vendor cloud.Vendor
		status int
		header map[string]string
		body   string
		want   tool.Error
	}{
		{
			"GPCN, main shape", "gpcn", 403, nil,
			`{"success":false,"message":"No","error":{"code":"Insufficient Permissions","statusCode":403,"details":null}}`,
			tool.Error{Code: "forbidden", VendorCode: "Insufficient Permissions", VendorMessage: "No"},
		},
		{
			"GPCN, validation", "gpcn", 400, nil,
			`{"success":false,"message":"limit: too big","error":{"code":"Validation Error","statusCode":400,"details":{"issues":[{"path":"limit","message":"too big"}]}}}`,
			tool.Error{Code: "invalid_request", VendorCode: "Validation Error", VendorMessage: "limit: too big", Issues: []tool.ErrorIssue{{Field: "limit", Message: "too big"}}},
		},
		{
			"GPCN, the guide's shape", "gpcn", 401, nil, `{"success":false,"error":"INVALID_CREDENTIALS","message":"Invalid key"}`,
			tool.Error{Code: "unauthorized", VendorCode: "INVALID_CREDENTIALS", VendorMessage: "Invalid key"},
		},
		{
			"GPCN, limit", "gpcn", 429, nil, `{"success":false,"error":{"code":"Rate Limited","message":"Too many requests","retryAfter":840}}`,
			tool.Error{Code: "rate_limited", VendorCode: "Rate Limited", VendorMessage: "Too many requests", Retryable: true, RetryAfterSeconds: 840},
		},
		{
			"GPCN, limit, reset in Unix seconds", "gpcn", 429, map[string]string{"X-RateLimit-Reset": "1777293306", "Date": date}, `{"error":{"code":"Rate Limited"}}`,
			tool.Error{Code: "rate_limited", VendorCode: "Rate Limited", VendorMessage: "HTTP 429 Too Many Requests, without a reason that could be read", Retryable: true, RetryAfterSeconds: 10},
		},
		{
			"GPCN, no route", "gpcn", 404, nil, `{"message":"Route Not Found"}`,
			tool.Error{Code: "unsupported", VendorMessage: "Route Not Found"},
		},
		{
			"GPCN, a proxy's page", "gpcn", 502, nil, `<html><title>502</title></html>`,
			tool.Error{Code: "cloud_unavailable", VendorMessage: "HTTP 502 Bad Gateway, without a reason that could be read", Retryable: true},
		},
		{
			"HostUp, problem with pointers", "hostup", 400, nil,
			`{"type":"https://developer.hostup.se/errors/invalid_request","title":"Validation failed","status":400,"detail":"The request body failed validation.","code":"invalid_request","instance":"/api/v2/vps","requestId":"req_01","timestamp":"2026-04-27T12:34:56.000Z","errors":[{"pointer":"/items/0/eppCode","detail":"is required","code":"missing_required"}]}`,
			tool.Error{
				Code: "invalid_request", VendorCode: "invalid_request", VendorMessage: "The request body failed validation.", RequestID: "req_01",
				Issues: []tool.ErrorIssue{{Field: "/items/0/eppCode", Message: "is required", Code: "missing_required"}},
			},
		},
		{
			"HostUp, limit, a date to wait for", "hostup", 429, map[string]string{"Retry-After": "Mon, 27 Apr 2026 12:35:56 GMT", "Date": date},
			`{"title":"Rate limited","code":"rate_limited","requestId":"req_02"}`,
			tool.Error{Code: "rate_limited", VendorCode: "rate_limited", VendorMessage: "Rate limited", RequestID: "req_02", Retryable: true, RetryAfterSeconds: 60},
		},
		{
			"HostUp, limit, reset as a time", "hostup", 429, map[string]string{"X-RateLimit-Reset": "2026-04-27T12:35:26.000Z", "Date": date}, `{"code":"rate_limited","detail":"slow"}`,
			tool.Error{Code: "rate_limited", VendorCode: "rate_limited", VendorMessage: "slow", Retryable: true, RetryAfterSeconds: 30},
		},
		{
			"HostUp, what stands behind it", "hostup", 502, nil, `{"code":"upstream_failed","detail":"d","requestId":"req_03"}`,
			tool.Error{Code: "cloud_unavailable", VendorCode: "upstream_failed", VendorMessage: "d", RequestID: "req_03", Retryable: true},
		},
		{
			"Voltage Park, detail as text", "voltagepark", 401, nil, `{"detail":"Not authenticated"}`,
			tool.Error{Code: "unauthorized", VendorMessage: "Not authenticated"},
		},
		{
			"Voltage Park, detail as list", "voltagepark", 422, nil, `{"detail":[{"loc":["query","limit"],"msg":"too big","type":"less_than_equal"}]}`,
			tool.Error{Code: "invalid_request", VendorMessage: "query.limit: too big", Issues: []tool.ErrorIssue{{Field: "query.limit", Message: "too big", Code: "less_than_equal"}}},
		},
		{
			"Voltage Park, limit in seconds", "voltagepark", 429, map[string]string{"Retry-After": "7"}, `{"detail":"Slow down"}`,
			tool.Error{Code: "rate_limited", VendorMessage: "Slow down", Retryable: true, RetryAfterSeconds: 7},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := reader(t, tt.vendor, func(w http.ResponseWriter, _ *http.Request) {
				for name, value := range tt.header {
					w.Header().Set(name, value)
				}
				w.WriteHeader(tt.status)
				_, _ = io.WriteString(w, tt.body)
			}).ListVMs(t.Context(), cloud.PageRequest{Limit: 1})
			got := *tool.AsError(err)
			if got.Message == "" || got.Hint == "" {
				t.Errorf("message %q, hint %q", got.Message, got.Hint)
			}
			got.Message, got.Hint = "", ""
			tt.want.Account, tt.want.Status = cloud.AccountName(tt.vendor), tt.status
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("error (-want +got):\n%s", diff)
			}
		})
	}
}

// reader returns the real adapter of a cloud in front of a test server.
func reader(t *testing.T, vendor cloud.Vendor, serve http.HandlerFunc) cloud.VMReader {
	t.Helper()
	account := accountServedBy(t, vendor, serve)
	r, ok := account.Provider.(cloud.VMReader)
	if !ok {
		t.Fatalf("%s has no machines", vendor)
	}
	return r
}

// accountServedBy returns an account with the real client and adapter of a cloud,
// whose requests a handler of the test answers.
func accountServedBy(t *testing.T, vendor cloud.Vendor, serve http.HandlerFunc) cloud.Account {
	t.Helper()
	server := httptest.NewServer(serve)
	t.Cleanup(server.Close)
	for _, entry := range clouds() {
		if entry.vendor != vendor {
			continue
		}
		name := cloud.AccountName(vendor)
		provider, err := entry.provider(rest.Options{
			Account: name, BaseURL: server.URL + pathOf(entry.baseURL), Timeout: time.Minute,
			Credential: func(context.Context) (cloud.Secret, error) { return cloud.NewSecret(sandboxKey), nil },
		}, nil)
		if err != nil {
			t.Fatal(err)
		}
		return cloud.Account{Name: name, Provider: provider}
	}
	t.Fatalf("there is no cloud %s", vendor)
	return cloud.Account{}
}
