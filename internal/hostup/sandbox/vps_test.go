package sandbox_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"countersign/internal/cloud"
	"countersign/internal/hostup"
	"countersign/internal/hostup/sandbox"
)

// path returns the path of a server of the account.
func path(id cloud.VMID) string { return "/api/v2/vps/" + string(id) }

// named is the path of the first server of that name.
func named(t *testing.T, s *sandbox.Sandbox, name string) string {
	t.Helper()
	for _, v := range s.VPS() {
		if v.Name == name {
			return path(v.ID)
		}
	}
	t.Fatalf("the sandbox has no server %q", name)
	return ""
}

// read gets a resource as the holder of a key that may do anything.
func read[T any](t *testing.T, s *sandbox.Sandbox, path string) T {
	t.Helper()
	w := send(s, "Bearer k", "GET", path, "")
	if w.Code != http.StatusOK {
		t.Fatalf("GET %s answered %d: %s", path, w.Code, w.Body)
	}
	return decode[T](t, w)
}

// refused sends a request that must fail.
func refused(t *testing.T, s *sandbox.Sandbox, method, path, body string, status int, code string) hostup.Problem {
	t.Helper()
	w := send(s, "Bearer k", method, path, body)
	if w.Code < 400 {
		t.Fatalf("%s %s %s answered %d: %s", method, path, body, w.Code, w.Body)
	}
	p := decode[hostup.Problem](t, w)
	if w.Code != status || p.Code != code || p.Status != status {
		t.Errorf("%s %s %s answered %d %q (%s), want %d %q", method, path, body, w.Code, p.Code, p.Detail, status, code)
	}
	return p
}

// acted is an action that was taken.
type acted struct{ server, job string }

func act(t *testing.T, s *sandbox.Sandbox, server, action string) acted {
	t.Helper()
	w := send(s, "Bearer k", "POST", server+"/actions/"+action, "")
	if w.Code != http.StatusAccepted {
		t.Fatalf("%s answered %d: %s", action, w.Code, w.Body)
	}
	queued := decode[hostup.QueuedAction](t, w)
	if queued.Operation.Status != hostup.JobQueued {
		t.Errorf("%s is %q at once", action, queued.Operation.Status)
	}
	return acted{server, queued.Operation.Address()}
}

// at is the job's and the server's state.
func (a acted) at(t *testing.T, s *sandbox.Sandbox) string {
	t.Helper()
	job := read[jobAnswer](t, s, a.job).Data.Status
	return fmt.Sprintf("%s %s", job, read[hostup.VPSStatus](t, s, a.server+"/status").PowerState)
}

type jobAnswer struct {
	Success   bool
	Timestamp string
	RequestID string
	Data      struct {
		hostup.JobFacts
		QueueType, JobName, CreatedAt                             string
		ProgressTextKey, FinishedAt, HostbillAccountID, StatusKey *string
		ProgressDetails                                           any
		VMID                                                      cloud.VMID
		IsScheduled                                               bool
		Delay                                                     int
	}
}

func TestPowerStory(t *testing.T) {
	tests := []struct {
		action, on string
		states     []string // after 0 s, 1 s, 4 s, 5 s
	}{
		{"start", sandbox.StoppedVPS, []string{"queued stopped", "in_progress starting", "in_progress starting", "completed running"}},
		{"shutdown", sandbox.PlanVPS, []string{"queued running", "in_progress stopping", "in_progress stopping", "completed stopped"}},
		{"stop", sandbox.PlanVPS, []string{"queued running", "in_progress stopping", "in_progress stopping", "completed stopped"}},
		{"restart", sandbox.PlanVPS, []string{"queued running", "in_progress stopping", "in_progress starting", "completed running"}},
		{"reset", sandbox.PlanVPS, []string{"queued running", "in_progress stopping", "in_progress starting", "completed running"}},
		{"restart", sandbox.GatelessVPS, []string{"queued running", "in_progress stopping", "in_progress starting", "completed running"}},
	}
	for _, tt := range tests {
		t.Run(tt.action+" "+tt.on, func(t *testing.T) {
			kit, s := newSandbox()
			server := named(t, s, tt.on)
			action := act(t, s, server, tt.action)
			var states []string
			for _, wait := range []time.Duration{0, time.Second, 3 * time.Second, time.Second} {
				kit.Clock.Advance(wait)
				states = append(states, action.at(t, s))
				if len(states) < 4 {
					p := refused(t, s, "POST", server+"/actions/"+tt.action, "", 409, "vps_not_ready")
					if p.Detail != "Another operation is running on the VPS." {
						t.Errorf("refused with %q", p.Detail)
					}
				}
			}
			if diff := cmp.Diff(tt.states, states); diff != "" {
				t.Errorf("job and power (-want +got):\n%s", diff)
			}
		})
	}
}

