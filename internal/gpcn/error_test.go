package gpcn_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"countersign/internal/cloud"
	"countersign/internal/gpcn"
	"countersign/internal/rest"
	"countersign/internal/sandboxkit"
)

// readGPU and writeGPU are operations of a GPU route, writeVM one of another.
func readGPU(ctx context.Context, c *gpcn.Client) error {
	_, err := c.GetGPU(ctx, documentedID)
	return err
}

func createGPU(ctx context.Context, c *gpcn.Client) error {
	_, err := c.CreateGPU(ctx, gpcn.GPUCreate{})
	return err
}

func createVMs(ctx context.Context, c *gpcn.Client) error {
	_, err := c.CreateVMs(ctx, gpcn.VMCreate{})
	return err
}

func readKey(ctx context.Context, c *gpcn.Client) error {
	_, err := c.GetSSHKey(ctx, documentedID)
	return err
}

func readGroup(ctx context.Context, c *gpcn.Client) error {
	_, err := c.GetResourceGroup(ctx, documentedID)
	return err
}

func endRescue(ctx context.Context, c *gpcn.Client) error {
	_, err := c.EndRescue(ctx, documentedID)
	return err
}

func readNetwork(ctx context.Context, c *gpcn.Client) error {
	_, err := c.GetNetwork(ctx, documentedID)
	return err
}

func releaseIP(ctx context.Context, c *gpcn.Client) error {
	_, err := c.ReleasePublicIP(ctx, documentedID, documentedID)
	return err
}

func inventory(ctx context.Context, c *gpcn.Client) error {
	_, err := c.GetGPUInventory(ctx, gpcn.InventoryFilter{})
	return err
}

// The shapes of an error body, A to E, and what else a body can be.
func TestErrorBodies(t *testing.T) {
	issues := []cloud.Issue{
		{Field: "username", Message: "This username is reserved"},
		{Field: "networkInterfaces.0.networkId", Message: "Invalid uuid", Code: "invalid_string"},
	}
	tests := []struct {
		name   string
		status int
		body   string
		want   cloud.Error // of a create
	}{
		{
			"A", 403, `{"success":false,"message":"No","error":{"code":"Insufficient Permissions","statusCode":403,"details":null}}`,
			cloud.Error{Kind: cloud.ErrForbidden, Message: "No", Code: "Insufficient Permissions"},
		},
		{
			"A, validation", 400, `{"success":false,"message":"username: This username is reserved","error":{"code":"Validation Error","statusCode":400,"details":{"issues":[{"path":"username","message":"This username is reserved"},{"path":["networkInterfaces",0,"networkId"],"message":"Invalid uuid","code":"invalid_string"}]}}}`,
			cloud.Error{Kind: cloud.ErrInvalid, Message: "username: This username is reserved", Code: "Validation Error", Issues: issues},
		},
		{
			"A, validation as of later", 422, `{"success":false,"message":"no","error":{"code":"Validation Error","statusCode":422,"details":{"issues":null}}}`,
			cloud.Error{Kind: cloud.ErrInvalid, Message: "no", Code: "Validation Error"},
		},
		{
			"A, in use", 409, `{"success":false,"message":"VPC not empty","error":{"code":"VPC_NOT_EMPTY","statusCode":409,"details":{"blockers":{"subnets":1}}}}`,
			cloud.Error{Kind: cloud.ErrBlocked, Message: "VPC not empty", Code: "VPC_NOT_EMPTY"},
		},
		{
			"A, provider down", 503, `{"success":false,"message":"down","error":{"code":"GPU_PROVIDER_UNAVAILABLE","statusCode":503}}`,
			cloud.Error{Kind: cloud.ErrUnavailable, Message: "down", Code: "GPU_PROVIDER_UNAVAILABLE", Ambiguous: true},
		},
		{
			"B", 401, `{"success":false,"error":"INVALID_CREDENTIALS","message":"Invalid key"}`,
			cloud.Error{Kind: cloud.ErrUnauthorized, Message: "Invalid key", Code: "INVALID_CREDENTIALS"},
		},
		{
			"C", 429, `{"success":false,"error":{"code":"Rate Limited","message":"Too many requests","retryAfter":840}}`,
			cloud.Error{Kind: cloud.ErrRateLimited, Message: "Too many requests", Code: "Rate Limited", RetryAfter: 14 * time.Minute},
		},
		{
			"C, a long wait", 429, `{"success":false,"error":{"code":"Rate Limited","message":"no","retryAfter":"99999999999"}}`,
			cloud.Error{Kind: cloud.ErrRateLimited, Message: "no", Code: "Rate Limited", RetryAfter: 24 * time.Hour},
		},
		{
			"C, a wait in the past", 429, `{"success":false,"error":{"code":"Rate Limited","message":"no","retryAfter":-1}}`,
			cloud.Error{Kind: cloud.ErrRateLimited, Message: "no", Code: "Rate Limited"},
		},
		{"D", 404, `{"message":"Route Not Found"}`, cloud.Error{Kind: cloud.ErrUnsupported, Message: "Route Not Found"}},
		{"bare message", 404, `{"message":"Virtual machine not found"}`, cloud.Error{Kind: cloud.ErrUnknownID, Message: "Virtual machine not found"}},
		{
			"E", 502, `<html><head><title>502 Bad Gateway</title></head></html>`,
			cloud.Error{Kind: cloud.ErrUnavailable, Message: "HTTP 502 Bad Gateway, without a reason that could be read", Ambiguous: true},
		},
		{"empty", 500, ``, cloud.Error{Kind: cloud.ErrUnavailable, Message: "HTTP 500 Internal Server Error, without a reason that could be read", Ambiguous: true}},
		{
			"other types", 400, `{"success":"no","message":["x"],"error":{"code":7,"statusCode":"400","details":[1]},"requestId":"r-1"}`,
			cloud.Error{Kind: cloud.ErrInvalid, Message: "HTTP 400 Bad Request, without a reason that could be read", Code: "7", RequestID: "r-1"},
		},
		{"a list", 400, `[]`, cloud.Error{Kind: cloud.ErrInvalid, Message: "HTTP 400 Bad Request, without a reason that could be read"}},
		{
			"refusal in a success", 200, `{"success":false,"message":"No quota","error":{"code":"Quota","statusCode":409}}`,
			cloud.Error{Kind: cloud.ErrBlocked, Message: "No quota", Code: "Quota"},
		},
		{
			"refusal in a success, of no kind", 202, `{"success":false,"message":"It broke","data":{"jobs":[]}}`,
			cloud.Error{Kind: cloud.ErrVendor, Message: "It broke", Ambiguous: true},
		},
		{
			"refusal in a success, written as text", 200, `{"success":"false","error":"NOPE"}`,
			cloud.Error{Kind: cloud.ErrVendor, Message: "HTTP 200 OK, without a reason that could be read", Code: "NOPE", Ambiguous: true},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			e := *cloudError(t, createVMs(t.Context(), answering(t, tt.status, tt.body)))
			e.Hint, e.Err = "", nil
			tt.want.Account, tt.want.Operation, tt.want.Status = "gpcn", "create VM", tt.status
			if diff := cmp.Diff(tt.want, e); diff != "" {
				t.Errorf("error (-want +got):\n%s", diff)
			}
		})
	}
}

