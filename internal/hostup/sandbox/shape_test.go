package sandbox_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"countersign/internal/hostup"
	"countersign/internal/hostup/sandbox"
	"countersign/internal/rest/resttest"
	"countersign/internal/sandboxkit"
)

const (
	casesDir         = "../../../testdata/api/hostup"
	documentedKey    = "ssh_01hxa3b4c5d6e7f8g9h0j1k2m3"
	documentedVPS    = "vps_01hxa3b4c5d6e7f8g9h0j1k2m3"
	documentedBackup = "bkp_01hxa3b4c5d6e7f8g9h0j1k2m3"
	otherVPS         = "vps_01hxa3b4c5d6e7f8g9h0j1k2m4"
	documentedJob    = "job_01hxa3b4c5d6e7f8g9h0j1k2m3"
)

// readCases reads what the vendor's pages document.
func readCases(t *testing.T) map[string]resttest.Example {
	t.Helper()
	return resttest.Load(t, casesDir)
}

// documentedShape is the shape of a documented response.
func documentedShape(t *testing.T, response json.RawMessage) any {
	t.Helper()
	var v any
	if err := json.Unmarshal(response, &v); err != nil {
		t.Fatal(err)
	}
	return shape(v)
}

// shape replaces every value by its type and keeps of a list one row of each
// shape, so that two answers can be compared by their form.
func shape(v any) any {
	switch v := v.(type) {
	case map[string]any:
		out := map[string]any{}
		for name, member := range v {
			out[name] = shape(member)
		}
		return out
	case []any:
		out := []any{}
		for _, row := range v {
			if of := shape(row); !slices.ContainsFunc(out, func(seen any) bool { return cmp.Equal(seen, of) }) {
				out = append(out, of)
			}
		}
		return out
	case string:
		return "string"
	case float64:
		return "number"
	case bool:
		return "bool"
	}
	return "null"
}

// beyond are members of the sandbox's answers whose form no page shows.
func beyond() map[string][]string {
	return map[string][]string{"get_payg_options": {"limits", "regions"}}
}

func TestAnswersHaveTheDocumentedShape(t *testing.T) {
	for name, c := range readCases(t) {
		if c.Status >= 300 {
			continue
		}
		t.Run(name, func(t *testing.T) {
			kit, s := newSandbox()
			path := realise(t, kit, s, name, c.Path)
			if c.Query != "" {
				path += "?" + c.Query
			}
			w := send(s, "Bearer k", c.Method, path, realIDs(t, s).Replace(string(c.Request)))
			if w.Code != c.Status {
				t.Fatalf("status %d, documented %d: %s", w.Code, c.Status, w.Body)
			}
			if c.Response == nil {
				return
			}
			got, ok := decode[any](t, w).(map[string]any)
			if !ok {
				t.Fatalf("the answer is no object: %s", w.Body)
			}
			for _, member := range beyond()[name] {
				if _, there := got[member]; !there {
					t.Errorf("the answer has no %q", member)
				}
				delete(got, member)
			}
			if diff := cmp.Diff(documentedShape(t, c.Response), shape(got)); diff != "" {
				t.Errorf("shape (-documented +sandbox):\n%s", diff)
			}
		})
	}
}

// realise sets up the state of an example and replaces the documented IDs with IDs of
// the account.
func realise(t *testing.T, kit *sandboxkit.Kit, s *sandbox.Sandbox, name, path string) string {
	t.Helper()
	server := named(t, s, sandbox.PlanVPS)
	var job string
	switch name {
	case "start_vps":
		server = named(t, s, sandbox.StoppedVPS)
	case "get_vps_billing_breakdown", "resize_vps":
		server = named(t, s, sandbox.StoppedPAYG)
	case "get_vps_cancellation", "revoke_vps_cancellation", "list_cancellations":
		w := send(s, "Bearer k", "POST", server+"/actions/cancel", `{"cancelType":"end_of_period","reason":"No longer needed"}`)
		if w.Code != http.StatusOK {
			t.Fatalf("cancel answered %d: %s", w.Code, w.Body)
		}
	case "get_payg_options":
		s.SetNoCard(true)
	case "get_job":
		job = act(t, s, server, "restart").job
		kit.Clock.Advance(time.Minute)
	}
	return strings.NewReplacer(
		"/api/v2/vps/"+documentedVPS, server, "/api/v2/vps/"+otherVPS, named(t, s, sandbox.StoppedVPS), documentedKey, string(s.SSHKeys()[0].ID), "/api/jobs/"+documentedJob, job,
	).Replace(path)
}

// realIDs replaces the IDs in a documented body with IDs of the account.
func realIDs(t *testing.T, s *sandbox.Sandbox) *strings.Replacer {
	t.Helper()
	server := named(t, s, sandbox.PlanVPS)
	backup := read[hostup.BackupList](t, s, server+"/backups").Backups[0].ID
	return strings.NewReplacer(documentedVPS, strings.TrimPrefix(server, "/api/v2/vps/"), documentedBackup, string(backup))
}
