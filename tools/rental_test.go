package tools_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"countersign/internal/cloud"
	"countersign/internal/tool"
	"countersign/tools"
)

// depot is a cloud in memory with bare-metal rentals.
type depot struct {
	rentals         []cloud.Rental
	kubeconfig      cloud.Secret
	ending          bool
	getErr, listErr error
	refuse          error
	writes          []string
}

func (*depot) Vendor() cloud.Vendor           { return "depot" }
func (*depot) Describe() cloud.Description    { return cloud.Description{Title: "Depot"} }
func (*depot) CheckKey(context.Context) error { return nil }

func (d *depot) ListRentals(_ context.Context, page cloud.PageRequest) (cloud.Page[cloud.Rental], error) {
	return cloud.Page[cloud.Rental]{Items: d.rentals[:min(len(d.rentals), page.Limit)]}, d.listErr
}

func (d *depot) GetRental(_ context.Context, id cloud.RentalID) (cloud.Rental, error) {
	for _, r := range d.rentals {
		if r.ID == id && d.getErr == nil {
			return r, nil
		}
	}
	if d.getErr != nil {
		return cloud.Rental{}, d.getErr
	}
	return cloud.Rental{}, &cloud.Error{Kind: cloud.ErrUnknownID, Account: "depot", Operation: "get rental", Message: "not found"}
}

func (d *depot) PlanRentalUpdate(context.Context, cloud.Rental, cloud.RentalUpdate) error {
	return d.refuse
}

func (d *depot) UpdateRental(_ context.Context, id cloud.RentalID, _ cloud.RentalUpdate) error {
	d.writes = append(d.writes, "update "+string(id))
	return nil
}

func (*depot) RentalPowerActions() []cloud.PowerActionInfo {
	return []cloud.PowerActionInfo{
		{Action: cloud.PowerStart, Result: cloud.PowerRunning, Billing: "It costs."},
		{Action: cloud.PowerStop, Result: cloud.PowerStopped, Interrupts: true, Billing: "Nobody knows."},
	}
}

func (d *depot) PowerRental(_ context.Context, id cloud.RentalID, action cloud.PowerAction) error {
	d.writes = append(d.writes, string(action)+" "+string(id))
	return nil
}

func (d *depot) PlanNodeReboot(context.Context, cloud.Rental, []cloud.Node) ([]string, error) {
	return []string{"It stops."}, d.refuse
}

func (d *depot) RebootNodes(_ context.Context, id cloud.RentalID, addresses []cloud.NodeAddress) error {
	d.writes = append(d.writes, fmt.Sprint("reboot ", id, addresses))
	return nil
}

func (d *depot) PlanNodeRemoval(context.Context, cloud.Rental, []cloud.Node) ([]string, error) {
	return []string{"They are gone."}, d.refuse
}

func (d *depot) RemoveNodes(_ context.Context, id cloud.RentalID, addresses []cloud.NodeAddress) error {
	d.writes = append(d.writes, fmt.Sprint("remove ", id, addresses))
	return nil
}

func (d *depot) PlanRentalDeletion(context.Context, cloud.Rental) ([]string, error) {
	return []string{"All is lost."}, d.refuse
}

func (d *depot) DeleteRental(_ context.Context, id cloud.RentalID) error {
	d.writes = append(d.writes, "delete "+string(id))
	return nil
}

func (d *depot) RentalEnding(context.Context, cloud.RentalID) (bool, error) {
	return d.ending, d.getErr
}

func (d *depot) ReadKubeconfig(context.Context, cloud.RentalID) (cloud.Secret, error) {
	if d.kubeconfig.IsZero() {
		return cloud.Secret{}, &cloud.Error{Kind: cloud.ErrBlocked, Operation: "read kubeconfig", Message: "there is none"}
	}
	return d.kubeconfig, nil
}

// safeBox keeps secret files in memory.
type safeBox struct {
	saved map[string]time.Time
	holds map[string]string
	fails error
}

func (d *safeBox) Look(name tool.SecretName) (tool.SecretFile, error) {
	file, _ := name.FileName()
	return tool.SecretFile{Path: "/secrets/" + file, SavedAt: d.saved[file]}, nil
}

