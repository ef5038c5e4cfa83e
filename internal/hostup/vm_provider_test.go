package hostup_test

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"countersign/internal/cloud"
	"countersign/internal/hostup/sandbox"
	"countersign/internal/sandboxkit"
)

// server is the ID of a server by its name and its billing; names are not unique.
func (w world) server(t *testing.T, name string, payg bool) cloud.VMID {
	t.Helper()
	for _, v := range w.vendor.VPS() {
		if v.Name == name && v.Billing.IsPAYG == payg {
			return v.ID
		}
	}
	t.Fatalf("the sandbox has no server %q", name)
	return ""
}

func (w world) vm(t *testing.T, id cloud.VMID) cloud.VM {
	t.Helper()
	vm, err := w.provider.GetVM(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return vm
}

// wrote returns the requests other than reads.
func (w world) wrote() []string {
	var out []string
	for _, r := range w.kit.Requests("hostup") {
		if r.Method != http.MethodGet {
			out = append(out, r.Method+" "+r.Path+" "+string(r.Body))
		}
	}
	return out
}

// isPrice compares a price per hour digit for digit; empty for an unknown one, which must
// have a reason.
func isPrice(t *testing.T, what string, got cloud.Price, perHour, unknown string) {
	t.Helper()
	switch {
	case perHour == "" && (got.Known() || !strings.Contains(got.Unknown, unknown)):
		t.Errorf("%s: %+v, want unknown because of %q", what, got, unknown)
	case perHour != "" && (!got.Known() || got.PerHour.String() != perHour):
		t.Errorf("%s: %s (%s), want %s", what, got, got.Unknown, perHour)
	}
}

func TestVMsInOurWords(t *testing.T) {
	tests := []struct {
		name             string
		payg             bool
		power            cloud.PowerState
		status, sold     string
		perHour, unknown string
	}{
		{sandbox.PlanVPS, false, cloud.PowerRunning, "running", "monthly", "", "199 SEK per month"},
		{sandbox.StoppedVPS, false, cloud.PowerStopped, "stopped", "monthly", "", "199 SEK per month"},
		{sandbox.OverdueVPS, false, cloud.PowerStopped, "stopped (suspended)", "monthly", "", "199 SEK per month"},
		// 2 x 0.12 + 4 x 0.04 + 50 x 0.003 + 0.02
		{sandbox.TwinVPS, true, cloud.PowerRunning, "running", "payg", "0.57 SEK", ""},
		{sandbox.StoppedPAYG, true, cloud.PowerStopped, "stopped", "payg", "", "not documented"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t)
			vm := w.vm(t, w.server(t, tt.name, tt.payg))
			if vm.Kind != "hostup_vps" || vm.Name != tt.name || vm.Power != tt.power || vm.Status != tt.status || vm.Billing != tt.sold {
				t.Errorf("got %+v", vm)
			}
			if vm.Account != "hostup" || vm.Image != "Ubuntu 24.04" || vm.PublicIP == "" || !strings.HasSuffix(vm.Hostname, ".example.com") || vm.CreatedAt == nil || *vm.VCPUs != 2 || *vm.RAMGB != 4 {
				t.Errorf("got %+v", vm)
			}
			isPrice(t, "price", vm.Price, tt.perHour, tt.unknown)
			isPrice(t, "rate stopped", vm.Rates[cloud.PowerStopped], "", "")
			if tt.payg != vm.Rates[cloud.PowerRunning].Known() {
				t.Errorf("rates %+v", vm.Rates)
			}
		})
	}
}

func TestListHasEveryVMOnceAndCleanNames(t *testing.T) {
	for _, size := range []int{1, 3, 100} {
		w := newWorld(t)
		var got []cloud.VMID
		for vm, err := range cloud.All(t.Context(), size, w.provider.ListVMs) {
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, vm.ID)
			if vm.NameAltered != strings.HasPrefix(vm.Name, "cache") || strings.ContainsAny(vm.Name, "\u200b\u202e\u2066\u0007") {
				t.Errorf("name %q, altered %v", vm.Name, vm.NameAltered)
			}
		}
		var want []cloud.VMID
		for _, v := range w.vendor.VPS() {
			want = append(want, v.ID)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("page size %d (-want +got):\n%s", size, diff)
		}
	}
}