func TestAJobThatFailsChangesNothing(t *testing.T) {
	kit, s := newSandbox()
	s.NextJob(sandbox.Fail)
	action := act(t, s, named(t, s, sandbox.PlanVPS), "shutdown")
	kit.Clock.Advance(time.Minute)
	if got := action.at(t, s); got != "failed running" {
		t.Errorf("the first job: %s", got)
	}
	next := act(t, s, action.server, "shutdown")
	kit.Clock.Advance(time.Minute)
	if got := next.at(t, s); got != "completed stopped" {
		t.Errorf("the next job: %s", got)
	}
}

func TestGatesTellWhatIsRefused(t *testing.T) {
	_, s := newSandbox()
	actions := map[string]hostup.GateName{
		"start": hostup.CanStart, "shutdown": hostup.CanShutdown, "stop": hostup.CanStop,
		"restart": hostup.CanRestart, "reset": hostup.CanReset,
	}
	gateless := 0
	for _, v := range s.VPS() {
		gates := read[hostup.VPSDetails](t, s, path(v.ID)+"/details").Actions
		if gates == nil {
			gateless++
			continue
		}
		for action, name := range actions {
			gate := gates.Get(name)
			if gate == nil {
				t.Errorf("%s has no gate %s", v.Name, name)
				continue
			}
			active := v.ServiceStatus == hostup.ServiceActive
			want := active && (*v.PowerState == hostup.PowerRunning) == (action != "start")
			if gate.Allowed != want {
				t.Errorf("%s, %s: %s is open: %v", v.Name, *v.PowerState, name, gate.Allowed)
			}
			if !gate.Allowed {
				if p := refused(t, s, "POST", path(v.ID)+"/actions/"+action, "", 409, "vps_not_ready"); p.Detail != *gate.Reason {
					t.Errorf("the gate says %q, the refusal %q", *gate.Reason, p.Detail)
				}
			}
		}
	}
	if gateless != 1 {
		t.Errorf("%d servers show no gates, want 1", gateless)
	}
}

func TestUptimeBeginsAnew(t *testing.T) {
	kit, s := newSandbox()
	action := act(t, s, named(t, s, sandbox.StoppedVPS), "start")
	if status := read[hostup.VPSStatus](t, s, action.server+"/status"); status.UptimeSeconds != "" {
		t.Errorf("stopped for %s s", status.UptimeSeconds)
	}
	kit.Clock.Advance(65 * time.Second)
	if status := read[hostup.VPSStatus](t, s, action.server+"/status"); status.UptimeSeconds != "60" || status.Memory.UsedGB != "3.68" {
		t.Errorf("a minute after the start: %+v", status)
	}
}

