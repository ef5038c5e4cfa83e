package tools_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"countersign/internal/cloud"
	"countersign/internal/tool"
	"countersign/tools"
)

// vault is a cloud in memory with volumes.
type vault struct {
	acme
	volumes  []cloud.Volume
	machines []cloud.VolumeMachine
	// after is the price of a changed volume; away is the error of reading
	// machines.
	after cloud.Price
	away  error
	// refused and lost are the volumes whose write is refused or has no response.
	refused, lost cloud.VolumeID
}

func (v *vault) ListVolumes(_ context.Context, page cloud.PageRequest) (cloud.Page[cloud.Volume], error) {
	rows, _ := cloud.CutPage(v.volumes, page)
	return rows, v.listErr
}

func (v *vault) GetVolume(_ context.Context, id cloud.VolumeID) (cloud.Volume, error) {
	for _, one := range v.volumes {
		if one.ID == id {
			return one, v.getErr
		}
	}
	return cloud.Volume{}, &cloud.Error{Kind: cloud.ErrUnknownID, Operation: "get volume", Message: "not found"}
}

func (v *vault) VolumeMachine(_ context.Context, id cloud.MachineRef) (cloud.VolumeMachine, error) {
	for _, m := range v.machines {
		if m.ID == id {
			return m, v.away
		}
	}
	if v.away != nil {
		return cloud.VolumeMachine{}, v.away
	}
	return cloud.VolumeMachine{}, &cloud.Error{Kind: cloud.ErrUnknownID, Operation: "find machine", Message: "not found"}
}

func (v *vault) PlanVolumeUpdate(context.Context, cloud.Volume, cloud.VolumeUpdate) (cloud.VolumeUpdatePlan, error) {
	return cloud.VolumeUpdatePlan{Price: v.after, Consequences: []string{"So be it."}}, v.refuse
}

func (v *vault) write(id cloud.VolumeID, what string) (cloud.Accepted, error) {
	v.writes = append(v.writes, what+" "+string(id))
	switch id {
	case v.refused:
		return cloud.Accepted{}, &cloud.Error{Kind: cloud.ErrBlocked, Status: 409, Message: "the vendor's words"}
	case v.lost:
		return cloud.Accepted{}, &cloud.Error{Kind: cloud.ErrUnavailable, Ambiguous: true}
	}
	return cloud.Accepted{}, nil
}

func (v *vault) UpdateVolume(_ context.Context, volume cloud.Volume, u cloud.VolumeUpdate) (cloud.Accepted, error) {
	return v.write(volume.ID, fmt.Sprint("set ", u.Attached(volume.AttachedTo), " on"))
}

func (v *vault) PlanVolumeDeletion(context.Context, cloud.Volume) ([]string, error) {
	return []string{"All is lost."}, v.refuse
}

func (v *vault) DeleteVolume(_ context.Context, id cloud.VolumeID) (cloud.Accepted, error) {
	return v.write(id, "delete")
}

// newVault returns a vault with four volumes: attached to a running machine, to a
// stopped one, to none, and to one that the cloud does not show.
func newVault() *vault {
	volume := func(id, name string, to ...cloud.MachineRef) cloud.Volume {
		return cloud.Volume{ID: cloud.VolumeID(id), Account: "acme", Name: name, SizeGB: new(100), AttachedTo: to, Price: price("0.5")}
	}
	return &vault{
		acme:     acme{name: "acme"},
		volumes:  []cloud.Volume{volume("vol-1", "data", "run", "rest"), volume("vol-2", "free"), volume("vol-3", "lonely", "ghost")},
		machines: []cloud.VolumeMachine{{ID: "run", Kind: "vm", Name: "web", Power: cloud.PowerRunning, Status: "up"}, {ID: "rest", Kind: "vm", Name: "db", Power: cloud.PowerStopped, Status: "down"}},
		after:    price("2"),
	}
}

