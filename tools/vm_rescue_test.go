package tools_test

import (
	"context"
	"testing"

	"countersign/internal/cloud"
	"countersign/internal/tool"
)

// clinic is acme with a rescue mode, which the status of a machine shows.
type clinic struct{ *acme }

func (clinic) InRescue(vm cloud.VM) bool { return vm.Status == "rescue" }

func (c clinic) PlanRescue(context.Context, cloud.VM, cloud.RescueImage) ([]cloud.Fact, []string, error) {
	return nil, nil, c.refuse
}

func (c clinic) RescueVM(_ context.Context, id cloud.VMID, image cloud.RescueImage) (cloud.Accepted, error) {
	c.writes = append(c.writes, "rescue "+string(id)+" "+string(image.ID))
	return cloud.Accepted{Jobs: []cloud.JobID{"job-1"}}, nil
}

func (c clinic) PlanEndRescue(context.Context, cloud.VM) ([]string, error) { return nil, c.refuse }

func (c clinic) EndRescue(_ context.Context, id cloud.VMID) (cloud.Accepted, error) {
	c.writes = append(c.writes, "end "+string(id))
	return cloud.Accepted{Jobs: []cloud.JobID{"job-2"}}, nil
}

// TestRescueByState checks that both directions disrupt, that nothing is sent if
// the machine is already in the wanted mode, and that its state settles a call
// without a response.
func TestRescueByState(t *testing.T) {
	t.Parallel()
	const target = `"account":"acme","vm_id":"vm-1111-web"`
	for _, test := range []struct {
		name, arguments, status string
		nothing                 bool
	}{
		{"rescue_vm", `{` + target + `,"source":"catalog","image_id":"img-1"}`, "up", false},
		{"rescue_vm", `{` + target + `,"source":"catalog","image_id":"img-1"}`, "rescue", true},
		{"end_rescue", `{` + target + `}`, "rescue", false},
		{"end_rescue", `{` + target + `}`, "up", true},
	} {
		vm := web()
		vm.Status = test.status
		c := clinic{&acme{name: "acme", vms: []cloud.VM{vm}}}
		call := callOf(t, test.name, c, test.arguments)
		p, err := call.Plan(t.Context())
		if err != nil || (p.Nothing != "") != test.nothing || tool.Highest(p.Effects) != tool.Disrupt {
			t.Errorf("%s of one that is %s: %v %q %v", test.name, test.status, p.Effects, p.Nothing, err)
		}
		found, err := toolOf(t, test.name, c).Settle(t.Context(), tool.Intent{Plan: p})
		if err != nil || (found.Finding == tool.FoundDone) != test.nothing || (found.Finding == tool.FoundNothing) == test.nothing {
			t.Errorf("%s of one that is %s: %+v %v", test.name, test.status, found, err)
		}
		if len(c.writes) > 0 {
			t.Errorf("planning wrote %v", c.writes)
		}
		if made, err := call.Execute(t.Context(), tool.Run{Plan: p}); err != nil || len(made.Jobs) != 1 || len(c.writes) != 1 || made.IDs[0].ID != "vm-1111-web" {
			t.Errorf("%s: %+v %v %v", test.name, made, c.writes, err)
		}
	}
	c := clinic{&acme{name: "acme", vms: []cloud.VM{web()}, refuse: errAway}}
	if _, err := callOf(t, "rescue_vm", c, `{`+target+`,"source":"catalog","image_id":"img-1"}`).Plan(t.Context()); err == nil {
		t.Error("what the cloud refuses is planned")
	}
}