// A page may be shorter than requested: its cursor shows that more rows follow.
func TestPagesShorterThanAskedFor(t *testing.T) {
	w := newWorld(t)
	want := len(w.vendor.VPS())
	w.vendor.SetPageSize(2)
	got := 0
	for _, err := range cloud.All(t.Context(), 100, w.provider.ListVMs) {
		if err != nil {
			t.Fatal(err)
		}
		got++
	}
	if requests := len(w.kit.Requests("hostup")); got != want || requests < want/2 {
		t.Errorf("%d of %d servers in %d requests", got, want, requests)
	}
}

// A gate may be outdated. Where the vendor refuses although it was open, nothing was done
// and the hint is to read the state again.
func TestGateThatClosedMeanwhile(t *testing.T) {
	w := newWorld(t)
	id := w.server(t, sandbox.PlanVPS, false)
	if _, err := w.provider.PlanPower(t.Context(), w.vm(t, id), cloud.PowerRestart); err != nil {
		t.Fatal(err)
	}
	w.vendor.CloseNextGate()
	_, err := w.provider.PowerVM(t.Context(), id, cloud.PowerRestart)
	e, ok := errors.AsType[*cloud.Error](err)
	if !ok || e.Kind != cloud.ErrBlocked || e.Code != "vps_not_ready" || e.Status != 409 || cloud.IsAmbiguous(err) || !strings.Contains(e.Hint, "get_vm") || e.RequestID == "" {
		t.Errorf("%+v", e)
	}
	if w.vm(t, id).Power != cloud.PowerRunning {
		t.Error("the machine does not run any more")
	}
}

func TestVMWithoutWhatFails(t *testing.T) {
	w := newWorld(t)
	id := w.server(t, sandbox.TwinVPS, true)
	whole := w.vm(t, id)
	if len(whole.Gates) != 6 || !slices.ContainsFunc(whole.Gates, func(g cloud.NamedGate) bool { return g.Name == "canStart" && !g.Allowed && g.Code == "vps_not_ready" }) {
		t.Errorf("gates %+v", whole.Gates)
	}
	w.kit.AddFault("hostup", sandboxkit.Fault{Kind: sandboxkit.ServerError, Path: "/api/v2/vps/*/details", Times: 10})
	w.kit.AddFault("hostup", sandboxkit.Fault{Kind: sandboxkit.ServerError, Path: "/api/v2/vps/payg/deployments", Times: 10})
	part := w.vm(t, id)
	if part.Gates != nil || part.Hostname != "" || part.Name != whole.Name {
		t.Errorf("without details: %+v", part)
	}
	isPrice(t, "without unit prices", part.Price, "", "could not be read")
}

func TestVMIDsOfAnotherFormNeverLeave(t *testing.T) {
	w := newWorld(t)
	hostname, now := "a.example.com", cloud.Deletion{When: cloud.DeleteNow}
	for _, id := range []cloud.VMID{"", "vps_", "app-01", "192.0.2.10", "ssh_01hxa3b4c5d6e7f8g9h0j1k2m3"} {
		vm := cloud.VM{ID: id}
		for name, call := range map[string]func() error{
			"get":    func() error { _, err := w.provider.GetVM(t.Context(), id); return err },
			"update": func() error { return w.provider.UpdateVM(t.Context(), id, cloud.VMUpdate{Hostname: &hostname}) },
			"power":  func() error { _, err := w.provider.PowerVM(t.Context(), id, cloud.PowerStart); return err },
			"plan":   func() error { _, err := w.provider.PlanDeletion(t.Context(), vm, now); return err },
			"delete": func() error { _, err := w.provider.DeleteVM(t.Context(), id, now); return err },
			"revoke": func() error { return w.provider.CancelDeletion(t.Context(), id) },
		} {
			if e := cloudError(t, call()); e.Kind != cloud.ErrUnknownID || !strings.Contains(e.Hint, "list_vms") {
				t.Errorf("%s %q: %+v", name, id, e)
			}
		}
	}
	if _, err := w.provider.ListImages(t.Context(), cloud.ImageQuery{VMID: "app-01"}, cloud.PageRequest{}); !cloud.IsKind(err, cloud.ErrUnknownID) {
		t.Errorf("images: %v", err)
	}
	if sent := w.kit.Requests("hostup"); len(sent) > 0 {
		t.Errorf("requests left: %+v", sent)
	}
}