func TestListFilters(t *testing.T) {
	_, s := newSandbox()
	all := s.VPS()
	tests := []struct {
		query string
		want  int
	}{
		{"", len(all)},
		{"?limit=100", len(all)},
		{"?name=worker", 2},
		{"?name=WORKER", 2},
		{"?name=work", 0},
		{"?primaryIp=" + *all[0].PrimaryIP, 1},
		{"?primaryIp=192.0.2.999", 0},
		{"?name=worker&primaryIp=" + *all[0].PrimaryIP, 0},
		{"?limit=3", 3},
	}
	for _, tt := range tests {
		if got := read[hostup.VPSList](t, s, "/api/v2/vps"+tt.query); len(got.Data) != tt.want {
			t.Errorf("%q lists %d servers, want %d", tt.query, len(got.Data), tt.want)
		}
	}
	payg := map[bool]int{}
	for _, v := range all {
		payg[v.Billing.IsPAYG]++
		if !strings.HasPrefix(string(v.ID), "vps_") || len(v.ID) != 30 {
			t.Errorf("ID %q", v.ID)
		}
	}
	if payg[true] != 2 || payg[false] != 6 {
		t.Errorf("servers by pay-as-you-go: %v", payg)
	}
	var seen []hostup.VPS
	for next := "/api/v2/vps?limit=3"; next != ""; {
		page := read[hostup.VPSList](t, s, next)
		seen, next = append(seen, page.Data...), ""
		if page.NextCursor != nil {
			next = "/api/v2/vps?limit=3&cursor=" + *page.NextCursor
		}
	}
	if diff := cmp.Diff(all, seen); diff != "" {
		t.Errorf("all pages (-want +got):\n%s", diff)
	}
}

func TestScopes(t *testing.T) {
	_, s := newSandbox()
	server := named(t, s, sandbox.PlanVPS)
	tests := []struct {
		method, path, body, scope string
	}{
		{"POST", server + "/actions/restart", ``, "power:vm"},
		{"PUT", server + "/hostname", `{"hostname":"a.example.com"}`, "write:vm"},
		{"POST", server + "/actions/cancel", `{"cancelType":"immediate"}`, "write:billing"},
		{"DELETE", server + "/cancellation", ``, "write:billing"},
		{"POST", "/api/v2/vps/payg/deployments", `{}`, "write:billing"},
	}
	for _, tt := range tests {
		w := send(s, "Bearer read-only", tt.method, tt.path, tt.body)
		if p := decode[hostup.Problem](t, w); w.Code != 403 || p.Code != "forbidden" || !strings.Contains(p.Detail, tt.scope) {
			t.Errorf("%s %s answered %d %+v", tt.method, tt.path, w.Code, p)
		}
		if w := send(s, "Bearer wrong-key", tt.method, tt.path, tt.body); w.Code != 401 {
			t.Errorf("%s %s with the wrong key answered %d", tt.method, tt.path, w.Code)
		}
	}
	if w := send(s, "Bearer power-only", "POST", server+"/actions/restart", ""); w.Code != 202 {
		t.Errorf("restart with a key for power answered %d", w.Code)
	}
	if w := send(s, "Bearer power-only", "POST", server+"/actions/cancel", `{"cancelType":"immediate"}`); w.Code != 403 {
		t.Errorf("cancel with a key for power answered %d", w.Code)
	}
	if w := send(s, "Bearer expired", "GET", server, ""); w.Code != 401 {
		t.Errorf("an expired key answered %d", w.Code)
	}
	for _, readable := range []string{"/api/v2/vps", server, server + "/details", server + "/billing-breakdown", "/api/v2/billing/activity?kind=credit"} {
		if w := send(s, "Bearer read-only", "GET", readable, ""); w.Code != 200 {
			t.Errorf("GET %s as reader answered %d", readable, w.Code)
		}
		if w := send(s, "", "GET", readable, ""); w.Code != 401 {
			t.Errorf("GET %s without a key answered %d", readable, w.Code)
		}
	}
	for _, key := range []string{"", "Bearer wrong-key", "Bearer read-only"} {
		if w := send(s, key, "GET", "/api/v2/products/vps", ""); w.Code != 200 {
			t.Errorf("products with key %q answered %d", key, w.Code)
		}
	}
}

