package main

import (
	"fmt"
	"strconv"

	"github.com/shopspring/decimal"

	"countersign/internal/hostup"
	hostupsandbox "countersign/internal/hostup/sandbox"
)

// hostUpWorld is the sandbox of HostUp.
type hostUpWorld struct{ *hostupsandbox.Sandbox }

func (w hostUpWorld) machines() []simulatedMachine {
	var all []simulatedMachine
	for _, vps := range w.VPS() {
		m := simulatedMachine{id: string(vps.ID), name: vps.Name, currency: "SEK"}
		// Other machines have a monthly price, and in other states the price is
		// unknown.
		if vps.Billing.IsPAYG && vps.PowerState != nil && *vps.PowerState == hostup.PowerRunning {
			r := vps.Resources
			m.perHour = unit("0.12", r.CPUCores).Add(unit("0.04", r.MemoryGB)).Add(unit("0.003", r.StorageGB)).Add(unit("0.02", "1"))
		}
		all = append(all, m)
	}
	return all
}

// unit returns the hourly price of n units.
func unit(rate string, n hostup.Number) decimal.Decimal {
	return decimal.RequireFromString(rate).Mul(amount(n))
}

// task returns a random task on HostUp.
func (w hostUpWorld) task(s *simulation) *task {
	all := w.machines()
	if len(all) == 0 || s.chance(4) {
		return w.create(s.newName(), 1+s.random.IntN(2))
	}
	m := pick(s, all)
	switch s.random.IntN(6) {
	case 0, 1, 2:
		return w.power(m, pick(s, []string{"stop", "start", "force_stop", "restart", "force_restart"}))
	case 3:
		return w.rename(s)
	case 4:
		return w.hostname(m, fmt.Sprintf("host-%d.example.com", s.random.IntN(3)))
	}
	return w.delete(m, pick(s, []string{"immediate", "end_of_period"}))
}

func (w hostUpWorld) create(name string, cores int) *task {
	return &task{
		vendor: hostup.Vendor, tool: "create_vm", needs: true, makes: true,
		arguments: map[string]any{"account": "hostup", "hostup_vps": map[string]any{
			"name": name, "cpu_cores": cores, "memory_gb": 2, "storage_gb": 50, "region": "stockholm",
		}},
		method: "POST", path: "/api/v2/vps/payg/deployments", ids: []string{"stockholm"},
		body:  map[string]any{"name": name, "cpuCores": cores, "memoryGb": 2, "storageGb": 50, "region": "stockholm"},
		shows: []string{strconv.Quote(name), "- bill"}, equal: fmt.Sprint("hostup ", cores),
		renamed: func(name string) *task { return w.create(name, cores) },
	}
}

func (w hostUpWorld) power(m simulatedMachine, action string) *task {
	last := map[string]string{"stop": "shutdown", "start": "start", "force_stop": "stop", "restart": "restart", "force_restart": "reset"}[action]
	d := &task{
		vendor: hostup.Vendor, tool: "power_vm",
		arguments: map[string]any{"account": "hostup", "vm_id": m.id, "action": action},
		method:    "POST", path: "/api/v2/vps/" + m.id + "/actions/" + last,
		ids: []string{m.id}, target: m.id,
	}
	if action != "start" { // its price is fixed
		d.needs, d.harms, d.shows = true, true, []string{m.id, strconv.Quote(action), "- disrupt"}
	}
	return d
}

func (w hostUpWorld) hostname(m simulatedMachine, name string) *task {
	return &task{
		vendor: hostup.Vendor, tool: "update_vm",
		arguments: map[string]any{"account": "hostup", "vm_id": m.id, "hostname": name},
		method:    "PUT", path: "/api/v2/vps/" + m.id + "/hostname", body: map[string]any{"hostname": name},
		ids: []string{m.id}, target: m.id,
	}
}

func (w hostUpWorld) rename(s *simulation) *task {
	key, name := pick(s, w.SSHKeys()), fmt.Sprintf("key-%d", s.random.IntN(3))
	return &task{
		vendor: hostup.Vendor, tool: "rename_ssh_key",
		arguments: map[string]any{"account": "hostup", "ssh_key_id": string(key.ID), "name": name},
		method:    "PATCH", path: "/api/v2/ssh-keys/" + string(key.ID), body: map[string]any{"name": name},
		ids: []string{string(key.ID)},
	}
}

func (w hostUpWorld) delete(m simulatedMachine, when string) *task {
	return &task{
		vendor: hostup.Vendor, tool: "delete_vm", needs: true, destroys: true, harms: true,
		arguments: map[string]any{"account": "hostup", "vm_id": m.id, "cancel_type": when},
		method:    "POST", path: "/api/v2/vps/" + m.id + "/actions/cancel",
		body: map[string]any{"cancelType": when},
		ids:  []string{m.id}, target: m.id, shows: []string{m.id, "- destroy"},
	}
}
