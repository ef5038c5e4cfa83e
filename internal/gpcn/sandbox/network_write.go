package sandbox

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/netip"
	"slices"
	"strings"

	"countersign/internal/gpcn"
)

// onNetwork runs an operation on the network in the path.
func (s *Sandbox) onNetwork(r *http.Request, f *form, act func(*network) answer) answer {
	id := f.pathID(r)
	if a, refused := f.refused(); refused {
		return a
	}
	n, there := s.world.network(id)
	if !there {
		return unknown("Network")
	}
	return act(n)
}

func (s *Sandbox) getNetwork(r *http.Request) answer {
	return s.onNetwork(r, &form{}, func(n *network) answer { return ok("Network retrieved successfully", n.wire(s.world)) })
}

func (s *Sandbox) listNetworkVMs(r *http.Request) answer {
	return s.onNetwork(r, &form{}, func(n *network) answer {
		rows := []gpcn.NetworkVM{}
		on := s.world.on(n)
		for _, v := range s.world.vms {
			if i, there := on[v]; there {
				rows = append(rows, gpcn.NetworkVM{ID: v.id, Name: v.name, MachineID: string(v.id), PublicIP: i.public, PrivateIP: i.private, NetworkID: n.id})
			}
		}
		return ok("Network virtual machines retrieved successfully", rows)
	})
}

// networkFields are the members that a create and an update share.
func networkFields() []string {
	return []string{
		"name", "description", "cidrBlock", "dhcpServerEnabled", "dhcpStartAddress", "dhcpEndAddress",
		"defaultRouteEnabled", "defaultRoute", "serveDNSServersEnabled", "dnsServers",
	}
}

// createNetwork creates a network that exists when its job is done [inferred].
func (s *Sandbox) createNetwork(r *http.Request) answer {
	f := &form{}
	f.body(r, append(networkFields(), "datacenterId", "networkType", "snatEnabled")...)
	f.require("name", "datacenterId", "networkType")
	place := f.id("datacenterId")
	kind := f.oneOf("networkType", string(gpcn.NetworkStandard), string(gpcn.NetworkCustom))
	snat := member[bool](f, "snatEnabled", "boolean")
	if snat != nil && kind != nil && *kind != string(gpcn.NetworkStandard) {
		f.report("snatEnabled", "Only supported on standard networks")
	}
	made := &network{}
	apply := f.networkSettings(made)
	if a, refused := f.refused(); refused {
		return a
	}
	at, there := s.world.place(*place)
	if !there {
		return unknown("Data center")
	}
	apply()
	if s.world.networkNamed(made.name) != nil {
		return refuse(http.StatusConflict, "A network with this name already exists")
	}
	w := s.world
	made.id, made.at, made.kind = gpcn.NetworkID(w.kit.Seed.UUID()), at, gpcn.NetworkType(*kind)
	made.snat = snat != nil && *snat
	started := w.startOn("create", string(made.id), made.name, createTakes, func(outcome Outcome) {
		if outcome == succeed {
			made.created, made.updated = w.now, w.now
			w.networks = append(w.networks, made)
		}
	})
	return accepted("Network creation started", started)
}

func (w *world) networkNamed(name string) *network {
	n, _ := find(w.networks, func(n *network) bool { return n.name == name })
	return n
}

// updateNetwork changes the given members only [inferred].
func (s *Sandbox) updateNetwork(r *http.Request) answer {
	f := &form{}
	f.body(r, networkFields()...)
	n, _ := s.world.network(r.PathValue("id"))
	if n == nil {
		n = &network{}
	}
	changed := *n
	apply := f.networkSettings(&changed)
	return s.onNetwork(r, f, func(n *network) answer {
		apply()
		if other := s.world.networkNamed(changed.name); other != nil && other != n {
			return refuse(http.StatusConflict, "A network with this name already exists")
		}
		if n.ending {
			return refuse(http.StatusConflict, "The network is being deleted")
		}
		changed.updated = s.world.now
		*n = changed
		return done("Network updated successfully")
	})
}