func TestAnswerAboutAnotherVM(t *testing.T) {
	for _, body := range []string{`{"id":"vps_other"}`, `{}`, `null`} {
		_, err := answering(t, 200, nil, body).GetVM(t.Context(), "vps_one")
		if e := cloudError(t, err); e.Kind != cloud.ErrUnavailable || e.Hint == "" {
			t.Errorf("%s: %+v", body, e)
		}
	}
	vm, err := answering(t, 200, nil, `{"id":"vps_one","powerState":null,"billing":null,"resources":{"cpuCores":"x"},"actions":[]}`).GetVM(t.Context(), "vps_one")
	if err != nil || vm.Power != cloud.PowerOther || vm.VCPUs != nil || vm.Price.Known() || vm.Gates != nil {
		t.Errorf("odd answer: %+v, %v", vm, err)
	}
}

func TestHostnameIsAllThatChanges(t *testing.T) {
	w := newWorld(t)
	id := w.server(t, sandbox.PlanVPS, false)
	vm, name, group := w.vm(t, id), "web-01.example.com", cloud.ResourceGroupID("g")
	long := strings.Repeat("a", 64)
	for _, tt := range []struct {
		update cloud.VMUpdate
		fields []string
	}{
		{cloud.VMUpdate{}, []string{"hostname"}},
		{cloud.VMUpdate{Name: &name, Hostname: &name, ResourceGroupID: &group}, []string{"name", "resource_group_id"}},
		{cloud.VMUpdate{Hostname: new("")}, []string{"hostname"}},
		{cloud.VMUpdate{Hostname: new("-a.example.com")}, []string{"hostname"}},
		{cloud.VMUpdate{Hostname: new("a..com")}, []string{"hostname"}},
		{cloud.VMUpdate{Hostname: new("a_b.com")}, []string{"hostname"}},
		{cloud.VMUpdate{Hostname: &long}, []string{"hostname"}},
	} {
		_, planErr := w.provider.PlanVMUpdate(t.Context(), vm, tt.update)
		for _, err := range []error{planErr, w.provider.UpdateVM(t.Context(), id, tt.update)} {
			e := cloudError(t, err)
			var fields []string
			for _, issue := range e.Issues {
				fields = append(fields, issue.Field)
			}
			if diff := cmp.Diff(tt.fields, fields); e.Kind != cloud.ErrInvalid || diff != "" {
				t.Errorf("%+v: %v, fields (-want +got):\n%s", tt.update, e, diff)
			}
		}
	}
	if sent := w.wrote(); len(sent) > 0 {
		t.Fatalf("sent %v", sent)
	}
	update := cloud.VMUpdate{Hostname: &name}
	said, err := w.provider.PlanVMUpdate(t.Context(), vm, update)
	if err != nil || !strings.Contains(strings.Join(said, " "), "reload") {
		t.Errorf("plan says %q, error %v", said, err)
	}
	if err := w.provider.UpdateVM(t.Context(), id, update); err != nil {
		t.Fatal(err)
	}
	if got := w.vm(t, id); got.Hostname != name || got.Name != vm.Name {
		t.Errorf("became %+v", got)
	}
	suspended := w.vm(t, w.server(t, sandbox.OverdueVPS, false))
	_, err = w.provider.PlanVMUpdate(t.Context(), suspended, update)
	if e := cloudError(t, err); e.Kind != cloud.ErrBlocked || e.Issues[0].Message != "The service is suspended." || e.Issues[0].Field != "actions.canChange" {
		t.Errorf("closed gate: %+v", e)
	}
	said, err = answering(t, 200, nil, `{"hostname":"a"}`).PlanVMUpdate(t.Context(), cloud.VM{ID: "vps_1"}, update)
	if err != nil || !strings.Contains(strings.Join(said, " "), "shows no gate") {
		t.Errorf("absent gate: %q, %v", said, err)
	}
	err = answering(t, 200, nil, `{"hostname":"other.example.com"}`).UpdateVM(t.Context(), "vps_1", update)
	if e := cloudError(t, err); e.Kind != cloud.ErrVendor || !e.Ambiguous {
		t.Errorf("another hostname: %+v", e)
	}
}

