package hostup_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"countersign/internal/cloud"
	"countersign/internal/hostup"
	"countersign/internal/rest/resttest"
)

// casesDir has the documented requests and responses, as pages of the vendor print
// them or composed from the fields and samples that its pages describe.
const casesDir = "../../testdata/api/hostup"

// operation is the request of an example with its IDs replaced by their names.
func operation(c resttest.Example) string {
	ids := regexp.MustCompile(`/(vps|ssh|job)_[0-9a-z]{26}`)
	c.Path = regexp.MustCompile(`/snapshots/[^/]+`).ReplaceAllLiteralString(c.Path, "/snapshots/{snapshotId}")
	return c.Method + " " + ids.ReplaceAllStringFunc(c.Path, func(id string) string {
		if strings.HasPrefix(id, "/job_") {
			return "/{jobId}"
		}
		return "/{id}"
	})
}

func readCases(t *testing.T) map[string]resttest.Example {
	t.Helper()
	return resttest.Load(t, casesDir)
}

// exchange is what a server saw of one request.
type exchange struct {
	Method, Path, Query, Body, ContentType, Accept, Authorization string
}

// replay answers every request with a documented answer.
func replay(t *testing.T, c resttest.Example) (*hostup.Client, *exchange) {
	t.Helper()
	seen := &exchange{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		h := r.Header
		*seen = exchange{r.Method, r.URL.Path, r.URL.RawQuery, string(body), h.Get("Content-Type"), h.Get("Accept"), h.Get("Authorization")}
		w.WriteHeader(c.Status)
		_, _ = w.Write(c.Response)
	}))
	t.Cleanup(server.Close)
	return newClient(t, server.URL, "key-of-the-test"), seen
}

const (
	documentedVPS cloud.VMID     = "vps_01hxa3b4c5d6e7f8g9h0j1k2m3"
	documentedKey cloud.SSHKeyID = "ssh_01hxa3b4c5d6e7f8g9h0j1k2m3"
	// otherVPS is another server than documentedVPS.
	otherVPS      cloud.VMID = "vps_01hxa3b4c5d6e7f8g9h0j1k2m4"
	documentedJob string     = "/api/jobs/job_01hxa3b4c5d6e7f8g9h0j1k2m3"
	// firstPage is a cursor that leads to the beginning.
	firstPage = "eyJvZmZzZXQiOjB9"
)

