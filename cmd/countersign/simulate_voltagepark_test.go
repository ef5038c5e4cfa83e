package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"strconv"
	"strings"

	"github.com/shopspring/decimal"

	"countersign/internal/voltagepark"
	voltageparksandbox "countersign/internal/voltagepark/sandbox"
)

// voltageParkWorld is the sandbox of Voltage Park, with its preset and key IDs.
type voltageParkWorld struct {
	*voltageparksandbox.Sandbox
	presets, keys []string
}

func newVoltageParkWorld(s *simulation, sandbox *voltageparksandbox.Sandbox) *voltageParkWorld {
	w := &voltageParkWorld{Sandbox: sandbox}
	for _, preset := range readSandbox[[]struct{ ID string }](s, voltagepark.Vendor, "/api/v1/instant-deploy-presets/") {
		w.presets = append(w.presets, preset.ID)
	}
	for _, key := range readSandbox[struct{ Results []struct{ ID string } }](s, voltagepark.Vendor, "/api/v1/organization/ssh-keys").Results {
		w.keys = append(w.keys, key.ID)
	}
	return w
}

func (w *voltageParkWorld) machines() []simulatedMachine {
	var all []simulatedMachine
	for _, vm := range w.VMs() {
		m := simulatedMachine{id: string(vm.ID), name: vm.Name, status: vm.Status, currency: "USD"}
		rate := vm.Pricing.TotalDisassociatedPerHr
		if vm.Status != voltagepark.VMStoppedDisassociated {
			rate = vm.Pricing.TotalAssociatedPerHr
			for _, gpus := range vm.Resources.GPUs {
				m.gpus += gpus.Count
			}
		}
		m.perHour = amount(rate)
		all = append(all, m)
	}
	return all
}

// amount parses a number as a vendor writes it.
func amount(of any) decimal.Decimal {
	raw, err := json.Marshal(of)
	if err != nil {
		return decimal.Zero
	}
	return decimal.RequireFromString(strings.Trim(string(raw), `"`))
}

// task returns a random task on Voltage Park.
func (w *voltageParkWorld) task(s *simulation) *task {
	all := w.machines()
	if len(all) == 0 || s.chance(3) {
		return w.create(s, s.newName())
	}
	m := pick(s, all)
	switch s.random.IntN(7) {
	case 0, 1:
		return w.power(m, pick(s, []string{"stop", "release", "start"}))
	case 2:
		return w.update(m, map[string]any{"name": fmt.Sprintf("name-%d", s.random.IntN(4))})
	case 3:
		return w.update(m, map[string]any{"tags": []string{fmt.Sprintf("tag-%d", s.random.IntN(3))}})
	case 4:
		return w.addKey(s)
	}
	return w.delete(m)
}

func (w *voltageParkWorld) create(s *simulation, name string) *task {
	preset := w.presets[s.random.IntN(3)] // the others are out of stock
	block := map[string]any{"config_id": preset}
	body := map[string]any{"config_id": preset}
	ids, shows, equal := []string{preset}, []string{preset, "- bill"}, "voltagepark "+preset
	switch s.random.IntN(4) {
	case 0:
		n := s.random.IntN(3)
		block["password"], body["password"] = password(n), password(n)
		shows, equal = append(shows, "- disrupt"), equal+" password"
	case 1:
		block["cloud_init"] = map[string]any{"runcmd": []string{"echo " + plantedBoot}}
		shows, equal = append(shows, "- disrupt", plantedBoot), equal+" boot"
	case 2:
		key := pick(s, w.keys)
		block["organization_ssh_keys"] = map[string]any{"mode": "selective", "ssh_key_ids": []string{key}}
		body["organization_ssh_keys"] = map[string]any{"mode": "selective", "ssh_key_ids": []string{key}}
		ids, shows, equal = append(ids, key), append(shows, "- disrupt", key), equal+" "+key
	}
	return voltageParkCreate(name, block, body, &task{vendor: voltagepark.Vendor, ids: ids, shows: shows, equal: equal})
}

// voltageParkCreate returns a create with a name, a block of arguments and the
// expected body.
func voltageParkCreate(name string, block, body map[string]any, like *task) *task {
	d := *like
	block, body = maps.Clone(block), maps.Clone(body)
	block["name"], body["name"] = name, name
	d.tool, d.needs, d.makes = "create_vm", true, true
	d.arguments = map[string]any{"account": "voltagepark", "voltagepark_vm": block}
	d.method, d.path, d.body = "POST", "/api/v1/virtual-machines/instant", body
	d.shows = append([]string{strconv.Quote(name)}, like.shows...)
	d.renamed = func(name string) *task { return voltageParkCreate(name, block, body, like) }
	return &d
}

func (w *voltageParkWorld) power(m simulatedMachine, action string) *task {
	status := map[string]string{"stop": "stopped", "release": "stopped_disassociated", "start": "started"}[action]
	d := &task{
		vendor: voltagepark.Vendor, tool: "power_vm",
		arguments: map[string]any{"account": "voltagepark", "vm_id": m.id, "action": action},
		method:    "PUT", path: "/api/v1/virtual-machines/" + m.id + "/power-status", body: map[string]any{"status": status},
		ids: []string{m.id}, target: m.id,
	}
	if action != "start" { // a stopped machine is billed like a running one
		d.needs, d.harms, d.shows = true, true, []string{m.id, strconv.Quote(action), "- disrupt"}
	}
	return d
}

func (w *voltageParkWorld) update(m simulatedMachine, change map[string]any) *task {
	arguments := maps.Clone(change)
	arguments["account"], arguments["vm_id"] = "voltagepark", m.id
	return &task{
		vendor: voltagepark.Vendor, tool: "update_vm", arguments: arguments,
		method: "PATCH", path: "/api/v1/virtual-machines/" + m.id, body: change,
		ids: []string{m.id}, target: m.id, harms: change["name"] != nil,
	}
}

func (w *voltageParkWorld) delete(m simulatedMachine) *task {
	return &task{
		vendor: voltagepark.Vendor, tool: "delete_vm", needs: true, destroys: true, harms: true,
		arguments: map[string]any{"account": "voltagepark", "vm_id": m.id},
		method:    "DELETE", path: "/api/v1/virtual-machines/" + m.id,
		ids: []string{m.id}, target: m.id, shows: []string{m.id, "- destroy"},
	}
}

// publicKeys are public keys without private keys.
func publicKeys() []string {
	return []string{
		"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f one",
		"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIB8eHRwbGhkYFxYVFBMSERAPDg0MCwoJCAcGBQQDAgEA two",
	}
}

func (w *voltageParkWorld) addKey(s *simulation) *task {
	line, name := pick(s, publicKeys()), fmt.Sprintf("key-%d", s.random.IntN(3))
	return &task{
		vendor: voltagepark.Vendor, tool: "add_ssh_key", needs: true, makes: true,
		arguments: map[string]any{"account": "voltagepark", "name": name, "public_key": line},
		method:    "POST", path: "/api/v1/organization/ssh-keys", body: map[string]any{"name": name, "content": line},
		shows: []string{strconv.Quote(name), "SHA256:", "- disrupt"}, equal: "voltagepark key " + line,
	}
}
