package sandbox

import (
	"net/http"
	"slices"

	"countersign/internal/cloud"
	"countersign/internal/gpcn"
)

// addInterface connects a VM to a network; the interface has an address when the job is
// done.
func (s *Sandbox) addInterface(r *http.Request) answer {
	f := &form{}
	f.body(r, "networkId")
	f.require("networkId")
	id := f.id("networkId")
	return s.onVM(r, f, func(v *vm) answer {
		n, there := s.world.network(*id)
		switch {
		case !there:
			return unknown("Network")
		case n.at != v.at:
			return invalid(issue{"networkId", "The network is in another data center"})
		case len(v.interfaces) >= gpcn.MaxInterfaces:
			return invalid(issue{"networkId", "The virtual machine has the maximum number of network interfaces"})
		case n.ending:
			return refuse(http.StatusConflict, "The network is being deleted")
		}
		if a, refused := v.plugs(); refused {
			return a
		}
		return s.link("attach", v, func() {
			i := &nic{id: cloud.InterfaceID(s.world.kit.Seed.UUID()), on: n, primary: len(v.interfaces) == 0}
			i.private = n.privateAddress()
			v.interfaces = append(v.interfaces, i)
		})
	})
}

// plugs refuses a change that a machine does not support in its state; the error is
// [inferred].
func (v *vm) plugs() (answer, bool) {
	if v.status.Is(gpcn.StatusShutoff, gpcn.StatusStopped) || v.status == gpcn.StatusRunning && !v.cold {
		return answer{}, false
	}
	return refuse(http.StatusConflict, "The virtual machine is not in a valid state for this operation: "+string(v.status)), true
}

// link starts a job that changes the interfaces of a VM. That it names the VM is
// [inferred].
func (s *Sandbox) link(operation string, v *vm, act func()) answer {
	return accepted("Network interface operation started", s.world.start(operation, &v.machine, linkTakes, func(outcome Outcome) {
		if outcome == succeed {
			act()
		}
	}))
}

// onInterface runs an operation on the interface in the path.
func (s *Sandbox) onInterface(r *http.Request, f *form, act func(*vm, *nic) answer) answer {
	id := r.PathValue("nic")
	if !cloud.IsUUID(id) {
		f.report("nicId", "Invalid uuid")
	}
	return s.onVM(r, f, func(v *vm) answer {
		i, there := find(v.interfaces, func(i *nic) bool { return string(i.id) == id })
		if !there {
			return unknown("Network interface")
		}
		return act(v, i)
	})
}

func (s *Sandbox) updateInterface(r *http.Request) answer {
	f := &form{}
	f.body(r, "setPrimary")
	f.require("setPrimary")
	if yes := member[bool](f, "setPrimary", "boolean"); yes != nil && !*yes {
		f.report("setPrimary", "Must be true")
	}
	return s.onInterface(r, f, func(v *vm, i *nic) answer {
		if a, refused := v.plugs(); refused {
			return a
		}
		for _, other := range v.interfaces {
			other.primary = other == i
		}
		return done("Network interface updated successfully")
	})
}

// removeInterface refuses the primary interface, as later versions do according to the
// notes of the vendor's Terraform provider [inferred]. A public address on it is lost
// [inferred].
func (s *Sandbox) removeInterface(r *http.Request) answer {
	return s.onInterface(r, &form{}, func(v *vm, i *nic) answer {
		if i.primary {
			return refuse(http.StatusConflict, "The primary network interface cannot be removed")
		}
		if a, refused := v.plugs(); refused {
			return a
		}
		return s.link("detach", v, func() {
			v.interfaces = slices.DeleteFunc(v.interfaces, func(other *nic) bool { return other == i })
		})
	})
}

func (s *Sandbox) allocatePublicIP(r *http.Request) answer {
	return s.onInterface(r, &form{}, func(v *vm, i *nic) answer {
		switch {
		case i.on.kind != gpcn.NetworkStandard:
			return refuse(http.StatusBadRequest, "Public IPs are only supported on standard networks")
		case i.public != "":
			return refuse(http.StatusConflict, "The network interface has a public IP")
		}
		return s.link("allocate", v, func() { i.public, i.publicID = s.world.publicAddress(), s.world.kit.Seed.UUID() })
	})
}

func (s *Sandbox) releasePublicIP(r *http.Request) answer {
	return s.onInterface(r, &form{}, func(v *vm, i *nic) answer {
		if i.public == "" {
			return unknown("Public IP")
		}
		return s.link("release", v, func() { i.public, i.publicID = "", "" })
	})
}
