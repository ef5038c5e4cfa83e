package tools_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"countersign/internal/cloud"
	"countersign/internal/tool"
)

// TestPowerEffects checks the effects of every action on a machine in its present
// state.
func TestPowerEffects(t *testing.T) {
	t.Parallel()
	unknown := cloud.UnknownPrice("no list")
	usd := priceIn("0.10", "USD")
	rates := func(running, stopped cloud.Price) map[cloud.PowerState]cloud.Price {
		return map[cloud.PowerState]cloud.Price{cloud.PowerRunning: running, cloud.PowerStopped: stopped}
	}
	const interrupts = true
	tests := []struct {
		name       string
		now        cloud.Price
		rates      map[cloud.PowerState]cloud.Price
		result     cloud.PowerState
		interrupts bool
		want       []tool.Effect
	}{
		{"stop, same price", price("1"), rates(price("1"), price("1")), cloud.PowerStopped, interrupts, []tool.Effect{tool.Change, tool.Disrupt}},
		{"stop, cheaper", price("1"), rates(price("1"), price("0.2")), cloud.PowerStopped, interrupts, []tool.Effect{tool.Change, tool.Disrupt}},
		{"stop, dearer", price("1"), rates(price("1"), price("1.01")), cloud.PowerStopped, interrupts, []tool.Effect{tool.Change, tool.Disrupt, tool.Bill}},
		{"stop, price unknown", price("1"), nil, cloud.PowerStopped, interrupts, []tool.Effect{tool.Change, tool.Disrupt}},
		{"start, same price", price("1"), rates(price("1"), price("1")), cloud.PowerRunning, false, []tool.Effect{tool.Change}},
		{"start, dearer", price("0.2"), rates(price("1"), price("0.2")), cloud.PowerRunning, false, []tool.Effect{tool.Change, tool.Bill}},
		{"start, cheaper", price("2"), rates(price("1"), price("2")), cloud.PowerRunning, false, []tool.Effect{tool.Change}},
		{"start, from a price unknown", unknown, rates(price("1"), unknown), cloud.PowerRunning, false, []tool.Effect{tool.Change, tool.Bill}},
		{"start, to a price unknown", price("0.2"), rates(unknown, price("0.2")), cloud.PowerRunning, false, []tool.Effect{tool.Change, tool.Bill}},
		{"start, to a state without a rate", price("0.2"), nil, cloud.PowerRunning, false, []tool.Effect{tool.Change, tool.Bill}},
		{"start, another currency", price("1"), rates(usd, price("1")), cloud.PowerRunning, false, []tool.Effect{tool.Change, tool.Bill}},
		{"restart", price("1"), rates(price("1"), price("1")), cloud.PowerRunning, interrupts, []tool.Effect{tool.Change, tool.Disrupt}},
		{"restart of a cheaper stopped one", price("0.2"), rates(price("1"), price("0.2")), cloud.PowerRunning, interrupts, []tool.Effect{tool.Change, tool.Disrupt, tool.Bill}},
	}
	for _, test := range tests {
		vm := web()
		vm.Power, vm.Price, vm.Rates = cloud.PowerOther, test.now, test.rates
		info := cloud.PowerActionInfo{Action: cloud.PowerStop, Result: test.result, Interrupts: test.interrupts, Billing: "It costs.", Consequences: []string{"More."}}
		p, err := plan(t, &acme{name: "acme", vms: []cloud.VM{vm}, actions: []cloud.PowerActionInfo{info}}, "power_vm", `{"account":"acme","vm_id":"vm-1111-web","action":"stop"}`)
		if err != nil || !slices.Equal(p.Effects, test.want) {
			t.Errorf("%s: %v, want %v (%v)", test.name, p.Effects, test.want, err)
		}
		if test.rates == nil && p.Cost.After.Known() || !slices.Equal(p.Consequences, []string{"It costs.", "More."}) {
			t.Errorf("%s: %+v", test.name, p)
		}
	}
}

