package sandbox

import (
	"fmt"
	"math"
	"net/http"
	"regexp"
	"slices"
	"strconv"

	"countersign/internal/cloud"
	"countersign/internal/voltagepark"
)

// listRentals accepts "all" or a number as the limit [inferred].
func (s *Sandbox) listRentals(r *http.Request) answer {
	var f form
	limit, offset := 0, f.number(r, "offset", 0, 0, 1<<30)
	if r.URL.Query().Get("limit") != "all" {
		limit = f.number(r, "limit", 20, 1, 100)
	}
	if len(f.issues) > 0 {
		return invalid(f.issues...)
	}
	now := s.kit.Clock.Now()
	rows := []any{}
	for _, at := range s.world.listed(now) {
		rows = append(rows, at.wire(now))
	}
	return envelope(rows, limit, offset)
}

// onRental runs an operation on the rental in the path. The status is 422 where the ID is
// not a UUID, and 404 for an unknown one, which the page does not list [inferred].
func (s *Sandbox) onRental(r *http.Request, f *form, act func(*rental) answer) answer {
	id := f.pathID(r, "baremetal_rental_id")
	if len(f.issues) > 0 {
		return invalid(f.issues...)
	}
	listed := s.world.listed(s.kit.Clock.Now())
	i := slices.IndexFunc(listed, func(r *rental) bool { return string(r.id) == id })
	if i < 0 {
		return refuse(http.StatusNotFound, "Baremetal rental not found")
	}
	return act(listed[i])
}

// onRunning refuses rentals in a transient state [inferred].
func (s *Sandbox) onRunning(r *http.Request, f *form, act func(*rental) answer) answer {
	return s.onRental(r, f, func(at *rental) answer {
		if status := at.status(s.kit.Clock.Now()); status != voltagepark.RentalRunning {
			return refuse(http.StatusBadRequest, "The rental is "+status)
		}
		return act(at)
	})
}

// getRental reads one rental. Tests can remove it, because it did not exist at first.
func (s *Sandbox) getRental(r *http.Request) answer {
	if s.world.withoutRentalReads {
		return refuse(http.StatusMethodNotAllowed, "Method Not Allowed")
	}
	return s.onRental(r, &form{}, func(at *rental) answer { return ok(at.wire(s.kit.Clock.Now())) })
}

func (s *Sandbox) updateRental(r *http.Request) answer {
	f := &form{}
	f.body(r, "name", "tags")
	name, tags := f.text("name", true), f.texts("tags", true)
	return s.onRental(r, f, func(at *rental) answer {
		if name != nil {
			at.name = *name
		}
		if f.given("tags") {
			at.tags = tags
		}
		return ok(voltagepark.VMDetails{Name: &at.name, Tags: &at.tags})
	})
}

// setRentalPower returns null, or a text where the rental is in that state already, which
// is known from another client.
func (s *Sandbox) setRentalPower(r *http.Request) answer {
	f := &form{}
	f.body(r, "status")
	f.require("status")
	status := f.text("status", false)
	if status != nil && *status != string(voltagepark.StatusStarted) && *status != string(voltagepark.StatusStopped) {
		f.report("enum", "Input should be 'started' or 'stopped'", "body", "status")
	}
	return s.onRunning(r, f, func(at *rental) answer {
		off := *status == string(voltagepark.StatusStopped)
		if at.off == off {
			return ok("Rental is already " + *status)
		}
		at.off = off
		return ok(nil)
	})
}

func (s *Sandbox) deleteRental(r *http.Request) answer {
	return s.onRental(r, &form{}, func(at *rental) answer {
		if at.ended != nil {
			return refuse(http.StatusBadRequest, "Baremetal rental is already terminated")
		}
		at.terminate(s.kit.Clock.Now())
		return answer{status: http.StatusAccepted}
	})
}

// onNodes reads addresses, which must belong to servers of the rental [inferred].
func (s *Sandbox) onNodes(r *http.Request, act func(*rental, []string) answer) answer {
	f := &form{}
	f.body(r, "public_ips")
	f.require("public_ips")
	addresses := f.texts("public_ips", false)
	return s.onRunning(r, f, func(at *rental) answer {
		for _, address := range addresses {
			if !slices.ContainsFunc(at.nodes, func(n node) bool { return n.public == address }) {
				return refuse(http.StatusBadRequest, fmt.Sprintf("No node with public IP %s in this rental", address))
			}
		}
		if len(addresses) == 0 {
			return refuse(http.StatusBadRequest, "No nodes were given")
		}
		return act(at, addresses)
	})
}

