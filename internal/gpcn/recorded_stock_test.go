package gpcn_test

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"

	"countersign/internal/cloud"
	"countersign/internal/gpcn"
	"countersign/internal/rest/resttest"
)

// realise replaces the page's placeholders with what the sandbox has. The create
// page shows a password beside an SSH key, which its own rules forbid.
func (h house) realise(t *testing.T, r resttest.Example) (path string, body []byte) {
	t.Helper()
	s := h.stock(t)
	subject := string(s.vm)
	switch {
	case strings.Contains(r.Path, "/data-centers/"):
		subject = string(s.place)
	case r.Operation == "DELETE /v1/resource/ssh-keys/{id}": // one that no machine names
		subject = string(h.sandbox.PutSSHKey("spare"))
	case strings.Contains(r.Path, "/ssh-keys/"):
		subject = string(s.key)
	case strings.Contains(r.Path, "/resource/gpu/"):
		subject = string(s.gpu)
	case strings.Contains(r.Path, "/resource-groups/"):
		subject = string(s.group)
	case strings.HasSuffix(r.Path, "/rescue") && r.Method == http.MethodDelete:
		h.sandbox.SetStatus(s.vm, gpcn.StatusRescue)
	case strings.Contains(r.Path, "/networks/") && r.Method == http.MethodDelete:
		subject = string(s.empty)
	case strings.HasSuffix(r.Path, "/attach"), strings.HasSuffix(r.Operation, "volumes/{id}") && r.Method == http.MethodDelete:
		subject = string(s.free)
	case strings.Contains(r.Path, "/resource/volumes/"):
		subject = string(s.volume)
	case strings.Contains(r.Path, "/networks/"):
		subject = string(s.network)
	case strings.Contains(r.Path, "/network-interfaces/"):
		return h.realiseInterface(r)
	}
	path = strings.ReplaceAll(r.Path, documentedID, subject)
	if r.Request == nil {
		return path, nil
	}
	members := decode[map[string]any](t, r.Request)
	delete(members, "password")
	real := map[string]any{
		"datacenterId": s.place, "imageId": s.image, "skuId": s.size, "resourceGroupId": s.group, "sshKeyId": s.key,
		"seriesId": s.series, "name": "box-1", "username": "myuser",
		"networkId": s.network, "sourceImageId": s.image,
		"networkInterfaces": []gpcn.VMInterface{{NetworkID: s.network, Primary: true}},
		"jobIds":            []gpcn.JobID{}, "ids": []cloud.VMID{s.gpu, documentedID},
	}
	if strings.HasSuffix(r.Path, "/size") {
		real["skuId"] = s.larger
	}
	if strings.HasPrefix(r.Path, "/v1/resource/volumes") {
		real["skuId"], real["ids"], real["virtualMachineId"] = s.storage, []cloud.VolumeID{s.volume}, s.vm
	}
	if _, asksForJobs := members["jobIds"]; asksForJobs {
		job, err := h.DeleteVM(t.Context(), s.vm)
		if err != nil {
			t.Fatal(err)
		}
		real["jobIds"] = []gpcn.JobID{job.JobID}
	}
	for name, value := range members {
		if replacement, there := real[name]; there && value != nil {
			members[name] = replacement
		}
	}
	body, err := json.Marshal(members)
	if err != nil {
		t.Fatal(err)
	}
	return path, body
}

// realiseInterface picks an interface that the operation is possible for: the first
// VM has a public address on the first of its two interfaces, the second VM none.
func (h house) realiseInterface(r resttest.Example) (path string, body []byte) {
	vm, index := h.sandbox.VMs()[0].ID, 1
	if strings.HasSuffix(r.Path, "/public-ip") {
		index = 0
		if r.Method == http.MethodPost {
			vm = h.sandbox.VMs()[1].ID
		}
	}
	nics, err := h.ListInterfaces(context.Background(), vm)
	if err != nil {
		panic(err)
	}
	path = strings.Replace(r.Path, documentedID, string(vm), 1)
	return strings.Replace(path, documentedID, string(nics[index].ID), 1), r.Request
}

// stock are IDs of things that exist and fit together.
type stock struct {
	place   cloud.LocationID
	image   gpcn.ImageID
	size    cloud.OfferID
	larger  cloud.OfferID // than that of vm
	network gpcn.NetworkID
	empty   gpcn.NetworkID // no VM is on it
	group   gpcn.ResourceGroupID
	key     cloud.SSHKeyID
	series  gpcn.SeriesID
	vm, gpu cloud.VMID
	storage cloud.OfferID
	// volume is attached, free is not.
	volume, free cloud.VolumeID
}

func (h house) stock(t *testing.T) stock {
	t.Helper()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	inventory, err := h.GetGPUInventory(t.Context(), gpcn.InventoryFilter{})
	must(err)
	place := inventory.Series[0].Availability[0].DatacenterID
	images, err := h.ListImages(t.Context(), place)
	must(err)
	sizes, err := h.ListSizes(t.Context(), place, "")
	must(err)
	vm := h.sandbox.VMs()[0].ID
	upgrades, err := h.ListSizes(t.Context(), place, vm)
	must(err)
	storage, err := h.ListVolumeSizes(t.Context(), place)
	must(err)
	networks, err := h.ListNetworks(t.Context(), gpcn.NetworkFilter{DatacenterID: place, NetworkType: gpcn.NetworkStandard})
	must(err)
	pick := func(all gpcn.List[gpcn.Network], err error) gpcn.NetworkID {
		must(err)
		return all.Items[slices.IndexFunc(all.Items, func(n gpcn.Network) bool { return n.ConnectedVMs == "0" })].ID
	}
	groups, err := h.ListResourceGroups(t.Context(), gpcn.ListOptions{})
	must(err)
	return stock{
		place: place, image: images.Categories[0].Images[0].ID, size: sizes.Categories[0].Sizes[0].SKUID, larger: upgrades.Categories[0].Sizes[0].SKUID,
		network: networks.Items[0].ID, empty: pick(h.ListNetworks(t.Context(), gpcn.NetworkFilter{})), group: groups.Items[0].ID,
		key: h.sandbox.SSHKeys()[0].ID, series: inventory.Series[0].ID, vm: vm, gpu: h.sandbox.GPUs()[0].ID,
		storage: storage.VolumeTypes[0].AvailableSizes[0].SKUID, volume: h.sandbox.Volumes()[0].ID, free: h.sandbox.Volumes()[1].ID,
	}
}
