package tools_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"countersign/internal/cloud"
	"countersign/internal/tool"
	"countersign/tools"
)

// acme is a cloud in memory with all capabilities for machines and keys.
type acme struct {
	name    cloud.AccountName
	vms     []cloud.VM
	keys    []cloud.SSHKey
	actions []cloud.PowerActionInfo
	machine cloud.MachinePlan
	// copies is how many machines one create makes, if more than one.
	copies int
	found  cloud.FoundMachine
	// listErr, getErr and refuse are the errors that its methods return.
	listErr, getErr, refuse error
	writes                  []string
}

func (a *acme) Vendor() cloud.Vendor { return "acme" }

func (a *acme) Describe() cloud.Description {
	return cloud.Description{Title: "Acme", BaseURL: "https://acme.example"}
}

func (a *acme) CheckKey(context.Context) error { return a.getErr }

func (a *acme) ListVMs(_ context.Context, page cloud.PageRequest) (cloud.Page[cloud.VM], error) {
	if a.listErr != nil {
		return cloud.Page[cloud.VM]{}, a.listErr
	}
	return cloud.Page[cloud.VM]{Items: a.vms[:min(len(a.vms), page.Limit)]}, nil
}

func (a *acme) GetVM(_ context.Context, id cloud.VMID) (cloud.VM, error) {
	if a.getErr != nil {
		return cloud.VM{}, a.getErr
	}
	for _, vm := range a.vms {
		if vm.ID == id {
			return vm, nil
		}
	}
	return cloud.VM{}, &cloud.Error{Kind: cloud.ErrUnknownID, Account: a.name, Operation: "get VM", Status: 404, Message: "not found"}
}

func (a *acme) PlanVMUpdate(context.Context, cloud.VM, cloud.VMUpdate) ([]string, error) {
	return nil, a.refuse
}

func (a *acme) UpdateVM(_ context.Context, id cloud.VMID, u cloud.VMUpdate) error {
	change := "update " + string(id)
	if u.Name != nil {
		change += " name=" + *u.Name
	}
	if u.Tags != nil {
		change += fmt.Sprintf(" tags=%q", *u.Tags)
	}
	a.writes = append(a.writes, change)
	return nil
}

func (a *acme) PowerActions(cloud.VM) []cloud.PowerActionInfo { return a.actions }

func (a *acme) PlanPower(context.Context, cloud.VM, cloud.PowerAction) ([]string, error) {
	return nil, a.refuse
}

func (a *acme) PowerVM(_ context.Context, id cloud.VMID, action cloud.PowerAction) (cloud.Accepted, error) {
	a.writes = append(a.writes, string(action)+" "+string(id))
	return cloud.Accepted{}, nil
}

func (a *acme) PlanDeletion(context.Context, cloud.VM, cloud.Deletion) ([]string, error) {
	return []string{"The disk is lost."}, a.refuse
}

func (a *acme) Deleting(ctx context.Context, id cloud.VMID, _ cloud.Deletion) (bool, error) {
	return cloud.Gone(ctx, a, id)
}

func (a *acme) DeleteVM(_ context.Context, id cloud.VMID, _ cloud.Deletion) (cloud.Accepted, error) {
	a.writes = append(a.writes, "delete "+string(id))
	return cloud.Accepted{}, nil
}

func (a *acme) ListSSHKeys(_ context.Context, page cloud.PageRequest) (cloud.Page[cloud.SSHKey], error) {
	return cloud.Page[cloud.SSHKey]{Items: a.keys[:min(len(a.keys), page.Limit)]}, a.listErr
}

func (*acme) CheckSSHKeyName(string) error { return nil }

func (a *acme) RenameSSHKey(_ context.Context, id cloud.SSHKeyID, name string) (cloud.SSHKey, error) {
	a.writes = append(a.writes, "rename "+string(id)+" "+name)
	return cloud.SSHKey{ID: id, Name: name}, nil
}

func (a *acme) MachineKinds() []cloud.MachineKind { return []cloud.MachineKind{acmeVM{a}} }

// acmeVM is the only kind of machine that acme creates.
type acmeVM struct{ *acme }

type acmeSpec struct {
	Name string `json:"name" jsonschema_description:"Name."`
}

func (acmeSpec) BlockName() string { return "acme_vm" }

func (acmeVM) BlockName() string          { return "acme_vm" }
func (acmeVM) BlockDescription() string   { return "A machine at Acme." }
func (acmeVM) NewSpec() cloud.MachineSpec { return &acmeSpec{} }
func (acmeVM) MinimalExample() string     { return `{"name":"web-1"}` }

func (k acmeVM) PlanMachine(_ context.Context, spec cloud.MachineSpec) (cloud.MachinePlan, error) {
	plan := k.machine
	plan.Names, plan.Marks = slices.Repeat([]string{spec.(*acmeSpec).Name}, max(1, k.copies)), true
	return plan, k.refuse
}

func (k acmeVM) CreateMachine(_ context.Context, spec cloud.MachineSpec, marker string) (cloud.MadeMachine, error) {
	k.writes = append(k.writes, "create "+spec.(*acmeSpec).Name+" "+marker)
	return cloud.MadeMachine{IDs: []cloud.VMID{"vm-new"}}, nil
}

func (k acmeVM) FindMachine(_ context.Context, search cloud.MachineSearch) (cloud.FoundMachine, error) {
	if search.Marker != "mark" || !slices.Equal(search.Names, []string{"web-1"}) {
		return cloud.FoundMachine{}, fmt.Errorf("looked for %+v", search)
	}
	return k.found, k.listErr
}