func (s *Sandbox) rebootNodes(r *http.Request) answer {
	return s.onNodes(r, func(at *rental, _ []string) answer {
		at.pendingUntil = s.kit.Clock.Now().Add(rebooting)
		return answer{http.StatusCreated, nil}
	})
}

func (s *Sandbox) removeNodes(r *http.Request) answer {
	return s.onNodes(r, func(at *rental, addresses []string) answer {
		if len(addresses) == len(at.nodes) {
			return refuse(http.StatusBadRequest, "All nodes cannot be removed; terminate the rental instead")
		}
		at.remove(addresses, s.kit.Clock.Now())
		return ok(nil)
	})
}

// createRental rents servers. It returns 400 for an unknown place, key or volume, a part
// of a server, and too little stock, which is [inferred]: the page lists the status
// without causes.
func (s *Sandbox) createRental(r *http.Request) answer {
	f := &form{}
	f.body(r, "location_id", "gpu_count", "name", "organization_ssh_keys", "ssh_keys", "network_type", "sub_order", "storage_id", "tags", "cloudinit_script")
	f.require("location_id", "gpu_count", "name", "network_type")
	location, name, network := f.identifier("location_id"), f.text("name", false), f.text("network_type", false)
	gpus := f.integer("gpu_count", math.MinInt, false)
	if network != nil && *network != "infiniband" && *network != "ethernet" {
		f.report("enum", "Input should be 'infiniband' or 'ethernet'", "body", "network_type")
	}
	volume := ""
	if f.given("storage_id") {
		volume = f.identifier("storage_id")
	}
	subOrder, tags, lines := f.subOrder(), f.texts("tags", false), f.texts("ssh_keys", false)
	keys, mode := f.organizationKeys()
	f.cloudInit("cloudinit_script")
	if len(f.issues) > 0 {
		return invalid(f.issues...)
	}
	if refusal := s.world.unknownKey(keys); refusal != "" {
		return refuse(http.StatusBadRequest, refusal)
	}
	i := slices.IndexFunc(s.world.places, func(p *place) bool { return string(p.id) == location && p.bareMetal != nil })
	switch {
	case i < 0:
		return refuse(http.StatusBadRequest, "Location not found")
	case *gpus <= 0 || *gpus%gpusPerNode != 0:
		return refuse(http.StatusBadRequest, "gpu_count must be a positive multiple of 8")
	case *s.world.places[i].bareMetal.free(*network) < *gpus:
		return refuse(http.StatusBadRequest, "Not enough GPUs are available at this location")
	case volume != "" && s.world.volume(volume) == nil:
		return refuse(http.StatusBadRequest, "Storage not found")
	}
	made := s.world.addRental(&rental{
		name: *name, tags: append([]string{}, tags...), at: s.world.places[i], network: *network,
		subOrder: subOrder, volume: cloud.VolumeID(volume),
	}, *gpus, s.kit.Clock.Now())
	if v := s.world.volume(volume); v != nil {
		v.orders = append(v.orders, cloud.MachineRef(made.id))
	}
	out := voltagepark.CreatedRental{RentalID: made.id}
	if len(lines) == 0 && mode != "all" && len(keys) == 0 {
		out.Warning = new("No SSH keys were added to this rental.")
	}
	return answer{http.StatusCreated, out}
}

var digits = regexp.MustCompile(`^"?[0-9]+"?$`)

// subOrder reads an integer or, as the page's sample has it, its digits as a string.
func (f *form) subOrder() string {
	const name = "sub_order"
	if !f.given(name) {
		return ""
	}
	raw := string(f.members[name])
	if !digits.MatchString(raw) {
		f.report("int_parsing", "Input should be a valid integer, unable to parse string as an integer", f.at(name)...)
		return ""
	}
	if text, err := strconv.Unquote(raw); err == nil {
		return text
	}
	return raw
}
