package hostup_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"countersign/internal/cloud"
	"countersign/internal/hostup"
	"countersign/internal/rest/resttest"
)

// problem returns an error body with a code and further members.
func problem(code, more string) string {
	return fmt.Sprintf(`{"title":"t","detail":"d","code":%q,"requestId":"req_1"%s}`, code, more)
}

func TestCodesOfWrites(t *testing.T) {
	tests := []struct {
		status    int
		body      string
		kind      cloud.ErrorKind
		ambiguous bool
		hint      string
	}{
		{400, problem("invalid_request", ""), cloud.ErrInvalid, false, "Correct the fields"},
		{401, problem("unauthorized", ""), cloud.ErrUnauthorized, false, "did not accept the API key"},
		{403, problem("forbidden", ""), cloud.ErrForbidden, false, "write:billing"},
		{403, problem("account_inactive", ""), cloud.ErrForbidden, false, "account is not active"},
		{404, problem("vps_not_found", ""), cloud.ErrUnknownID, false, "list_vms"},
		{410, problem("vps_not_found", ""), cloud.ErrUnknownID, false, "list_vms"},
		{409, problem("vps_not_ready", ""), cloud.ErrBlocked, false, "get_vm"},
		{409, problem("existing_invoice_blocking", ""), cloud.ErrBlocked, false, "open invoice"},
		{409, problem("invoice_payment_in_progress", ""), cloud.ErrBlocked, false, "already running"},
		{409, problem("cancellation_blocked_overdue_invoice", ""), cloud.ErrBlocked, false, "switched off automatic renewal"},
		{409, problem("pending_order", ""), cloud.ErrBlocked, false, "pending order"},
		{409, problem("something_new", ""), cloud.ErrBlocked, false, "does not allow it now"},
		{429, problem("rate_limited", ""), cloud.ErrRateLimited, false, "retry_after_seconds"},
		{429, problem("rate_limit_exceeded", ""), cloud.ErrRateLimited, false, "retry_after_seconds"},
		{500, problem("", ""), cloud.ErrUnavailable, true, "list_vms"},
		{409, problem("upstream_failed", ""), cloud.ErrUnavailable, true, "list_vms"},
		{502, problem("upstream_failed", ""), cloud.ErrUnavailable, true, "list_vms"},
		{503, problem("upstream_failed", ""), cloud.ErrUnavailable, true, "list_vms"},
		{503, problem("upstream_unavailable", ""), cloud.ErrUnavailable, true, "list_vms"},
		{502, problem("external_provider_failed", ""), cloud.ErrUnavailable, true, "list_vms"},
		{502, problem("upstream_invoice_shape_invalid", ""), cloud.ErrUnavailable, true, "Do not repeat the call"},
		{502, problem("upstream_renewal_regeneration_failed", ""), cloud.ErrUnavailable, true, "Do not repeat the call"},
		{502, problem("upstream_cloud_quick_deploy_shape_invalid", ""), cloud.ErrUnavailable, true, "Do not repeat the call"},
		{502, problem("upstream_vps_product_shape_invalid", ""), cloud.ErrUnavailable, true, "failed on its side"},
		{404, problem("upstream_something_new", ""), cloud.ErrUnavailable, true, "list_vms"},
	}
	for _, tt := range tests {
		client, _ := replay(t, resttest.Example{Status: tt.status, Response: []byte(tt.body)})
		_, err := client.DeployVPS(t.Context(), hostup.Deployment{})
		e := cloudError(t, err)
		if e.Kind != tt.kind || e.Ambiguous != tt.ambiguous || e.Message != "d" || e.RequestID != "req_1" || e.Operation != "deploy VPS" {
			t.Errorf("%d %s: %+v", tt.status, tt.body, e)
		}
		if !strings.Contains(e.Hint, tt.hint) {
			t.Errorf("%d %s: hint %q, want %q in it", tt.status, tt.body, e.Hint, tt.hint)
		}
	}
}