// TestPowerThatIsThere checks which actions have nothing to do, and that a restart
// always has.
func TestPowerThatIsThere(t *testing.T) {
	t.Parallel()
	for action, nothing := range map[cloud.PowerAction]bool{
		cloud.PowerStart: true, cloud.PowerRestart: false, cloud.PowerForceRestart: false,
	} {
		info := cloud.PowerActionInfo{Action: action, Result: cloud.PowerRunning}
		p, err := plan(t, &acme{name: "acme", vms: []cloud.VM{web()}, actions: []cloud.PowerActionInfo{info}}, "power_vm",
			`{"account":"acme","vm_id":"vm-1111-web","action":"`+string(action)+`"}`)
		if err != nil || (p.Nothing != "") != nothing {
			t.Errorf("%s: %q %v", action, p.Nothing, err)
		}
	}
	_, err := plan(t, &acme{name: "acme", vms: []cloud.VM{web()}, actions: stops()}, "power_vm", `{"account":"acme","vm_id":"vm-1111-web","action":"release"}`)
	if e := tool.AsError(err); e.Code != tool.CodeUnsupported || !strings.Contains(e.Hint, "stop") {
		t.Errorf("an action that the cloud lacks: %+v", e)
	}
}

// TestVMChanges checks what counts as a change, and what does not.
func TestVMChanges(t *testing.T) {
	t.Parallel()
	altered := web()
	altered.NameAltered = true
	untagged := web()
	untagged.Tags = nil
	name := func(before, after string) tool.FieldChange {
		return tool.FieldChange{Field: "name", Before: before, After: after}
	}
	tags := func(before, after string) tool.FieldChange {
		return tool.FieldChange{Field: "tags", Before: before, After: after}
	}
	tests := []struct {
		name, arguments string
		vm              cloud.VM
		want            []tool.FieldChange
		write           string
	}{
		{"name", `"name":"new"`, web(), []tool.FieldChange{name("web", "new")}, "update vm-1111-web name=new"},
		{"same name", `"name":"web"`, web(), nil, ""},
		{"same name to the eye only", `"name":"web"`, altered, []tool.FieldChange{name("web", "web")}, "update vm-1111-web name=web"},
		{"tags", `"tags":["a"]`, web(), []tool.FieldChange{tags(`["prod","web"]`, `["a"]`)}, `update vm-1111-web tags=["a"]`},
		{"same tags", `"tags":["prod","web"]`, web(), nil, ""},
		{"other order", `"tags":["web","prod"]`, web(), []tool.FieldChange{tags(`["prod","web"]`, `["web","prod"]`)}, `update vm-1111-web tags=["web" "prod"]`},
		{"no tags any more", `"clear_tags":true`, web(), []tool.FieldChange{tags(`["prod","web"]`, `[]`)}, `update vm-1111-web tags=[]`},
		{"no tags to clear", `"clear_tags":true`, untagged, nil, ""},
		{"a tag that looks like two", `"tags":["prod\",\"web"]`, web(), []tool.FieldChange{tags(`["prod","web"]`, `["prod\",\"web"]`)}, `update vm-1111-web tags=["prod\",\"web"]`},
		{"both", `"name":"new","tags":["a"]`, untagged, []tool.FieldChange{name("web", "new"), tags(`[]`, `["a"]`)}, `update vm-1111-web name=new tags=["a"]`},
	}
	for _, test := range tests {
		a := &acme{name: "acme", vms: []cloud.VM{test.vm}}
		arguments := `{"account":"acme","vm_id":"vm-1111-web",` + test.arguments + `}`
		p, err := plan(t, a, "update_vm", arguments)
		if err != nil {
			t.Errorf("%s: %v", test.name, err)
			continue
		}
		if diff := cmp.Diff(test.want, p.Changes); diff != "" || (p.Nothing != "") != (test.want == nil) || !slices.Equal(p.Effects, []tool.Effect{tool.Change}) {
			t.Errorf("%s: %q %v %s", test.name, p.Nothing, p.Effects, diff)
		}
		if test.want == nil {
			continue
		}
		made, err := decode(t, a, "update_vm", arguments).Execute(t.Context(), tool.Run{Plan: p})
		if err != nil || !slices.Equal(a.writes, []string{test.write}) || made.IDs[0].ID != "vm-1111-web" {
			t.Errorf("%s: %q %+v %v", test.name, a.writes, made, err)
		}
	}
	for _, arguments := range []string{``, `,"tags":["a"],"clear_tags":true`} {
		_, err := plan(t, &acme{name: "acme", vms: []cloud.VM{web()}}, "update_vm", `{"account":"acme","vm_id":"vm-1111-web"`+arguments+`}`)
		if tool.AsError(err).Code != tool.CodeInvalidArguments {
			t.Errorf("%q: %v", arguments, err)
		}
	}
}

