package hostup_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"countersign/internal/cloud"
	"countersign/internal/hostup/sandbox"
	"countersign/internal/sandboxkit"
)

func TestResize(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	id := w.server(t, sandbox.TwinVPS, true)
	to := cloud.Resize{VCPUs: 4, RAMGB: 8}
	plan, err := w.provider.PlanResize(ctx, w.vm(t, id), to)
	if err != nil || plan.Same || plan.Now != (cloud.MachineSize{VCPUs: 2, RAMGB: 4}) || plan.Then != (cloud.MachineSize{VCPUs: 4, RAMGB: 8}) {
		t.Fatalf("%+v, %v", plan, err)
	}
	isPrice(t, "before", plan.Before, "0.57 SEK", "")
	isPrice(t, "after", plan.After, "0.97 SEK", "") // 4 x 0.12 + 8 x 0.04 + 50 x 0.003 + 0.02
	if slices.Contains(plan.Consequences, "") || !strings.Contains(strings.Join(plan.Consequences, " "), "rebooted for it is not documented") {
		t.Errorf("%q", plan.Consequences)
	}
	if done, err := w.provider.Resized(ctx, id, to); done || err != nil {
		t.Errorf("done before: %v, %v", done, err)
	}
	if accepted, err := w.provider.ResizeVM(ctx, id, to); err != nil || len(accepted.Jobs) > 0 {
		t.Errorf("%+v, %v", accepted, err)
	}
	if done, err := w.provider.Resized(ctx, id, to); !done || err != nil {
		t.Errorf("not done: %v, %v", done, err)
	}
	isPrice(t, "now", w.vm(t, id).Price, "0.97 SEK", "")
	if plan, err := w.provider.PlanResize(ctx, w.vm(t, id), to); err != nil || !plan.Same {
		t.Errorf("again: %+v, %v", plan, err)
	}
	// Down again.
	if plan, err := w.provider.PlanResize(ctx, w.vm(t, id), cloud.Resize{VCPUs: 1, RAMGB: 1}); err != nil || plan.After.PerHour.Compare(*plan.Before.PerHour) >= 0 {
		t.Errorf("down: %+v, %v", plan, err)
	}
}