func (d *safeBox) Write(name tool.SecretName, content cloud.Secret, replace bool) (string, error) {
	file, _ := name.FileName()
	if _, there := d.saved[file]; there && !replace {
		return "", tool.ErrSecretFileExists
	}
	if d.fails != nil {
		return "", d.fails
	}
	d.saved[file], d.holds[file] = sentAt, content.Reveal()
	return "/secrets/" + file, nil
}

func newSafeBox() *safeBox {
	return &safeBox{saved: map[string]time.Time{}, holds: map[string]string{}}
}

var sentAt = time.Date(2026, 8, 20, 12, 0, 0, 0, time.UTC)

const clusterFile = "kubeconfig.depot.r-1111.yaml"

// cluster returns a running rental of three servers.
func cluster() cloud.Rental {
	return cloud.Rental{
		ID: "r-1111", Account: "depot", Name: "cluster", Power: cloud.PowerRunning, Status: "Running", NodeCount: new(3),
		Server: &cloud.Server{GPU: cloud.GPU{Model: "h100", Count: 8}}, Kubeconfig: true, Tags: []string{"a", "b"}, Price: price("10.00"),
		Nodes: []cloud.Node{{PublicIP: "192.0.2.1", PrivateIP: "10.0.0.1"}, {PublicIP: "192.0.2.2"}, {PublicIP: "192.0.2.10"}},
		Rates: map[cloud.PowerState]cloud.Price{cloud.PowerRunning: price("10.00"), cloud.PowerStopped: cloud.UnknownPrice("nobody says")},
	}
}

// depotTool returns the tool that serves a depot.
func depotTool(t *testing.T, d *depot, files tool.SecretFiles, name string) *tool.Definition {
	t.Helper()
	all := tools.All(tools.Env{Accounts: cloud.Accounts{{Name: "depot", Provider: d}}, Files: files})
	i := slices.IndexFunc(all, func(d *tool.Definition) bool { return d.Name == name })
	if i < 0 {
		t.Fatalf("no tool %s", name)
	}
	return all[i]
}

func depotCall(t *testing.T, d *depot, files tool.SecretFiles, name, more string) *tool.Call {
	t.Helper()
	call, err := depotTool(t, d, files, name).Decode([]byte(`{"account":"depot"` + more + `}`))
	if err != nil {
		t.Fatal(err)
	}
	return call
}

func depotPlan(t *testing.T, d *depot, name, more string) (tool.Plan, error) {
	t.Helper()
	p, err := depotCall(t, d, newSafeBox(), name, more).Plan(t.Context())
	if len(d.writes) > 0 {
		t.Errorf("planning wrote: %v", d.writes)
	}
	return p, err
}

// TestEarnedRentals checks that every tool accepts only an exact ID.
func TestEarnedRentals(t *testing.T) {
	t.Parallel()
	for given, want := range map[string][]string{"cluster": {"r-1111"}, "R-1111": {"r-1111"}, "r-111": {"r-1111"}} {
		for name, more := range map[string]string{
			"get_rental": "", "update_rental": `,"name":"x"`, "power_rental": `,"action":"stop"`, "delete_rental": "", "save_kubeconfig": "",
			"reboot_rental_nodes": `,"public_ips":["192.0.2.1"]`, "remove_rental_nodes": `,"public_ips":["192.0.2.1"]`,
		} {
			d := &depot{rentals: []cloud.Rental{cluster()}}
			call := depotCall(t, d, newSafeBox(), name, `,"rental_id":"`+given+`"`+more)
			var err error
			if call.Read != nil {
				_, err = call.Read(t.Context())
			} else {
				_, err = call.Plan(t.Context())
			}
			var candidates []string
			for _, c := range tool.AsError(err).Candidates {
				candidates = append(candidates, c.ID)
			}
			if !cloud.IsKind(err, cloud.ErrUnknownID) || !slices.Equal(candidates, want) {
				t.Errorf("%s, %s: %v, candidates %v", name, given, err, candidates)
			}
		}
	}
}