// calls makes the client send the request of a case.
func calls(t *testing.T) map[string]func(*hostup.Client, json.RawMessage) (any, error) {
	ctx := t.Context()
	type client = *hostup.Client
	return map[string]func(client, json.RawMessage) (any, error){
		"rename_ssh_key": func(c client, _ json.RawMessage) (any, error) {
			return c.RenameSSHKey(ctx, documentedKey, "production-deploy-key")
		},
		"list_vps": func(c client, _ json.RawMessage) (any, error) {
			return c.ListVPS(ctx, hostup.VPSQuery{Limit: hostup.MaxVPSPage, Cursor: firstPage, Name: "app-01", PrimaryIP: "192.0.2.10"})
		},
		"get_vps":         func(c client, _ json.RawMessage) (any, error) { return c.GetVPS(ctx, documentedVPS) },
		"get_vps_details": func(c client, _ json.RawMessage) (any, error) { return c.GetVPSDetails(ctx, documentedVPS) },
		"get_vps_status":  func(c client, _ json.RawMessage) (any, error) { return c.GetVPSStatus(ctx, documentedVPS) },
		"start_vps":       func(c client, _ json.RawMessage) (any, error) { return c.StartVPS(ctx, documentedVPS) },
		"shutdown_vps":    func(c client, _ json.RawMessage) (any, error) { return c.ShutdownVPS(ctx, documentedVPS) },
		"stop_vps":        func(c client, _ json.RawMessage) (any, error) { return c.StopVPS(ctx, documentedVPS) },
		"restart_vps": func(c client, _ json.RawMessage) (any, error) {
			return c.RestartVPS(ctx, documentedVPS, hostup.VPSRestart{})
		},
		"restart_vps_forced": func(c client, body json.RawMessage) (any, error) {
			return c.RestartVPS(ctx, documentedVPS, as[hostup.VPSRestart](t, body))
		},
		"reset_vps":        func(c client, _ json.RawMessage) (any, error) { return c.ResetVPS(ctx, documentedVPS) },
		"get_vps_hostname": func(c client, _ json.RawMessage) (any, error) { return c.GetVPSHostname(ctx, documentedVPS) },
		"set_vps_hostname": func(c client, _ json.RawMessage) (any, error) {
			return c.SetVPSHostname(ctx, documentedVPS, "web-01.example.com")
		},
		"list_vps_templates": func(c client, _ json.RawMessage) (any, error) { return c.ListVPSTemplates(ctx, documentedVPS) },
		"cancel_vps": func(c client, body json.RawMessage) (any, error) {
			return c.CancelVPS(ctx, documentedVPS, as[hostup.Cancel](t, body))
		},
		"get_vps_cancellation": func(c client, _ json.RawMessage) (any, error) { return c.GetVPSCancellation(ctx, documentedVPS) },
		"revoke_vps_cancellation": func(c client, _ json.RawMessage) (any, error) {
			return nil, c.RevokeVPSCancellation(ctx, documentedVPS)
		},
		"list_vps_snapshots": func(c client, _ json.RawMessage) (any, error) { return c.ListVPSSnapshots(ctx, documentedVPS) },
		"create_vps_snapshot": func(c client, body json.RawMessage) (any, error) {
			return c.CreateVPSSnapshot(ctx, documentedVPS, as[hostup.NewSnapshot](t, body))
		},
		"restore_vps_snapshot": func(c client, _ json.RawMessage) (any, error) {
			return c.RestoreVPSSnapshot(ctx, documentedVPS, "before-upgrade")
		},
		"list_vps_backups": func(c client, _ json.RawMessage) (any, error) { return c.ListVPSBackups(ctx, documentedVPS) },
		"create_vps_backup": func(c client, body json.RawMessage) (any, error) {
			return c.CreateVPSBackup(ctx, documentedVPS, as[hostup.NewBackup](t, body))
		},
		"restore_vps_backup": func(c client, body json.RawMessage) (any, error) {
			return c.RestoreVPSBackup(ctx, otherVPS, as[hostup.BackupSource](t, body))
		},
		"resize_vps": func(c client, body json.RawMessage) (any, error) {
			return c.ResizeVPS(ctx, documentedVPS, as[hostup.Resize](t, body))
		},
		"get_vps_metrics": func(c client, _ json.RawMessage) (any, error) {
			return c.GetVPSMetrics(ctx, documentedVPS, cloud.MetricsDay)
		},
		"get_vps_storage":    func(c client, _ json.RawMessage) (any, error) { return c.GetVPSStorage(ctx, documentedVPS) },
		"get_vps_network":    func(c client, _ json.RawMessage) (any, error) { return c.GetVPSNetwork(ctx, documentedVPS) },
		"list_vps_ssh_keys":  func(c client, _ json.RawMessage) (any, error) { return c.ListVPSSSHKeys(ctx, documentedVPS) },
		"list_cancellations": func(c client, _ json.RawMessage) (any, error) { return c.ListCancellations(ctx) },
		"get_payg_options":   func(c client, _ json.RawMessage) (any, error) { return c.GetDeploymentOptions(ctx) },
		"deploy_vps": func(c client, body json.RawMessage) (any, error) {
			return c.DeployVPS(ctx, as[hostup.Deployment](t, body))
		},
		"get_payg_limits": func(c client, _ json.RawMessage) (any, error) { return c.GetPAYGLimits(ctx) },
		"get_vps_billing_breakdown": func(c client, _ json.RawMessage) (any, error) {
			return c.GetBillingBreakdown(ctx, documentedVPS)
		},
		"list_vps_products": func(c client, _ json.RawMessage) (any, error) {
			return c.ListProducts(ctx, hostup.ProductQuery{Limit: 20, Cursor: firstPage, Locale: "en"})
		},
		"list_billing_activity": func(c client, _ json.RawMessage) (any, error) {
			return c.ListActivity(ctx, hostup.ActivityTransactions, 0)
		},
		"get_job": func(c client, _ json.RawMessage) (any, error) { return c.GetJob(ctx, documentedJob) },
	}
}

