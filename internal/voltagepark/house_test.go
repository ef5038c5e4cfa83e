package voltagepark_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"countersign/internal/cloud"
	"countersign/internal/rest"
	"countersign/internal/sandboxkit"
	"countersign/internal/voltagepark"
	"countersign/internal/voltagepark/sandbox"
)

const vendor = "voltagepark"

// house is a sandbox behind a real HTTP server, with a provider that uses it.
type house struct {
	*voltagepark.Provider
	client  *voltagepark.Client
	kit     *sandboxkit.Kit
	sandbox *sandbox.Sandbox
}

func newHouse(t *testing.T) house {
	t.Helper()
	kit := sandboxkit.NewKit(sandboxkit.NewClock(time.Date(2026, 8, 20, 12, 0, 0, 0, time.UTC)), 7)
	world := sandbox.New(kit)
	client := newClient(t, kit.Handler(vendor, world), "sandbox")
	return house{Provider: voltagepark.New("voltagepark", client), client: client, kit: kit, sandbox: world}
}

// newClient is a client of a handler that serves the vendor's full paths.
func newClient(t *testing.T, handler http.Handler, key string) *voltagepark.Client {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	client, err := voltagepark.NewClient(rest.Options{
		Account: "voltagepark",
		BaseURL: server.URL + "/api/v1",
		Credential: func(context.Context) (cloud.Secret, error) {
			return cloud.NewSecret(key), nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return client
}

// answering is a provider whose every request gets the same answer.
func answering(t *testing.T, status int, body string) *voltagepark.Provider {
	t.Helper()
	return voltagepark.New("voltagepark", newClient(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body))
	}), "sandbox"))
}

// writes counts the requests other than reads that reached the sandbox.
func (h house) writes() int {
	n := 0
	for _, r := range h.kit.Requests(vendor) {
		if r.Method != http.MethodGet {
			n++
		}
	}
	return n
}

// firstVM is the ordinary one of the sandbox's initial machines.
func (h house) firstVM() cloud.VMID { return h.sandbox.VMs()[0].ID }

// offers are all presets, the smallest first.
func (h house) offers(t *testing.T) []cloud.Offer {
	t.Helper()
	page, err := h.ListOffers(t.Context(), cloud.OfferQuery{}, cloud.PageRequest{})
	if err != nil {
		t.Fatal(err)
	}
	return page.Items
}

// asCloudError fails the test unless err is a cloud error of that kind.
func asCloudError(t *testing.T, err error, kind cloud.ErrorKind) *cloud.Error {
	t.Helper()
	if !cloud.IsKind(err, kind) {
		t.Fatalf("error is %v, want kind %s", err, kind)
	}
	var e *cloud.Error
	errors.As(err, &e)
	if e.Account != "voltagepark" || e.Operation == "" || e.Message == "" {
		t.Errorf("error lacks account, operation or message: %+v", e)
	}
	return e
}
