package gpcn_test

import (
	"strings"
	"testing"
	"time"

	"countersign/internal/cloud"
	"countersign/internal/gpcn/sandbox"
)

// Into rescue and out of it, by the states that the machine passes.
func TestRescue(t *testing.T) {
	w := newTenant(t)
	vm := w.vm(t, sandbox.RunningVM)
	image := cloud.RescueImage{Source: cloud.RescueFromCatalog, ID: w.image(t, vm.LocationID, "Ubuntu 24.04 LTS")}
	facts, says, err := w.PlanRescue(t.Context(), vm, image)
	if err != nil || len(facts) != 2 || !strings.Contains(facts[1].Value, "Ubuntu 24.04 LTS") || len(says) != 3 || w.InRescue(vm) {
		t.Fatal(facts, says, err)
	}
	status := func(want string, in bool) cloud.VM {
		t.Helper()
		now, err := w.GetVM(t.Context(), vm.ID)
		if err != nil || now.Status != want || w.InRescue(now) != in {
			t.Errorf("%s, in rescue %t (%v), want %s", now.Status, w.InRescue(now), err, want)
		}
		return now
	}
	begun, err := w.RescueVM(t.Context(), vm.ID, image)
	if err != nil || len(begun.Jobs) != 1 {
		t.Fatal(begun, err)
	}
	if says, err := w.PlanEndRescue(t.Context(), status("Rescuing", true)); err != nil || len(says) != 2 {
		t.Error(says, err)
	}
	_, err = w.EndRescue(t.Context(), vm.ID)
	refused(t, err, cloud.ErrUnknownID, "")
	w.later(3 * time.Second)
	status("Rescue", true)
	if begun, err = w.EndRescue(t.Context(), vm.ID); err != nil || len(begun.Jobs) != 1 {
		t.Fatal(begun, err)
	}
	status("Unrescuing", false)
	w.later(3 * time.Second)
	status("Running", false)
}

func TestRescuesThatAreRefused(t *testing.T) {
	w := newTenant(t)
	vm, gpu := w.vm(t, sandbox.RunningVM), w.vm(t, sandbox.RunningGPU)
	here := w.image(t, vm.LocationID, "Ubuntu 24.04 LTS")
	young := vm
	young.Status = "Provisioning"
	for name, c := range map[string]struct {
		vm    cloud.VM
		image cloud.RescueImage
		kind  cloud.ErrorKind
		says  string
	}{
		"a GPU VM":                    {gpu, cloud.RescueImage{Source: cloud.RescueFromCatalog, ID: here}, cloud.ErrUnsupported, "GPU VMs"},
		"one that is being made":      {young, cloud.RescueImage{Source: cloud.RescueFromCatalog, ID: here}, cloud.ErrBlocked, "provisioned"},
		"an image of another place":   {vm, cloud.RescueImage{Source: cloud.RescueFromCatalog, ID: w.image(t, w.location(t, "Chicago"), "Ubuntu 24.04 LTS")}, cloud.ErrUnknownID, "catalog image"},
		"a catalogue image as custom": {vm, cloud.RescueImage{Source: cloud.RescueFromCustom, ID: here}, cloud.ErrUnknownID, "custom image"},
	} {
		_, _, err := w.PlanRescue(t.Context(), c.vm, c.image)
		if e := cloudError(t, err); e.Kind != c.kind || !strings.Contains(e.Message, c.says) {
			t.Errorf("%s: %v", name, e)
		}
	}
	_, err := w.PlanEndRescue(t.Context(), gpu)
	refused(t, err, cloud.ErrUnsupported, "GPU VMs")
	if w.writes() != 0 {
		t.Error("something was sent")
	}
	w.house.sandbox.SetStatus(vm.ID, "Provisioning")
	_, err = w.RescueVM(t.Context(), vm.ID, cloud.RescueImage{Source: cloud.RescueFromCatalog, ID: here})
	refused(t, err, cloud.ErrBlocked, "")
}