// TestPlanCreate checks what a person is shown of a create, and its effects.
func TestPlanCreate(t *testing.T) {
	t.Parallel()
	const arguments = `{"account":"acme","acme_vm":{"name":"web-1"}}`
	tests := []struct {
		name    string
		machine cloud.MachinePlan
		effects []tool.Effect
		summary string
	}{
		{"closed", cloud.MachinePlan{Price: price("1.50")}, []tool.Effect{tool.Bill}, "Create 1 VM on acme (acme_vm) for 1.5 EUR per hour."},
		{"with a door", cloud.MachinePlan{Price: price("1.50"), Opens: []string{"SSH key k"}}, []tool.Effect{tool.Disrupt, tool.Bill}, "Create 1 VM on acme (acme_vm) for 1.5 EUR per hour."},
		{"price unknown", cloud.MachinePlan{Price: cloud.UnknownPrice("no list")}, []tool.Effect{tool.Bill}, "Create 1 VM on acme (acme_vm) for a price that is not known."},
	}
	for _, test := range tests {
		test.machine.Equal = "acme|s"
		test.machine.Facts = []cloud.Fact{{Label: "size", Value: "s"}}
		a := &acme{name: "acme", machine: test.machine}
		p, err := plan(t, a, "create_vm", arguments)
		if err != nil {
			t.Errorf("%s: %v", test.name, err)
			continue
		}
		if !slices.Equal(p.Effects, test.effects) || p.Summary != test.summary || tool.Highest(p.Effects) != tool.Bill {
			t.Errorf("%s: %v %q", test.name, p.Effects, p.Summary)
		}
		wantFacts := []cloud.Fact{{Label: "name", Value: "web-1"}, {Label: "size", Value: "s"}}
		if !slices.Equal(p.Facts, wantFacts) || !p.Marks || p.Equal != "acme|s" || p.MadeKind != "acme_vm" || !slices.Equal(p.MadeNames, []string{"web-1"}) || len(p.Targets) > 0 || p.Cost == nil {
			t.Errorf("%s: %+v", test.name, p)
		}
		made, err := decode(t, a, "create_vm", arguments).Execute(t.Context(), tool.Run{Marker: "mark", Plan: p})
		if err != nil || !slices.Equal(a.writes, []string{"create web-1 mark"}) || made.IDs[0].ID != "vm-new" {
			t.Errorf("%s: %q %+v %v", test.name, a.writes, made, err)
		}
	}
	if _, err := plan(t, &acme{name: "acme", refuse: errAway}, "create_vm", arguments); err == nil {
		t.Error("what the cloud's rules refuse was planned")
	}
}

// TestPlanDelete checks that a name which two machines share is not the text to
// type, and that the price afterwards is zero only if it was known.
func TestPlanDelete(t *testing.T) {
	t.Parallel()
	twin := web()
	twin.ID = "vm-9999-web"
	unpriced := web()
	unpriced.Price = cloud.UnknownPrice("no list")
	tests := []struct {
		name   string
		vms    []cloud.VM
		shared bool
		after  string
	}{
		{"alone", []cloud.VM{web()}, false, "0 EUR per hour"},
		{"with a twin", []cloud.VM{web(), twin}, true, "0 EUR per hour"},
		{"price unknown", []cloud.VM{unpriced}, false, "unknown"},
	}
	for _, test := range tests {
		p, err := plan(t, &acme{name: "acme", vms: test.vms}, "delete_vm", `{"account":"acme","vm_id":"vm-1111-web"}`)
		if err != nil || p.Targets[0].NameShared != test.shared || p.Cost.After.String() != test.after || tool.Highest(p.Effects) != tool.Destroy {
			t.Errorf("%s: %+v %v", test.name, p, err)
		}
	}
	if _, err := plan(t, &acme{name: "acme", vms: []cloud.VM{web()}, listErr: errAway}, "delete_vm", `{"account":"acme","vm_id":"vm-1111-web"}`); err == nil {
		t.Error("whether the name is shared is not known, and it was planned all the same")
	}
}