func TestBlockers(t *testing.T) {
	const wall = "actions.canAddDisk"
	tests := []struct {
		name   string
		status int
		body   string
		kind   cloud.ErrorKind
		issues []cloud.Issue
		hint   string
	}{
		{"beside the others", 403, problem("forbidden", `,"blockerReasons":["no_card_on_file"]`), cloud.ErrBlocked,
			[]cloud.Issue{{Field: "blockerReasons", Message: "No payment card is on file.", Code: "no_card_on_file"}},
			"No payment card is on file. Only the user can settle that with HostUp. Repeating the call does not help."},
		{"in the extensions", 403, problem("forbidden", `,"extensions":{"blockerReasons":["not_verified"]}`), cloud.ErrBlocked,
			[]cloud.Issue{{Field: "blockerReasons", Message: "The account is not verified.", Code: "not_verified"}},
			"The account is not verified. Only the user can settle that with HostUp. Repeating the call does not help."},
		{"as the code", 403, problem("cpu_limit_exceeded", ""), cloud.ErrBlocked,
			[]cloud.Issue{{Field: "blockerReasons", Message: "The account's limit of CPU cores would be exceeded.", Code: "cpu_limit_exceeded"}},
			"The account's limit of CPU cores would be exceeded. Only the user can settle that with HostUp. Repeating the call does not help. A smaller machine may fit."},
		{"conflict", 409, problem("conflict", `,"blockerReasons":["has_unpaid_invoice"]`), cloud.ErrBlocked,
			[]cloud.Issue{{Field: "blockerReasons", Message: "An invoice is unpaid.", Code: "has_unpaid_invoice"}},
			"An invoice is unpaid. Only the user can settle that with HostUp. Repeating the call does not help."},
		{"a reason that is not known", 403, problem("forbidden", `,"blockerReasons":["full_moon"]`), cloud.ErrBlocked,
			[]cloud.Issue{{Field: "blockerReasons", Message: "The account is blocked for another reason, which the code names.", Code: "full_moon"}},
			"The account is blocked for another reason, which the code names. Only the user can settle that with HostUp. Repeating the call does not help."},
		{"closed gate", 403, problem("cloud_storage_limit_exceeded", `,"actions":{"canAddDisk":{"allowed":false,"reason":"Full.","code":"limit"}}`), cloud.ErrBlocked,
			[]cloud.Issue{
				{Field: "blockerReasons", Message: "The account's limit of storage would be exceeded.", Code: "cloud_storage_limit_exceeded"},
				{Field: wall, Message: "Full.", Code: "limit"},
			},
			"The account's limit of storage would be exceeded. Only the user can settle that with HostUp. Repeating the call does not help. A smaller machine may fit."},
		{"gate alone", 403, problem("forbidden", `,"actions":{"canAddDisk":{"allowed":false,"reason":"Full."},"canSing":{"allowed":true}}`), cloud.ErrBlocked,
			[]cloud.Issue{{Field: wall, Message: "Full."}}, "HostUp does not allow it now; the message says why. Tell the user."},
		{"reasons of another type", 403, problem("forbidden", `,"blockerReasons":"all"`), cloud.ErrForbidden, nil,
			"The API key lacks the scope write:billing, which this call needs, or what was asked for belongs to somebody else. Ask the user for a key that has it. Repeating the call does not help."},
		{"no reasons", 403, problem("forbidden", `,"blockerReasons":[]`), cloud.ErrForbidden, nil,
			"The API key lacks the scope write:billing, which this call needs, or what was asked for belongs to somebody else. Ask the user for a key that has it. Repeating the call does not help."},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			client, _ := replay(t, resttest.Example{Status: tt.status, Response: []byte(tt.body)})
			_, err := client.DeployVPS(t.Context(), hostup.Deployment{})
			want := &cloud.Error{
				Kind: tt.kind, Account: "hostup", Operation: "deploy VPS", Status: tt.status, Message: "d",
				Code: cloudError(t, err).Code, RequestID: "req_1", Issues: tt.issues, Hint: tt.hint,
			}
			if diff := cmp.Diff(want, cloudError(t, err)); diff != "" {
				t.Errorf("error (-want +got):\n%s", diff)
			}
		})
	}
}

// A failed read is never ambiguous, and its hints name the next step.
func TestCodesOfReads(t *testing.T) {
	tests := []struct {
		name   string
		call   func(*hostup.Client) error
		status int
		code   string
		kind   cloud.ErrorKind
		hint   string
	}{
		{"VPS", func(c *hostup.Client) error { _, err := c.GetVPS(t.Context(), "vps_1"); return err }, 404, "vps_not_found", cloud.ErrUnknownID, "list_vms"},
		{"VPS, foreign scope", func(c *hostup.Client) error { _, err := c.GetVPS(t.Context(), "vps_1"); return err }, 403, "forbidden", cloud.ErrForbidden, "read:vm"},
		{"job that is gone", func(c *hostup.Client) error { _, err := c.GetJob(t.Context(), documentedJob); return err }, 404, "", cloud.ErrUnknownID, "get_vm"},
		{"job that is forbidden", func(c *hostup.Client) error { _, err := c.GetJob(t.Context(), documentedJob); return err }, 403, "forbidden", cloud.ErrForbidden, "has the scope"},
		{"options", func(c *hostup.Client) error { _, err := c.GetDeploymentOptions(t.Context()); return err }, 404, "", cloud.ErrUnknownID, "no such thing"},
		{"products", func(c *hostup.Client) error {
			_, err := c.ListProducts(t.Context(), hostup.ProductQuery{})
			return err
		}, 502, "upstream_vps_product_shape_invalid", cloud.ErrUnavailable, "Wait a moment"},
		{"bill", func(c *hostup.Client) error {
			_, err := c.ListActivity(t.Context(), hostup.ActivityCredit, 0)
			return err
		}, 403, "forbidden", cloud.ErrForbidden, "read:billing"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			client, _ := replay(t, resttest.Example{Status: tt.status, Response: []byte(problem(tt.code, ""))})
			e := cloudError(t, tt.call(client))
			if e.Kind != tt.kind || e.Ambiguous || !strings.Contains(e.Hint, tt.hint) {
				t.Errorf("%+v, want kind %s and %q in the hint", e, tt.kind, tt.hint)
			}
		})
	}
}
