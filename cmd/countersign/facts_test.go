package main

import (
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"countersign/internal/cloud"
	"countersign/internal/config"
	"countersign/internal/sandboxkit"
	"countersign/internal/tool"
	"countersign/tools"
)

// estate has the sandboxes of all clouds in their initial state, and the values
// that a test looked up.
type estate struct {
	tools map[string]*tool.Definition
	vars  map[string]string
}

func newEstate(t *testing.T) estate {
	t.Helper()
	kit := sandboxkit.NewKit(sandboxkit.NewClock(time.Date(2026, 8, 1, 12, 0, 0, 0, time.UTC)), 1)
	var accounts cloud.Accounts
	for _, entry := range clouds() {
		accounts = append(accounts, accountServedBy(t, entry.vendor, entry.sandbox(kit).ServeHTTP))
	}
	e := estate{map[string]*tool.Definition{}, map[string]string{}}
	for _, d := range tools.All(tools.Env{Accounts: accounts}) {
		e.tools[d.Name] = d
	}
	return e
}

func (e estate) expand(text string) string {
	return os.Expand(text, func(name string) string { return e.vars[name] })
}

// look sets a variable to the value at a path of the output of a read.
func (e estate) look(t *testing.T, l lookup) {
	t.Helper()
	e.vars[l.variable] = strings.TrimPrefix(e.at(t, l.tool, l.arguments, l.path), l.prefix)
}

func (e estate) plan(t *testing.T, name, arguments string) tool.Plan {
	t.Helper()
	call, err := e.tools[name].Decode([]byte(e.expand(arguments)))
	if err != nil {
		t.Fatal(name, err)
	}
	plan, err := call.Plan(t.Context())
	if err != nil {
		t.Fatal(name, err)
	}
	return plan
}

// do executes a call without a guard.
func (e estate) do(t *testing.T, name, arguments string) {
	t.Helper()
	call, err := e.tools[name].Decode([]byte(e.expand(arguments)))
	if err != nil {
		t.Fatal(name, err)
	}
	plan, err := call.Plan(t.Context())
	if err != nil {
		t.Fatal(name, err)
	}
	if _, err := call.Execute(t.Context(), tool.Run{Plan: plan}); err != nil {
		t.Fatal(name, err)
	}
}