// TestRentalPlans checks the effects of each call by its arguments and the live
// state.
func TestRentalPlans(t *testing.T) {
	t.Parallel()
	off := cluster()
	off.Power, off.Price = cloud.PowerStopped, off.Rates[cloud.PowerStopped]
	pending := cluster()
	pending.Power, pending.Status, pending.Nodes, pending.Kubeconfig = cloud.PowerOther, "Pending", nil, false
	const at = `,"rental_id":"r-1111"`
	for name, c := range map[string]struct {
		rental     cloud.Rental
		tool, more string
		effects    []tool.Effect
		cost       string // after; "" for none
		code       tool.Code
		nothing    bool
	}{
		"stop":                 {cluster(), "power_rental", `,"action":"stop"`, []tool.Effect{tool.Change, tool.Disrupt}, "unknown", "", false},
		"stop what is off":     {off, "power_rental", `,"action":"stop"`, []tool.Effect{tool.Change, tool.Disrupt}, "unknown", "", true},
		"start what is off":    {off, "power_rental", `,"action":"start"`, []tool.Effect{tool.Change, tool.Bill}, "10 EUR per hour", "", false},
		"start what runs":      {cluster(), "power_rental", `,"action":"start"`, []tool.Effect{tool.Change}, "10 EUR per hour", "", true},
		"power while Pending":  {pending, "power_rental", `,"action":"start"`, nil, "", "blocked", false},
		"reboot":               {cluster(), "reboot_rental_nodes", `,"public_ips":["192.0.2.1","192.0.2.10"]`, []tool.Effect{tool.Disrupt}, "", "", false},
		"reboot while Pending": {pending, "reboot_rental_nodes", `,"public_ips":["192.0.2.1"]`, nil, "", "blocked", false},
		"reboot of a stranger": {cluster(), "reboot_rental_nodes", `,"public_ips":["192.0.2.1","192.0.2.3"]`, nil, "", "unknown_id", false},
		"part of an address":   {cluster(), "reboot_rental_nodes", `,"public_ips":["192.0.2"]`, nil, "", "unknown_id", false},
		"a private address":    {cluster(), "reboot_rental_nodes", `,"public_ips":["10.0.0.1"]`, nil, "", "unknown_id", false},
		"an address twice":     {cluster(), "reboot_rental_nodes", `,"public_ips":["192.0.2.1","192.0.2.1"]`, nil, "", "invalid_arguments", false},
		"remove":               {cluster(), "remove_rental_nodes", `,"public_ips":["192.0.2.1"]`, []tool.Effect{tool.Destroy}, "unknown", "", false},
		"remove while Pending": {pending, "remove_rental_nodes", `,"public_ips":["192.0.2.1"]`, nil, "", "blocked", false},
		"end":                  {cluster(), "delete_rental", "", []tool.Effect{tool.Destroy}, "0 EUR per hour", "", false},
		"end while Pending":    {pending, "delete_rental", "", []tool.Effect{tool.Destroy}, "0 EUR per hour", "", false},
		"rename":               {cluster(), "update_rental", `,"name":"x"`, []tool.Effect{tool.Change}, "", "", false},
		"rename to its name":   {cluster(), "update_rental", `,"name":"cluster"`, []tool.Effect{tool.Change}, "", "", true},
		"the same tags":        {cluster(), "update_rental", `,"tags":["a","b"]`, []tool.Effect{tool.Change}, "", "", true},
		"nothing":              {cluster(), "update_rental", "", nil, "", "invalid_arguments", false},
		"tags both ways":       {cluster(), "update_rental", `,"tags":["a"],"clear_tags":true`, nil, "", "invalid_arguments", false},
		"kubeconfig":           {cluster(), "save_kubeconfig", "", []tool.Effect{tool.Disrupt}, "", "", false},
		"no kubeconfig yet":    {pending, "save_kubeconfig", "", nil, "", "blocked", false},
	} {
		p, err := depotPlan(t, &depot{rentals: []cloud.Rental{c.rental}}, c.tool, at+c.more)
		if c.code != "" {
			if e := tool.AsError(err); err == nil || e.Code != c.code || e.Hint == "" {
				t.Errorf("%s: %v", name, err)
			}
			continue
		}
		cost := ""
		if p.Cost != nil {
			cost = "unknown"
			if p.Cost.After.Known() {
				cost = p.Cost.After.String()
			}
		}
		if err != nil || !slices.Equal(p.Effects, c.effects) || cost != c.cost || (p.Nothing != "") != c.nothing {
			t.Errorf("%s: %v, cost %q, nothing %q, %v", name, p.Effects, cost, p.Nothing, err)
		}
	}
}

