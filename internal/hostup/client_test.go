package hostup_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"countersign/internal/cloud"
	"countersign/internal/hostup"
	"countersign/internal/hostup/sandbox"
	"countersign/internal/rest/resttest"
	"countersign/internal/sandboxkit"
)

// vps is the ID of the first server of that name.
func (w world) vps(t *testing.T, name string) cloud.VMID {
	t.Helper()
	for _, v := range w.vendor.VPS() {
		if v.Name == name {
			return v.ID
		}
	}
	t.Fatalf("the sandbox has no server %q", name)
	return ""
}

func TestPowerFromEndToEnd(t *testing.T) {
	w := newWorld(t)
	client := newClient(t, w.url, "sandbox")
	id := w.vps(t, sandbox.PlanVPS)
	queued, err := client.ShutdownVPS(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	if queued.Operation.Status.Over() {
		t.Errorf("over at once: %+v", queued.Operation)
	}
	_, err = client.ResetVPS(t.Context(), id)
	if e := cloudError(t, err); e.Kind != cloud.ErrBlocked || e.Code != "vps_not_ready" || e.Ambiguous {
		t.Errorf("a second action: %+v", e)
	}
	var states []hostup.JobStatus
	for range 3 {
		job, err := client.GetJob(t.Context(), queued.Operation.Address())
		if err != nil {
			t.Fatal(err)
		}
		states = append(states, job.At())
		w.kit.Clock.Advance(3 * time.Second)
	}
	if diff := cmp.Diff([]hostup.JobStatus{hostup.JobQueued, hostup.JobInProgress, hostup.JobCompleted}, states); diff != "" {
		t.Errorf("states (-want +got):\n%s", diff)
	}
	status, err := client.GetVPSStatus(t.Context(), id)
	if err != nil || status.PowerState != hostup.PowerStopped {
		t.Errorf("the server is %q, error %v", status.PowerState, err)
	}

	w.vendor.NextJob(sandbox.Fail)
	queued, err = client.StartVPS(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	w.kit.Clock.Advance(time.Minute)
	job, err := client.GetJob(t.Context(), queued.Operation.Address())
	if err != nil || job.At() != hostup.JobFailed || job.Why() != "The guest did not answer." {
		t.Errorf("failed job: %s because %q, error %v", job.At(), job.Why(), err)
	}
}

func TestAbsentGatesAreTold(t *testing.T) {
	w := newWorld(t)
	client := newClient(t, w.url, "sandbox")
	for name, absent := range map[string]bool{sandbox.PlanVPS: false, sandbox.GatelessVPS: true} {
		details, err := client.GetVPSDetails(t.Context(), w.vps(t, name))
		if err != nil {
			t.Fatal(err)
		}
		for _, gate := range []hostup.GateName{hostup.CanStart, hostup.CanShutdown, hostup.CanStop, hostup.CanRestart, hostup.CanReset} {
			if got := details.Actions.Get(gate); (got == nil) != absent {
				t.Errorf("%s: %s is %+v", name, gate, got)
			}
		}
	}
}

func TestADeploymentMayHaveBeenMade(t *testing.T) {
	deployment := hostup.Deployment{Name: "web-01", CPUCores: 1, MemoryGB: 1, StorageGB: 50, Region: "stockholm"}
	tests := []struct {
		name    string
		arrange func(world)
		kind    cloud.ErrorKind
		doubt   bool
		made    bool
	}{
		{"502 after it was done", func(w world) { w.vendor.LoseNextDeploy() }, cloud.ErrUnavailable, true, true},
		{"lost answer", func(w world) {
			w.kit.AddFault("hostup", sandboxkit.Fault{Kind: sandboxkit.LostAnswer, Method: http.MethodPost})
		}, cloud.ErrUnavailable, true, true},
		{"garbled answer", func(w world) {
			w.kit.AddFault("hostup", sandboxkit.Fault{Kind: sandboxkit.Garbled, Method: http.MethodPost})
		}, cloud.ErrUnavailable, true, true},
		{"503 before it was done", func(w world) {
			w.kit.AddFault("hostup", sandboxkit.Fault{Kind: sandboxkit.ServerError, Method: http.MethodPost})
		}, cloud.ErrUnavailable, true, false},
		{"no card", func(w world) { w.vendor.SetNoCard(true) }, cloud.ErrBlocked, false, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t)
			client := newClient(t, w.url, "sandbox")
			tt.arrange(w)
			_, err := client.DeployVPS(t.Context(), deployment)
			if e := cloudError(t, err); e.Kind != tt.kind || e.Ambiguous != tt.doubt {
				t.Errorf("got %+v", e)
			}
			found, err := client.ListVPS(t.Context(), hostup.VPSQuery{Name: "web-01"})
			if err != nil {
				t.Fatal(err)
			}
			if made := len(found.Data) == 1; made != tt.made {
				t.Errorf("made: %v, want %v", made, tt.made)
			}
		})
	}
}