func (v *vault) call(t *testing.T, name, arguments string) *tool.Call {
	t.Helper()
	all := tools.All(tools.Env{Accounts: cloud.Accounts{{Name: "acme", Provider: v}}})
	i := slices.IndexFunc(all, func(d *tool.Definition) bool { return d.Name == name })
	if i < 0 {
		t.Fatalf("no tool %s", name)
	}
	if all[i].Toolset != "volumes" {
		t.Errorf("%s is of toolset %s", name, all[i].Toolset)
	}
	call, err := all[i].Decode([]byte(`{"account":"acme",` + arguments + `}`))
	if err != nil {
		t.Fatal(err)
	}
	return call
}

// TestEffectsOfVolumeUpdates checks the effects of each change, given what is
// running, and what a person is shown.
func TestEffectsOfVolumeUpdates(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		arguments string
		effects   []tool.Effect
		changes   string // "" where nothing is to be done
		says      string // among consequences
	}{
		"a name":                {`"volume_ids":["vol-1"],"name":"new"`, []tool.Effect{tool.Change}, "name data -> new", "So be it."},
		"its own name":          {`"volume_ids":["vol-1"],"name":"data"`, []tool.Effect{tool.Change}, "", ""},
		"growth":                {`"volume_ids":["vol-2"],"size_gb":200`, []tool.Effect{tool.Change, tool.Bill}, "size_gb 100 -> 200", ""},
		"its own size":          {`"volume_ids":["vol-2"],"size_gb":100`, []tool.Effect{tool.Change}, "", ""},
		"an attachment":         {`"volume_ids":["vol-2"],"attach_to":["run"]`, []tool.Effect{tool.Change}, "attached_to  -> run", ""},
		"what is attached":      {`"volume_ids":["vol-1"],"attach_to":["run"]`, []tool.Effect{tool.Change}, "", ""},
		"from one that runs":    {`"volume_ids":["vol-1"],"detach_from":["run"]`, []tool.Effect{tool.Change, tool.Disrupt}, "attached_to rest, run -> rest", "Machine run is running: what uses volume vol-1 there fails at once"},
		"from one at rest":      {`"volume_ids":["vol-1"],"detach_from":["rest"]`, []tool.Effect{tool.Change}, "attached_to rest, run -> run", ""},
		"from one not shown":    {`"volume_ids":["vol-3"],"detach_from":["ghost"]`, []tool.Effect{tool.Change, tool.Disrupt}, "attached_to ghost -> ", "Machine ghost may be running"},
		"what is not attached":  {`"volume_ids":["vol-2"],"detach_from":["run"]`, []tool.Effect{tool.Change}, "", ""},
		"several":               {`"volume_ids":["vol-1","vol-2","vol-3"],"detach_from":["rest","ghost"]`, []tool.Effect{tool.Change, tool.Disrupt}, "attached_to of vol-1 rest, run -> run; attached_to of vol-3 ghost -> ", ""},
		"growth and detachment": {`"volume_ids":["vol-1"],"size_gb":200,"detach_from":["run"]`, []tool.Effect{tool.Change, tool.Bill, tool.Disrupt}, "size_gb 100 -> 200; attached_to rest, run -> rest", ""},
	}
	for name, test := range tests {
		v := newVault()
		p, err := v.call(t, "update_volume", test.arguments).Plan(t.Context())
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		var changes []string
		for _, c := range p.Changes {
			changes = append(changes, c.Field+" "+c.Before+" -> "+c.After)
		}
		if diff := cmp.Diff(test.effects, p.Effects); diff != "" || strings.Join(changes, "; ") != test.changes || (p.Nothing != "") != (test.changes == "") {
			t.Errorf("%s: %q %q %s", name, p.Nothing, changes, diff)
		}
		if !strings.Contains(strings.Join(p.Consequences, "\n"), test.says) {
			t.Errorf("%s: %q", name, p.Consequences)
		}
		if grows := strings.Contains(test.arguments, "200"); (p.Cost != nil) != grows || grows && p.Cost.After.String() != "2 EUR per hour" {
			t.Errorf("%s: cost %+v", name, p.Cost)
		}
		if len(v.writes) > 0 {
			t.Errorf("%s: planning wrote %v", name, v.writes)
		}
	}
}