func TestPowerActions(t *testing.T) {
	for _, tt := range []struct {
		action cloud.PowerAction
		from   string
		sent   string
		to     cloud.PowerState
	}{
		{cloud.PowerStart, sandbox.StoppedVPS, "start ", cloud.PowerRunning},
		{cloud.PowerStop, sandbox.PlanVPS, "shutdown ", cloud.PowerStopped},
		{cloud.PowerForceStop, sandbox.PlanVPS, "stop ", cloud.PowerStopped},
		{cloud.PowerRestart, sandbox.PlanVPS, "restart {}", cloud.PowerRunning},
		{cloud.PowerForceRestart, sandbox.PlanVPS, "reset ", cloud.PowerRunning},
	} {
		t.Run(string(tt.action), func(t *testing.T) {
			w := newWorld(t)
			id := w.server(t, tt.from, false)
			vm := w.vm(t, id)
			if said, err := w.provider.PlanPower(t.Context(), vm, tt.action); err != nil || len(said) > 0 {
				t.Errorf("plan says %q, error %v", said, err)
			}
			i := slices.IndexFunc(w.provider.PowerActions(vm), func(a cloud.PowerActionInfo) bool { return a.Action == tt.action })
			if info := w.provider.PowerActions(vm)[i]; info.Result != tt.to || info.Interrupts == (tt.action == cloud.PowerStart) || info.Billing == "" {
				t.Errorf("table has %+v", info)
			}
			accepted, err := w.provider.PowerVM(t.Context(), id, tt.action)
			if err != nil || len(accepted.Jobs) != 1 || !strings.HasPrefix(string(accepted.Jobs[0]), "/api/jobs/job_") {
				t.Fatalf("accepted %+v, error %v", accepted, err)
			}
			if diff := cmp.Diff([]string{"POST /api/v2/vps/" + string(id) + "/actions/" + tt.sent}, w.wrote()); diff != "" {
				t.Errorf("sent (-want +got):\n%s", diff)
			}
			w.kit.Clock.Advance(time.Minute)
			if now := w.vm(t, id); now.Power != tt.to {
				t.Errorf("ended %s", now.Power)
			}
		})
	}
}

func TestPowerGates(t *testing.T) {
	w := newWorld(t)
	running := w.vm(t, w.server(t, sandbox.PlanVPS, false))
	_, err := w.provider.PlanPower(t.Context(), running, cloud.PowerStart)
	if e := cloudError(t, err); e.Kind != cloud.ErrBlocked || e.Issues[0].Message != "The VPS is running." || strings.Contains(e.Message, "VPS is") {
		t.Errorf("closed gate: %+v", e)
	}
	gateless := w.vm(t, w.server(t, sandbox.GatelessVPS, false))
	said, err := w.provider.PlanPower(t.Context(), gateless, cloud.PowerStop)
	want := []string{"Whether it is possible now is unknown: the vendor shows no gate for it."}
	if diff := cmp.Diff(want, said); err != nil || diff != "" {
		t.Errorf("absent gate: error %v (-want +got):\n%s", err, diff)
	}
	_, planErr := w.provider.PlanPower(t.Context(), running, cloud.PowerRelease)
	_, sendErr := w.provider.PowerVM(t.Context(), running.ID, cloud.PowerRelease)
	for _, err := range []error{planErr, sendErr} {
		if e := cloudError(t, err); e.Kind != cloud.ErrUnsupported || !strings.Contains(e.Hint, "force_restart") {
			t.Errorf("release: %+v", e)
		}
	}
	if sent := w.wrote(); len(sent) > 0 {
		t.Errorf("sent %v", sent)
	}
}

func TestQueuedActionsOfOddForm(t *testing.T) {
	for _, tt := range []struct {
		body      string
		kind      cloud.ErrorKind
		ambiguous bool
		jobs      []cloud.JobID
	}{
		{`{"operation":{"status":"completed","jobId":"job_1","pollUrl":null}}`, "", false, nil},
		{`{"operation":{"status":"queued","jobId":"job_1","pollUrl":null}}`, "", false, []cloud.JobID{"/api/jobs/job_1"}},
		{`{"operation":{"status":"failed","jobId":"job_1"}}`, cloud.ErrVendor, false, nil},
		{`{"operation":{"status":"queued","pollUrl":"https://evil.example/api/jobs/job_1"}}`, cloud.ErrUnavailable, true, nil},
		{`{}`, cloud.ErrUnavailable, true, nil},
	} {
		got, err := answering(t, 202, nil, tt.body).PowerVM(t.Context(), "vps_1", cloud.PowerStart)
		if tt.kind != "" {
			if e := cloudError(t, err); e.Kind != tt.kind || e.Ambiguous != tt.ambiguous || e.Hint == "" {
				t.Errorf("%s: %+v", tt.body, e)
			}
			continue
		}
		if diff := cmp.Diff(tt.jobs, got.Jobs); err != nil || diff != "" {
			t.Errorf("%s: error %v (-want +got):\n%s", tt.body, err, diff)
		}
	}
}

