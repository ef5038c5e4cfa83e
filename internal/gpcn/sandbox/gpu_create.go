package sandbox

import (
	"net/http"
	"slices"

	"countersign/internal/cloud"
	"countersign/internal/gpcn"
)

// gpuOrder is the decoded body of a create that is valid by itself.
type gpuOrder struct {
	name, place, series, key *string
	count                    *int
	imageName, image, group  *string
	sku, username            *string
}

// gpuParts holds the resources that an order names.
type gpuParts struct {
	at    *place
	of    *series
	key   cloud.SSHKeyID
	group *gpcn.ResourceGroupID
	image string
}

// createGPU is page "Create a GPU VM".
func (s *Sandbox) createGPU(r *http.Request) answer {
	f := &form{}
	order := f.gpuOrder(r)
	if a, refused := f.refused(); refused {
		return a
	}
	parts, a, found := s.world.gpuParts(order)
	if !found {
		return a
	}
	w := s.world
	st, a, found := w.pick(order, parts)
	if !found {
		return a
	}
	g := w.addGPU(machine{
		id: cloud.VMID(w.kit.Seed.UUID()), name: *order.name, status: gpcn.StatusProvisioning, created: w.now, updated: w.now,
		at: parts.at, group: parts.group, username: order.username, key: &parts.key,
	}, st, parts.image)
	if g.username == nil {
		g.username = new("ubuntu")
	}
	end := w.made(&g.machine, func() { w.removeGPU(g) })
	started := w.start("create", &g.machine, createTakes, func(outcome Outcome) {
		switch outcome {
		case Fail:
			g.release()
		case succeed:
			g.ip = w.publicAddress()
		case Cancel, Vanish:
		}
		end(outcome)
	})
	return accepted("GPU VM creation started", jobList{[]gpcn.Job{started}})
}

// gpuOrder reads the body and checks it without looking anything up.
func (f *form) gpuOrder(r *http.Request) gpuOrder {
	f.body(r, "name", "datacenterId", "seriesId", "gpuCount", "sshKeyId", "imageName", "imageId", "resourceGroupId", "skuCode", "username")
	f.require("name", "datacenterId", "seriesId", "gpuCount", "sshKeyId")
	order := gpuOrder{
		name: f.name(), place: f.id("datacenterId"), series: f.id("seriesId"), key: f.id("sshKeyId"),
		count:     member[int](f, "gpuCount", "integer"),
		imageName: f.oneOf("imageName", "ubuntu-22.04", "ubuntu-24.04"), image: f.id("imageId"), group: f.id("resourceGroupId"),
		sku: f.text("skuCode"),
		// That the pattern of an update applies here is [inferred].
		username: f.matching("username", shortestGPUUsername, longestGPUUsername, gpuUsername),
	}
	if order.count != nil && !slices.Contains(counts(), *order.count) {
		f.report("gpuCount", "Must be one of %d", counts())
	}
	return order
}

// gpuParts looks up the resources that an order names.
func (w *world) gpuParts(order gpuOrder) (parts gpuParts, a answer, found bool) {
	at, there := w.place(*order.place)
	if !there {
		return parts, unknown("Data center"), false
	}
	of, there := find(w.series, func(of *series) bool { return string(of.id) == *order.series })
	if !there {
		return parts, unknown("GPU series"), false
	}
	key, there := w.key(*order.key)
	if !there {
		return parts, unknown("SSH key"), false
	}
	parts = gpuParts{at: at, of: of, key: key.ID, image: "Ubuntu 24.04 LTS with CUDA 12.8"}
	if order.group != nil {
		group, there := w.group(*order.group)
		if !there {
			return parts, unknown("Resource group"), false
		}
		parts.group = &group.ID
	}
	switch { // a name takes precedence over an ID
	case order.imageName != nil && *order.imageName == "ubuntu-22.04":
		parts.image = "Ubuntu 22.04 LTS with CUDA 12.8"
	case order.imageName == nil && order.image != nil:
		image, there := at.image(*order.image)
		if !there {
			return parts, unknown("Image"), false
		}
		parts.image = image.Name
	}
	return parts, answer{}, true
}

// pick returns the named SKU, or the cheapest one in stock.
func (w *world) pick(order gpuOrder, parts gpuParts) (*stock, answer, bool) {
	var sold []*stock
	for _, st := range parts.of.stock {
		if st.count == *order.count && (order.sku == nil || *order.sku == st.sku.SKUCode) {
			sold = append(sold, st)
		}
	}
	if order.sku != nil && len(sold) == 0 {
		return nil, invalid(issue{"skuCode", "Does not match the series and GPU count"}), false
	}
	if w.providerDown {
		return nil, refuse(http.StatusServiceUnavailable, "The GPU provider is currently unavailable").coded(gpcn.ProviderUnavailable), false
	}
	st, there := find(sold, func(st *stock) bool { return st.at == parts.at && st.free > 0 })
	if !there {
		return nil, refuse(http.StatusConflict, "The requested GPU configuration is no longer available"), false
	}
	return st, answer{}, true
}