// definition returns the tool that serves the accounts of these clouds.
func definition(t *testing.T, name string, clouds ...*acme) *tool.Definition {
	t.Helper()
	var env tools.Env
	for _, a := range clouds {
		env.Accounts = append(env.Accounts, cloud.Account{Name: a.name, Provider: a})
	}
	all := tools.All(env)
	i := slices.IndexFunc(all, func(d *tool.Definition) bool { return d.Name == name })
	if i < 0 {
		t.Fatalf("no tool %s", name)
	}
	return all[i]
}

// decode returns a call on the account acme.
func decode(t *testing.T, a *acme, name, arguments string) *tool.Call {
	t.Helper()
	call, err := definition(t, name, a).Decode([]byte(arguments))
	if err != nil {
		t.Fatal(err)
	}
	return call
}

func plan(t *testing.T, a *acme, name, arguments string) (tool.Plan, error) {
	t.Helper()
	p, err := decode(t, a, name, arguments).Plan(t.Context())
	if len(a.writes) > 0 {
		t.Errorf("planning wrote: %v", a.writes)
	}
	return p, err
}

func price(perHour string) cloud.Price { return priceIn(perHour, "EUR") }

func priceIn(perHour, currency string) cloud.Price {
	m, err := cloud.NewMoney(perHour, currency)
	if err != nil {
		panic(err)
	}
	return cloud.HourlyPrice(m, "the price list")
}

func web() cloud.VM {
	return cloud.VM{ID: "vm-1111-web", Account: "acme", Name: "web", Power: cloud.PowerRunning, Status: "up", Tags: []string{"prod", "web"}, Price: price("1.00")}
}

var errAway = &cloud.Error{Kind: cloud.ErrUnavailable, Operation: "list VMs", Message: "no answer"}

// TestEarnedIDs checks that reads and the plans of all writes accept only an exact
// ID, and that the error names the exact IDs of likely candidates.
func TestEarnedIDs(t *testing.T) {
	t.Parallel()
	db := cloud.VM{ID: "vm-2222-db", Name: "db"}
	tests := []struct {
		name, given     string
		getErr, listErr error
		code            tool.Code // "" where it is earned
		candidates      []string
	}{
		{"exact", "vm-1111-web", nil, nil, "", nil},
		{"a name", "web", nil, nil, "unknown_id", []string{"vm-1111-web"}},
		{"the start of an ID", "vm-1111", nil, nil, "unknown_id", []string{"vm-1111-web"}},
		{"other case", "VM-1111-WEB", nil, nil, "unknown_id", []string{"vm-1111-web"}},
		{"nothing like it", "zzz", nil, nil, "unknown_id", []string{"vm-1111-web", "vm-2222-db"}},
		{"the list fails", "web", nil, errAway, "unknown_id", nil},
		{"the cloud is away", "vm-1111-web", errAway, nil, "cloud_unavailable", nil},
		{"a wrong key", "web", &cloud.Error{Kind: cloud.ErrUnauthorized, Status: 401}, nil, "unauthorized", nil},
	}
	calls := map[string]string{
		"get_vm": "", "power_vm": `,"action":"stop"`, "update_vm": `,"name":"new"`, "delete_vm": "",
	}
	for _, test := range tests {
		for name, more := range calls {
			a := &acme{name: "acme", vms: []cloud.VM{web(), db}, getErr: test.getErr, listErr: test.listErr, actions: stops()}
			call := decode(t, a, name, `{"account":"acme","vm_id":"`+test.given+`"`+more+`}`)
			var err error
			if call.Read != nil {
				_, err = call.Read(t.Context())
			} else {
				_, err = call.Plan(t.Context())
			}
			if test.code == "" {
				if err != nil {
					t.Errorf("%s, %s: %v", name, test.name, err)
				}
				continue
			}
			e := tool.AsError(err)
			var candidates []string
			for _, c := range e.Candidates {
				candidates = append(candidates, c.ID)
			}
			if err == nil || e.Code != test.code || !slices.Equal(candidates, test.candidates) || len(a.writes) > 0 {
				t.Errorf("%s, %s: %+v", name, test.name, e)
			}
			if test.code == "unknown_id" && !strings.Contains(e.Hint, "never resolved") {
				t.Errorf("%s, %s: hint %q", name, test.name, e.Hint)
			}
		}
	}
}

func stops() []cloud.PowerActionInfo {
	return []cloud.PowerActionInfo{{Action: cloud.PowerStop, Result: cloud.PowerStopped, Interrupts: true, Billing: "It costs the same."}}
}

// TestEarnedKeys does the same for SSH keys, which are read from the list.
func TestEarnedKeys(t *testing.T) {
	t.Parallel()
	keys := []cloud.SSHKey{{ID: "11", Name: "laptop"}, {ID: "12", Name: "ci"}}
	for given, want := range map[string][]string{"laptop": {"11"}, "1": {"11", "12"}, "13": {"11", "12"}} {
		a := &acme{name: "acme", keys: keys}
		_, err := plan(t, a, "rename_ssh_key", `{"account":"acme","ssh_key_id":"`+given+`","name":"new"}`)
		var candidates []string
		for _, c := range tool.AsError(err).Candidates {
			candidates = append(candidates, c.ID)
		}
		if !cloud.IsKind(err, cloud.ErrUnknownID) || !slices.Equal(candidates, want) {
			t.Errorf("%s: %v, candidates %v", given, err, candidates)
		}
	}
	if _, err := plan(t, &acme{name: "acme", listErr: errAway}, "rename_ssh_key", `{"account":"acme","ssh_key_id":"11","name":"new"}`); !errors.Is(err, errAway) {
		t.Errorf("a list that fails: %v", err)
	}
}