// TestVolumeUpdatesThatAreRefused checks that doubtful updates are rejected before
// anything is sent.
func TestVolumeUpdatesThatAreRefused(t *testing.T) {
	t.Parallel()
	nothing := func(*vault) {}
	tests := map[string]struct {
		arguments string
		change    func(*vault)
		code      tool.Code
	}{
		"nothing":                   {`"volume_ids":["vol-1"]`, nothing, tool.CodeInvalidArguments},
		"shrinking":                 {`"volume_ids":["vol-1"],"size_gb":99`, nothing, tool.CodeNotPossible},
		"growth of an unknown size": {`"volume_ids":["vol-1"],"size_gb":200`, func(v *vault) { v.volumes[0].SizeGB = nil }, tool.CodeNotPossible},
		"several with a name":       {`"volume_ids":["vol-1","vol-2"],"name":"x"`, nothing, tool.CodeInvalidArguments},
		"several with attachments":  {`"volume_ids":["vol-1","vol-2"],"detach_from":["run"],"attach_to":["rest"]`, nothing, tool.CodeInvalidArguments},
		"there and back":            {`"volume_ids":["vol-1"],"detach_from":["run"],"attach_to":["run"]`, nothing, tool.CodeInvalidArguments},
		"a volume twice":            {`"volume_ids":["vol-1","vol-1"],"detach_from":["run"]`, nothing, tool.CodeInvalidArguments},
		"a machine twice":           {`"volume_ids":["vol-1"],"detach_from":["run","run"]`, nothing, tool.CodeInvalidArguments},
		"a hidden name":             {"\"volume_ids\":[\"vol-1\"],\"name\":\"x\u200b\"", nothing, tool.CodeInvalidArguments},
		"a volume's name":           {`"volume_ids":["data"],"name":"x"`, nothing, "unknown_id"},
		"a machine's name":          {`"volume_ids":["vol-1"],"attach_to":["web"]`, nothing, "unknown_id"},
		"a machine of nothing":      {`"volume_ids":["vol-1"],"detach_from":["zzz"]`, nothing, "unknown_id"},
		"machines that are away":    {`"volume_ids":["vol-1"],"detach_from":["run"]`, func(v *vault) { v.away = errAway }, "cloud_unavailable"},
		"the cloud's own rules":     {`"volume_ids":["vol-1"],"name":"x"`, func(v *vault) { v.refuse = errAway }, "cloud_unavailable"},
	}
	for name, test := range tests {
		v := newVault()
		test.change(v)
		_, err := v.call(t, "update_volume", test.arguments).Plan(t.Context())
		if err == nil || tool.AsError(err).Code != test.code {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestVolumesChangeUnderway checks that nothing is sent if the attachments have
// changed since the approval.
func TestVolumesChangeUnderway(t *testing.T) {
	t.Parallel()
	v := newVault()
	call := v.call(t, "update_volume", `"volume_ids":["vol-1"],"attach_to":["ghost"],"detach_from":["run"]`)
	v.machines = append(v.machines, cloud.VolumeMachine{ID: "ghost"})
	p, err := call.Plan(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	v.volumes[0].AttachedTo = []cloud.MachineRef{"run"}
	if _, err := call.Execute(t.Context(), tool.Run{Plan: p}); tool.AsError(err).Code != tool.CodeDrift || len(v.writes) > 0 {
		t.Errorf("another set: %v, wrote %v", err, v.writes)
	}
	v.volumes[0].AttachedTo = []cloud.MachineRef{"rest", "run"} // the same set in another order
	if _, err := call.Execute(t.Context(), tool.Run{Plan: p}); err != nil || !slices.Equal(v.writes, []string{"set [rest ghost] on vol-1"}) {
		t.Errorf("%v, wrote %v", err, v.writes)
	}
}

// TestDeletingVolumes checks the outcomes of deleting several volumes.
func TestDeletingVolumes(t *testing.T) {
	t.Parallel()
	const three = `"volume_ids":["vol-1","vol-2","vol-3"]`
	v := newVault()
	v.volumes[1].Name, v.volumes[1].Price = "data", cloud.UnknownPrice("no list")
	p, err := v.call(t, "delete_volumes", three).Plan(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if len(p.Targets) != 3 || !p.Targets[0].NameShared || !p.Targets[1].NameShared || p.Targets[2].NameShared || p.Cost.Before.Known() ||
		!slices.Equal(p.Effects, []tool.Effect{tool.Disrupt, tool.Destroy}) || p.Facts[0].Value != "vm run (web), up" || p.Facts[2].Value != "ghost (the cloud does not show it)" {
		t.Errorf("%+v", p)
	}
	if all := strings.Join(p.Consequences, "\n"); strings.Count(all, "All is lost.") != 1 || !strings.Contains(all, "on machine run, which is running, fails") || strings.Contains(all, "machine rest") {
		t.Errorf("%q", all)
	}
	free, err := v.call(t, "delete_volumes", `"volume_ids":["vol-2"]`).Plan(t.Context())
	if err != nil || !slices.Equal(free.Effects, []tool.Effect{tool.Destroy}) {
		t.Errorf("%+v, %v", free, err)
	}
	tests := map[string]struct {
		change    func(*vault)
		done      int
		shortfall string
		failed    bool
		sent      int
	}{
		"all":               {func(*vault) {}, 3, "", false, 3},
		"one is refused":    {func(v *vault) { v.refused = "vol-2" }, 2, "Of 3, 1 was not deleted: vol-2 (blocked, HTTP 409).", false, 3},
		"an answer is lost": {func(v *vault) { v.lost = "vol-2" }, 0, "", true, 2},
	}
	for name, test := range tests {
		v := newVault()
		test.change(v)
		made, err := v.call(t, "delete_volumes", three).Execute(t.Context(), tool.Run{Plan: p})
		if (err != nil) != test.failed || cloud.IsAmbiguous(err) != test.failed || len(made.IDs) != test.done || made.Shortfall != test.shortfall || len(v.writes) != test.sent {
			t.Errorf("%s: %+v, %v, wrote %v", name, made, err, v.writes)
		}
	}
	alone := newVault()
	alone.refused = "vol-1"
	if _, err := alone.call(t, "delete_volumes", `"volume_ids":["vol-1"]`).Execute(t.Context(), tool.Run{}); !cloud.IsKind(err, cloud.ErrBlocked) {
		t.Errorf("one that is refused: %v", err)
	}
}

// TestSettlingVolumes checks how writes are settled after a lost response.
func TestSettlingVolumes(t *testing.T) {
	t.Parallel()
	targets := func(ids ...string) []tool.Target {
		var all []tool.Target
		for _, id := range ids {
			all = append(all, tool.Target{Kind: "volume", ID: id})
		}
		return all
	}
	detached := func(id string) tool.FieldChange {
		return tool.FieldChange{Field: "attached_to of " + id, Before: "run", After: ""}
	}
	one := func(field, after string) tool.Plan {
		return tool.Plan{Targets: targets("vol-1"), Changes: []tool.FieldChange{{Field: field, After: after}}}
	}
	tests := map[string]struct {
		tool string
		plan tool.Plan
		want tool.Finding
		left string
	}{
		"all gone":               {"delete_volumes", tool.Plan{Targets: targets("x", "y")}, tool.FoundDone, ""},
		"one of two gone":        {"delete_volumes", tool.Plan{Targets: targets("x", "vol-1")}, tool.FoundDone, "vol-1"},
		"none gone":              {"delete_volumes", tool.Plan{Targets: targets("vol-1")}, tool.FoundNothing, ""},
		"renamed":                {"update_volume", one("name", "data"), tool.FoundDone, ""},
		"not renamed":            {"update_volume", one("name", "new"), tool.FoundNothing, ""},
		"grown":                  {"update_volume", one("size_gb", "100"), tool.FoundDone, ""},
		"not grown":              {"update_volume", one("size_gb", "200"), tool.FoundNothing, ""},
		"attached":               {"update_volume", one("attached_to", "rest, run"), tool.FoundDone, ""},
		"not detached":           {"update_volume", one("attached_to", "rest"), tool.FoundNothing, ""},
		"several, one of two":    {"update_volume", tool.Plan{Targets: targets("vol-1", "vol-2"), Changes: []tool.FieldChange{detached("vol-1"), detached("vol-2")}}, tool.FoundDone, "vol-1"},
		"several, none":          {"update_volume", tool.Plan{Targets: targets("vol-1", "vol-3"), Changes: []tool.FieldChange{detached("vol-1"), detached("vol-3")}}, tool.FoundNothing, ""},
		"several, not its doing": {"update_volume", tool.Plan{Targets: targets("vol-1", "vol-2"), Changes: []tool.FieldChange{detached("vol-1")}}, tool.FoundNothing, ""},
	}
	for name, test := range tests {
		test.plan.Account = "acme"
		got, err := newVault().call(t, test.tool, `"volume_ids":["vol-1"]`).Tool.Settle(t.Context(), tool.Intent{Plan: test.plan})
		if err != nil || got.Finding != test.want || !strings.Contains(got.Made.Shortfall, test.left) || (got.Made.Shortfall != "") != (test.left != "") {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
	away := newVault()
	away.getErr = errAway
	if _, err := away.call(t, "delete_volumes", `"volume_ids":["vol-1"]`).Tool.Settle(t.Context(), tool.Intent{Plan: tool.Plan{Account: "acme", Targets: targets("vol-1")}}); err == nil {
		t.Error("whether it is gone is not known, and it was settled all the same")
	}
}

// TestVolumesInListCosts checks that volumes count beside machines: known prices in
// the totals, unknown ones under their reason, and a failing list by name.
func TestVolumesInListCosts(t *testing.T) {
	t.Parallel()
	v := newVault()
	v.volumes[1].Price = cloud.UnknownPrice("no list")
	v.vms = []cloud.VM{machine("vm-1", price("1"), nil), machine("vm-2", cloud.UnknownPrice("no list"), nil)}
	var got struct {
		costs
		Totals []struct {
			Machines int    `json:"machines"`
			Volumes  int    `json:"volumes"`
			PerHour  string `json:"per_hour"`
		} `json:"totals"`
		Unknown []struct {
			Machines int    `json:"machines"`
			Volumes  int    `json:"volumes"`
			What     string `json:"what"`
			Why      string `json:"why"`
		} `json:"unknown"`
	}
	if err := read(t, having(v), "list_costs", `{"limit":3}`, &got); err != nil {
		t.Fatal(err)
	}
	if len(got.Totals) != 1 || got.Totals[0].Machines != 1 || got.Totals[0].Volumes != 2 || got.Totals[0].PerHour != "2 EUR" {
		t.Errorf("%+v", got.Totals)
	}
	if u := got.Unknown[1]; u.Machines != 1 || u.Volumes != 1 || u.Why != "no list" {
		t.Errorf("%+v", got.Unknown)
	}
	if len(got.Machines) != 3 || got.Machines[1].ID != "vol-1" || got.Machines[1].Saves["delete"] != "0.5 EUR" || got.LeftOut != 2 {
		t.Errorf("%+v, left out %d", got.Machines, got.LeftOut)
	}
	sealed := &sealedVault{vault: *v}
	if err := read(t, having(sealed), "list_costs", `{}`, &got); err != nil || !strings.Contains(got.Unknown[len(got.Unknown)-1].Why, "Not all volumes could be read") {
		t.Errorf("%+v, %v", got.Unknown, err)
	}
}

// sealedVault cannot list its volumes.
type sealedVault struct{ vault }

func (*sealedVault) ListVolumes(context.Context, cloud.PageRequest) (cloud.Page[cloud.Volume], error) {
	return cloud.Page[cloud.Volume]{}, errAway
}