func TestCancelFromEndToEnd(t *testing.T) {
	w := newWorld(t)
	client := newClient(t, w.url, "sandbox")
	overdue, plan := w.vps(t, sandbox.OverdueVPS), w.vps(t, sandbox.PlanVPS)
	_, err := client.CancelVPS(t.Context(), overdue, hostup.Cancel{CancelType: hostup.CancelImmediately})
	if e := cloudError(t, err); e.Kind != cloud.ErrBlocked || e.Code != "cancellation_blocked_overdue_invoice" {
		t.Errorf("overdue: %+v", e)
	}
	answer, err := client.CancelVPS(t.Context(), plan, hostup.Cancel{CancelType: hostup.CancelAtPeriodEnd})
	if err != nil || answer.CancellationLookupPending {
		t.Fatalf("at the end of the period: %+v, error %v", answer, err)
	}
	if err := client.RevokeVPSCancellation(t.Context(), plan); err != nil {
		t.Fatal(err)
	}
	answer, err = client.CancelVPS(t.Context(), plan, hostup.Cancel{CancelType: hostup.CancelImmediately})
	if err != nil || !answer.CancellationLookupPending {
		t.Fatalf("at once: %+v, error %v", answer, err)
	}
	w.kit.Clock.Advance(time.Minute)
	ended, err := client.GetVPSCancellation(t.Context(), plan)
	if err != nil || ended.Status != hostup.CancellationCompleted {
		t.Errorf("ended: %+v, error %v", ended, err)
	}
}

func TestWordsThatAreNotListedPassThrough(t *testing.T) {
	const body = `{"id":"vps_1","name":"x","serviceStatus":"on_holiday","powerState":"dreaming","billing":{"amount":"12.50","billingCycle":"weekly"},"resources":null,"colour":3}`
	client, _ := replay(t, resttest.Example{Status: 200, Response: []byte(body)})
	got, err := client.GetVPS(t.Context(), "vps_1")
	if err != nil {
		t.Fatal(err)
	}
	dreaming, weekly := hostup.PowerState("dreaming"), "weekly"
	want := hostup.VPS{
		ID: "vps_1", Name: "x", ServiceStatus: "on_holiday", PowerState: &dreaming,
		Billing: hostup.VPSBilling{Amount: "12.50", BillingCycle: &weekly},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("server (-want +got):\n%s", diff)
	}
}

func TestQueriesAreSentOnlyWhereTheyAreGiven(t *testing.T) {
	w := newWorld(t)
	client := newClient(t, w.url, "sandbox")
	if _, err := client.ListVPS(t.Context(), hostup.VPSQuery{}); err != nil {
		t.Fatal(err)
	}
	if _, err := client.ListProducts(t.Context(), hostup.ProductQuery{}); err != nil {
		t.Fatal(err)
	}
	if _, err := client.ListActivity(t.Context(), hostup.ActivityCredit, 7); err != nil {
		t.Fatal(err)
	}
	if _, err := client.ListActivity(t.Context(), hostup.ActivityTransactions, 1); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, r := range w.kit.Requests("hostup") {
		got = append(got, r.Query)
	}
	if diff := cmp.Diff([]string{"", "", "kind=credit", "kind=transaction&page=1"}, got); diff != "" {
		t.Errorf("queries (-want +got):\n%s", diff)
	}
}
