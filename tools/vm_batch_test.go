package tools_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"countersign/internal/cloud"
	"countersign/internal/tool"
)

// fleet is acme with bulk operations for machines of kind "acme_gpu".
type fleet struct {
	*acme
	deleting []cloud.VMID
}

func (*fleet) BatchKind() string { return "acme_gpu" }

func (f *fleet) Deleting(ctx context.Context, id cloud.VMID, _ cloud.Deletion) (bool, error) {
	if slices.Contains(f.deleting, id) {
		return true, nil
	}
	return cloud.Gone(ctx, f, id)
}

func (f *fleet) StopVMs(_ context.Context, ids []cloud.VMID) ([]cloud.Job, error) {
	f.writes = append(f.writes, fmt.Sprint("stop ", ids))
	var parts []cloud.Job
	for i, id := range ids {
		parts = append(parts, cloud.Job{ID: cloud.JobID(id), MadeID: string(id), State: []cloud.JobState{cloud.JobDone, cloud.JobFailed}[i%2], Message: "IGNORE ME"})
	}
	return parts, nil
}

func (f *fleet) DeleteVMs(_ context.Context, ids []cloud.VMID) (cloud.Accepted, error) {
	f.writes = append(f.writes, fmt.Sprint("delete ", ids))
	return cloud.Accepted{Jobs: []cloud.JobID{"job-1"}, Parts: []cloud.Job{{ID: "vm-2", State: cloud.JobVanished}}}, nil
}

func newFleet(prices ...cloud.Price) *fleet {
	f := &fleet{acme: &acme{name: "acme", actions: []cloud.PowerActionInfo{{
		Action: cloud.PowerStop, Result: cloud.PowerStopped, Interrupts: true, Billing: "It costs.", Consequences: []string{"It stops."},
	}}}}
	for i, p := range prices {
		id := cloud.VMID(fmt.Sprintf("vm-%d", i+1))
		f.vms = append(f.vms, cloud.VM{ID: id, Name: "gpu", Kind: "acme_gpu", Power: cloud.PowerRunning, Price: p, Rates: map[cloud.PowerState]cloud.Price{cloud.PowerStopped: p}})
	}
	return f
}

// TestSumsOfBatches checks that the price of several machines is known only if each
// price is, in one currency.
func TestSumsOfBatches(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		prices []cloud.Price
		want   string
		says   string
	}{
		"known":              {[]cloud.Price{price("1.10"), price("0.20")}, "1.3 EUR per hour", ""},
		"one unknown":        {[]cloud.Price{price("1.10"), cloud.UnknownPrice("no list")}, "unknown", "the price of 1 of 2 machines is not known"},
		"several currencies": {[]cloud.Price{price("1.10"), priceIn("1", "USD")}, "unknown", "several currencies"},
	} {
		f := newFleet(test.prices...)
		for _, tool := range []string{"stop_gpcn_gpus", "delete_gpcn_gpus"} {
			p, err := callOf(t, tool, f, `{"account":"acme","vm_ids":["vm-1","vm-2"]}`).Plan(t.Context())
			if err != nil || p.Cost.Before.String() != test.want || !strings.Contains(p.Cost.Before.Unknown, test.says) {
				t.Errorf("%s, %s: %+v %v", name, tool, p.Cost, err)
			}
		}
	}
}

// TestBatchPlans checks that one plan shows every machine, and each sentence once.
func TestBatchPlans(t *testing.T) {
	t.Parallel()
	f := newFleet(price("1"), price("1"))
	p, err := callOf(t, "stop_gpcn_gpus", f, `{"account":"acme","vm_ids":["vm-1","vm-2"]}`).Plan(t.Context())
	if err != nil || len(p.Targets) != 2 || len(p.Changes) != 2 || !slices.Equal(p.Consequences, []string{"It costs.", "It stops."}) || !slices.Equal(p.Effects, []tool.Effect{tool.Change, tool.Disrupt}) {
		t.Errorf("%+v %v", p, err)
	}
	p, err = callOf(t, "delete_gpcn_gpus", f, `{"account":"acme","vm_ids":["vm-2","vm-1"]}`).Plan(t.Context())
	if err != nil || p.Targets[0].ID != "vm-2" || p.Targets[0].NameShared || !slices.Equal(p.Effects, []tool.Effect{tool.Destroy}) {
		t.Errorf("%+v %v", p, err)
	}
	// For a single machine the name is typed, and two machines have this one.
	p, err = callOf(t, "delete_gpcn_gpus", f, `{"account":"acme","vm_ids":["vm-2"]}`).Plan(t.Context())
	if err != nil || !p.Targets[0].NameShared {
		t.Errorf("%+v %v", p, err)
	}
	f.vms[0].Power, f.vms[1].Power = cloud.PowerStopped, cloud.PowerStopped
	p, err = callOf(t, "stop_gpcn_gpus", f, `{"account":"acme","vm_ids":["vm-1","vm-2"]}`).Plan(t.Context())
	if err != nil || p.Nothing == "" {
		t.Errorf("%+v %v", p, err)
	}
	f.vms[1].Kind = "acme_vm"
	for arguments, code := range map[string]tool.Code{`"vm-1","vm-2"`: tool.CodeUnsupported, `"vm-1","vm-1"`: tool.CodeInvalidArguments, `"vm-1","gpu"`: "unknown_id"} {
		_, err = callOf(t, "delete_gpcn_gpus", f, `{"account":"acme","vm_ids":[`+arguments+`]}`).Plan(t.Context())
		if tool.AsError(err).Code != code {
			t.Errorf("%s: %v", arguments, err)
		}
	}
	if len(f.writes) > 0 {
		t.Errorf("planning wrote %v", f.writes)
	}
}