func TestTheHeaderWinsOverTheBody(t *testing.T) {
	client := newClient(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "7")
		w.WriteHeader(http.StatusTooManyRequests)
		_, _ = io.WriteString(w, `{"error":{"retryAfter":840}}`)
	}), "sandbox")
	if e := cloudError(t, readKey(t.Context(), client)); e.RetryAfter != 7*time.Second {
		t.Errorf("wait %s", e.RetryAfter)
	}
}

// The hint names the next right step, and distinguishes the two reasons for a 403 on a
// GPU route.
func TestHints(t *testing.T) {
	const (
		feature = "GPU feature is not switched on"
		role    = "role behind the API key"
	)
	says := func(message string) string {
		return `{"success":false,"message":"` + message + `","error":{"code":"","statusCode":0}}`
	}
	tests := []struct {
		name   string
		call   func(context.Context, *gpcn.Client) error
		status int
		body   string
		want   []string
		not    []string
	}{
		{"GPU feature off", createGPU, 403, says("GPU feature not enabled for this entity"), []string{feature}, []string{role}},
		{"role on a GPU route", createGPU, 403, says("You do not have permission"), []string{role}, []string{feature}},
		{"GPU route, no reason", readGPU, 403, says("Forbidden"), []string{feature, role}, nil},
		{"role elsewhere", createVMs, 403, says("Forbidden"), []string{role}, []string{"GPU"}},
		{"new networking", createVMs, 403, `{"error":{"code":"LEGACY_NETWORKING_CUT_OVER"}}`, []string{"VPC"}, []string{role}},
		{"wrong key", readKey, 401, ``, []string{"API key"}, nil},
		{"unknown key", readKey, 404, ``, []string{"list_ssh_keys"}, nil},
		{"unknown GPU VM", readGPU, 404, ``, []string{"list_vms"}, nil},
		{"unknown in a create", createVMs, 404, ``, []string{"list_offers"}, nil},
		{"unknown data center", inventory, 404, ``, []string{"list_locations"}, nil},
		{"unknown group", readGroup, 404, ``, []string{"list_resource_groups"}, nil},
		{"not in rescue", endRescue, 404, ``, []string{"list_vms", "in one"}, nil},
		{"unknown network", readNetwork, 404, ``, []string{"list_networks"}, nil},
		{"unknown interface", releaseIP, 404, ``, []string{"list_vm_interfaces"}, nil},
		{"sold out", createGPU, 409, ``, []string{"sold out", "list_offers"}, nil},
		{"wrong state", createVMs, 409, ``, []string{"state"}, []string{"sold out"}},
		{"GPU provider down", createGPU, 503, ``, []string{"provider behind GPCN's GPUs"}, nil},
		{"vendor down", createVMs, 503, ``, []string{"Read the state"}, []string{"GPU"}},
		{"limit", readKey, 429, ``, []string{"Wait"}, nil},
		{"no route", readKey, 404, `{"message":"Route not found"}`, []string{"/v1"}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			hint := cloudError(t, tt.call(t.Context(), answering(t, tt.status, tt.body))).Hint
			for _, want := range tt.want {
				if !strings.Contains(hint, want) {
					t.Errorf("hint %q lacks %q", hint, want)
				}
			}
			for _, not := range tt.not {
				if strings.Contains(hint, not) {
					t.Errorf("hint %q has %q", hint, not)
				}
			}
		})
	}
}