func TestUnknownThings(t *testing.T) {
	_, s := newSandbox()
	refused(t, s, "GET", "/api/v2/vps/vps_none", "", 404, "vps_not_found")
	refused(t, s, "POST", "/api/v2/vps/vps_none/actions/stop", "", 404, "vps_not_found")
	refused(t, s, "GET", "/api/jobs/job_none", "", 404, "job_not_found")
}

func TestHostnames(t *testing.T) {
	kit, s := newSandbox()
	server := named(t, s, sandbox.PlanVPS)
	label := strings.Repeat("a", 63)
	tests := []struct {
		name  string
		issue string
	}{
		{"web-01.example.com", ""},
		{"WEB.Example.com", ""},
		{"a", ""},
		{label + ".example.com", ""},
		{label + "a.example.com", "invalid_format"},
		{strings.Repeat("a.", 126) + "a", ""},
		{strings.Repeat("a.", 126) + "aa", "too_long"},
		{"-web.example.com", "invalid_format"},
		{"web-.example.com", "invalid_format"},
		{"web..example.com", "invalid_format"},
		{"web_1.example.com", "invalid_format"},
		{"wéb.example.com", "invalid_format"},
		{"web example", "invalid_format"},
		{" ", "too_short"},
		{"", "too_short"},
	}
	for _, tt := range tests {
		body := fmt.Sprintf(`{"hostname":%q}`, tt.name)
		if tt.issue != "" {
			p := refused(t, s, "PUT", server+"/hostname", body, 400, "invalid_request")
			if len(p.Errors) == 0 || p.Errors[0].Code != tt.issue {
				t.Errorf("%q: issues %+v, want %s", tt.name, p.Errors, tt.issue)
			}
			continue
		}
		w := send(s, "Bearer k", "PUT", server+"/hostname", body)
		if w.Code != 200 || *decode[hostup.VPSHostnameChange](t, w).Hostname != strings.ToLower(tt.name) {
			t.Errorf("%q answered %d: %s", tt.name, w.Code, w.Body)
		}
		if got := read[hostup.VPSDetails](t, s, server+"/details").Hostname; *got != strings.ToLower(tt.name) {
			t.Errorf("%q: the hostname is %q", tt.name, *got)
		}
	}
	refused(t, s, "PUT", server+"/hostname", `{"hostname":"a","name":"b"}`, 400, "invalid_request")
	if got := read[hostup.VPS](t, s, server).Name; got != sandbox.PlanVPS {
		t.Errorf("the display name became %q", got)
	}
	act(t, s, server, "restart")
	if gate := read[hostup.VPSHostname](t, s, server+"/hostname").Actions.Get(hostup.CanChange); gate.Allowed {
		t.Error("the gate is open while a job runs")
	}
	refused(t, s, "PUT", server+"/hostname", `{"hostname":"a"}`, 409, "vps_not_ready")
	kit.Clock.Advance(time.Minute)
	if gate := read[hostup.VPSHostname](t, s, server+"/hostname").Actions.Get(hostup.CanChange); !gate.Allowed {
		t.Error("the gate is closed after the job")
	}
}