func TestJobs(t *testing.T) {
	w := newWorld(t)
	start := func(name string) cloud.JobID {
		accepted, err := w.provider.PowerVM(t.Context(), w.server(t, name, false), cloud.PowerRestart)
		if err != nil {
			t.Fatal(err)
		}
		return accepted.Jobs[0]
	}
	good := start(sandbox.PlanVPS)
	w.vendor.NextJob(sandbox.Fail)
	bad := start(sandbox.TwinVPS)
	const gone cloud.JobID = "/api/jobs/job_00000000000000000000000000"
	read := func() []cloud.Job {
		jobs, err := w.provider.ReadJobs(t.Context(), []cloud.JobID{good, gone, bad})
		if err != nil {
			t.Fatal(err)
		}
		return jobs
	}
	if jobs := read(); jobs[0].State != cloud.JobRunning || jobs[0].Stage != "queued" || *jobs[0].Percent != 0 {
		t.Errorf("at first %+v", jobs)
	}
	w.kit.Clock.Advance(time.Minute)
	hundred := 100
	want := []cloud.Job{
		{ID: good, State: cloud.JobDone, Stage: "completed", Percent: &hundred, Message: "The VPS is done with restart."},
		{ID: gone, State: cloud.JobVanished},
		{ID: bad, State: cloud.JobFailed, Stage: "failed", Percent: &hundred, Message: "The guest did not answer."},
	}
	if diff := cmp.Diff(want, read()); diff != "" {
		t.Errorf("in the end (-want +got):\n%s", diff)
	}
	before := len(w.kit.Requests("hostup"))
	if _, err := w.provider.ReadJobs(t.Context(), []cloud.JobID{"https://evil.example/api/jobs/job_1"}); !cloud.IsKind(err, cloud.ErrVendor) || len(w.kit.Requests("hostup")) != before {
		t.Errorf("foreign address: %v", err)
	}
	jobs, err := answering(t, 200, nil, `{"state":"failed","reason":"a\u202eb"}`).ReadJobs(t.Context(), []cloud.JobID{"/api/jobs/job_1"})
	if err != nil || jobs[0].Message != "ab" {
		t.Errorf("poisoned reason: %+v, %v", jobs, err)
	}
}

func TestDeletionNeedsToKnowWhen(t *testing.T) {
	w := newWorld(t)
	vm := w.vm(t, w.server(t, sandbox.PlanVPS, false))
	for _, when := range []cloud.DeletionTime{"", "tomorrow"} {
		_, planErr := w.provider.PlanDeletion(t.Context(), vm, cloud.Deletion{When: when})
		_, sendErr := w.provider.DeleteVM(t.Context(), vm.ID, cloud.Deletion{When: when})
		for _, err := range []error{planErr, sendErr} {
			if e := cloudError(t, err); e.Kind != cloud.ErrInvalid || !strings.Contains(e.Hint, "cancel_type: immediate or end_of_period") {
				t.Errorf("%q: %+v", when, e)
			}
		}
	}
	if sent := w.wrote(); len(sent) > 0 {
		t.Errorf("sent %v", sent)
	}
}