// TestBatchResults checks that the summary names what failed by its ID and without
// the cloud's text, which only the parts have.
func TestBatchResults(t *testing.T) {
	t.Parallel()
	f := newFleet(price("1"), price("1"), price("1"))
	call := callOf(t, "stop_gpcn_gpus", f, `{"account":"acme","vm_ids":["vm-1","vm-2","vm-3"]}`)
	p, err := call.Plan(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	made, err := call.Execute(t.Context(), tool.Run{Plan: p})
	if err != nil || len(made.IDs) != 2 || len(made.Parts) != 3 || len(f.writes) != 1 ||
		!strings.Contains(made.Summary, "Only 2 of 3 GPU VMs") || !strings.Contains(made.Summary, "vm-2") || strings.Contains(made.Summary, "IGNORE") {
		t.Errorf("%+v %v", made, err)
	}
	call = callOf(t, "delete_gpcn_gpus", f, `{"account":"acme","vm_ids":["vm-1","vm-2"]}`)
	if p, err = call.Plan(t.Context()); err != nil {
		t.Fatal(err)
	}
	if made, err = call.Execute(t.Context(), tool.Run{Plan: p}); err != nil || len(made.Jobs) != 1 || len(made.Parts) != 1 || len(made.IDs) != 0 {
		t.Errorf("%+v %v", made, err)
	}
}

// TestLostBatches checks that each machine of a call without a response is read.
func TestLostBatches(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		tool   string
		become func(*fleet)
		want   tool.Finding
		done   int
	}{
		"stop, none":           {"stop_gpcn_gpus", func(*fleet) {}, tool.FoundNothing, 0},
		"stop, all":            {"stop_gpcn_gpus", func(f *fleet) { f.vms[0].Power, f.vms[1].Power = cloud.PowerStopped, cloud.PowerStopped }, tool.FoundDone, 2},
		"stop, one":            {"stop_gpcn_gpus", func(f *fleet) { f.vms[0].Power = cloud.PowerStopped }, tool.FoundDone, 1},
		"stop, one on its way": {"stop_gpcn_gpus", func(f *fleet) { f.vms[0].Power = cloud.PowerOther }, tool.FoundUnclear, 0},
		"stop, one gone":       {"stop_gpcn_gpus", func(f *fleet) { f.vms[0].Power, f.vms = cloud.PowerStopped, f.vms[:1] }, tool.FoundDone, 1},
		"delete, none":         {"delete_gpcn_gpus", func(*fleet) {}, tool.FoundNothing, 0},
		"delete, one begun":    {"delete_gpcn_gpus", func(f *fleet) { f.deleting = []cloud.VMID{"vm-2"} }, tool.FoundDone, 1},
		"delete, all gone":     {"delete_gpcn_gpus", func(f *fleet) { f.vms = nil }, tool.FoundDone, 2},
	} {
		f := newFleet(price("1"), price("1"))
		p, err := callOf(t, test.tool, f, `{"account":"acme","vm_ids":["vm-1","vm-2"]}`).Plan(t.Context())
		if err != nil {
			t.Fatal(name, err)
		}
		test.become(f)
		found, err := toolOf(t, test.tool, f).Settle(t.Context(), tool.Intent{Plan: p})
		if err != nil || found.Finding != test.want || len(found.Made.IDs) != test.done || test.done > 0 && len(found.Made.Parts) != 2 {
			t.Errorf("%s: %+v %v", name, found, err)
		}
	}
}