func TestCancelStory(t *testing.T) {
	kit, s := newSandbox()
	server := named(t, s, sandbox.PlanVPS)
	status := func() hostup.CancellationStatus {
		return read[hostup.Cancellation](t, s, server+"/cancellation").Status
	}
	cancel := func(kind string) {
		t.Helper()
		if w := send(s, "Bearer k", "POST", server+"/actions/cancel", `{"reason":"No longer needed","cancelType":"`+kind+`"}`); w.Code != 200 {
			t.Fatalf("cancel answered %d: %s", w.Code, w.Body)
		}
	}
	if got := status(); got != hostup.CancellationNone {
		t.Errorf("before: %s", got)
	}
	refused(t, s, "DELETE", server+"/cancellation", "", 409, "cancellation_not_revokable")

	cancel("end_of_period")
	planned := read[hostup.Cancellation](t, s, server+"/cancellation")
	if planned.Status != hostup.CancellationScheduled || !planned.Revokable || *planned.ScheduledAt != "2026-05-01T00:00:00.000Z" {
		t.Errorf("at the end of the period: %+v", planned)
	}
	refused(t, s, "POST", server+"/actions/cancel", `{"cancelType":"end_of_period"}`, 409, "vps_not_ready")
	if w := send(s, "Bearer k", "DELETE", server+"/cancellation", ""); w.Code != 200 || status() != hostup.CancellationRevoked {
		t.Errorf("revoked with %d to %s", w.Code, status())
	}

	cancel("immediate")
	if got := read[hostup.Cancellation](t, s, server+"/cancellation"); got.Status != hostup.CancellationPending || got.Revokable || got.ScheduledAt != nil {
		t.Errorf("at once: %+v", got)
	}
	refused(t, s, "DELETE", server+"/cancellation", "", 409, "cancellation_not_revokable")
	listed := len(s.VPS())
	kit.Clock.Advance(10 * time.Second)
	if got := status(); got != hostup.CancellationCompleted || len(s.VPS()) != listed-1 {
		t.Errorf("after processing: %s, %d servers of %d", got, len(s.VPS()), listed)
	}
	if got := read[hostup.VPS](t, s, server); got.ServiceStatus != hostup.ServiceTerminated || *got.PowerState != hostup.PowerStopped {
		t.Errorf("the server is %s and %s", got.ServiceStatus, *got.PowerState)
	}
	refused(t, s, "POST", server+"/actions/start", "", 409, "vps_not_ready")
	refused(t, s, "POST", server+"/actions/cancel", `{"cancelType":"immediate"}`, 409, "vps_not_ready")

	server = named(t, s, sandbox.StoppedVPS)
	cancel("end_of_period")
	kit.Clock.Advance(5 * 24 * time.Hour)
	if got := status(); got != hostup.CancellationCompleted {
		t.Errorf("after the period: %s", got)
	}
	if due := read[hostup.VPSDetails](t, s, named(t, s, sandbox.TwinVPS)+"/details").NextDueAt; *due != "2026-06-01T00:00:00.000Z" {
		t.Errorf("the next period of another server ends %s", *due)
	}
}

func TestCancelRefusals(t *testing.T) {
	_, s := newSandbox()
	server := named(t, s, sandbox.PlanVPS)
	for _, body := range []string{
		`{"cancelType":"now"}`, `{"reason":"","cancelType":"immediate"}`, `{"cancelType":"immediate","confirm":true}`,
		`{"reason":"` + strings.Repeat("x", 501) + `","cancelType":"immediate"}`, `{"cancelType":7}`, `no JSON`,
	} {
		refused(t, s, "POST", server+"/actions/cancel", body, 400, "invalid_request")
	}
	overdue := named(t, s, sandbox.OverdueVPS)
	refused(t, s, "POST", overdue+"/actions/cancel", `{"cancelType":"immediate"}`, 409, "cancellation_blocked_overdue_invoice")
	for _, untouched := range []string{server, overdue} {
		if got := read[hostup.Cancellation](t, s, untouched+"/cancellation"); got.Status != hostup.CancellationNone {
			t.Errorf("a refused cancellation left %+v", got)
		}
	}
}

func TestActionBodies(t *testing.T) {
	_, s := newSandbox()
	server := named(t, s, sandbox.PlanVPS)
	for _, tt := range []struct{ action, body string }{
		{"restart", `{"force":"yes"}`}, {"restart", `{"force":null}`}, {"restart", `{"hard":true}`},
		{"reset", `{"force":true}`}, {"stop", `{"confirm":true}`}, {"shutdown", `[]`},
	} {
		refused(t, s, "POST", server+"/actions/"+tt.action, tt.body, 400, "invalid_request")
	}
	if w := send(s, "Bearer k", "POST", server+"/actions/restart", `{"force":true}`); w.Code != 202 {
		t.Errorf("a forced restart answered %d: %s", w.Code, w.Body)
	}
}