// TestRentalChanges checks that a set which is replaced is shown completely.
func TestRentalChanges(t *testing.T) {
	t.Parallel()
	for more, want := range map[string]tool.FieldChange{
		`,"name":"x"`:        {Field: "name", Before: "cluster", After: "x"},
		`,"tags":["b"]`:      {Field: "tags", Before: `["a","b"]`, After: `["b"]`},
		`,"clear_tags":true`: {Field: "tags", Before: `["a","b"]`, After: "[]"},
	} {
		p, err := depotPlan(t, &depot{rentals: []cloud.Rental{cluster()}}, "update_rental", `,"rental_id":"r-1111"`+more)
		if err != nil || !slices.Equal(p.Changes, []tool.FieldChange{want}) {
			t.Errorf("%s: %v, %v", more, p.Changes, err)
		}
	}
}

// TestSharedNamesOfRentals checks that typing a name which two rentals have is not
// an approval.
func TestSharedNamesOfRentals(t *testing.T) {
	t.Parallel()
	other := cluster()
	other.ID = "r-2222"
	for name, more := range map[string]string{"delete_rental": "", "remove_rental_nodes": `,"public_ips":["192.0.2.1"]`} {
		p, err := depotPlan(t, &depot{rentals: []cloud.Rental{cluster(), other}}, name, `,"rental_id":"r-1111"`+more)
		if err != nil || !p.Targets[0].NameShared {
			t.Errorf("%s: %+v, %v", name, p.Targets, err)
		}
	}
}

