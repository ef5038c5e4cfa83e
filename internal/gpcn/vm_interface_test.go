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

// interfaces are those of a VM that must have them.
func (w tenant) interfaces(t *testing.T, vm cloud.VM) []cloud.Interface {
	t.Helper()
	all, err := w.ListVMInterfaces(t.Context(), vm)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// Every action with its consequences, its requests and its result.
func TestInterfaceChanges(t *testing.T) {
	back := func(i cloud.Interface) bool { return i.NetworkName == "backend-l2" }
	for name, c := range map[string]struct {
		vm     string
		change func(w tenant, all []cloud.Interface) cloud.InterfaceChange
		says   string
		jobs   int
		ended  func([]cloud.Interface) bool
	}{
		"attach": {sandbox.StoppedVM, func(w tenant, _ []cloud.Interface) cloud.InterfaceChange {
			return cloud.InterfaceChange{Action: cloud.InterfaceAttach, NetworkID: w.network(t, "backend-l2")}
		}, "on that network can reach", 1, func(all []cloud.Interface) bool { return len(all) == 2 && back(all[1]) && !all[1].Primary }},
		"set primary": {sandbox.RunningVM, func(_ tenant, all []cloud.Interface) cloud.InterfaceChange {
			return cloud.InterfaceChange{Action: cloud.InterfaceSetPrimary, InterfaceID: all[1].ID}
		}, "main address", 0, func(all []cloud.Interface) bool { return all[1].Primary && !all[0].Primary }},
		"detach": {sandbox.RunningVM, func(_ tenant, all []cloud.Interface) cloud.InterfaceChange {
			return cloud.InterfaceChange{Action: cloud.InterfaceDetach, InterfaceID: all[1].ID}
		}, "private address there is lost", 1, func(all []cloud.Interface) bool { return len(all) == 1 && !back(all[0]) }},
		"allocate": {sandbox.StoppedVM, func(_ tenant, all []cloud.Interface) cloud.InterfaceChange {
			return cloud.InterfaceChange{Action: cloud.PublicIPAllocate, InterfaceID: all[0].ID}
		}, "from the internet", 1, func(all []cloud.Interface) bool { return all[0].PublicIP != "" }},
		"release": {sandbox.RunningVM, func(_ tenant, all []cloud.Interface) cloud.InterfaceChange {
			return cloud.InterfaceChange{Action: cloud.PublicIPRelease, InterfaceID: all[0].ID}
		}, "lost for ever", 1, func(all []cloud.Interface) bool { return all[0].PublicIP == "" }},
	} {
		t.Run(name, func(t *testing.T) {
			w := newTenant(t)
			vm := w.vm(t, c.vm)
			all := w.interfaces(t, vm)
			change := c.change(w, all)
			says, err := w.PlanInterfaceChange(t.Context(), vm, all, change)
			if err != nil || !strings.Contains(strings.Join(says, " "), c.says) || w.writes() != 0 {
				t.Fatal(says, err)
			}
			begun, err := w.ChangeInterface(t.Context(), vm.ID, change)
			if err != nil || len(begun.Jobs) != c.jobs {
				t.Fatal(begun, err)
			}
			if c.jobs > 0 && c.ended(w.interfaces(t, vm)) {
				t.Error("it is done before its job")
			}
			w.later(2 * time.Second)
			if after := w.interfaces(t, vm); !c.ended(after) {
				t.Errorf("%+v", after)
			}
		})
	}
}

func TestInterfaceChangesThatAreRefused(t *testing.T) {
	w := newTenant(t)
	vm := w.vm(t, sandbox.RunningVM)
	all := w.interfaces(t, vm)
	full := slices.Repeat(all[:1], gpcn.MaxInterfaces)
	public := slices.Clone(all)
	public[1].PublicIP = "198.18.0.9"
	chicago, free := w.network(t, "chi-net"), w.network(t, "web-net")
	for name, c := range map[string]struct {
		all    []cloud.Interface
		change cloud.InterfaceChange
		kind   cloud.ErrorKind
		says   string
	}{
		"a sixth":              {full, cloud.InterfaceChange{Action: cloud.InterfaceAttach, NetworkID: free}, cloud.ErrBlocked, "has 5 interfaces"},
		"a network elsewhere":  {all, cloud.InterfaceChange{Action: cloud.InterfaceAttach, NetworkID: chicago}, cloud.ErrInvalid, "not in the data center"},
		"a network of nothing": {all, cloud.InterfaceChange{Action: cloud.InterfaceAttach, NetworkID: nobody}, cloud.ErrUnknownID, "network_id"},
		"the primary one":      {all, cloud.InterfaceChange{Action: cloud.InterfaceDetach, InterfaceID: all[0].ID}, cloud.ErrBlocked, "primary interface"},
		"no standard network":  {all, cloud.InterfaceChange{Action: cloud.PublicIPAllocate, InterfaceID: all[1].ID}, cloud.ErrBlocked, "standard networks only"},
		"another action":       {all, cloud.InterfaceChange{Action: "melt", InterfaceID: all[1].ID}, cloud.ErrUnsupported, "no such action"},
	} {
		_, err := w.PlanInterfaceChange(t.Context(), vm, c.all, c.change)
		if e := cloudError(t, err); e.Kind != c.kind || !strings.Contains(e.Message, c.says) {
			t.Errorf("%s: %v", name, e)
		}
	}
	says, err := w.PlanInterfaceChange(t.Context(), vm, public, cloud.InterfaceChange{Action: cloud.InterfaceDetach, InterfaceID: all[1].ID})
	if err != nil || len(says) != 2 || !strings.Contains(says[1], "public address") {
		t.Error(says, err)
	}
	_, err = w.ListVMInterfaces(t.Context(), w.vm(t, sandbox.RunningGPU))
	refused(t, err, cloud.ErrUnsupported, "GPU VMs")
	_, err = w.ChangeInterface(t.Context(), vm.ID, cloud.InterfaceChange{Action: "melt", InterfaceID: all[1].ID})
	refused(t, err, cloud.ErrUnsupported, "no such action")
	_, err = w.ChangeInterface(t.Context(), vm.ID, cloud.InterfaceChange{Action: cloud.InterfaceDetach, InterfaceID: "eth1"})
	refused(t, err, cloud.ErrUnknownID, "UUIDs")
	if w.writes() != 0 {
		t.Error("something was sent")
	}
}

// Where a machine takes no changes while it runs, it has to be stopped first.
func TestHotPlug(t *testing.T) {
	w := newTenant(t)
	vm := w.vm(t, sandbox.RunningVM)
	all := w.interfaces(t, vm)
	detach := cloud.InterfaceChange{Action: cloud.InterfaceDetach, InterfaceID: all[1].ID}
	w.house.sandbox.SetHotplug(vm.ID, false)
	for status, c := range map[gpcn.Status]struct {
		refused bool
		says    int
	}{gpcn.StatusRunning: {true, 0}, gpcn.StatusShutoff: {false, 1}, gpcn.StatusStopped: {false, 1}, gpcn.StatusStarting: {false, 2}} {
		w.house.sandbox.SetStatus(vm.ID, status)
		now := w.vm(t, sandbox.RunningVM)
		says, err := w.PlanInterfaceChange(t.Context(), now, all, detach)
		if c.refused {
			refused(t, err, cloud.ErrBlocked, "only while it is stopped")
			_, err = w.ChangeInterface(t.Context(), vm.ID, detach)
			refused(t, err, cloud.ErrBlocked, "")
		} else if err != nil || len(says) != c.says {
			t.Errorf("%s: %q %v", status, says, err)
		}
	}
}
