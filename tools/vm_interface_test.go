package tools_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"countersign/internal/cloud"
	"countersign/internal/tool"
	"countersign/tools"
)

// wired is acme with machines on networks.
type wired struct {
	*acme
	interfaces []cloud.Interface
}

func (w *wired) ListNetworks(context.Context, cloud.PageRequest) (cloud.Page[cloud.Network], error) {
	return cloud.Page[cloud.Network]{}, w.listErr
}

func (w *wired) ListVMInterfaces(context.Context, cloud.VM) ([]cloud.Interface, error) {
	return w.interfaces, w.listErr
}

func (w *wired) PlanInterfaceChange(context.Context, cloud.VM, []cloud.Interface, cloud.InterfaceChange) ([]string, error) {
	return []string{"Something happens."}, w.refuse
}

func (w *wired) ChangeInterface(_ context.Context, _ cloud.VMID, change cloud.InterfaceChange) (cloud.Accepted, error) {
	w.writes = append(w.writes, string(change.Action)+" "+string(change.NetworkID)+string(change.InterfaceID))
	return cloud.Accepted{Jobs: []cloud.JobID{"job-1"}}, nil
}

// toolOf returns the tool that serves one cloud of any kind.
func toolOf(t *testing.T, name string, provider cloud.Provider) *tool.Definition {
	t.Helper()
	all := tools.All(tools.Env{Accounts: cloud.Accounts{{Name: "acme", Provider: provider}}})
	i := slices.IndexFunc(all, func(d *tool.Definition) bool { return d.Name == name })
	if i < 0 {
		t.Fatalf("no tool %s", name)
	}
	return all[i]
}

func callOf(t *testing.T, name string, provider cloud.Provider, arguments string) *tool.Call {
	t.Helper()
	call, err := toolOf(t, name, provider).Decode([]byte(arguments))
	if err != nil {
		t.Fatal(err)
	}
	return call
}

// twoInterfaces returns a primary interface with a public address and another one
// without.
func twoInterfaces() []cloud.Interface {
	return []cloud.Interface{
		{ID: "nic-1", NetworkID: "net-1", NetworkName: "front", Primary: true, PublicIP: "198.18.0.1"},
		{ID: "nic-2", NetworkID: "net-2", NetworkName: "back", PrivateIP: "10.0.0.2"},
	}
}

func (w *wired) call(t *testing.T, arguments string) *tool.Call {
	t.Helper()
	return callOf(t, "update_vm_interfaces", w, `{"account":"acme","vm_id":"vm-1111-web",`+arguments+`}`)
}

// TestInterfaceEffects checks the effects of every action on an interface.
func TestInterfaceEffects(t *testing.T) {
	t.Parallel()
	const nothing = true
	for name, test := range map[string]struct {
		arguments string
		public    bool // the second interface has a public address
		want      []tool.Effect
		nothing   bool
	}{
		"attach":                       {`"action":"attach","network_id":"net-3"`, false, []tool.Effect{tool.Disrupt}, false},
		"attach where it is":           {`"action":"attach","network_id":"net-2"`, false, nil, nothing},
		"primary":                      {`"action":"set_primary","interface_id":"nic-2"`, false, []tool.Effect{tool.Change, tool.Disrupt}, false},
		"primary that is":              {`"action":"set_primary","interface_id":"nic-1"`, false, nil, nothing},
		"detach":                       {`"action":"detach","interface_id":"nic-2"`, false, []tool.Effect{tool.Change, tool.Disrupt}, false},
		"detach with a public address": {`"action":"detach","interface_id":"nic-2"`, true, []tool.Effect{tool.Disrupt, tool.Destroy}, false},
		"allocate":                     {`"action":"allocate_public_ip","interface_id":"nic-2"`, false, []tool.Effect{tool.Disrupt, tool.Bill}, false},
		"allocate where there is one":  {`"action":"allocate_public_ip","interface_id":"nic-1"`, false, nil, nothing},
		"release":                      {`"action":"release_public_ip","interface_id":"nic-1"`, false, []tool.Effect{tool.Disrupt, tool.Destroy}, false},
		"release where there is none":  {`"action":"release_public_ip","interface_id":"nic-2"`, false, nil, nothing},
	} {
		w := &wired{&acme{name: "acme", vms: []cloud.VM{web()}}, twoInterfaces()}
		if test.public {
			w.interfaces[1].PublicIP = "198.18.0.2"
		}
		p, err := w.call(t, test.arguments).Plan(t.Context())
		if err != nil || (p.Nothing != "") != test.nothing || !test.nothing && !slices.Equal(p.Effects, test.want) {
			t.Errorf("%s: %v %q %v", name, p.Effects, p.Nothing, err)
		}
		if bills := slices.Contains(test.want, tool.Bill); (p.Cost != nil) != bills || bills && (p.Cost.After.Known() || len(p.Opens) == 0) {
			t.Errorf("%s: cost %+v, opens %v", name, p.Cost, p.Opens)
		}
		if len(w.writes) > 0 {
			t.Errorf("%s: planning wrote %v", name, w.writes)
		}
	}
}