func TestDeletionAndBack(t *testing.T) {
	w := newWorld(t)
	vm := w.vm(t, w.server(t, sandbox.TwinVPS, true))
	atEnd, now := cloud.Deletion{When: cloud.DeleteAtPeriodEnd}, cloud.Deletion{When: cloud.DeleteNow}
	plan := func(how cloud.Deletion, says ...string) {
		t.Helper()
		said, err := w.provider.PlanDeletion(t.Context(), vm, how)
		for _, part := range append(says, "lost for ever", "refunded is not documented") {
			if err != nil || !strings.Contains(strings.Join(said, " "), part) {
				t.Errorf("the plan does not say %q: %q, error %v", part, said, err)
			}
		}
	}
	blocked := func(err error, says string) {
		t.Helper()
		if e := cloudError(t, err); e.Kind != cloud.ErrBlocked || !strings.Contains(e.Message, says) {
			t.Errorf("%+v, want %q", e, says)
		}
	}
	del := func(how cloud.Deletion) {
		t.Helper()
		if accepted, err := w.provider.DeleteVM(t.Context(), vm.ID, how); err != nil || len(accepted.Jobs) > 0 {
			t.Fatalf("accepted %+v, error %v", accepted, err)
		}
	}
	refusedBack := func(says string) {
		t.Helper()
		_, err := w.provider.PlanCancelDeletion(t.Context(), vm)
		blocked(err, says)
	}

	refusedBack("not being cancelled")
	plan(atEnd, "2026-05-01", "hourly billing")
	plan(now, "as soon as HostUp has processed")
	del(atEnd)
	_, err := w.provider.PlanDeletion(t.Context(), vm, atEnd)
	blocked(err, "already")
	plan(now, "this ends it at once")

	if said, err := w.provider.PlanCancelDeletion(t.Context(), vm); err != nil || len(said) == 0 {
		t.Errorf("taking back: %q, %v", said, err)
	}
	if err := w.provider.CancelDeletion(t.Context(), vm.ID); err != nil {
		t.Fatal(err)
	}
	refusedBack("not being cancelled")

	del(now)
	_, err = w.provider.PlanDeletion(t.Context(), vm, now)
	blocked(err, "being cancelled already")
	refusedBack("does not let")
	w.kit.Clock.Advance(time.Minute)
	_, err = w.provider.PlanDeletion(t.Context(), vm, now)
	blocked(err, "has ended")
	refusedBack("has ended")
	if ended := w.vm(t, vm.ID); ended.Power != cloud.PowerOther || ended.Status != "stopped (terminated)" || ended.Price.Known() {
		t.Errorf("ended as %+v", ended)
	}
	path := "/api/v2/vps/" + string(vm.ID)
	want := []string{
		"POST " + path + `/actions/cancel {"reason":"No longer needed","cancelType":"end_of_period"}`,
		"DELETE " + path + "/cancellation ",
		"POST " + path + `/actions/cancel {"reason":"No longer needed","cancelType":"immediate"}`,
	}
	if diff := cmp.Diff(want, w.wrote()); diff != "" {
		t.Errorf("sent (-want +got):\n%s", diff)
	}
}

func TestImagesAreOfOneMachine(t *testing.T) {
	w := newWorld(t)
	_, err := w.provider.ListImages(t.Context(), cloud.ImageQuery{LocationID: "stockholm"}, cloud.PageRequest{})
	if e := cloudError(t, err); e.Kind != cloud.ErrInvalid || !strings.Contains(e.Hint, "vm_id") {
		t.Errorf("without a machine: %+v", e)
	}
	query := cloud.ImageQuery{VMID: w.server(t, sandbox.PlanVPS, false)}
	first, err := w.provider.ListImages(t.Context(), query, cloud.PageRequest{Limit: 2})
	if err != nil || len(first.Items) != 2 || first.Next != "2" || first.Items[0].Name != "Ubuntu 24.04" || first.Items[0].Category != "ubuntu" {
		t.Errorf("first page %+v, %v", first, err)
	}
	last, err := w.provider.ListImages(t.Context(), query, cloud.PageRequest{Limit: 2, Cursor: first.Next})
	if err != nil || len(last.Items) != 1 || last.Next != "" || last.Items[0].Note != "A licence fee is charged per month." || !strings.HasPrefix(string(last.Items[0].ID), "os_") {
		t.Errorf("last page %+v, %v", last, err)
	}
	if _, err := answering(t, 200, nil, `{}`).ListImages(t.Context(), cloud.ImageQuery{VMID: "vps_1"}, cloud.PageRequest{}); !cloud.IsKind(err, cloud.ErrUnavailable) {
		t.Errorf("no list: %v", err)
	}
}

// TestFindVMs sends both filters to the vendor.
func TestFindVMs(t *testing.T) {
	w := newWorld(t)
	got, err := w.provider.FindVMs(t.Context(), cloud.VMFilter{Name: "WORKER", PublicIP: ""}, cloud.PageRequest{})
	if err != nil || len(got.Items) != 2 || got.Items[0].Name != "worker" {
		t.Fatalf("%+v, error %v", got, err)
	}
	one, err := w.provider.FindVMs(t.Context(), cloud.VMFilter{Name: "worker", PublicIP: got.Items[1].PublicIP}, cloud.PageRequest{})
	if err != nil || len(one.Items) != 1 || one.Items[0].ID != got.Items[1].ID {
		t.Errorf("%+v, error %v", one, err)
	}
	if requests := w.kit.Requests("hostup"); !strings.Contains(requests[len(requests)-1].Query+requests[len(requests)-2].Query, "name=worker&primaryIp="+got.Items[1].PublicIP) {
		t.Errorf("queries of %+v", requests)
	}
}