// TestSettlingRentals checks how writes are settled after a lost response.
func TestSettlingRentals(t *testing.T) {
	t.Parallel()
	with := func(change func(*cloud.Rental)) cloud.Rental {
		r := cluster()
		change(&r)
		return r
	}
	same := func(*cloud.Rental) {}
	for name, c := range map[string]struct {
		tool, more string
		now        func(*cloud.Rental)
		ending     bool
		want       tool.Finding
		says       string
	}{
		"renamed":          {"update_rental", `,"name":"x"`, func(r *cloud.Rental) { r.Name = "x" }, false, tool.FoundDone, "Changed"},
		"not renamed":      {"update_rental", `,"name":"x"`, same, false, tool.FoundNothing, ""},
		"case is a name":   {"update_rental", `,"name":"CLUSTER"`, same, false, tool.FoundNothing, ""},
		"tagged":           {"update_rental", `,"tags":["b"]`, func(r *cloud.Rental) { r.Tags = []string{"b"} }, false, tool.FoundDone, "Changed"},
		"off":              {"power_rental", `,"action":"stop"`, func(r *cloud.Rental) { r.Power = cloud.PowerStopped }, false, tool.FoundDone, "stopped"},
		"still on":         {"power_rental", `,"action":"stop"`, same, false, tool.FoundNothing, ""},
		"rebooting":        {"reboot_rental_nodes", `,"public_ips":["192.0.2.1"]`, func(r *cloud.Rental) { r.Power, r.Status = cloud.PowerOther, "Pending" }, false, tool.FoundDone, "accepted"},
		"as it was":        {"reboot_rental_nodes", `,"public_ips":["192.0.2.1"]`, same, false, tool.FoundDone, "cannot be told"},
		"one left":         {"remove_rental_nodes", `,"public_ips":["192.0.2.1"]`, func(r *cloud.Rental) { r.Nodes = r.Nodes[1:] }, false, tool.FoundDone, "removal"},
		"none left":        {"remove_rental_nodes", `,"public_ips":["192.0.2.1"]`, same, false, tool.FoundNothing, ""},
		"another number":   {"remove_rental_nodes", `,"public_ips":["192.0.2.1"]`, func(r *cloud.Rental) { r.Nodes = nil }, false, tool.FoundUnclear, ""},
		"ended":            {"delete_rental", "", same, true, tool.FoundDone, "end of rental"},
		"not ended":        {"delete_rental", "", same, false, tool.FoundNothing, ""},
		"no file was made": {"save_kubeconfig", "", same, false, tool.FoundNothing, ""},
	} {
		p, err := depotPlan(t, &depot{rentals: []cloud.Rental{cluster()}}, c.tool, `,"rental_id":"r-1111"`+c.more)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		later := &depot{rentals: []cloud.Rental{with(c.now)}, ending: c.ending}
		got, err := depotTool(t, later, newSafeBox(), c.tool).Settle(t.Context(), tool.Intent{Plan: p, SentAt: sentAt})
		if err != nil || got.Finding != c.want || !strings.Contains(got.Made.Summary, c.says) || got.Finding == tool.FoundUnclear && got.Why == "" {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
		if c.tool != "save_kubeconfig" {
			away := &depot{rentals: later.rentals, getErr: errAway}
			if _, err := depotTool(t, away, newSafeBox(), c.tool).Settle(t.Context(), tool.Intent{Plan: p}); !errors.Is(err, errAway) {
				t.Errorf("%s, with the cloud away: %v", name, err)
			}
		}
	}
}

// TestSavingAKubeconfig checks where the credential is stored, and where it does
// not appear.
func TestSavingAKubeconfig(t *testing.T) {
	t.Parallel()
	const at = `,"rental_id":"r-1111"`
	save := func(files *safeBox, before func()) (tool.Made, tool.Plan, error) {
		d := &depot{rentals: []cloud.Rental{cluster()}, kubeconfig: cloud.NewSecret("token: s3cret")}
		call := depotCall(t, d, files, "save_kubeconfig", at)
		p, err := call.Plan(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		before()
		made, err := call.Execute(t.Context(), tool.Run{Plan: p})
		if strings.Contains(fmt.Sprintf("%+v %+v %+v", made, p, err), "s3cret") {
			t.Errorf("the credential stands in %+v, %+v, %v", made, p, err)
		}
		return made, p, err
	}
	nothing := func() {}

	files := newSafeBox()
	made, p, err := save(files, nothing)
	if err != nil || files.holds[clusterFile] != "token: s3cret" || !strings.Contains(made.Summary, "/secrets/"+clusterFile) || p.Changes[0].Before != "not there" {
		t.Errorf("%+v, %+v, %v", made, p.Changes, err)
	}
	if _, p, err = save(files, nothing); err != nil || p.Changes[0].Before != "there already; replaced" {
		t.Errorf("a second time: %+v, %v", p.Changes, err)
	}
	files = newSafeBox()
	_, _, err = save(files, func() { files.saved[clusterFile] = sentAt })
	if e := tool.AsError(err); e.Code != tool.CodeDrift || len(files.holds) > 0 {
		t.Errorf("a file that appeared meanwhile: %v", err)
	}
	files = newSafeBox()
	files.fails = errors.New("disk full")
	_, _, err = save(files, nothing)
	if e := tool.AsError(err); e.Code != tool.Code(cloud.ErrBlocked) || !strings.Contains(e.Message, "could not be written") || cloud.IsAmbiguous(err) {
		t.Errorf("a file that cannot be written: %v", err)
	}
	// An operation that was interrupted after writing finds its file; an older
	// file is not its own.
	for age, want := range map[time.Duration]tool.Finding{time.Second: tool.FoundDone, -time.Hour: tool.FoundNothing} {
		files := newSafeBox()
		files.saved[clusterFile] = sentAt.Add(age)
		got, err := depotTool(t, &depot{}, files, "save_kubeconfig").Settle(t.Context(), tool.Intent{Plan: p, SentAt: sentAt})
		if err != nil || got.Finding != want {
			t.Errorf("%s: %+v, %v", age, got, err)
		}
	}
	// Without a place for files the tool does not exist.
	for _, d := range tools.All(tools.Env{Accounts: cloud.Accounts{{Name: "depot", Provider: &depot{}}}}) {
		if d.Name == "save_kubeconfig" {
			t.Error("it is served without a place for files")
		}
	}
}
