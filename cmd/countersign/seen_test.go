package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"

	"countersign/internal/tool"
)

// TestEveryReadIsSeen checks that every read reports the IDs and names that it
// shows, if calls can act on these things, so that the names are remembered.
func TestEveryReadIsSeen(t *testing.T) {
	e := newEstate(t)
	e.do(t, "create_volume", `{"account":"voltagepark","voltagepark_volume":{"name":"shared","size_in_gb":100}}`)
	e.do(t, "create_rental", `{"account":"voltagepark","voltagepark_rental":{"location_id":"`+e.at(t, "list_locations", `{"account":"voltagepark"}`, "locations.city=Dallas.id")+`","gpu_count":8,"name":"rack","network_type":"infiniband"}}`)
	for _, c := range []struct{ tool, arguments, path, kind string }{
		{"list_vms", `{}`, "vms", "vm"},
		{"list_vms", `{"name":"web-1"}`, "vms", "vm"},
		{"get_vm", `{"account":"gpcn","vm_id":"$VM"}`, "", "vm"},
		{"list_costs", `{"limit":100}`, "machines", ""},
		{"list_ssh_keys", `{}`, "ssh_keys", "ssh_key"},
		{"get_ssh_key", `{"account":"gpcn","ssh_key_id":"$KEY"}`, "", "ssh_key"},
		{"list_volumes", `{}`, "volumes", "volume"},
		{"get_volume", `{"account":"gpcn","volume_id":"$VOLUME"}`, "", "volume"},
		{"list_rentals", `{}`, "rentals", "rental"},
		{"get_rental", `{"account":"voltagepark","rental_id":"$RENTAL"}`, "", "rental"},
		{"list_networks", `{}`, "networks", "network"},
		{"get_network", `{"account":"gpcn","network_id":"$NETWORK"}`, "", "network"},
		{"get_network", `{"account":"gpcn","network_id":"$NETWORK"}`, "vms", "vm"},
		{"list_resource_groups", `{}`, "resource_groups", "resource_group"},
		{"get_resource_group", `{"account":"gpcn","resource_group_id":"$GROUP"}`, "", "resource_group"},
		{"list_vm_interfaces", `{"account":"gpcn","vm_id":"$VM"}`, "interfaces", "network"},
		{"list_snapshots", `{"account":"hostup","vm_id":"$VPS"}`, "vm_id", "vm"},
		{"list_backups", `{"account":"hostup","vm_id":"$VPS"}`, "vm_id", "vm"},
	} {
		for name, at := range map[string][3]string{
			"VM": {"list_vms", `{"account":"gpcn"}`, "vms.name=web-1.id"}, "KEY": {"list_ssh_keys", `{"account":"gpcn"}`, "ssh_keys.0.id"},
			"VOLUME": {"list_volumes", `{"account":"gpcn"}`, "volumes.0.id"}, "RENTAL": {"list_rentals", `{}`, "rentals.0.id"},
			"NETWORK": {"list_networks", `{}`, "networks.name=web-net.id"}, "GROUP": {"list_resource_groups", `{}`, "resource_groups.0.id"},
			"VPS": {"list_vms", `{"account":"hostup"}`, "vms.0.id"},
		} {
			e.vars[name] = e.at(t, at[0], at[1], at[2])
		}
		var mu sync.Mutex // clouds are read concurrently
		seen := map[string]tool.Sighting{}
		ctx := tool.WithSightings(t.Context(), func(all []tool.Sighting) {
			mu.Lock()
			defer mu.Unlock()
			for _, s := range all {
				seen[s.Kind+" "+s.ID+" "+s.Name] = s
			}
		})
		raw := e.read(ctx, t, c.tool, c.arguments)
		rows := shown(t, raw, c.path)
		if len(rows) == 0 {
			t.Errorf("%s %s shows nothing: %s", c.tool, c.path, raw)
		}
		for _, row := range rows {
			kind := c.kind
			if kind == "" {
				kind = nounOf(row.Kind)
			}
			s, ok := seen[fmt.Sprint(kind, " ", row.ID, " ", row.Name)]
			if !ok || s.Account == "" || row.Account != "" && string(s.Account) != row.Account {
				t.Errorf("%s shows %s %q %q and it is not seen: %v", c.tool, kind, row.ID, row.Name, seen)
			}
		}
	}
}

// nounOf returns the kind of the ID in a row of list_costs, given the block of the
// row.
func nounOf(block string) string {
	switch {
	case block == "volume":
		return "volume"
	case strings.HasSuffix(block, "_rental"):
		return "rental"
	}
	return "vm"
}

// shownRow is a thing in an output.
type shownRow struct{ ID, Account, Kind, Name string }

// shown returns the things at a path of an output: a list, or the output itself.
func shown(t *testing.T, raw []byte, path string) []shownRow {
	t.Helper()
	var out map[string]json.RawMessage
	var one struct {
		shownRow
		VMID string `json:"vm_id"`
	}
	var several []struct {
		shownRow
		NetworkID   string `json:"network_id"`
		NetworkName string `json:"network_name"`
	}
	if err := json.Unmarshal(raw, &one); err != nil {
		t.Fatal(err)
	}
	if path == "" {
		return []shownRow{one.shownRow}
	}
	if err := json.Unmarshal(raw, &out); err != nil {
		t.Fatal(err)
	}
	if path == "vm_id" {
		return []shownRow{{ID: one.VMID, Name: "app-01"}}
	}
	if err := json.Unmarshal(out[path], &several); err != nil {
		t.Fatal(path, err)
	}
	var rows []shownRow
	for _, row := range several {
		if row.NetworkID != "" {
			row.ID, row.Name = row.NetworkID, row.NetworkName
		}
		rows = append(rows, row.shownRow)
	}
	return rows
}

// read returns the output of a read as JSON.
func (e estate) read(ctx context.Context, t *testing.T, name, arguments string) []byte {
	t.Helper()
	call, err := e.tools[name].Decode([]byte(e.expand(arguments)))
	if err != nil {
		t.Fatal(name, err)
	}
	out, err := call.Read(ctx)
	if err != nil {
		t.Fatal(name, err)
	}
	raw, err := json.Marshal(out)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// at returns the value at a path of the output of a read.
func (e estate) at(t *testing.T, name, arguments, path string) string {
	t.Helper()
	raw := e.read(t.Context(), t, name, arguments)
	value, ok, err := valueAt(string(raw), path)
	if err != nil || !ok {
		t.Fatalf("%s: %s is not there: %s", name, path, raw)
	}
	return value
}
