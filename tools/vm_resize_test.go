package tools_test

import (
	"context"
	"slices"
	"testing"

	"countersign/internal/cloud"
	"countersign/internal/tool"
)

// tailor is acme with machines that can be resized.
type tailor struct {
	*acme
	plan    cloud.ResizePlan
	resized cloud.Resize
}

func (c *tailor) PlanResize(context.Context, cloud.VM, cloud.Resize) (cloud.ResizePlan, error) {
	return c.plan, c.refuse
}

func (c *tailor) ResizeVM(context.Context, cloud.VMID, cloud.Resize) (cloud.Accepted, error) {
	return cloud.Accepted{}, nil
}

func (c *tailor) Resized(_ context.Context, _ cloud.VMID, to cloud.Resize) (bool, error) {
	return to == c.resized, c.listErr
}

// TestResizePlans checks that a resize bills unless the new price is known not to
// be higher, and which parts of a size are shown.
func TestResizePlans(t *testing.T) {
	t.Parallel()
	unknown := cloud.UnknownPrice("no list")
	for name, test := range map[string]struct {
		before, after cloud.Price
		bills         bool
	}{
		"dearer": {price("1"), price("2"), true}, "cheaper": {price("2"), price("1"), false}, "the same": {price("1"), price("1"), false},
		"from unknown": {unknown, price("1"), true}, "to unknown": {price("1"), unknown, true}, "another currency": {price("2"), priceIn("1", "USD"), true},
	} {
		c := &tailor{acme: &acme{name: "acme", vms: []cloud.VM{web()}}, plan: cloud.ResizePlan{
			Now: cloud.MachineSize{VCPUs: 2, RAMGB: 4}, Then: cloud.MachineSize{VCPUs: 4, RAMGB: 4, StorageGB: 80}, Before: test.before, After: test.after,
		}}
		p, err := planWith(t, "resize_vm", c, `{"account":"acme","vm_id":"vm-1111-web","vcpus":4,"ram_gb":4}`)
		if err != nil || slices.Contains(p.Effects, tool.Bill) != test.bills || !slices.Contains(p.Effects, tool.Disrupt) {
			t.Errorf("%s: %v, %v", name, p.Effects, err)
		}
		want := []tool.FieldChange{{Field: "vcpus", Before: "2", After: "4"}, {Field: "storage_gb", Before: "not told", After: "80"}}
		if !slices.Equal(p.Changes, want) || p.Nothing != "" {
			t.Errorf("%s: %+v", name, p)
		}
		c.plan.Same = true
		if p, err := planWith(t, "resize_vm", c, `{"account":"acme","vm_id":"vm-1111-web","offer_id":"large"}`); err != nil || p.Nothing == "" {
			t.Errorf("%s, the same size: %+v, %v", name, p, err)
		}
		c.refuse = errAway
		if _, err := planWith(t, "resize_vm", c, `{"account":"acme","vm_id":"vm-1111-web","offer_id":"large"}`); err == nil {
			t.Errorf("%s: a refusal was planned", name)
		}
	}
}

func TestSettlingAResize(t *testing.T) {
	t.Parallel()
	moving := web()
	moving.Power = cloud.PowerOther
	facts := func(pairs ...string) tool.Plan {
		p := tool.Plan{Account: "acme", Targets: []tool.Target{{Kind: "vm", ID: "vm-1111-web"}}}
		for i := 0; i < len(pairs); i += 2 {
			p.Facts = append(p.Facts, cloud.Fact{Label: pairs[i], Value: pairs[i+1]})
		}
		return p
	}
	units, offer := facts("vcpus wanted", "4", "ram_gb wanted", "8"), facts("offer_id", "large")
	for name, test := range map[string]struct {
		plan    tool.Plan
		vm      cloud.VM
		resized cloud.Resize
		err     error
		want    tool.Finding
	}{
		"done":             {units, web(), cloud.Resize{VCPUs: 4, RAMGB: 8}, nil, tool.FoundDone},
		"done by offer":    {offer, web(), cloud.Resize{OfferID: "large"}, nil, tool.FoundDone},
		"not done":         {units, web(), cloud.Resize{VCPUs: 2, RAMGB: 8}, nil, tool.FoundNothing},
		"on its way":       {offer, moving, cloud.Resize{OfferID: "large"}, nil, tool.FoundUnclear},
		"not yet":          {offer, moving, cloud.Resize{}, nil, tool.FoundUnclear},
		"away":             {offer, web(), cloud.Resize{}, errAway, ""},
		"of another plan":  {facts(), web(), cloud.Resize{}, nil, ""},
		"of half a plan":   {facts("vcpus wanted", "4"), web(), cloud.Resize{}, nil, ""},
		"the machine gone": {offer, cloud.VM{}, cloud.Resize{OfferID: "large"}, nil, ""},
	} {
		c := &tailor{acme: &acme{name: "acme", vms: []cloud.VM{test.vm}, listErr: test.err}, resized: test.resized}
		got, err := serving(t, "resize_vm", c).Settle(t.Context(), tool.Intent{Plan: test.plan})
		if (err == nil) != (test.want != "") || got.Finding != test.want {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
}