func as[T any](t *testing.T, raw json.RawMessage) T {
	t.Helper()
	var v T
	if err := json.Unmarshal(raw, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

// The client sends what the pages show, to the byte, and loses nothing of what
// they answer.
func TestClientSpeaksAsDocumented(t *testing.T) {
	send := calls(t)
	for name, c := range readCases(t) {
		if c.Status >= 300 {
			continue
		}
		t.Run(name, func(t *testing.T) {
			call, known := send[name]
			if !known {
				t.Fatal("no method of the client sends it")
			}
			client, seen := replay(t, c)
			answer, err := call(client, c.Request)
			if err != nil {
				t.Fatal(err)
			}
			want := exchange{c.Method, c.Path, c.Query, resttest.Compact(t, c.Request), "", "application/json", "Bearer key-of-the-test"}
			if c.Request != nil {
				want.ContentType = "application/json"
			}
			if diff := cmp.Diff(want, *seen); diff != "" {
				t.Errorf("request (-documented +sent):\n%s", diff)
			}
			if c.Response != nil {
				sameJSON(t, c.Response, answer)
			}
		})
	}
}

func TestDocumentedErrorsAreReadWhole(t *testing.T) {
	kinds := map[int]cloud.ErrorKind{
		400: cloud.ErrInvalid, 401: cloud.ErrUnauthorized, 403: cloud.ErrForbidden,
		404: cloud.ErrUnknownID, 429: cloud.ErrRateLimited, 500: cloud.ErrUnavailable,
	}
	for name, c := range readCases(t) {
		if c.Status < 300 {
			continue
		}
		t.Run(name, func(t *testing.T) {
			var problem hostup.Problem
			if err := json.Unmarshal(c.Response, &problem); err != nil {
				t.Fatal(err)
			}
			sameJSON(t, c.Response, problem)

			kind, known := kinds[c.Status]
			if !known {
				t.Fatalf("status %d has no kind in this test", c.Status)
			}
			delete(kinds, c.Status)
			client, _ := replay(t, c)
			_, err := client.RenameSSHKey(t.Context(), "ssh_01hxa3b4c5d6e7f8g9h0j1k2m3", "x")
			want := &cloud.Error{
				Kind: kind, Account: "hostup", Operation: "rename SSH key", Status: c.Status,
				Message: problem.Detail, Code: problem.Code, RequestID: problem.RequestID,
				Issues:    []cloud.Issue{{Field: "/items/0/eppCode", Message: "`eppCode` is required for this transfer.", Code: "missing_required"}},
				Ambiguous: c.Status >= 500,
			}
			got := cloudError(t, err)
			if got.Hint == "" {
				t.Error("there is no hint")
			}
			got.Hint = ""
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("error (-want +got):\n%s", diff)
			}
		})
	}
	if len(kinds) > 0 {
		t.Errorf("listed statuses without a case: %v", kinds)
	}
}

// TestEveryOperationHasACase checks that each endpoint method has a documented response.
func TestEveryOperationHasACase(t *testing.T) {
	undocumented := map[string]string{
		"GET /api/v2/ssh-keys": "the one page that is at hand documents the rename only; no list answer is shown",
	}
	covered := map[string]bool{}
	for _, c := range readCases(t) {
		if c.Status < 300 {
			covered[operation(c)] = true
		}
	}
	for _, operation := range resttest.Operations(t) {
		_, excused := undocumented[operation]
		if covered[operation] == excused {
			t.Errorf("%s: has a case %v, excused from one %v", operation, covered[operation], excused)
		}
		delete(undocumented, operation)
		delete(covered, operation)
	}
	for operation := range undocumented {
		t.Errorf("%s is excused and does not exist", operation)
	}
	for operation := range covered {
		t.Errorf("%s has a case and no method declares it", operation)
	}
}

// sameJSON fails where a decoded value, encoded again, differs from what was
// documented: a field lost, added or changed.
func sameJSON(t *testing.T, want json.RawMessage, decoded any) {
	t.Helper()
	again, err := json.Marshal(decoded)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(parse(t, want), parse(t, again)); diff != "" {
		t.Errorf("decoded and encoded again (-documented +got):\n%s", diff)
	}
}

func parse(t *testing.T, raw []byte) any {
	t.Helper()
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber() // digit for digit
	var v any
	if err := dec.Decode(&v); err != nil {
		t.Fatalf("%v in %s", err, raw)
	}
	return v
}

// The example that a page prints is unchanged.
func TestPrintedExamplesAreUntouched(t *testing.T) {
	resttest.Printed(t, readCases(t), map[string]string{
		"rename_ssh_key": "44b35ea52a0c084f",
	})
}