// TestFactsOfEveryKind checks the facts that policies and caps use, for every kind
// of thing that can be created and for calls on existing things: location, offer,
// added load, and the price before.
func TestFactsOfEveryKind(t *testing.T) {
	e := newEstate(t)
	for _, r := range storyRows() {
		for _, l := range r.ids {
			l.variable = r.kind + "_" + l.variable
			l.arguments = strings.ReplaceAll(l.arguments, "$DC", "${"+r.kind+"_DC}")
			e.look(t, l)
		}
	}
	e.do(t, "create_volume", `{"account":"voltagepark","voltagepark_volume":{"name":"shared","size_in_gb":100}}`)
	for _, l := range []lookup{
		{variable: "RENT", tool: "list_locations", arguments: `{"account":"voltagepark"}`, path: "locations.city=Dallas.id"},
		{variable: "DISK", tool: "list_volume_offers", arguments: `{"account":"gpcn","location_id":"${gpcn_vm_DC}"}`, path: "offers.0.id"},
		{variable: "NODE", tool: "list_offers", arguments: `{"account":"voltagepark"}`, path: "offers.2.id"},
		{variable: "TWIN", tool: "list_offers", arguments: `{"account":"gpcn","location_id":"${gpcn_gpu_DC}"}`, path: "offers.id=gpu_2x_a6000.with.0", prefix: "series_id="},
		{variable: "VM", tool: "list_vms", arguments: `{"account":"gpcn"}`, path: "vms.name=web-1.id"},
		{variable: "GPU", tool: "list_vms", arguments: `{"account":"gpcn"}`, path: "vms.name=train-1.id"},
		{variable: "PARKED", tool: "list_vms", arguments: `{"account":"voltagepark"}`, path: "vms.0.id"},
		{variable: "IDLE", tool: "list_vms", arguments: `{"account":"voltagepark"}`, path: "vms.1.id"},
		{variable: "APP", tool: "list_vms", arguments: `{"account":"hostup"}`, path: "vms.name=app-01.id"},
		{variable: "PAYG", tool: "list_vms", arguments: `{"account":"hostup"}`, path: "vms.3.id"},
		{variable: "ENDING", tool: "list_vms", arguments: `{"account":"hostup"}`, path: "vms.2.id"},
		{variable: "SHARED", tool: "list_volumes", arguments: `{"account":"voltagepark"}`, path: "volumes.0.id"},
		{variable: "VOLUME", tool: "list_volumes", arguments: `{"account":"gpcn"}`, path: "volumes.0.id"},
	} {
		e.look(t, l)
	}
	e.do(t, "power_vm", `{"account":"voltagepark","vm_id":"$PARKED","action":"release"}`)
	e.do(t, "power_vm", `{"account":"voltagepark","vm_id":"$IDLE","action":"stop"}`)
	e.do(t, "delete_vm", `{"account":"hostup","vm_id":"$ENDING","cancel_type":"end_of_period"}`)
	rowsOf := map[string]storyRow{}
	for _, r := range storyRows() {
		rowsOf[r.kind] = r
	}
	create := func(kind string, changed map[string]any) string {
		text := rowsOf[kind].create("node-1", changed)
		for _, name := range []string{"DC", "SKU", "BIGGER", "IMAGE", "KEY", "SERIES", "PRESET", "REGION"} {
			text = strings.ReplaceAll(text, `"$`+name+`"`, `"${`+kind+"_"+name+`}"`)
		}
		return text
	}
	one := cloud.Load{Machines: 1}
	tests := []struct {
		name, tool, arguments string
		location, offer       string
		adds                  cloud.Load
		before                bool
	}{
		{"a GPCN VM", "create_vm", create("gpcn_vm", nil), "${gpcn_vm_DC}", "${gpcn_vm_SKU}", one, false},
		{"three of them", "create_vm", create("gpcn_vm", map[string]any{"number_of_instances": 3}), "${gpcn_vm_DC}", "${gpcn_vm_SKU}", cloud.Load{Machines: 3}, false},
		{"a GPU VM", "create_vm", create("gpcn_gpu", nil), "${gpcn_gpu_DC}", "gpu_1x_a6000", cloud.Load{Machines: 1, GPUs: 1}, false},
		{"one of two GPUs, the cheapest", "create_vm", `{"account":"gpcn","gpcn_gpu":{"name":"x","datacenter_id":"${gpcn_gpu_DC}","series_id":"$TWIN","gpu_count":2,"ssh_key_id":"${gpcn_gpu_KEY}"}}`, "${gpcn_gpu_DC}", "gpu_2x_a6000", cloud.Load{Machines: 1, GPUs: 2}, false},
		{"a preset", "create_vm", create("voltagepark_vm", nil), "", "${voltagepark_vm_PRESET}", cloud.Load{Machines: 1, GPUs: 1}, false},
		{"one of four GPUs", "create_vm", create("voltagepark_vm", map[string]any{"config_id": "$NODE"}), "", "$NODE", cloud.Load{Machines: 1, GPUs: 4}, false},
		{"a VPS", "create_vm", create("hostup_vps", nil), "stockholm", "stockholm", one, false},
		{"a rental of two servers", "create_rental", `{"account":"voltagepark","voltagepark_rental":{"location_id":"$RENT","gpu_count":16,"name":"x","network_type":"infiniband"}}`, "$RENT", "", cloud.Load{Machines: 2, GPUs: 16}, false},
		{"a GPCN volume", "create_volume", `{"account":"gpcn","gpcn_volume":{"name":"x","datacenter_id":"${gpcn_vm_DC}","sku_id":"$DISK"}}`, "${gpcn_vm_DC}", "$DISK", cloud.Load{}, false},
		{"shared storage", "create_volume", `{"account":"voltagepark","voltagepark_volume":{"name":"x","size_in_gb":100}}`, "", "", cloud.Load{}, false},
		{"a network", "create_network", `{"account":"gpcn","name":"x","location_id":"${gpcn_vm_DC}","network_type":"custom"}`, "${gpcn_vm_DC}", "", cloud.Load{}, false},
		{"a stop", "power_vm", `{"account":"gpcn","vm_id":"$VM","action":"stop"}`, "${gpcn_vm_DC}", "${gpcn_vm_SKU}", cloud.Load{}, true},
		{"a start of what was released", "power_vm", `{"account":"voltagepark","vm_id":"$PARKED","action":"start"}`, "", "", cloud.Load{GPUs: 1}, true},
		{"a start of what kept its GPUs", "power_vm", `{"account":"voltagepark","vm_id":"$IDLE","action":"start"}`, "", "", cloud.Load{}, true},
		{"a release", "power_vm", `{"account":"voltagepark","vm_id":"$IDLE","action":"release"}`, "", "", cloud.Load{}, true},
		{"a larger size", "resize_vm", `{"account":"gpcn","vm_id":"$VM","offer_id":"${gpcn_vm_BIGGER}"}`, "${gpcn_vm_DC}", "${gpcn_vm_BIGGER}", cloud.Load{}, true},
		{"more cores", "resize_vm", `{"account":"hostup","vm_id":"$PAYG","vcpus":4,"ram_gb":8}`, "", "", cloud.Load{}, true},
		{"an end taken back", "cancel_vm_deletion", `{"account":"hostup","vm_id":"$ENDING"}`, "", "", cloud.Load{}, true},
		{"a larger volume", "update_volume", `{"account":"voltagepark","volume_ids":["$SHARED"],"size_gb":900000}`, "", "", cloud.Load{}, true},
		{"another name", "update_vm", `{"account":"gpcn","vm_id":"$GPU","name":"x"}`, "${gpcn_gpu_DC}", "", cloud.Load{}, false},
		{"an end", "delete_vm", `{"account":"hostup","vm_id":"$APP","cancel_type":"immediate"}`, "", "", cloud.Load{}, true},
		{"a volume's end", "delete_volumes", `{"account":"gpcn","volume_ids":["$VOLUME"]}`, "${gpcn_vm_DC}", "", cloud.Load{}, true},
	}
	for _, test := range tests {
		p := e.plan(t, test.tool, test.arguments)
		if p.Location != e.expand(test.location) || test.offer != "" && p.Offer != e.expand(test.offer) || p.Adds != test.adds {
			t.Errorf("%s: location %q, offer %q, adds %+v", test.name, p.Location, p.Offer, p.Adds)
		}
		if got := p.Cost != nil && p.Cost.Before != nil; got != test.before {
			t.Errorf("%s: has a price before: %v", test.name, got)
		}
		if slices.Contains(p.Effects, tool.Bill) && p.Cost == nil {
			t.Errorf("%s: it bills and has no cost", test.name)
		}
	}
}

// TestFactsCoverEveryMaker checks that the table above has every kind of thing that
// costs.
func TestFactsCoverEveryMaker(t *testing.T) {
	accounts, _, err := connect(&config.Config{}, nil, func(name string) (string, bool) {
		return sandboxKey, strings.HasSuffix(name, "_API_KEY")
	})
	if err != nil {
		t.Fatal(err)
	}
	var makers []string
	for _, a := range cloud.Having[cloud.RentalMaker](accounts) {
		for _, kind := range a.Cloud.RentalKinds() {
			makers = append(makers, kind.BlockName())
		}
	}
	for _, a := range cloud.Having[cloud.VolumeMaker](accounts) {
		for _, kind := range a.Cloud.VolumeKinds() {
			makers = append(makers, kind.BlockName())
		}
	}
	if want := []string{"voltagepark_rental", "gpcn_volume", "voltagepark_volume"}; !slices.Equal(makers, want) {
		t.Errorf("kinds beside machines: %v; the table has %v", makers, want)
	}
}