// A refused key's hint names where the key comes from.
func TestTheHintOfARefusedKeyNamesItsVariable(t *testing.T) {
	client, err := gpcn.NewClient(rest.Options{
		Account: "gpcn", BaseURL: newServer(t, http.StatusUnauthorized, "{}"), KeyName: "GPCN_API_KEY",
		Credential: func(context.Context) (cloud.Secret, error) { return cloud.NewSecret("k"), nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	if e := cloudError(t, readKey(t.Context(), client)); !strings.Contains(e.Hint, "GPCN_API_KEY") {
		t.Errorf("hint %q", e.Hint)
	}
}

// A create whose outcome is unknown is ambiguous; reading jobs never is, although it is
// a POST.
func TestBrokenAnswers(t *testing.T) {
	for _, kind := range []sandboxkit.FaultKind{sandboxkit.Cut, sandboxkit.Garbled, sandboxkit.LostAnswer, sandboxkit.HTML, sandboxkit.ServerError} {
		t.Run(string(kind), func(t *testing.T) {
			h := newHouse(t)
			h.kit.AddFault(vendor, sandboxkit.Fault{Kind: kind, Times: 2})
			_, err := h.DeleteVM(t.Context(), h.sandbox.VMs()[0].ID)
			if e := cloudError(t, err); !e.Ambiguous || e.Kind != cloud.ErrUnavailable {
				t.Errorf("delete: %+v", e)
			}
			_, err = h.GetJobs(t.Context(), documentedID)
			if e := cloudError(t, err); e.Ambiguous {
				t.Errorf("jobs: %+v", e)
			}
		})
	}
	t.Run("limit", func(t *testing.T) {
		h := newHouse(t)
		h.kit.AddFault(vendor, sandboxkit.Fault{Kind: sandboxkit.RateLimited, RetryAfter: time.Minute})
		_, err := h.DeleteVM(t.Context(), documentedID)
		if e := cloudError(t, err); e.Kind != cloud.ErrRateLimited || e.Ambiguous || e.RetryAfter != time.Minute || e.Code != "Rate Limited" {
			t.Errorf("delete: %+v", e)
		}
	})
}

// A password is sent, and printed nowhere.
func TestThePasswordIsSentAndNotShown(t *testing.T) {
	const planted = "Hunter2-planted"
	var sent struct{ Password string }
	client := newClient(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := json.NewDecoder(r.Body).Decode(&sent); err != nil {
			t.Error(err)
		}
		w.WriteHeader(http.StatusBadRequest)
	}), "sandbox")
	order := gpcn.VMCreate{Password: &gpcn.RevealedSecret{Secret: cloud.NewSecret(planted)}}
	_, err := client.CreateVMs(t.Context(), order)
	if sent.Password != planted {
		t.Errorf("sent %q", sent.Password)
	}
	if e := cloudError(t, err); strings.Contains(e.Error(), planted) || strings.Contains(order.Password.String(), planted) {
		t.Errorf("shown in %v or %v", e, order.Password)
	}
}

func newServer(t *testing.T, status int, body string) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}))
	t.Cleanup(server.Close)
	return server.URL
}