func (s *Sandbox) deleteNetwork(r *http.Request) answer {
	return s.onNetwork(r, &form{}, func(n *network) answer {
		w := s.world
		switch {
		case len(w.on(n)) > 0:
			return refuse(http.StatusConflict, "The network has virtual machines attached")
		case n.ending:
			return refuse(http.StatusConflict, "The network is being deleted")
		}
		n.ending = true
		return accepted("Deletion started", w.startOn("delete", string(n.id), n.name, deleteTakes, func(outcome Outcome) {
			n.ending = false
			if outcome == succeed {
				w.networks = slices.DeleteFunc(w.networks, func(other *network) bool { return other == n })
			}
		}))
	})
}

// networkSettings reads the settings in a request. It returns a function that applies
// them to the network once the whole request is valid.
func (f *form) networkSettings(n *network) (apply func()) {
	const longest = 255
	name, about := f.matching("name", 1, longest, nil), f.text("description")
	cidr := f.block(n)
	first, last := f.address("dhcpStartAddress"), f.address("dhcpEndAddress")
	f.pool(cidr, first, last)
	router, servers := f.address("defaultRoute"), f.servers()
	dhcp, routed := member[bool](f, "dhcpServerEnabled", "boolean"), member[bool](f, "defaultRouteEnabled", "boolean")
	serves := member[bool](f, "serveDNSServersEnabled", "boolean")
	return func() {
		assign(&n.name, name)
		assign(&n.about, about)
		assign(&n.dhcp, dhcp)
		assign(&n.routed, routed)
		assign(&n.serves, serves)
		assign(&n.router, router)
		assign(&n.first, first)
		assign(&n.last, last)
		if n.cidr != cidr {
			n.cidr, n.taken = cidr, 0
		}
		n.choose()
		if servers != nil {
			n.servers = servers
		}
	}
}

// choose fills in the defaults of a network with addresses: the first is the router, and
// the rest are the pool [inferred].
func (n *network) choose() {
	if n.servers == nil {
		n.servers = defaultServers()
	}
	if !n.cidr.IsValid() {
		return
	}
	if !n.cidr.Contains(n.router) {
		n.router = n.cidr.Addr().Next()
	}
	if !n.cidr.Contains(n.first) || !n.cidr.Contains(n.last) {
		n.first = n.router.Next()
		n.last = n.first
		for n.cidr.Contains(n.last.Next().Next()) {
			n.last = n.last.Next()
		}
	}
}

func assign[T any](to, value *T) {
	if value != nil {
		*to = *value
	}
}

// block reads the CIDR of a network; its present one where none is given.
func (f *form) block(n *network) netip.Prefix {
	const name = "cidrBlock"
	text := f.text(name)
	if text == nil {
		return n.cidr
	}
	cidr, err := netip.ParsePrefix(*text)
	const fewest = 29
	switch {
	case err != nil || !cidr.Addr().Is4() || cidr.Bits() > fewest:
		f.report(name, "Invalid CIDR block")
		return n.cidr
	case cidr.Masked() != cidr:
		f.report(name, "Must be the network address")
	}
	return cidr
}

func (f *form) address(name string) *netip.Addr {
	text := f.text(name)
	if text == nil {
		return nil
	}
	address, err := netip.ParseAddr(*text)
	if err != nil || !address.Is4() {
		f.report(name, "Invalid IPv4 address")
		return nil
	}
	return &address
}

// pool checks the ends of the DHCP range: both or none, in order, within the CIDR.
func (f *form) pool(cidr netip.Prefix, first, last *netip.Addr) {
	const name = "dhcpStartAddress"
	switch {
	case first == nil && last == nil:
	case first == nil || last == nil:
		f.report(name, "dhcpStartAddress and dhcpEndAddress are required together")
	case !cidr.IsValid() || !cidr.Contains(*first) || !cidr.Contains(*last):
		f.report(name, "Must lie within cidrBlock")
	case last.Less(*first):
		f.report(name, "Must not come after dhcpEndAddress")
	}
}

// servers reads name servers, from a list or a text with commas.
func (f *form) servers() []string {
	const name = "dnsServers"
	raw, there := f.members[name]
	if !there {
		return nil
	}
	var list []string
	if !bytes.HasPrefix(bytes.TrimSpace(raw), []byte("[")) || json.Unmarshal(raw, &list) != nil {
		text := f.text(name)
		if text == nil {
			return nil
		}
		list = strings.Split(strings.ReplaceAll(*text, " ", ""), ",")
	}
	for _, server := range list {
		if address, err := netip.ParseAddr(server); err != nil || !address.Is4() {
			f.report(name, "Invalid IPv4 address")
		}
	}
	return list
}
