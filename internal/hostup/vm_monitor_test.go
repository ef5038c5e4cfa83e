package hostup_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"countersign/internal/cloud"
	"countersign/internal/hostup/sandbox"
	"countersign/internal/sandboxkit"
)

func TestStatusInOurWords(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	vm := w.vm(t, w.server(t, sandbox.PlanVPS, false))
	w.kit.Clock.Advance(time.Minute)
	got, err := w.provider.VMStatus(ctx, vm)
	if err != nil {
		t.Fatal(err)
	}
	due := time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC)
	want := cloud.VMStatus{
		VMID: vm.ID, Account: "hostup", Power: cloud.PowerRunning, Status: "running", UptimeSeconds: new(60), CPUPercent: new(7.5),
		Memory:        &cloud.Usage{UsedGB: new(3.68), TotalGB: new(4.0), Percent: new(92.0)},
		Storage:       &cloud.Usage{UsedGB: new(0.0), TotalGB: new(80.0), Percent: new(0.0)},
		Traffic:       &cloud.Traffic{InGB: new(4.2), OutGB: new(8.3), TotalGB: new(12.5)},
		PeriodTraffic: &cloud.Traffic{InGB: new(4.2), OutGB: new(8.3), TotalGB: new(12.5), LimitGB: new(1000.0), Percent: new(1.25)},
		Product:       "VPS SM", NextDueAt: &due, BackupsIncluded: new(2),
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
	w.kit.AddFault("hostup", sandboxkit.Fault{Kind: sandboxkit.ServerError, Path: "/api/v2/vps/*/details", Times: 10})
	if got, err = w.provider.VMStatus(ctx, vm); err != nil || len(got.Missing) != 1 || got.Product != "" || got.Power != cloud.PowerRunning {
		t.Errorf("without details: %+v, %v", got, err)
	}
}

// A value that is not sent is missing and never zero. A response about another machine, or
// without a list, is an error.
func TestMonitoringOfOddForm(t *testing.T) {
	ctx := t.Context()
	vm := cloud.VM{ID: documentedVPS}
	p := answering(t, http.StatusOK, nil, `{"id":"`+string(documentedVPS)+`","powerState":"levitating","uptimeSeconds":null,"memory":null,"pendingTasks":[{},{}],"status":"none"}`)
	got, err := p.VMStatus(ctx, vm)
	want := cloud.VMStatus{VMID: documentedVPS, Account: "hostup", Power: cloud.PowerOther, Status: "levitating", PendingTasks: new(2)}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v, -want +got\n%s", err, diff)
	}
	for _, body := range []string{`{}`, `{"id":"vps_other","samples":[],"disks":null,"interfaces":null}`} {
		p := answering(t, http.StatusOK, nil, body)
		_, status := p.VMStatus(ctx, vm)
		_, metrics := p.VMMetrics(ctx, vm.ID, cloud.MetricsHour)
		_, disks := p.ListVMDisks(ctx, vm.ID)
		_, cards := p.VMNetwork(ctx, vm.ID)
		_, _, keys := p.ListVMSSHKeys(ctx, vm.ID)
		_, deletions := p.ListDeletions(ctx)
		for i, err := range []error{status, metrics, disks, cards, keys, deletions} {
			if !cloud.IsKind(err, cloud.ErrUnavailable) {
				t.Errorf("%s, call %d: %v", body, i, err)
			}
		}
	}
	p = answering(t, http.StatusOK, nil, `{"id":"`+string(documentedVPS)+`","samples":[{"recordedAt":"yesterday","cpuUsagePercent":"12.5","memoryUsagePercent":null}]}`)
	samples, err := p.VMMetrics(ctx, vm.ID, cloud.MetricsHour)
	if diff := cmp.Diff([]cloud.MetricSample{{CPUPercent: new(12.5)}}, samples); diff != "" || err != nil {
		t.Errorf("%v, -want +got\n%s", err, diff)
	}
}

func TestMonitoringOfNoVPS(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	before := len(w.kit.Requests("hostup"))
	for _, bad := range []cloud.VMID{"app-01", "vps_"} {
		_, status := w.provider.VMStatus(ctx, cloud.VM{ID: bad})
		_, metrics := w.provider.VMMetrics(ctx, bad, cloud.MetricsHour)
		_, disks := w.provider.ListVMDisks(ctx, bad)
		_, cards := w.provider.VMNetwork(ctx, bad)
		_, _, keys := w.provider.ListVMSSHKeys(ctx, bad)
		for i, err := range []error{status, metrics, disks, cards, keys} {
			if !cloud.IsKind(err, cloud.ErrUnknownID) {
				t.Errorf("%s, call %d: %v", bad, i, err)
			}
		}
	}
	if after := len(w.kit.Requests("hostup")); after != before {
		t.Errorf("%d requests left", after-before)
	}
}

// The cancellation of another service is listed, and cancel_vm_deletion cannot revoke it.
func TestDeletionsOfAnAccount(t *testing.T) {
	w := newWorld(t)
	id := w.server(t, sandbox.PlanVPS, false)
	if _, err := w.provider.DeleteVM(t.Context(), id, cloud.Deletion{When: cloud.DeleteAtPeriodEnd}); err != nil {
		t.Fatal(err)
	}
	got, err := w.provider.ListDeletions(t.Context())
	if err != nil || len(got) != 2 {
		t.Fatalf("%+v, %v", got, err)
	}
	if other := got[0]; other.Kind != "shared_hosting" || other.OtherID == "" || other.VMID != "" || other.CanCancel || other.EndsAt == nil {
		t.Errorf("%+v", other)
	}
	if vm := got[1]; vm.Kind != "vm" || vm.VMID != id || !vm.CanCancel || vm.Status != "scheduled" || vm.When != "end_of_period" || vm.AskedAt == nil {
		t.Errorf("%+v", vm)
	}
}
