package gpcn_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"countersign/internal/cloud"
	"countersign/internal/gpcn"
	"countersign/internal/gpcn/sandbox"
	"countersign/internal/rest"
	"countersign/internal/sandboxkit"
)

const vendor = "gpcn"

// house is a sandbox behind a real HTTP server, with a client that uses it.
type house struct {
	*gpcn.Client
	kit     *sandboxkit.Kit
	sandbox *sandbox.Sandbox
}

func newHouse(t *testing.T) house {
	t.Helper()
	kit := sandboxkit.NewKit(sandboxkit.NewClock(time.Date(2026, 5, 19, 14, 2, 2, 0, time.UTC)), 7)
	world := sandbox.New(kit)
	return house{newClient(t, kit.Handler(vendor, world), "sandbox"), kit, world}
}

// newClient is a client of a handler that serves the vendor's full paths.
func newClient(t *testing.T, handler http.Handler, key string) *gpcn.Client {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	client, err := gpcn.NewClient(rest.Options{
		Account: "gpcn",
		BaseURL: server.URL + "/v1",
		Credential: func(context.Context) (cloud.Secret, error) {
			return cloud.NewSecret(key), nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return client
}

// answering is a client whose every request gets the same answer.
func answering(t *testing.T, status int, body string) *gpcn.Client {
	t.Helper()
	return newClient(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		if status != http.StatusNoContent {
			_, _ = io.WriteString(w, body)
		}
	}), "sandbox")
}

// cloudError fails the test unless err is a cloud error that says what failed.
func cloudError(t *testing.T, err error) *cloud.Error {
	t.Helper()
	e, ok := errors.AsType[*cloud.Error](err)
	if !ok {
		t.Fatalf("error %v (%T) is no cloud error", err, err)
	}
	if e.Account != "gpcn" || e.Operation == "" || e.Message == "" || e.Hint == "" {
		t.Errorf("error lacks account, operation, message or hint: %+v", e)
	}
	return e
}
