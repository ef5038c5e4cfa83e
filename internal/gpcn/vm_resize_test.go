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

// sku is the ID of a size of the first data center.
func (w tenant) sku(t *testing.T, vm cloud.VM, name string) cloud.OfferID {
	t.Helper()
	all, err := w.house.ListSizes(t.Context(), vm.LocationID, "")
	if err != nil {
		t.Fatal(err)
	}
	for _, category := range all.Categories {
		for _, size := range category.Sizes {
			if size.Name == name {
				return size.SKUID
			}
		}
	}
	t.Fatalf("no size %q", name)
	return ""
}

func (w tenant) whole(t *testing.T, name string) cloud.VM {
	t.Helper()
	vm, err := w.GetVM(t.Context(), w.vm(t, name).ID)
	if err != nil {
		t.Fatal(err)
	}
	return vm
}

func TestResize(t *testing.T) {
	for name, state := range map[string]cloud.PowerState{sandbox.RunningVM: cloud.PowerRunning, sandbox.StoppedVM: cloud.PowerStopped} {
		w := newTenant(t)
		vm := w.whole(t, name)
		small, large := cloud.Resize{OfferID: w.sku(t, vm, "G-Micro-1")}, cloud.Resize{OfferID: w.sku(t, vm, "M-Medium-1")}
		w.Provider = gpcn.New("gpcn", w.house.Client, gpcn.WithPriceBook(cloud.PriceBook{large.OfferID: {PerHour: usd(t, "0.40")}}))

		plan, err := w.PlanResize(t.Context(), vm, large)
		if err != nil || plan.Same || plan.Then != (cloud.MachineSize{VCPUs: 4, RAMGB: 32, StorageGB: 80}) || plan.Now.StorageGB != *vm.StorageGB || plan.Before.Known() {
			t.Errorf("%s: %+v, %v", name, plan, err)
		}
		// The rate of a stopped machine is not in the book.
		if plan.After.Known() != (state == cloud.PowerRunning) || slices.Contains(plan.Consequences, "") || len(plan.Consequences) < 3 {
			t.Errorf("%s: %+v", name, plan)
		}
		_, err = w.PlanResize(t.Context(), vm, small)
		refused(t, err, cloud.ErrUnknownID, "no size that this machine can be upgraded to")
		if w.writes() > 0 {
			t.Errorf("%s: planning wrote", name)
		}

		accepted, err := w.ResizeVM(t.Context(), vm.ID, large)
		if err != nil || len(accepted.Jobs) != 1 {
			t.Fatalf("%s: %+v, %v", name, accepted, err)
		}
		if done, err := w.Resized(t.Context(), vm.ID, large); done || err != nil || w.whole(t, name).Status != "Resizing" {
			t.Errorf("%s: done at once %v, %v", name, done, err)
		}
		w.later(5 * time.Second)
		if done, err := w.Resized(t.Context(), vm.ID, large); !done || err != nil || w.whole(t, name).Power != state {
			t.Errorf("%s: done %v, %v", name, done, err)
		}
		if plan, err := w.PlanResize(t.Context(), vm, large); err != nil || !plan.Same {
			t.Errorf("%s: again %+v, %v", name, plan, err)
		}
	}
}

func TestResizeThatIsRefused(t *testing.T) {
	w := newTenant(t)
	vm, gpu := w.whole(t, sandbox.RunningVM), w.whole(t, sandbox.RunningGPU)
	large := w.sku(t, vm, "G-Medium-1")
	for name, c := range map[string]struct {
		vm   cloud.VM
		to   cloud.Resize
		kind cloud.ErrorKind
		says string
	}{
		"nothing":  {vm, cloud.Resize{}, cloud.ErrInvalid, "offer_id: is required here"},
		"units":    {vm, cloud.Resize{VCPUs: 4, RAMGB: 8}, cloud.ErrInvalid, "give offer_id"},
		"both":     {vm, cloud.Resize{OfferID: large, RAMGB: 8}, cloud.ErrInvalid, "ram_gb: is not taken here"},
		"a name":   {vm, cloud.Resize{OfferID: "G-Medium-1"}, cloud.ErrUnknownID, "no size"},
		"of a GPU": {gpu, cloud.Resize{OfferID: large}, cloud.ErrUnsupported, "GPU VM"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := w.PlanResize(t.Context(), c.vm, c.to)
			refused(t, err, c.kind, c.says)
		})
	}
	_, err := w.PlanResize(t.Context(), vm, cloud.Resize{OfferID: "G-Medium-1"})
	if e := cloudError(t, err); len(e.Candidates) == 0 || e.Candidates[0].ID != string(large) {
		t.Errorf("candidates %+v", e.Candidates)
	}
	_, err = w.ResizeVM(t.Context(), gpu.ID, cloud.Resize{OfferID: large})
	refused(t, err, cloud.ErrUnsupported, "GPU VM")
	_, err = w.ResizeVM(t.Context(), "web-1", cloud.Resize{OfferID: large})
	refused(t, err, cloud.ErrUnknownID, "UUID")
	if w.writes() > 0 {
		t.Error("something was sent")
	}
}

// Requests that the sandbox refuses, and that a plan refuses before.
func TestSandboxHoldsResizesToItsRules(t *testing.T) {
	w := newTenant(t)
	vm := w.whole(t, sandbox.RunningVM)
	own, large := w.sku(t, vm, "G-Small-1"), w.sku(t, vm, "G-Medium-1")
	_, err := w.house.ResizeVM(t.Context(), vm.ID, own)
	refused(t, err, cloud.ErrInvalid, "cannot be resized")
	_, err = w.house.ResizeVM(t.Context(), vm.ID, documentedID)
	refused(t, err, cloud.ErrUnknownID, "")
	if _, err := w.house.ResizeVM(t.Context(), vm.ID, large); err != nil {
		t.Fatal(err)
	}
	_, err = w.house.ResizeVM(t.Context(), vm.ID, w.sku(t, vm, "M-Medium-1"))
	refused(t, err, cloud.ErrBlocked, "not in a valid state")
}

// Statuses that the guide lists, of this operation.
func TestResizeStatuses(t *testing.T) {
	for status, kind := range map[int]cloud.ErrorKind{
		400: cloud.ErrInvalid, 401: cloud.ErrUnauthorized, 403: cloud.ErrForbidden, 404: cloud.ErrUnknownID,
		409: cloud.ErrBlocked, 422: cloud.ErrInvalid, 429: cloud.ErrRateLimited, 500: cloud.ErrUnavailable, 503: cloud.ErrUnavailable,
	} {
		client := answering(t, status, `{"success":false,"message":"no","error":{"code":"X","statusCode":0,"details":null}}`)
		_, err := client.ResizeVM(t.Context(), documentedID, documentedID)
		if e := cloudError(t, err); e.Kind != kind || e.Operation != "resize VM" || e.Ambiguous != (status >= 500) || !strings.Contains(e.Message, "no") {
			t.Errorf("%d: %+v", status, e)
		}
	}
}