func TestResizeThatIsRefused(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	payg, stopped, sold := w.vm(t, w.server(t, sandbox.TwinVPS, true)), w.vm(t, w.server(t, sandbox.StoppedPAYG, true)), w.vm(t, w.server(t, sandbox.PlanVPS, false))
	closed := payg
	closed.Gates = []cloud.NamedGate{{Name: "canResize", Gate: cloud.Gate{Reason: "Busy.", Code: "vps_not_ready"}}}
	sizeless := payg
	sizeless.RAMGB = nil
	for name, c := range map[string]struct {
		vm    cloud.VM
		to    cloud.Resize
		kind  cloud.ErrorKind
		field string
	}{
		"nothing":       {payg, cloud.Resize{}, cloud.ErrInvalid, "vcpus"},
		"half":          {payg, cloud.Resize{VCPUs: 4}, cloud.ErrInvalid, "ram_gb"},
		"an offer":      {payg, cloud.Resize{OfferID: "stockholm", VCPUs: 4, RAMGB: 8}, cloud.ErrInvalid, "offer_id"},
		"too many":      {payg, cloud.Resize{VCPUs: 33, RAMGB: 8}, cloud.ErrInvalid, "vcpus"},
		"over a limit":  {payg, cloud.Resize{VCPUs: 15, RAMGB: 8}, cloud.ErrBlocked, "vcpus"},
		"over another":  {payg, cloud.Resize{VCPUs: 2, RAMGB: 61}, cloud.ErrBlocked, "ram_gb"},
		"of a plan":     {sold, cloud.Resize{VCPUs: 4, RAMGB: 8}, cloud.ErrUnsupported, ""},
		"gate closed":   {closed, cloud.Resize{VCPUs: 4, RAMGB: 8}, cloud.ErrBlocked, "actions.canResize"},
		"size not told": {sizeless, cloud.Resize{VCPUs: 4, RAMGB: 8}, cloud.ErrUnavailable, ""},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := w.provider.PlanResize(ctx, c.vm, c.to)
			e := cloudError(t, err)
			if e.Kind != c.kind || e.Hint == "" || c.field != "" && e.Issues[0].Field != c.field {
				t.Errorf("%+v", e)
			}
		})
	}
	// The unused part of the limits, and what the machine has, are enough.
	if _, err := w.provider.PlanResize(ctx, payg, cloud.Resize{VCPUs: 14, RAMGB: 60}); err != nil {
		t.Error(err)
	}
	// The plan says that a stopped machine's prices are those of a running one, and that a
	// gate is absent.
	stopped.Gates = nil
	plan, err := w.provider.PlanResize(ctx, stopped, cloud.Resize{VCPUs: 4, RAMGB: 8})
	if err != nil || !plan.Before.Known() || plan.Notes[0] != "Both prices are those of a running machine." || !strings.Contains(strings.Join(plan.Consequences, " "), "shows no gate") {
		t.Errorf("%+v, %v", plan, err)
	}
	stopped.StorageGB = nil
	if plan, err := w.provider.PlanResize(ctx, stopped, cloud.Resize{VCPUs: 4, RAMGB: 8}); err != nil || plan.After.Known() {
		t.Errorf("%+v, %v", plan, err)
	}
	_, offered := w.provider.ResizeVM(ctx, payg.ID, cloud.Resize{OfferID: "x"})
	_, foreign := w.provider.ResizeVM(ctx, "worker", cloud.Resize{VCPUs: 4, RAMGB: 8})
	if !cloud.IsKind(offered, cloud.ErrInvalid) || !cloud.IsKind(foreign, cloud.ErrUnknownID) || len(w.wrote()) > 0 {
		t.Errorf("%v, %v, wrote %v", offered, foreign, w.wrote())
	}
}

// A response with another size is ambiguous, one with less detail is not.
func TestAnswersToAResize(t *testing.T) {
	to := cloud.Resize{VCPUs: 4, RAMGB: 8}
	for body, doubt := range map[string]bool{
		`{"resized":true}`: false,
		`{"resized":true,"resources":{"cpuCores":4,"memoryGb":8},"previousResources":null}`: false,
		`{"resized":true,"resources":{"cpuCores":4}}`:                                       false,
		`{"resized":true,"resources":{"cpuCores":2,"memoryGb":8}}`:                          true,
		`{"resized":false}`: true,
		`{}`:                true,
	} {
		_, err := answering(t, http.StatusOK, nil, body).ResizeVM(t.Context(), documentedVPS, to)
		if (err != nil) != doubt || cloud.IsAmbiguous(err) != doubt {
			t.Errorf("%s: %v", body, err)
		}
	}
	if _, err := answering(t, http.StatusOK, nil, `{"id":"`+string(documentedVPS)+`"}`).Resized(t.Context(), documentedVPS, to); err == nil {
		t.Error("a size that is not told was compared")
	}
}

// Without the limits a resize is refused.
func TestResizeWithoutLimits(t *testing.T) {
	for _, path := range []string{"/api/v2/vps/payg/limits", "/api/v2/vps/payg/deployments"} {
		w := newWorld(t)
		vm := w.vm(t, w.server(t, sandbox.TwinVPS, true))
		w.kit.AddFault("hostup", sandboxkit.Fault{Kind: sandboxkit.ServerError, Path: path, Times: 10})
		if _, err := w.provider.PlanResize(t.Context(), vm, cloud.Resize{VCPUs: 4, RAMGB: 8}); !cloud.IsKind(err, cloud.ErrUnavailable) {
			t.Errorf("%s: %v", path, err)
		}
	}
}
