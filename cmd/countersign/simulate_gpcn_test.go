package main

import (
	"fmt"
	"maps"
	"strconv"

	"countersign/internal/gpcn"
	gpcnsandbox "countersign/internal/gpcn/sandbox"
)

// gpcnWorld is the sandbox of GPCN, with the IDs of its first data center.
type gpcnWorld struct {
	*gpcnsandbox.Sandbox
	place, image string
	sizes        []string
}

// gpcnData is the envelope of the vendor's responses.
type gpcnData[T any] struct{ Data T }

func newGPCNWorld(s *simulation, sandbox *gpcnsandbox.Sandbox) *gpcnWorld {
	w := &gpcnWorld{Sandbox: sandbox}
	w.place = readSandbox[gpcnData[[]struct{ ID string }]](s, gpcn.Vendor, "/v1/resource/data-centers").Data[0].ID
	below := "/v1/resource/data-centers/" + w.place
	images := readSandbox[gpcnData[[]struct{ Images []struct{ ID string } }]](s, gpcn.Vendor, below+"/virtual-machine-images")
	w.image = images.Data[0].Images[0].ID
	sizes := readSandbox[gpcnData[struct {
		Categories []struct{ Sizes []struct{ SKUID string } }
	}]](s, gpcn.Vendor, below+"/virtual-machine-sizes")
	for _, size := range sizes.Data.Categories[0].Sizes[:2] {
		w.sizes = append(w.sizes, size.SKUID)
	}
	return w
}

const kindGPU = "gpu"

func (w *gpcnWorld) machines() []simulatedMachine {
	var all []simulatedMachine
	for _, vm := range w.VMs() {
		all = append(all, simulatedMachine{id: string(vm.ID), name: vm.Name, status: string(vm.Status)})
	}
	for _, gpu := range w.GPUs() {
		all = append(all, simulatedMachine{id: string(gpu.ID), name: gpu.Name, kind: kindGPU, gpus: *gpu.Configuration.GPUCount})
	}
	return all
}

// task returns a random task on GPCN.
func (w *gpcnWorld) task(s *simulation) *task {
	all := w.machines()
	if len(all) == 0 || s.chance(4) {
		return w.create(s, s.newName())
	}
	m := pick(s, all)
	switch s.random.IntN(6) {
	case 0, 1:
		if m.kind == kindGPU {
			return w.stopGPU(m)
		}
		return w.power(m, pick(s, []string{"stop", "start"}))
	case 2:
		return w.update(m, fmt.Sprintf("name-%d", s.random.IntN(4)))
	case 3:
		return w.rename(s)
	}
	return w.delete(m)
}

func (w *gpcnWorld) create(s *simulation, name string) *task {
	size := pick(s, w.sizes)
	block := map[string]any{"datacenter_id": w.place, "sku_id": size, "image_id": w.image}
	body := map[string]any{"datacenterId": w.place, "skuId": size, "imageId": w.image}
	like := &task{
		vendor: gpcn.Vendor, ids: []string{w.place, size, w.image}, shows: []string{size, w.image, "- bill", "- disrupt", "UNKNOWN"}, equal: "gpcn " + size,
	}
	if s.chance(2) {
		n := s.random.IntN(3)
		block["auth_method"], block["password"] = "password", password(n)
		body["authMethod"], body["password"] = "password", password(n)
		like.equal += " password"
	} else {
		key := string(pick(s, w.SSHKeys()).ID)
		block["auth_method"], block["ssh_key_id"] = "ssh-key", key
		body["authMethod"], body["sshKeyId"] = "ssh-key", key
		like.equal, like.ids, like.shows = like.equal+" "+key, append(like.ids, key), append(like.shows, key)
	}
	if s.chance(5) {
		block["number_of_instances"], body["numberOfInstances"] = 2, 2
		like.equal += " twice"
		return gpcnCreate(name, block, body, like)
	}
	return gpcnCreate(name, block, body, like)
}

// gpcnCreate returns a create with a name, a block of arguments and the expected
// body.
func gpcnCreate(name string, block, body map[string]any, like *task) *task {
	d := *like
	block, body = maps.Clone(block), maps.Clone(body)
	block["name"], body["name"] = name, name
	d.tool, d.needs, d.makes = "create_vm", true, true
	d.arguments = map[string]any{"account": "gpcn", "gpcn_vm": block}
	d.method, d.path, d.body = "POST", "/v1/resource/virtual-machines", body
	shown := strconv.Quote(name)
	if block["number_of_instances"] != nil {
		shown = strconv.Quote(name + "-2")
	}
	d.shows = append([]string{shown}, like.shows...)
	d.renamed = func(name string) *task { return gpcnCreate(name, block, body, like) }
	return &d
}

// machinePath returns the path of a machine of either kind.
func (w *gpcnWorld) machinePath(m simulatedMachine) string {
	if m.kind == kindGPU {
		return "/v1/resource/gpu/" + m.id
	}
	return "/v1/resource/virtual-machines/" + m.id
}

func (w *gpcnWorld) power(m simulatedMachine, action string) *task {
	d := &task{
		vendor: gpcn.Vendor, tool: "power_vm", needs: true,
		arguments: map[string]any{"account": "gpcn", "vm_id": m.id, "action": action},
		method:    "POST", path: w.machinePath(m) + "/" + action,
		ids: []string{m.id}, target: m.id, shows: []string{m.id, strconv.Quote(action)},
	}
	if action == "start" {
		d.shows = append(d.shows, "- bill") // its price is unknown
	} else {
		d.shows, d.harms = append(d.shows, "- disrupt"), true
	}
	return d
}

func (w *gpcnWorld) stopGPU(m simulatedMachine) *task {
	d := w.power(m, "stop")
	d.path, d.body = "/v1/resource/gpu/bulk/stop", map[string]any{"ids": []string{m.id}}
	return d
}

func (w *gpcnWorld) update(m simulatedMachine, name string) *task {
	return &task{
		vendor: gpcn.Vendor, tool: "update_vm",
		arguments: map[string]any{"account": "gpcn", "vm_id": m.id, "name": name},
		method:    "PUT", path: w.machinePath(m), body: map[string]any{"name": name},
		ids: []string{m.id}, target: m.id, harms: true,
	}
}

func (w *gpcnWorld) rename(s *simulation) *task {
	key, name := string(pick(s, w.SSHKeys()).ID), fmt.Sprintf("key-%d", s.random.IntN(3))
	return &task{
		vendor: gpcn.Vendor, tool: "rename_ssh_key",
		arguments: map[string]any{"account": "gpcn", "ssh_key_id": key, "name": name},
		method:    "PUT", path: "/v1/resource/ssh-keys/" + key, body: map[string]any{"name": name},
		ids: []string{key},
	}
}

func (w *gpcnWorld) delete(m simulatedMachine) *task {
	return &task{
		vendor: gpcn.Vendor, tool: "delete_vm", needs: true, destroys: true, harms: true,
		arguments: map[string]any{"account": "gpcn", "vm_id": m.id},
		method:    "DELETE", path: w.machinePath(m),
		ids: []string{m.id}, target: m.id, shows: []string{m.id, "- destroy"},
	}
}