// TestSettling checks how every write is settled after a lost response.
func TestSettling(t *testing.T) {
	t.Parallel()
	with := func(change func(*cloud.VM)) []cloud.VM {
		vm := web()
		change(&vm)
		return []cloud.VM{vm}
	}
	vm := func(changes ...tool.FieldChange) tool.Plan {
		return tool.Plan{Account: "acme", Targets: []tool.Target{{Kind: "vm", ID: "vm-1111-web"}}, Changes: changes}
	}
	stop := vm(tool.FieldChange{Field: "power", Before: "running", After: "stopped"})
	update := vm(tool.FieldChange{Field: "name", After: "new"}, tool.FieldChange{Field: "tags", After: `["a"]`})
	create := tool.Plan{Account: "acme", MadeKind: "acme_vm", MadeNames: []string{"web-1"}}
	rename := tool.Plan{Account: "acme", Targets: []tool.Target{{Kind: "ssh_key", ID: "11"}}, Changes: []tool.FieldChange{{Field: "name", After: "new"}}}
	tests := []struct {
		name, tool string
		plan       tool.Plan
		acme       acme
		want       tool.Finding // "" for an error
	}{
		{"stopped", "power_vm", stop, acme{vms: with(func(v *cloud.VM) { v.Power = cloud.PowerStopped })}, tool.FoundDone},
		{"still running", "power_vm", stop, acme{vms: with(func(*cloud.VM) {})}, tool.FoundNothing},
		{"gone", "power_vm", stop, acme{}, ""},
		{"away", "power_vm", stop, acme{getErr: errAway}, ""},
		{"updated", "update_vm", update, acme{vms: with(func(v *cloud.VM) { v.Name, v.Tags = "new", []string{"a"} })}, tool.FoundDone},
		{"half updated", "update_vm", update, acme{vms: with(func(v *cloud.VM) { v.Name = "new" })}, tool.FoundNothing},
		{"deleted", "delete_vm", vm(), acme{}, tool.FoundDone},
		{"not deleted", "delete_vm", vm(), acme{vms: with(func(*cloud.VM) {})}, tool.FoundNothing},
		{"not known whether deleted", "delete_vm", vm(), acme{getErr: errAway}, ""},
		{"created", "create_vm", create, acme{found: cloud.FoundMachine{IDs: []cloud.VMID{"vm-7"}}}, tool.FoundDone},
		{"not created", "create_vm", create, acme{}, tool.FoundNothing},
		{"perhaps created", "create_vm", create, acme{found: cloud.FoundMachine{Possible: []cloud.Candidate{{ID: "vm-8"}, {ID: "vm-9"}}}}, tool.FoundUnclear},
		{"not known whether created", "create_vm", create, acme{listErr: errAway}, ""},
		{"renamed", "rename_ssh_key", rename, acme{keys: []cloud.SSHKey{{ID: "11", Name: "new"}}}, tool.FoundDone},
		{"not renamed", "rename_ssh_key", rename, acme{keys: []cloud.SSHKey{{ID: "11", Name: "old"}}}, tool.FoundNothing},
		{"key gone", "rename_ssh_key", rename, acme{}, ""},
	}
	for _, test := range tests {
		test.acme.name = "acme"
		got, err := definition(t, test.tool, &test.acme).Settle(t.Context(), tool.Intent{Marker: "mark", Plan: test.plan})
		if (err == nil) != (test.want != "") || got.Finding != test.want {
			t.Errorf("%s: %+v %v", test.name, got, err)
		}
		if got.Finding == tool.FoundDone && (len(got.Made.IDs) != 1 || got.Made.Summary == "") {
			t.Errorf("%s: %+v", test.name, got.Made)
		}
		if got.Finding == tool.FoundUnclear && !strings.Contains(got.Why, "vm-8, vm-9") {
			t.Errorf("%s: %q", test.name, got.Why)
		}
	}
}