// TestInterfaceMadePrimary checks that the plan names the interface that is no
// longer the primary one.
func TestInterfaceMadePrimary(t *testing.T) {
	t.Parallel()
	w := &wired{&acme{name: "acme", vms: []cloud.VM{web()}}, twoInterfaces()}
	p, err := w.call(t, `"action":"set_primary","interface_id":"nic-2"`).Plan(t.Context())
	if want := (tool.FieldChange{Field: "primary", Before: "nic-1", After: "nic-2"}); err != nil || len(p.Changes) != 1 || p.Changes[0] != want {
		t.Errorf("%+v %v", p.Changes, err)
	}
}

// TestInterfacesAreEarned checks that an interface has to belong to the machine,
// and that an action accepts exactly the arguments that it needs.
func TestInterfacesAreEarned(t *testing.T) {
	t.Parallel()
	for arguments, code := range map[string]tool.Code{
		`"action":"detach","interface_id":"back"`:                       "unknown_id",
		`"action":"detach","interface_id":"nic-9"`:                      "unknown_id",
		`"action":"detach"`:                                             tool.CodeInvalidArguments,
		`"action":"attach"`:                                             tool.CodeInvalidArguments,
		`"action":"attach","interface_id":"nic-1"`:                      tool.CodeInvalidArguments,
		`"action":"attach","network_id":"net-3","interface_id":"nic-1"`: tool.CodeInvalidArguments,
		`"action":"release_public_ip","network_id":"net-3"`:             tool.CodeInvalidArguments,
	} {
		w := &wired{&acme{name: "acme", vms: []cloud.VM{web()}}, twoInterfaces()}
		_, err := w.call(t, arguments).Plan(t.Context())
		e := tool.AsError(err)
		if e.Code != code || len(w.writes) > 0 {
			t.Errorf("%s: %v", arguments, err)
		}
		if strings.Contains(arguments, "back") && !slices.ContainsFunc(e.Candidates, func(c tool.ErrorCandidate) bool { return c.ID == "nic-2" }) {
			t.Errorf("%s: candidates %v", arguments, e.Candidates)
		}
	}
}

// TestLostInterfaceChanges checks how each action is settled after a lost response.
func TestLostInterfaceChanges(t *testing.T) {
	t.Parallel()
	gone := func(all []cloud.Interface) []cloud.Interface { return all[:1] }
	same := func(all []cloud.Interface) []cloud.Interface { return all }
	for name, test := range map[string]struct {
		arguments string
		becomes   func([]cloud.Interface) []cloud.Interface
		want      tool.Finding
	}{
		"attached": {`"action":"attach","network_id":"net-3"`, func(all []cloud.Interface) []cloud.Interface {
			return append(all, cloud.Interface{ID: "nic-3", NetworkID: "net-3"})
		}, tool.FoundDone},
		"not attached":  {`"action":"attach","network_id":"net-3"`, same, tool.FoundNothing},
		"detached":      {`"action":"detach","interface_id":"nic-2"`, gone, tool.FoundDone},
		"not detached":  {`"action":"detach","interface_id":"nic-2"`, same, tool.FoundNothing},
		"primary":       {`"action":"set_primary","interface_id":"nic-2"`, func(all []cloud.Interface) []cloud.Interface { all[1].Primary = true; return all }, tool.FoundDone},
		"not primary":   {`"action":"set_primary","interface_id":"nic-2"`, same, tool.FoundNothing},
		"primary, gone": {`"action":"set_primary","interface_id":"nic-2"`, gone, tool.FoundUnclear},
		"allocated":     {`"action":"allocate_public_ip","interface_id":"nic-2"`, func(all []cloud.Interface) []cloud.Interface { all[1].PublicIP = "198.18.0.9"; return all }, tool.FoundDone},
		"not allocated": {`"action":"allocate_public_ip","interface_id":"nic-2"`, same, tool.FoundNothing},
		"released":      {`"action":"release_public_ip","interface_id":"nic-1"`, func(all []cloud.Interface) []cloud.Interface { all[0].PublicIP = ""; return all }, tool.FoundDone},
		"not released":  {`"action":"release_public_ip","interface_id":"nic-1"`, same, tool.FoundNothing},
	} {
		w := &wired{&acme{name: "acme", vms: []cloud.VM{web()}}, twoInterfaces()}
		p, err := w.call(t, test.arguments).Plan(t.Context())
		if err != nil {
			t.Fatal(name, err)
		}
		w.interfaces = test.becomes(w.interfaces)
		found, err := toolOf(t, "update_vm_interfaces", w).Settle(t.Context(), tool.Intent{Plan: p})
		if err != nil || found.Finding != test.want || (found.Why != "") != (test.want == tool.FoundUnclear) {
			t.Errorf("%s: %+v %v", name, found, err)
		}
	}
}
