package gpcn_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"countersign/internal/cloud"
	"countersign/internal/gpcn"
	"countersign/internal/gpcn/sandbox"
)

func TestPower(t *testing.T) {
	for name, c := range map[string]struct {
		vm     string
		action cloud.PowerAction
		ends   cloud.PowerState
	}{
		"start a VM":    {sandbox.StoppedVM, cloud.PowerStart, cloud.PowerRunning},
		"stop a VM":     {sandbox.RunningVM, cloud.PowerStop, cloud.PowerStopped},
		"stop a GPU VM": {sandbox.RunningGPU, cloud.PowerStop, cloud.PowerStopped},
	} {
		t.Run(name, func(t *testing.T) {
			w := newTenant(t)
			vm := w.vm(t, c.vm)
			if says, err := w.PlanPower(t.Context(), vm, c.action); err != nil || len(says) != 0 {
				t.Error(says, err)
			}
			i := slices.IndexFunc(w.PowerActions(vm), func(a cloud.PowerActionInfo) bool { return a.Action == c.action && a.Result == c.ends })
			if i < 0 || !strings.Contains(w.PowerActions(vm)[i].Billing, "not documented") {
				t.Errorf("table %+v", w.PowerActions(vm))
			}
			done, err := w.PowerVM(t.Context(), vm.ID, c.action)
			if err != nil || len(done.Jobs) != 0 {
				t.Error(done, err)
			}
			between, err := w.GetVM(t.Context(), vm.ID)
			if says, planErr := w.PlanPower(t.Context(), between, cloud.PowerStop); err != nil || between.Power != cloud.PowerOther || planErr != nil || len(says) != 1 {
				t.Errorf("%s: %q %v %v", between.Status, says, err, planErr)
			}
			w.later(2 * time.Second)
			if after, err := w.GetVM(t.Context(), vm.ID); err != nil || after.Power != c.ends {
				t.Errorf("%s %v", after.Status, err)
			}
		})
	}
}

func TestPowerThatIsRefused(t *testing.T) {
	w := newTenant(t)
	vm, gpu := w.vm(t, sandbox.RunningVM), w.vm(t, sandbox.StoppedGPU)
	for _, action := range []cloud.PowerAction{cloud.PowerForceStop, cloud.PowerRelease, cloud.PowerRestart, cloud.PowerForceRestart} {
		_, err := w.PlanPower(t.Context(), vm, action)
		refused(t, err, cloud.ErrUnsupported, "no such power action")
		_, err = w.PowerVM(t.Context(), vm.ID, action)
		refused(t, err, cloud.ErrUnsupported, "no such power action")
	}
	_, err := w.PowerVM(t.Context(), gpu.ID, cloud.PowerStart)
	refused(t, err, cloud.ErrUnsupported, "no such power action")
	if w.writes() != 0 {
		t.Error("something was sent")
	}
	w.house.sandbox.SetStatus(gpu.ID, gpcn.StatusError)
	_, err = w.PowerVM(t.Context(), gpu.ID, cloud.PowerStop)
	if e := refused(t, err, cloud.ErrBlocked, "did not stop"); len(e.Issues) != 1 || e.Ambiguous {
		t.Errorf("%+v", e)
	}
	_, err = w.as(t, sandbox.ReadOnlyKey).PowerVM(t.Context(), vm.ID, cloud.PowerStop)
	refused(t, err, cloud.ErrForbidden, "")
}

func TestPowerJob(t *testing.T) {
	provider := routed(t, map[string]string{
		"GET /virtual-machines/" + someID:                         `{"success":true,"data":{"id":"` + someID + `"}}`,
		"GET /virtual-machines/" + someID + "/network-interfaces": `{"success":true,"data":[]}`,
		"POST /virtual-machines/" + someID + "/stop":              `{"success":true,"data":{"jobId":"` + nobody + `"}}`,
	})
	done, err := provider.PowerVM(t.Context(), someID, cloud.PowerStop)
	if err != nil || !slices.Equal(done.Jobs, []cloud.JobID{nobody}) {
		t.Error(done, err)
	}
}

func TestStopThatLeavesTheMachineOutIsAmbiguous(t *testing.T) {
	provider := routed(t, map[string]string{
		"GET /gpu/" + someID:  `{"success":true,"data":{"id":"` + someID + `"}}`,
		"POST /gpu/bulk/stop": `{"success":true,"data":{"results":[]}}`,
	})
	_, err := provider.PowerVM(t.Context(), someID, cloud.PowerStop)
	if e := refused(t, err, cloud.ErrUnavailable, "did not say"); !e.Ambiguous {
		t.Error("it is not ambiguous")
	}
}
